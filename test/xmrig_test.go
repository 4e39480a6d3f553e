//go:build linux

package test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

// kinds are the kinds of events the journal holds.
func (s *server) kinds() (out []string, err error) {
	es, err := s.client.Events(s.t.Context(), 0, 500)
	for _, e := range es {
		out = append(out, e.Kind)
	}
	return out, err
}

// allowed waits until the consent that the command line gave is recorded.
func (s *server) allowed() {
	s.t.Helper()
	eventually(s.t, soon, func() error {
		c, err := s.client.Consent(s.t.Context())
		if err == nil && !c.Granted {
			err = fmt.Errorf("not yet: %+v", c)
		}
		return err
	})
}

// hears waits until the journal holds an event of each kind.
func (s *server) hears(kinds ...string) {
	s.t.Helper()
	eventually(s.t, soon, func() error {
		have, err := s.kinds()
		for _, k := range kinds {
			if err == nil && !slices.Contains(have, k) {
				err = fmt.Errorf("no %s among %q", k, have)
			}
		}
		return err
	})
}

// onPool is content with a program that hashes at a pool and has more accepted shares than n.
func onPool(url string, n uint64) func(body.Miner) bool {
	return func(m body.Miner) bool { return accepts(n)(m) && m.Pool != nil && *m.Pool == url }
}

// TestXMRig runs a fake XMRig through adit: it is started with settings of its own, told apart while it builds, mines,
// is told of when it mines for its author, paused, given another pool meanwhile, killed, and taken over.
func TestXMRig(t *testing.T) {
	t.Parallel()
	pools := newHome(t, fakeBin)
	one := pools.launch("practice", "--listen", "127.0.0.1:0").says(poolRE)[1]
	two := newHome(t, fakeBin).launch("practice", "--listen", "127.0.0.1:0").says(poolRE)[1]
	wallet := addresstest.Monero(t)
	h := newHome(t, fakeBin)
	s := h.up("--yes-i-own-this-machine", "--cpu", "all")
	s.allowed()

	version := "6.26.0"
	if os.Getuid() == 0 {
		version = "" // what adit did not install it does not run as root, not even to ask
	}
	all, err := s.client.Available(t.Context())
	if i := slices.IndexFunc(all, func(m body.AvailableMiner) bool { return m.Name == "xmrig" }); err != nil || i < 0 ||
		all[i].FeePercent == nil || *all[i].FeePercent != 1 || all[i].Version != version {
		t.Fatalf("available: %+v, %v", all, err)
	}
	cfg := body.Config{Pool: one, Wallet: wallet}
	cfg.UserAgent = "dataset=500ms donate=2s/1s"
	cfg.LogFile = "own.log"
	for field, bad := range map[string]func(*body.Config){
		"background": func(c *body.Config) { c.Background = new(true) },
		"cliArgs":    func(c *body.Config) { c.CLIArgs = "--config=/etc/passwd" },
		"httpHost":   func(c *body.Config) { c.HTTPHost = "0.0.0.0" },
	} {
		c := cfg
		bad(&c)
		if _, err := s.client.Start(t.Context(), "xmrig", c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s was not refused by name: %v", field, err)
		}
	}
	if _, err := s.client.Start(t.Context(), "xmrig", cfg); err != nil {
		t.Fatal(err)
	}
	m := s.miner(soon, onPool(one, 0))
	s.hears("fee.started", "fee.ended")
	secretsStay(t, h, *m.PID, wallet)

	if err := s.client.Pause(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	s.miner(soon, func(m body.Miner) bool { return m.State == "paused" && m.Hashrate != nil && *m.Hashrate == 0 })
	rig, name, _ := strings.Cut(m.Device, "/")
	if err := s.client.SetPools(t.Context(), rig, name, body.PoolsRequest{Pools: []body.PoolConfig{{Pool: two, Wallet: wallet}}}); err != nil {
		t.Fatal(err)
	}
	m = s.miner(soon, func(m body.Miner) bool { return m.State == "paused" && m.Pool != nil && *m.Pool == two })
	if err := s.client.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	m = s.miner(soon, onPool(two, *m.Shares))

	// The keeper starts it again on another port; nothing but its output says which.
	if err := syscall.Kill(*m.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	old := *m.PID
	m = s.miner(soon, func(m body.Miner) bool { return onPool(two, 0)(m) && *m.PID != old })

	s.kill()
	s = h.up()
	if again := s.miner(soon, onPool(two, *m.Shares)); *again.PID != *m.PID {
		t.Errorf("taken over: PID %d, was %d", *again.PID, *m.PID)
	}
	s.end(syscall.SIGINT)
	nothingLeft(t, h)
}

// secretsStay looks where others may look: arguments, and files that are not the owner's alone.
func secretsStay(t *testing.T, h *home, pid int, wallet string) {
	t.Helper()
	args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || strings.Contains(string(args), wallet) {
		t.Errorf("arguments %q, %v", args, err)
	}
	found := 0
	err = filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "config.json" && d.Name() != "own.log" {
			return nil // what goes meanwhile is no matter
		}
		found++
		if st, err := d.Info(); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v, %v", path, st.Mode(), err)
		}
		return nil
	})
	if err != nil || found != 2 {
		t.Errorf("%d files, want the configuration and the log, %v", found, err)
	}
}

// TestXMRigPortTaken: XMRig mines on without an API where its port is taken; adit says so in words.
func TestXMRigPortTaken(t *testing.T) {
	t.Parallel()
	pool := newHome(t, fakeBin).launch("practice", "--listen", "127.0.0.1:0").says(poolRE)[1]
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := newHome(t, fakeBin).up("--yes-i-own-this-machine", "--cpu", "all")
	s.allowed()
	cfg := body.Config{Pool: pool, Wallet: addresstest.Monero(t)}
	port := taken.Addr().(*net.TCPAddr).Port
	cfg.HTTPPort = &port
	if _, err := s.client.Start(t.Context(), "xmrig", cfg); err != nil {
		t.Fatal(err)
	}
	s.miner(soon, func(m body.Miner) bool {
		return m.PID != nil && strings.Contains(m.Why, "could not open its API") && strings.Contains(m.Why, "address already in use")
	})
	s.end(syscall.SIGINT)
}

// TestFakeXMRigIsMute: as the real one, it writes nothing on a standard output that is a plain file.
func TestFakeXMRigIsMute(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.json")
	if err := os.WriteFile(config, []byte(`{"http":{"enabled":true,"host":"127.0.0.1","port":0,"access-token":"x"},"pools":[{"url":"stratum+tcp://127.0.0.1:1","user":"x"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	said := &output{news: make(chan struct{})}
	mute, loud := exec.Command(filepath.Join(fakeBin, "xmrig"), "--config", config), exec.Command(filepath.Join(fakeBin, "xmrig"), "--config", config)
	mute.Stdout, loud.Stdout = file, said
	for _, c := range []*exec.Cmd{mute, loud} {
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, soon, func() error {
		if !strings.Contains(said.String(), "HTTP API") {
			return fmt.Errorf("said %q", said)
		}
		return nil
	})
	for _, c := range []*exec.Cmd{mute, loud} {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
	}
	if b, err := os.ReadFile(file.Name()); err != nil || len(b) != 0 {
		t.Errorf("it wrote %q into a file, %v", b, err)
	}
}
