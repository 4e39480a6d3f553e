package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/internal/wording"
)

// What the person who typed `adit up` may ask the house for. The actor is the local owner at the terminal.

func terminal() adit.Actor { return adit.LocalOwner("terminal") }

// Link makes a one-time link that signs a browser in.
func (h *House) Link(ctx context.Context) (string, error) {
	token, _, err := h.accounts.NewLogin(ctx, terminal())
	if err != nil {
		return "", err
	}
	return h.url + "/#token=" + token, nil
}

func (h *House) consentFile() string { return filepath.Join(h.o.Dir, "consent.json") }

// Consented reports whether the owner allowed mining on this computer.
func (h *House) Consented() bool { return consent.Read(h.consentFile()).Granted }

// ConsentWords says whether, by whom and when mining was allowed.
func (h *House) ConsentWords() string { return consent.Read(h.consentFile()).Words }

// Grant records the owner's permission; via is one of the consent package's words.
func (h *House) Grant(ctx context.Context, via string) error {
	return h.whenAgentKnown(ctx, func() error { return h.commands.GrantConsent(ctx, adit.LocalOwner(via)) })
}

// StartPractice starts practice and a program that mines for it. One that runs already goes on.
func (h *House) StartPractice(ctx context.Context, threads *int) error {
	return h.start(ctx, func() error {
		_, err := h.commands.StartPractice(ctx, terminal(), threads)
		return err
	})
}

// StartMiner starts the native program on a person's own pools. One that runs already goes on.
func (h *House) StartMiner(ctx context.Context, r command.StartRequest) error {
	return h.start(ctx, func() error {
		_, err := h.commands.Start(ctx, terminal(), r)
		if err == nil {
			h.remember(ctx, r)
		}
		return err
	})
}

func (h *House) start(ctx context.Context, order func() error) error {
	err := h.whenAgentKnown(ctx, order)
	if adit.CodeOf(err) == adit.Conflict {
		h.o.Log.Info("it runs already", "why", err)
		err = nil
	}
	if err == nil {
		h.began()
	}
	return err
}

// whenAgentKnown repeats an order that found no agent yet: hub and agent of a fresh house meet within a moment.
func (h *House) whenAgentKnown(ctx context.Context, order func() error) error {
	ctx, cancel := context.WithTimeout(ctx, meetLimit)
	defer cancel()
	for {
		err := order()
		if adit.CodeOf(err) != adit.Unreachable {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// meetLimit is how long hub and agent may take to know each other.
const meetLimit = 15 * time.Second

// Computer says what this computer is, as far as its agent knows by now.
func (h *House) Computer(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, hostLimit)
	defer cancel()
	host, ok := await(ctx, func() (view.Host, bool) {
		host, known, err := h.telemetry.Host(ctx, terminal())
		return host, known && err == nil && host.CPU.Model != ""
	})
	if !ok {
		name, _ := os.Hostname()
		return name
	}
	words := []string{host.CPU.Model}
	if host.CPU.Threads != nil {
		words = append(words, wording.Count(*host.CPU.Threads, "thread"))
	}
	if host.Memory.Total != nil {
		words = append(words, fmt.Sprintf("%.1f GiB memory", *host.Memory.Total/(1<<30)))
	}
	return host.Hostname + ": " + strings.Join(words, ", ")
}

// hostLimit is how long the greeting waits for the first reading.
const hostLimit = 3 * time.Second

// Programs are the mining programs as the hub sees them now, by name.
func (h *House) Programs(ctx context.Context) []view.Device {
	all, err := h.telemetry.Devices(ctx, terminal())
	if err != nil {
		h.o.Log.Error("the mining programs cannot be listed", "err", err)
	}
	return slices.DeleteFunc(all, func(d view.Device) bool { return d.Kind != string(device.KindSoftware) })
}

// Mining counts the programs that are meant to run.
func (h *House) Mining(ctx context.Context) (n int) {
	for _, d := range h.Programs(ctx) {
		if d.Desired == "running" {
			n++
		}
	}
	return n
}

// waiting reports that something is to be mined and waits for consent only.
func (h *House) waiting() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wants
}

func (h *House) began() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wants = false
}

// await asks again and again until there is an answer or ctx ends.
func await[T any](ctx context.Context, ask func() (T, bool)) (v T, ok bool) {
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		if v, ok = ask(); ok {
			return v, true
		}
		select {
		case <-ctx.Done():
			return v, false
		case <-t.C:
		}
	}
}
