package proc

import (
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

// The orders an agent may give; each runs in the runner's loop.

// stop ends the program, then the shim. It may be called again.
func (r *runner) stop(words string) {
	if r.child == nil {
		r.enter(Stopped, "", words)
		return
	}
	r.terminate(time.Now(), ending{next: Stopped, words: words})
}

func (r *runner) restart(reason string) error {
	now := time.Now()
	switch r.phase {
	case Held:
		return adit.Errorf(adit.Conflict, "%s is held: %s", r.spec.Name, r.words)
	case Quarantined:
		return adit.Errorf(adit.Conflict, "%s is in quarantine, release it first: %s", r.spec.Name, r.words)
	case Stopping:
		return adit.Errorf(adit.Conflict, "%s is ending already: %s", r.spec.Name, r.words)
	case BackingOff: // its restart is paid for
		r.retryAt = now
		return nil
	}
	if r.child == nil {
		return nil // about to start
	}
	reason = "restart: " + clean(reason, maxReason)
	if !r.ledger.spend(now) {
		r.terminate(now, ending{next: Quarantined, words: r.spentWords(reason)})
		return nil
	}
	r.restarts++
	r.terminate(now, ending{next: Starting, words: reason})
	return nil
}

func (r *runner) quarantine(words string) error {
	words = clean(words, maxReason)
	if words == "" {
		return adit.InvalidField("reason", "say why it is put into quarantine")
	}
	if r.child == nil {
		r.enter(Quarantined, "", words)
		return nil
	}
	r.terminate(time.Now(), ending{next: Quarantined, words: words})
	return nil
}

func (r *runner) release() error {
	switch r.phase {
	case Quarantined, BackingOff:
		r.ledger.refill()
		r.retryAt = time.Time{}
		r.ring.note("released")
		r.enter(Starting, "", "")
		return nil
	case Stopping:
		if r.end.next == Quarantined {
			return adit.Errorf(adit.Conflict, "%s is still ending, release it when it has", r.spec.Name)
		}
	case Held:
		return adit.Errorf(adit.Conflict, "%s is not in quarantine, it is held: %s", r.spec.Name, r.words)
	}
	return adit.Errorf(adit.Conflict, "%s is not in quarantine (%s)", r.spec.Name, r.phase)
}

// update changes the spec and, first, its record on disk: a change that is not recorded did not happen.
func (r *runner) update(c Change, write func(Spec) error) error {
	s := r.spec
	if c.Meta != nil {
		s.Meta = c.Meta
	}
	if c.Guards != nil {
		s.Guards = c.Guards.withDefaults()
	}
	if err := s.Validate(); err != nil {
		return err
	}
	if err := write(s); err != nil {
		return adit.Errorf(adit.Internal, "the change cannot be recorded: %w", err)
	}
	r.spec = s
	if c.Guards != nil {
		r.guard.g = s.Guards
		r.lookedAt = time.Time{}
	}
	return nil
}

func (r *runner) write(data []byte) (child, error) {
	switch {
	case len(data) > maxStdin:
		return nil, adit.InvalidField("data", "%d bytes is more than %d at a time", len(data), maxStdin)
	case r.child == nil:
		return nil, adit.Errorf(adit.Conflict, "%s does not run (%s)", r.spec.Name, r.phase)
	}
	return r.child, nil
}

func exitWords(code *int, signal string, ran time.Duration) string {
	how := "ended"
	switch {
	case signal != "":
		how = "ended by signal " + signal
	case code != nil:
		how = fmt.Sprintf("exit status %d", *code)
	}
	return fmt.Sprintf("%s after %s", how, wording.Length(ran))
}
