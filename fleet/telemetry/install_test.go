package telemetry

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// TestInstallsComeAndGo: an installation is shown while it is under way, a while after its end, and not for ever where
// its agent falls silent; an agent cannot make them without end.
func TestInstallsComeAndGo(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := &Service{o: Options{Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}, installs: installs{}, views: views{raw: map[string][]byte{}}}
	// look is a tick of the feed: what is set and what goes.
	look := func() (set map[string][]byte, del []string) {
		set = map[string][]byte{}
		del = s.putInstalls(set, now)
		for k, v := range set {
			s.views.raw[k] = v
		}
		for _, k := range del {
			delete(s.views.raw, k)
		}
		return set, del
	}
	s.takeInstall("rig1", wire.Job{ID: "a", Program: "ended", Phase: wire.JobDone})
	s.takeInstall("rig1", wire.Job{ID: "b", Program: "running", Phase: wire.JobDownloading, Done: 5})
	s.takeInstall("rig1", wire.Job{ID: "c", Program: "No Name", Phase: wire.JobDownloading})
	if set, del := look(); len(set) != 2 || len(del) != 0 {
		t.Errorf("at first: %d set, %v gone", len(set), del)
	}
	if set, _ := look(); len(set) != 0 {
		t.Errorf("nothing changed, and %d are sent", len(set))
	}
	now = now.Add(showEnded + time.Second)
	if _, del := look(); len(del) != 1 || del[0] != view.InstallPrefix+"rig1/ended" {
		t.Errorf("gone: %v", del)
	}
	now = now.Add(lostAfter)
	if _, del := look(); len(del) != 1 || len(s.installs) != 0 {
		t.Errorf("of a silent agent: %v", del)
	}
	for i := range maxInstalls + 10 {
		s.takeInstall("rig1", wire.Job{Program: fmt.Sprint("p", i)})
	}
	s.takeInstall("rig2", wire.Job{Program: "p"})
	if len(s.installs) != maxInstalls+1 {
		t.Errorf("%d are kept", len(s.installs))
	}
}
