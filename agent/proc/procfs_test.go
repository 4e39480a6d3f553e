package proc

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const bootA, bootB = "boot-a", "boot-b"

// fakeProcess writes one process into a fake /proc.
func fakeProcess(t *testing.T, root string, pid int, state string, start uint64, exe, environ string) {
	t.Helper()
	dir := filepath.Join(root, "proc", fmt.Sprint(pid))
	stat := fmt.Sprintf("%d (a) b (c)) %s 1 %d %d 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0", pid, state, pid, pid, start)
	tree(t, root, map[string]string{
		fmt.Sprintf("proc/%d/stat", pid): stat, fmt.Sprintf("proc/%d/environ", pid): "HOME=/\x00" + environ + "\x00X=1",
		"proc/sys/kernel/random/boot_id": bootA,
	})
	if err := os.Symlink(exe, filepath.Join(dir, "exe")); err != nil {
		t.Fatal(err)
	}
}

func TestIdentity(t *testing.T) {
	root := t.TempDir()
	fakeProcess(t, root, 10, "S", 500, "/bin/miner (deleted)", "")
	fakeProcess(t, root, 11, "Z", 500, "/bin/miner", "")
	p := procfs{root}
	id, err := p.identify(10)
	if err != nil || id != (ident{PID: 10, Start: 500, Boot: bootA, Exe: "/bin/miner (deleted)"}) {
		t.Errorf("%+v %v", id, err)
	}
	if _, err := p.identify(11); err == nil {
		t.Error("a zombie has an identity")
	}
	for what, c := range map[string]struct {
		id          ident
		alive, runs bool
	}{
		"itself":            {ident{10, 500, bootA, "/bin/miner", ""}, true, true},
		"another program":   {ident{10, 500, bootA, "/bin/other", ""}, true, false},
		"PID used again":    {ident{10, 499, bootA, "/bin/miner", ""}, false, false},
		"before the reboot": {ident{10, 500, bootB, "/bin/miner", ""}, false, false},
		"zombie":            {ident{11, 500, bootA, "/bin/miner", ""}, false, false},
		"gone":              {ident{12, 500, bootA, "/bin/miner", ""}, false, false},
		"none":              {ident{}, false, false},
	} {
		if a, r := p.alive(c.id), p.runs(c.id); a != c.alive || r != c.runs {
			t.Errorf("%s: alive %v, runs %v", what, a, r)
		}
	}
}

// TestSweepTouchesOnlyOurs: a recorded program is ended only by PID, start time and executable, others only by mark.
func TestSweepTouchesOnlyOurs(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	fakeProcess(t, root, 10, "S", 500, "/bin/miner", "ADIT_SHIM_ID=mine")
	fakeProcess(t, root, 20, "S", 600, "/bin/child", "ADIT_SHIM_ID=mine")
	fakeProcess(t, root, 30, "S", 700, "/bin/miner", "ADIT_SHIM_ID=mine2") // another start
	fakeProcess(t, root, 40, "Z", 800, "/bin/child", "ADIT_SHIM_ID=mine")
	fakeProcess(t, root, 50, "S", 900, "/bin/miner", "NOT_ADIT_SHIM_ID=mine")
	sweep := func(st string) []int {
		t.Helper()
		var ended []int
		r := reaper{proc: procfs{root}, end: func(id ident) error {
			ended = append(ended, id.PID)
			return os.RemoveAll(filepath.Join(root, "proc", fmt.Sprint(id.PID)))
		}}
		if err := os.WriteFile(filepath.Join(dir, stateName), []byte(st), 0o600); err != nil {
			t.Fatal(err)
		}
		n, err := r.sweep(context.Background(), dir)
		if err != nil || n != len(ended) {
			t.Fatalf("%d ended, %v: %v", n, ended, err)
		}
		slices.Sort(ended)
		return ended
	}
	child := func(pid int, start uint64, boot, exe string) string {
		return fmt.Sprintf(`{"format":1,"child":{"pid":%d,"start":%d,"boot":%q,"exe":%q}}`, pid, start, boot, exe)
	}
	for what, st := range map[string]string{
		"used again": child(30, 699, bootA, "/bin/miner"), "rebooted": child(30, 700, bootB, "/bin/miner"),
		"another program": child(30, 700, bootA, "/bin/other"), "damaged": `{"child":`, "empty": `{}`,
	} {
		if got := sweep(st); len(got) != 0 {
			t.Errorf("%s: ended %v", what, got)
		}
	}
	if got := sweep(`{"format":1,"id":"mine"}`); !slices.Equal(got, []int{10, 20}) {
		t.Errorf("by mark: ended %v", got)
	}
	if got := sweep(child(50, 900, bootA, "/bin/miner")); !slices.Equal(got, []int{50}) {
		t.Errorf("by record: ended %v", got)
	}
	if _, err := (procfs{root}).stat(30); err != nil {
		t.Errorf("another start's program was ended: %v", err)
	}
}
