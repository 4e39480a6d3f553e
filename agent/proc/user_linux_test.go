package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// asRoot skips where the user cannot be changed.
func asRoot(t *testing.T) Account {
	t.Helper()
	if why := CannotDrop(); why != "" {
		t.Skip("programs of another user cannot be started here:", why)
	}
	u, err := Unprivileged("/", "")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// other makes a spec of the fake program that runs as another user in a folder of its own.
func other(t *testing.T, s *Supervisor, u Account, args ...string) Spec {
	t.Helper()
	spec := fake(t, "one", args...)
	spec.User, spec.Dir = &u, filepath.Join(s.Dir, "one", "work")
	if err := os.MkdirAll(spec.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return spec
}

// procWords reads the words of /proc/PID/status, see proc_pid_status(5).
func procWords(t *testing.T, pid int) map[string]string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for l := range strings.Lines(string(b)) {
		k, v, _ := strings.Cut(l, ":")
		out[k] = strings.Join(strings.Fields(v), " ")
	}
	return out
}

// TestProgramsOfRootRunUnprivileged is row 5.8 of the safety conventions: a program started by root has no privilege, can
// gain none, reaches its own folder and nothing else of adit's, and keeps its name (row 5.1).
func TestProgramsOfRootRunUnprivileged(t *testing.T) {
	u := asRoot(t)
	s := supervisor(t)
	data := filepath.Dir(s.Dir)
	secrets := []string{filepath.Join(data, "token"), filepath.Join(data, "adit.db")}
	for _, path := range secrets {
		if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spec := other(t, s, u, "-read", "/proc/self/cwd/config.json", "-read", secrets[0], "-read", secrets[1],
		"-read", filepath.Join(s.Dir, "one", specName), "-starts", "/proc/self/cwd/starts")
	config := filepath.Join(spec.Dir, "config.json")
	if err := os.WriteFile(config, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(config, int(u.UID), int(u.GID)); err != nil {
		t.Fatal(err)
	}
	p := start(t, s, spec)
	st := phase(t, p, Running)
	said(t, p, "open: /proc/self/cwd/config.json")
	for _, path := range append(secrets, filepath.Join(s.Dir, "one", specName)) {
		said(t, p, "closed: "+path)
	}
	eventually(t, "it writes into its folder", func() bool { return word(filepath.Join(spec.Dir, "starts")) != "" })
	w := procWords(t, st.PID)
	id := fmt.Sprint(u.UID)
	if w["Uid"] != strings.Join([]string{id, id, id, id}, " ") || strings.Contains(" "+w["Gid"]+" ", " 0 ") || w["Groups"] != "" {
		t.Errorf("uid %s, gid %s, groups %q", w["Uid"], w["Gid"], w["Groups"])
	}
	if w["NoNewPrivs"] != "1" || w["Name"] != "fakeminer" {
		t.Errorf("name %q, no new privileges %q", w["Name"], w["NoNewPrivs"])
	}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		if strings.Trim(w[set], "0") != "" {
			t.Errorf("%s is %s", set, w[set])
		}
	}
	if !holds(st, "user") {
		t.Errorf("limits: %+v", st.Limits)
	}
	// Whoever looks after it finds it all the same.
	p.Close()
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 || found[0].Status().PID != st.PID {
		t.Fatalf("adopting: %v %v", found, err)
	}
	stop(t, found[0])
}

// TestShimThatDiesTakesAProgramOfAnotherUser: the kernel's word for that survives the change of user.
func TestShimThatDiesTakesAProgramOfAnotherUser(t *testing.T) {
	u := asRoot(t)
	s := supervisor(t)
	p := start(t, s, other(t, s, u))
	st := phase(t, p, Running)
	program, err := procfs{"/"}.identify(st.PID)
	if err != nil {
		t.Fatal(err)
	}
	kill(t, st.ShimPID)
	eventually(t, "the program ends with its shim", func() bool { return !procfs{"/"}.alive(program) })
	<-p.Done()
}

// TestLendsWhatWasChecked: an executable that is exchanged between its check and the loan is not lent.
func TestLendsWhatWasChecked(t *testing.T) {
	dir := t.TempDir()
	f := &forge{dir: filepath.Join(dir, "one")}
	spec := Spec{Name: "one", Path: filepath.Join(dir, "miner"), User: &Account{Name: "nobody", UID: 65534, GID: 65534}}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []os.FileMode{0o755, 0o700} { // linked, copied
		put(spec.Path, "checked", mode)
		digest, checked, err := verify(spec.Path, "")
		if err != nil {
			t.Fatal(err)
		}
		spec.Digest = digest
		lent, err := f.lend(spec, checked)
		if err != nil || lent.Mode().Perm() != 0o755 || word(filepath.Join(f.dir, binName, "miner")) != "checked" {
			t.Errorf("%v: %v %v", mode, lent, err)
		}
		put(spec.Path+".new", "another", mode)
		if err := os.Rename(spec.Path+".new", spec.Path); err != nil {
			t.Fatal(err)
		}
		if _, err := f.lend(spec, checked); adit.CodeOf(err) != adit.Refused {
			t.Errorf("%v: exchanged: %v", mode, err)
		}
	}
}

func holds(st Status, name string) bool {
	for _, l := range st.Limits {
		if l.Name == name {
			return l.Holds
		}
	}
	return false
}

func TestUnprivileged(t *testing.T) {
	root := t.TempDir()
	tree(t, root, map[string]string{"etc/passwd": "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\nnobody:x:99:99::/:/bin/false\ntoor:x:0:0::/root:/bin/sh"})
	for name, want := range map[string]Account{"": {"nobody", 99, 99}, "daemon": {"daemon", 1, 1}} {
		if got, err := Unprivileged(root, name); err != nil || got != want {
			t.Errorf("%q: %+v %v", name, got, err)
		}
	}
	for _, name := range []string{"toor", "root", "nosuch"} {
		if got, err := Unprivileged(root, name); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%q: %+v %v", name, got, err)
		}
	}
	if got, err := Unprivileged(t.TempDir(), ""); err != nil || got.UID != 65534 {
		t.Errorf("without passwd: %+v %v", got, err)
	}
	if err := (Spec{Name: "one", Path: "/x", Dir: "/y", User: &Account{Name: "root"}}).Validate(); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("as root: %v", err)
	}
	tree(t, root, map[string]string{"etc/passwd": "adit-miner:x:900:900::/:/bin/false\nnobody:x:99:99::/:/bin/false"})
	if got, err := Unprivileged(root, ""); err != nil || got.Name != MinerUser {
		t.Errorf("the service's own: %+v %v", got, err)
	}
}
