package tsdb_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/tsdb"
)

// child runs one task in a process of its own.
func child(task string, args []string) int {
	switch task {
	case "write":
		return childWrite(args[0])
	case "full":
		return childFull(args[0])
	case "idle":
		return childIdle(args[0])
	}
	return 99
}

// spawn starts the test's binary as a child.
func spawn(t testing.TB, task string, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "TSDB_TEST_CHILD="+task)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// childWrite appends samples for ever and says the number of each that is stored.
func childWrite(dir string) int {
	db, err := tsdb.Open(dir, tsdb.Options{Now: func() time.Time { return noon }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	k := tsdb.MustKey("n")
	for i := 0; ; i++ {
		when := noon.Add(time.Duration(i)*time.Millisecond - 10*time.Minute)
		if _, err := db.Append(context.Background(), []tsdb.Sample{at(k, when, float64(i))}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(i)
	}
}

// TestKilledWriterLosesNothing kills a writer in the middle, again and again, and reads all that it had said.
func TestKilledWriterLosesNothing(t *testing.T) {
	for round := range 5 {
		dir := filepath.Join(t.TempDir(), "tsdb")
		cmd, out := spawn(t, "write", dir)
		told := -1
		for out.Scan() {
			if _, err := fmt.Sscan(out.Text(), &told); err != nil {
				t.Fatal(err)
			}
			if told == 500*(round+1) {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
		if told < 500*(round+1) {
			t.Fatalf("the writer ended by itself after %d", told)
		}
		db := open(t, dir, tsdb.Options{Now: func() time.Time { return noon }})
		from := noon.Add(-10 * time.Minute)
		list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "n", From: from, To: from.Add(time.Duration(told+1) * time.Millisecond), Step: time.Millisecond})
		for i, p := range one(t, list, err).Points {
			if p.Value == nil || *p.Value != float64(i) {
				t.Fatalf("round %d: sample %d of %d is lost", round, i, told)
			}
		}
	}
}

// childIdle opens a database, lives a little like an idle adit, and says its memory at each stage.
func childIdle(dir string) int {
	before := rss()
	c := &clock{noon}
	db, err := tsdb.Open(dir, tsdb.Options{Now: c.now})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	opened := rss()
	var keys []*tsdb.Key
	for i := range 60 {
		keys = append(keys, tsdb.MustKey("metric", "device", fmt.Sprint(i)))
	}
	for range 6 * 60 * 24 { // a day at 10 s, flushed to blocks on the way
		batch := make([]tsdb.Sample, len(keys))
		for i, k := range keys {
			batch[i] = tsdb.Sample{Key: k, At: c.at, Value: float64(c.at.Unix() % 1000)}
		}
		if _, err := db.Append(context.Background(), batch); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		c.at = c.at.Add(10 * time.Second)
	}
	day := rss()
	if _, err := db.Range(context.Background(), `sum(metric)`, c.at.Add(-24*time.Hour), c.at, time.Minute); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	queried := rss()
	debug.FreeOSMemory()
	fmt.Println(before, opened, day, queried, rss())
	if err := db.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// rss is this process' resident memory in KiB, 0 where the system does not tell.
func rss() (kib int) {
	b, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(b), "VmRSS:"); ok {
		_, _ = fmt.Sscan(rest, &kib)
	}
	return kib
}

// BenchmarkIdleMemory reports the resident memory of a program that has little but the database in it.
func BenchmarkIdleMemory(b *testing.B) {
	for b.Loop() {
		cmd, out := spawn(b, "idle", filepath.Join(b.TempDir(), "tsdb"))
		var before, opened, day, queried, freed float64
		for out.Scan() {
			_, _ = fmt.Sscan(out.Text(), &before, &opened, &day, &queried, &freed)
		}
		if err := cmd.Wait(); err != nil || before == 0 {
			b.Fatalf("the child failed: %v", err)
		}
		for name, v := range map[string]float64{"MiB-program": before, "MiB-open": opened, "MiB-day": day, "MiB-query": queried, "MiB-freed": freed} {
			b.ReportMetric(v/1024, name)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	cmd, out := spawn(t, "write", dir)
	out.Scan() // it is open
	_, err := tsdb.Open(dir, tsdb.Options{})
	if adit.CodeOf(err) != adit.Conflict || !strings.Contains(err.Error(), "another adit") {
		t.Errorf("got %v", err)
	}
	_ = cmd.Process.Kill()
	for out.Scan() { // so that the pipe ends
	}
	_ = cmd.Wait()
}
