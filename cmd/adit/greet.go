package main

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

// greeter tells the person who typed `adit up` what is, asks what must be asked, and starts what was wished.
type greeter struct {
	*cli
	house      *app.House
	plan       plan
	agreed     bool // the owner's permission came with a flag
	anyway     bool // start also where it is a loss
	keepMining bool
}

const looking = `Nothing is mining, and nothing will until you say so. Three ways on:
  practice     real work, no wallet, nothing earned:  adit up --practice
  your pool    paid to your own address:              adit up --pool stratum+tcp://HOST:PORT --address YOUR_ADDRESS
  look around  in the browser, at the link above
`

const askWords = `
May adit mine on this computer?
  It keeps %s busy, at the lowest priority. The computer gets
  warmer and louder and draws more electricity, which you pay for. It stops when
  the computer is too hot or runs on battery.
  %s
  Off switch: adit pause. Take it back: adit consent revoke.
`

const practiceWords = "Practice is real work, checked here and then thrown away: it earns nothing."

// greet returns when the greeting is done; mining is then started, or waited for in the background of the house.
func (g *greeter) greet(ctx context.Context) error {
	link, err := g.house.Link(ctx)
	if err != nil {
		return err
	}
	g.printf("adit %s on %s\n", adit.Version, g.house.Computer(ctx))
	g.printf("Web app: %s\n         the link signs one browser in, once; a fresh one: adit link\n", link)
	if g.agreed {
		if err := g.house.Grant(ctx, consent.ViaFlag); err != nil {
			return err
		}
	}
	g.printf("Consent: %s\n", g.house.ConsentWords())
	if g.plan.use != "" {
		if err := g.house.Use(ctx, g.plan.use); err != nil {
			return err
		}
	}
	if g.plan.pool != nil || g.plan.use != "" {
		if words, err := g.house.PolicyWords(ctx); err == nil {
			g.printf("Policy:  %s. Change it: adit policy set --cpu idle|half|all\n", words)
		}
	}
	if err := g.permit(ctx); err != nil {
		return err
	}
	if !g.plan.mines() {
		if g.house.Mining(ctx) == 0 {
			g.printf("%s", looking)
		}
		return nil
	}
	return g.mine(ctx)
}

// permit asks where something is to be mined and nobody agreed yet. Without a
// terminal it says that adit waits: the browser, or adit consent grant, can give it.
func (g *greeter) permit(ctx context.Context) error {
	switch {
	case !g.plan.mines() || g.house.Consented():
		return nil
	case !g.terminal:
		g.printf("Mining is not allowed on this computer yet: adit serves and waits for consent.\n  Give it in the browser, or: adit consent grant --yes-i-own-this-machine\n")
		return g.awaitConsent(ctx, nil)
	}
	earns := "Your pool pays to your address; adit takes nothing."
	if g.plan.practice {
		earns = practiceWords
	}
	g.printf(askWords, busy(g.plan.threads), earns)
	g.printf("[y/N] ")
	answer := make(chan bool, 1)
	go func() { // ends with the next line, or with the process: a read from a terminal cannot be called off
		line, _ := bufio.NewReader(g.in).ReadString('\n')
		answer <- yes(line)
	}()
	return g.awaitConsent(ctx, answer)
}

// awaitConsent returns once mining is allowed: by the answer on the terminal, in the browser, or by adit consent grant.
// A "no" on the terminal is not the end: adit serves, and the browser may still give it.
func (g *greeter) awaitConsent(ctx context.Context, answer <-chan bool) error {
	t := time.NewTicker(500 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case y := <-answer:
			if y {
				return g.house.Grant(ctx, consent.ViaTerminal)
			}
			answer = nil
			g.printf("Nothing is mining. adit serves; allow it later in the browser, or: adit consent grant\n")
		case <-t.C:
			if g.house.Consented() {
				if answer != nil {
					g.printf("\n")
				}
				g.printf("Consent was given.\n")
				return nil
			}
		}
	}
}

func (g *greeter) mine(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	var err error
	if g.plan.practice {
		err = g.house.StartPractice(ctx, g.plan.threads)
	} else {
		if !g.expected(ctx, g.anyway, func(ctx context.Context) (string, *bool, error) { return g.house.Expected(ctx, *g.plan.pool) }) {
			g.printf("adit serves: look around in the browser, or end it with Ctrl-C.\n")
			return nil
		}
		err = g.house.StartMiner(ctx, *g.plan.pool)
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		g.report(err) // adit goes on to serve: the browser can mend it
		g.printf("Nothing is mining. adit serves: mend it, then start practice in the browser, or start adit again.\n")
		return nil
	}
	d, ok := g.firstHash(ctx)
	if !ok {
		return nil
	}
	mode := ""
	if d.Mode != nil && *d.Mode == "light" {
		mode = " (in light mode while the fast one is built)"
	}
	what := "Mining"
	if d.Practice {
		what = "Mining for practice"
	}
	g.printf("%s: %s%s. Stop: Ctrl-C. Off switch: adit pause\n", what, rate(*d.Hashrate), mode)
	return nil
}

// firstHash waits until a program hashes, or says why it does not.
func (g *greeter) firstHash(ctx context.Context) (view.Device, bool) {
	said := ""
	t := time.NewTicker(500 * time.Millisecond)
	defer t.Stop()
	for {
		for _, d := range g.house.Programs(ctx) {
			if d.Hashrate != nil && *d.Hashrate > 0 {
				return d, true
			}
			if why := reason(d); why != "" && why != said {
				said = why
				g.printf("%s\n", why)
			}
		}
		select {
		case <-ctx.Done():
			return view.Device{}, false
		case <-t.C:
		}
	}
}

// reason is why a program does not hash, "" where it is only starting.
func reason(d view.Device) string {
	switch d.Headline.State {
	case "crit", "warn", "paused":
		return fmt.Sprintf("%s: %s. %s", d.Name, d.Headline.Word, d.Headline.Why)
	}
	return ""
}

// busy says what mining keeps busy.
func busy(threads *int) string {
	switch {
	case threads == nil:
		return "the processor"
	case *threads == 1:
		return "1 thread of the processor"
	}
	return fmt.Sprintf("%d threads of the processor", *threads)
}
