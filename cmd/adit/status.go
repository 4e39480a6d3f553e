package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say whether this computer mines, how fast, and what needs you",
		Long: `Say whether this computer mines, how fast, and what needs you.

It works while adit is not running: then it reads the data directory and says what still runs there.
The exit code is 0 where all is well or nothing is meant to run, 1 where something needs you.`,
		GroupID: "look",
		Args:    takes(0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.status(cmd.Context()) },
	}
}

// statusAnswer is what `adit status -o json` prints.
type statusAnswer struct {
	Running bool                `json:"running"` // an adit serves this data directory, or the server answered
	URL     string              `json:"url,omitempty"`
	Words   string              `json:"words,omitempty"` // why the answer is from disk
	State   *view.State         `json:"state,omitempty"` // from the server
	Consent *consent.Consent    `json:"consent,omitempty"`
	Pause   *consent.PauseState `json:"pause,omitempty"`
	Kept    []proc.Status       `json:"programs,omitempty"` // from disk: what shims keep
}

func (c *cli) status(ctx context.Context) error {
	if !c.elsewhere() {
		if _, running, err := c.local(); err == nil && !running {
			return c.statusFromDisk("adit is not running")
		}
	}
	s, err := c.connect()
	if err != nil {
		return err
	}
	st, err := ask(ctx, func(ctx context.Context) (view.State, error) { return s.State(ctx) })
	switch code := adit.CodeOf(err); {
	case (code == adit.Unreachable || code == adit.Timeout) && !c.elsewhere():
		return c.statusFromDisk("adit runs but does not answer at " + s.BaseURL())
	case err != nil:
		return err
	}
	a := statusAnswer{Running: true, URL: s.BaseURL(), State: &st}
	if err := c.answer(a, func() { c.printState(s, st) }); err != nil {
		return err
	}
	if o := st.Overview; o != nil && (o.State == "crit" || o.State == "warn") {
		return silent(exitError)
	}
	return nil
}

func (c *cli) statusFromDisk(why string) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	granted := consent.Read(filepath.Join(dir, "consent.json"))
	pause := consent.ReadPause(filepath.Join(dir, "pause.json"), time.Now())
	kept := recorded(filepath.Join(dir, "agent", "shims"))
	return c.answer(statusAnswer{Words: why, Consent: &granted, Pause: &pause, Kept: kept}, func() {
		c.printf("%s.\n", sentence(why))
		c.printf("%s.\n", sentence(granted.Words))
		if pause.Paused {
			c.printf("%s. Resume: adit resume\n", sentence(pause.Words))
		}
		c.printKept(kept)
		c.printf("Start adit: adit up\n")
	})
}

// recorded is what the folders of mining programs say, whether or not anybody looks after them now.
func recorded(dir string) []proc.Status {
	folders, _ := os.ReadDir(dir) // none: nothing was ever started here
	s := proc.Supervisor{Dir: dir}
	var out []proc.Status
	for _, f := range folders {
		if _, st, err := s.Recorded(f.Name()); err == nil {
			out = append(out, st)
		}
	}
	return out
}

func (c *cli) printKept(kept []proc.Status) {
	running := 0
	for _, k := range kept {
		switch {
		case k.PID != 0:
			running++
			c.printf("%s runs without adit (process %d, kept by its shim, process %d).\n", k.Name, k.PID, k.ShimPID)
		case k.ShimPID != 0:
			c.printf("%s does not run now: %s (its shim, process %d, holds it).\n", k.Name, k.Words, k.ShimPID)
		}
	}
	if running == 0 {
		c.printf("Nothing is mining.\n")
	}
}

func (c *cli) printState(s *client.Client, st view.State) {
	if o := st.Overview; o != nil {
		c.printf("%s\n", o.Sentence)
		for _, n := range o.NeedsYou {
			c.printf("needs you: %s\n", n.Text)
			if n.Action != nil && n.Action.Command != "" {
				c.printf("  try: %s\n", n.Action.Command)
			}
		}
	}
	if st.Pause != nil && st.Pause.Paused {
		c.printf("Resume: adit resume\n")
	}
	if st.Consent != nil && !st.Consent.Granted {
		c.printf("%s. Allow it: adit consent grant\n", sentence(st.Consent.Words))
	}
	for _, id := range slices.Sorted(maps.Keys(st.Devices)) {
		if d := st.Devices[id]; d.Kind == "software" {
			c.printf("%s\n", deviceLine(d))
		}
	}
	if p := st.Practice; p != nil && p.Running {
		c.printf("Practice: %d accepted, %d rejected", p.Accepted, p.Rejected)
		if p.Listen != nil {
			c.printf(" at %s", *p.Listen)
		}
		if p.Verifier != "ok" {
			c.printf(" (%s)", p.VerifierWords)
		}
		c.printf("\n")
	}
	c.printf("Web app: %s   sign in: adit link\n", s.BaseURL())
}

// deviceLine is one program in one line: "adit-miner: hashing 812 H/s, 14 accepted, 0 rejected, last share 4 s ago".
func deviceLine(d view.Device) string {
	line := fmt.Sprintf("%s: %s", d.Name, d.Headline.Word)
	if d.Headline.Why != "" {
		line += " (" + d.Headline.Why + ")"
	}
	if d.Hashrate != nil {
		line += ", " + rate(*d.Hashrate)
	}
	if d.Mode != nil && *d.Mode != "" {
		line += " in " + *d.Mode + " mode"
	}
	if d.Accepted != nil {
		line += fmt.Sprintf(", %d accepted, %s rejected", *d.Accepted, orUnknown(d.Rejected, count))
	}
	if d.LastShareAt != nil {
		line += ", last share " + ago(*d.LastShareAt)
	}
	return line
}
