package verify

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestOrphan: when the asker is killed, its child goes too. The asker is this program once more, as a grandparent.
func TestOrphan(t *testing.T) {
	if os.Getenv("ADIT_TEST_ASKER") != "" {
		c := client(t, "deaf", Options{}) // would not notice that its input ended
		go c.Hash(t.Context(), "rx/0", [32]byte{}, [][]byte{{1}})
		for range time.Tick(20 * time.Millisecond) {
			out, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
			for _, task := range tasks(t) {
				b, _ := os.ReadFile("/proc/self/task/" + task + "/children")
				out = append(out, b...)
			}
			if f := strings.Fields(string(out)); len(f) > 0 {
				fmt.Fprintln(os.Stdout, "child", f[0])
				select {}
			}
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	asker := exec.Command(exe, "-test.run=^TestOrphan$")
	asker.Env = append(os.Environ(), "ADIT_TEST_ASKER=1")
	out, err := asker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := asker.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(20*time.Second, func() { asker.Process.Kill() })
	defer late.Stop()
	defer asker.Wait()
	defer asker.Process.Kill()
	var pid int
	for sc := bufio.NewScanner(out); pid == 0 && sc.Scan(); {
		if s, ok := strings.CutPrefix(sc.Text(), "child "); ok {
			pid, _ = strconv.Atoi(s)
		}
	}
	if pid == 0 {
		t.Skip("this kernel does not list children")
	}
	asker.Process.Kill()
	end := time.After(10 * time.Second)
	for tick := time.Tick(20 * time.Millisecond); alive(pid); {
		select {
		case <-tick:
		case <-end:
			t.Fatal("the child outlives its asker")
		}
	}
}

func tasks(t *testing.T) (names []string) {
	ds, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		names = append(names, d.Name())
	}
	return names
}

// alive reports whether a process runs; one that only waits to be buried does not.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}
