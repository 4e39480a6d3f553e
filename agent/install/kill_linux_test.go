package install

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// helper makes this test program the one that is killed in the middle of an installation.
func helper() {
	dir, archive := os.Getenv("ADIT_TEST_INSTALL_DIR"), os.Getenv("ADIT_TEST_INSTALL_ARCHIVE")
	if dir == "" {
		return
	}
	i, err := New(Options{Dir: dir, Platform: platform, Keys: []string{}, Known: func(string) bool { return true }})
	if err != nil {
		os.Exit(2)
	}
	digest, err := digestOf(archive)
	if err != nil {
		os.Exit(3)
	}
	if _, err := i.Start(context.Background(), wire.InstallArgs{Program: "xmrig", Version: "1.0", Archive: archive, SHA256: digest}); err != nil {
		os.Exit(4)
	}
	i.Wait()
	os.Exit(0)
}

// TestKilledInTheMiddle kills an installation at ever later moments: what is there afterwards is whole or not there.
func TestKilledInTheMiddle(t *testing.T) {
	w := newWorkbench(t, func(o *Options) { o.Known = func(string) bool { return true } })
	archive := w.local("xmrig-1.0.tar.gz", tarGz(t, append(honest("1.0"), item{name: "xmrig-1.0/data", mode: 0o644, body: noise(4 << 20)})))
	whole, cut := 0, 0
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "ADIT_TEST_INSTALL_DIR="+w.dir, "ADIT_TEST_INSTALL_ARCHIVE="+archive)
		must(t, cmd.Start())
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		if left(w.dir, ended) {
			select {
			case <-ended:
			case <-time.After(time.Duration(round*round) * 6 * time.Millisecond):
				_ = cmd.Process.Signal(syscall.SIGKILL)
				<-ended
			}
		}
		w.open() // the next start
		w.tidy()
		p, err := w.i.Store().Find("xmrig")
		switch adit.CodeOf(err) {
		case "":
			whole++
			if _, err := w.i.Store().Ready(p.Binary); err != nil {
				t.Errorf("round %d: half an installation counts as one: %v", round, err)
			}
			_, err := w.i.Uninstall("xmrig", "")
			must(t, err)
		case adit.NotFound:
			cut++
		default:
			t.Errorf("round %d: %v", round, err)
		}
	}
	if cut == 0 {
		t.Errorf("none of %d was killed in the middle", whole)
	}
	t.Logf("%d whole, %d cut", whole, cut)
}

// left waits until an installation has begun to unpack; false where it has ended before.
func left(dir string, ended chan error) bool {
	t := time.NewTicker(time.Millisecond)
	defer t.Stop()
	for {
		if list, _ := filepath.Glob(filepath.Join(dir, tmpDir, "new-*", filesDir, "*")); len(list) > 0 {
			return true
		}
		select {
		case err := <-ended:
			ended <- err
			return false
		case <-t.C:
		}
	}
}
