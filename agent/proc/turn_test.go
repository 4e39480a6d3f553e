package proc

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestReadTurn(t *testing.T) {
	root := t.TempDir()
	for task, text := range map[string]string{"7": "1000000000 250000000 31\n", "8": "2000000000 50000000 9\n", "9": "", "10": "x y z\n"} {
		dir := filepath.Join(root, "proc", "7", "task", task)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "schedstat"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok := ReadTurn(root, 7); !ok || got != (Turn{3 * time.Second, 300 * time.Millisecond}) {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := ReadTurn(root, 8); ok {
		t.Errorf("of a process that is not there: %+v", got)
	}
}

func TestCrowded(t *testing.T) {
	const s = time.Second
	before := Turn{Ran: 100 * s, Waited: 10 * s}
	for name, c := range map[string]struct {
		ran, waited time.Duration
		want        bool
	}{
		"two threads that hash":             {10 * s, 0, false},
		"two threads that share fairly":     {6 * s, 4 * s, false},
		"starved":                           {s / 20, 9 * s, true},
		"one thread, starved":               {s / 100, 3 * s, true},
		"asleep":                            {0, 0, false},
		"nearly asleep, late when it wakes": {s / 100, s, false},
		"a thread ended":                    {-s, 9 * s, false},
	} {
		if got := (Turn{before.Ran + c.ran, before.Waited + c.waited}).Crowded(before, 5*s); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
