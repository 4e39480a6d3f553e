package backup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// TestCutShortAnywhere: a power cut after each step of the change leaves what was there, once Recover has run.
func TestCutShortAnywhere(t *testing.T) {
	for steps := 0; ; steps++ {
		dir, stage := t.TempDir(), ""
		put(t, dir, database, "old")
		put(t, dir, database+"-wal", "old log")
		put(t, dir, "tsdb/a", "old series")
		before := tree(t, dir)
		stage = filepath.Join(dir, staged+"1")
		put(t, stage, database, "new")
		put(t, stage, "tsdb/b", "new series")
		put(t, stage, "policy.json", "new")
		k := mark{Aside: asideFor + "x", Moves: []move{{database, true, true}, {"policy.json", true, false}, {"tsdb", true, true}, {database + "-wal", false, true}}}
		b, err := json.Marshal(k)
		must(t, err)
		must(t, os.Mkdir(filepath.Join(dir, k.Aside), 0o700))
		put(t, dir, markName, string(b))
		done := 0
		step := func(from, to string) bool {
			if done == steps {
				return false
			}
			done++
			must(t, rename(from, to))
			return true
		}
		cutShort := false
		for _, m := range k.Moves {
			if m.Was && !step(filepath.Join(dir, m.Name), filepath.Join(dir, k.Aside, m.Name)) || m.In && !step(filepath.Join(stage, m.Name), filepath.Join(dir, m.Name)) {
				cutShort = true
				break
			}
		}
		must(t, Recover(dir))
		same(t, before, tree(t, dir))
		must(t, Recover(dir)) // nothing to do
		if !cutShort {
			if steps < 6 {
				t.Errorf("only %d steps", steps)
			}
			return
		}
	}
}

// TestFailedChangeIsUndone: a folder in the way stops the change in its middle.
func TestFailedChangeIsUndone(t *testing.T) {
	dir := t.TempDir()
	stage := filepath.Join(dir, staged+"1")
	put(t, dir, database, "old")
	put(t, dir, "agent", "a file where a folder should be")
	put(t, stage, database, "new")
	put(t, stage, "agent/rig.json", "new")
	before := tree(t, dir)
	delete(before, staged+"1/"+database)
	delete(before, staged+"1/agent/rig.json")
	_, err := Restore{Dir: dir, Now: time.Now}.swap(stage, []move{{Name: database, In: true}, {Name: "agent/rig.json", In: true}})
	if err == nil || !strings.Contains(err.Error(), "is back") {
		t.Errorf("%v", err)
	}
	same(t, before, tree(t, dir))
}

func TestDamagedRecordOfARestoreIsSaid(t *testing.T) {
	for _, bad := range []string{"{", `{"aside":"../x","moves":[]}`, `{"aside":"x","moves":[{"name":"../../etc"}]}`, `{}`} {
		dir := t.TempDir()
		put(t, dir, markName, bad)
		if err := Recover(dir); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
