package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// process makes a fake process below the rig's /proc that holds a socket with an inode.
func (r *rig) process(pid, parent int, name, args, inode string) {
	r.t.Helper()
	dir := filepath.Join(r.dir, "proc", fmt.Sprint(pid))
	if err := os.MkdirAll(filepath.Join(dir, "fd"), 0o755); err != nil {
		r.t.Fatal(err)
	}
	for file, text := range map[string]string{"stat": fmt.Sprintf("%d (%s) S %d 0 0", pid, name, parent), "cmdline": args} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	if inode != "" {
		if err := os.Symlink("socket:["+inode+"]", filepath.Join(dir, "fd", "9")); err != nil {
			r.t.Fatal(err)
		}
	}
}

// tcp writes the rig's table of TCP sockets: local, remote, state, inode.
func (r *rig) tcp(rows ...[4]string) {
	r.t.Helper()
	text := "  sl  local_address rem_address\n"
	for i, row := range rows {
		text += fmt.Sprintf("   %d: %s %s %s 0:0 0:0 0 0 0 %s 1\n", i, row[0], row[1], row[2], row[3])
	}
	if err := os.MkdirAll(filepath.Join(r.dir, "proc/net"), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "proc/net/tcp"), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) asked(kind string) wire.Answer {
	r.t.Helper()
	a := r.a.answer(wire.Query{Kind: kind})
	if a.Code != "" {
		r.t.Fatalf("%+v", a)
	}
	return a
}

// TestConnections is row 5.17: each connection out of the computer with its purpose; what adit does not know is said.
func TestConnections(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.process(os.Getpid(), 1, "adit", "adit", "1")
		r.process(100, os.Getpid(), "xmrig", "xmrig", "2") // the fake program's number
		r.process(101, 100, "helper", "helper", "3")
		r.process(200, 1, "browser", "browser", "4")
		const far, pool, odd = "01020304:0050", "01020304:0D05", "01020304:1E61"
		r.tcp([4]string{"0A00000A:1000", far, "01", "1"}, [4]string{"0A00000A:1001", pool, "01", "2"}, [4]string{"0A00000A:1002", odd, "02", "3"},
			[4]string{"0A00000A:1003", far, "01", "4"})
		c, err := wire.Unmarshal[wire.Connections](r.asked(wire.QueryConnections).Result)
		if err != nil || len(c.List) != 3 || !strings.Contains(c.Words, "3 connections out of this computer, 1 of them for a purpose") {
			t.Fatalf("%+v %v", c, err)
		}
		for _, x := range c.List {
			switch {
			case x.Remote == "4.3.2.1:80" && x.Process == "adit" && x.Program == "" && x.Purpose == wire.PurposeFeed:
			case x.Remote == "4.3.2.1:3333" && x.Process == "xmrig" && x.Program == "one" && x.Purpose == wire.PurposePool:
			case x.Remote == "4.3.2.1:7777" && x.Process == "helper" && x.Program == "one" && x.Purpose == wire.PurposeUnknown && x.State == "connecting":
			default:
				t.Errorf("%+v", x)
			}
		}
		r.tcp()
		if c, err := wire.Unmarshal[wire.Connections](r.asked(wire.QueryConnections).Result); err != nil || len(c.List) != 0 || !strings.Contains(c.Words, "nothing of adit") {
			t.Errorf("%+v %v", c, err)
		}
	})
}

// TestSecurity finds what could be misused: open ports (row 5.16), files that others read, secrets among arguments,
// programs of unknown origin (row 5.7), and says how to mend each.
func TestSecurity(t *testing.T) {
	inRig(t, func(r *rig) {
		if err := os.Chmod(r.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		r.consent().up()
		secret := strings.Repeat("payout", 8)
		r.ok(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: "one", Pools: []device.Pool{{URL: "stratum+tcp://127.0.0.1:3333", User: secret}}}))
		r.process(os.Getpid(), 1, "adit", "adit", "1")
		r.process(100, os.Getpid(), "xmrig", "xmrig\x00-o\x00pool", "2")
		r.tcp([4]string{"0100007F:1F90", "00000000:0000", "0A", "1"}, [4]string{"0100007F:1000", "00000000:0000", "0A", "2"})
		states := func() map[string]wire.Finding {
			fs, err := wire.Unmarshal[[]wire.Finding](r.asked(wire.QuerySecurity).Result)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]wire.Finding{}
			for _, f := range fs {
				if (f.State == stateWarn || f.State == stateCrit) && f.Fix == "" {
					t.Errorf("%s has no fix: %+v", f.Name, f)
				}
				out[f.Name] = f
			}
			return out
		}
		for name, f := range states() {
			if f.State == stateCrit {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if f := states()["program one"]; f.State != stateWarn || !strings.Contains(f.Command, "adit install") {
			t.Errorf("a program of unknown origin: %+v", f)
		}
		if err := os.WriteFile(filepath.Join(r.dir, "token"), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		r.tcp([4]string{"00000000:1F90", "00000000:0000", "0A", "1"}, [4]string{"0A00000A:0D05", "00000000:0000", "0A", "2"})
		if err := os.WriteFile(filepath.Join(r.dir, "proc/100/cmdline"), []byte("xmrig\x00-u\x00"+secret), 0o644); err != nil {
			t.Fatal(err)
		}
		bad := states()
		for name, words := range map[string]string{"files": "token", "adit's ports": "0.0.0.0:8080", "programs' ports": "xmrig at 10.0.0.10:3333", "arguments": "payout address at pool 1 of one"} {
			if f := bad[name]; f.State != stateCrit || !strings.Contains(f.Text, words) || strings.Contains(f.Text, secret) {
				t.Errorf("%s: %+v", name, f)
			}
		}
	})
}

// TestNoForeignProgramAsRoot: not even to hear its version.
func TestNoForeignProgramAsRoot(t *testing.T) {
	miner := &proc.Account{Name: "nobody", UID: 65534, GID: 65534}
	if mayAsk("xmrig", miner) || !mayAsk("xmrig", nil) || !mayAsk(ownEngine, miner) {
		t.Error("a foreign program is run by root, or none by anybody")
	}
}
