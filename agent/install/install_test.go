package install

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

func TestLocalArchive(t *testing.T) {
	known := tarGz(t, honest("6.26.0"))
	mine := zipOf(t, []item{{name: "build/xmrig", mode: -1, body: script}, {name: "build/SHA256SUMS", mode: -1, body: "x"}})
	w := newWorkbench(t)
	e := w.entry("6.26.0", known)
	foreign := w.entry("9.0", tarGz(t, honest("9.0")))
	foreign.Platform = "windows/amd64"
	w.catalogue(e, foreign)

	j, err := w.run(wire.InstallArgs{Program: "xmrig", Archive: w.local("renamed.tar.gz", known)})
	must(t, err)
	m, err := w.i.Store().named("xmrig", j.Version)
	must(t, err)
	if j.Version != "6.26.0" || m.Vouched != "catalogue" || m.Licence != e.Licence || m.DigestSource != "a test" || *m.FeePercent != 1 {
		t.Errorf("%+v", m.Manifest)
	}
	j, err = w.run(wire.InstallArgs{Program: "xmrig", Archive: w.local("xmrig-7.1.2-mine.zip", mine), SHA256: strings.ToUpper(sum(mine))})
	must(t, err)
	m, err = w.i.Store().named("xmrig", j.Version)
	must(t, err)
	if j.Version != "7.1.2" || m.Vouched != "you" || m.Licence != "" || m.FeePercent != nil || m.Source != "" {
		t.Errorf("%+v", m.Manifest)
	}
	if st, err := os.Stat(m.binary()); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o755 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	if len(w.requests()) != 0 {
		t.Error("something was asked of a server")
	}
	relative := "xmrig.tar.gz"
	for _, c := range []struct {
		name  string
		args  wire.InstallArgs
		code  adit.Code
		words []string
	}{
		{"nobody stands for it", wire.InstallArgs{Archive: w.local("a.zip", zipOf(t, honest("3")))}, adit.Refused, []string{"does not know the archive", "--sha256"}},
		{"changed", wire.InstallArgs{Archive: w.local("xmrig-6.26.0.tar.gz", mine)}, adit.Refused, []string{"called like that of XMRig 6.26.0", sum(mine), e.SHA256}},
		{"another digest", wire.InstallArgs{Archive: w.local("a.zip", mine), SHA256: sum(known)}, adit.Refused, []string{"not the one you vouch for", sum(mine)}},
		{"for another system", wire.InstallArgs{Archive: w.local("a.tar.gz", w.files["/xmrig-9.0.tar.gz"])}, adit.Refused, []string{"windows/amd64", platform}},
		{"another version", wire.InstallArgs{Version: "1.0", Archive: w.local("a.tar.gz", known)}, adit.Refused, []string{"6.26.0, not 1.0"}},
		{"not there", wire.InstallArgs{Archive: filepath.Join(w.dir, "nope")}, adit.Invalid, []string{"archive", "no such file"}},
		{"a folder", wire.InstallArgs{Archive: w.dir}, adit.Invalid, []string{"archive", "no file"}},
		{"not the whole path", wire.InstallArgs{Archive: relative}, adit.Invalid, []string{"archive", "whole path"}},
		{"digest alone", wire.InstallArgs{SHA256: sum(mine)}, adit.Invalid, []string{"sha256"}},
		{"no digest", wire.InstallArgs{Archive: w.local("a.zip", mine), SHA256: "abc"}, adit.Invalid, []string{"sha256", "64 hex"}},
		{"no version", wire.InstallArgs{Version: "../x"}, adit.Invalid, []string{"version"}},
		{"no name", wire.InstallArgs{Program: "../x"}, adit.Invalid, []string{"program"}},
		{"unknown program", wire.InstallArgs{Program: "nope"}, adit.NotFound, []string{"it knows xmrig"}},
		{"unknown version", wire.InstallArgs{Version: "5.0"}, adit.NotFound, []string{"it has 6.26.0", "--archive"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.args.Program == "" {
				c.args.Program = "xmrig"
			}
			_, err := w.run(c.args)
			refused(t, err, c.code, c.words...)
			w.tidy()
		})
	}
}

// TestArchiveWithoutTheProgram: the right digest is not enough, the executable must be there and for this system.
func TestArchiveWithoutTheProgram(t *testing.T) {
	vouched := func(w *workbench, raw []byte) wire.InstallArgs {
		return wire.InstallArgs{Program: "xmrig", Archive: w.local("a.tar.gz", raw), SHA256: sum(raw)}
	}
	w := newWorkbench(t)
	e := w.entry("1.0", tarGz(t, []item{{name: "other/xmrig", mode: 0o755, body: script}}))
	w.catalogue(e)
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	refused(t, err, adit.Refused, "xmrig-1.0/xmrig")
	_, err = w.run(vouched(w, tarGz(t, []item{{name: "README", mode: 0o644, body: "x"}})))
	refused(t, err, adit.Refused, "no file named xmrig")
	_, err = w.run(vouched(w, tarGz(t, []item{{name: "a/xmrig", mode: 0o755, body: script}, {name: "b/xmrig", mode: 0o755, body: script}})))
	refused(t, err, adit.Refused, "2 files named xmrig")
	_, err = w.run(vouched(w, tarGz(t, []item{{name: "xmrig.exe", mode: 0o755, body: "MZ\x90\x00"}})))
	refused(t, err, adit.Refused, "a program for Windows")
	_, err = w.run(vouched(w, tarGz(t, append(honest("1"), item{name: "../evil", mode: 0o644, body: "x"}))))
	refused(t, err, adit.Refused, "leads out")
	w.nothing("xmrig")
}

func TestNoEntryForThisComputer(t *testing.T) {
	w := newWorkbench(t, func(o *Options) {
		o.Platform, o.Known = "linux/riscv64", func(p string) bool { return p == "lolminer" }
	})
	w.catalogue(w.entry("1.0", nil))
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	refused(t, err, adit.Unsupported, "linux/amd64", "linux/riscv64", "--archive")
	_, err = w.run(wire.InstallArgs{Program: "lolminer"})
	refused(t, err, adit.NotFound, "no digest of it was found", "--archive")
}

func TestVersionsSideBySide(t *testing.T) {
	w := newWorkbench(t)
	w.catalogue(w.entry("1.0", tarGz(t, honest("1.0"))), w.entry("2.0", tarGz(t, honest("2.0"))), w.entry("3.0", tarGz(t, honest("3.0"))))
	s := w.i.Store()
	current := func(want string) {
		t.Helper()
		if p, err := s.Find("xmrig"); err != nil || p.Version != want {
			t.Errorf("in use: %q, %v; want %q", p.Version, err, want)
		}
	}
	updates := func(want ...string) {
		t.Helper()
		var got []string
		for _, u := range w.i.Installs().Updates {
			got = append(got, u.From+">"+u.To+map[bool]string{true: " pinned"}[u.Pinned])
		}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("updates %q, want %q", got, want)
		}
	}
	install := func(v string) {
		t.Helper()
		_, err := w.run(wire.InstallArgs{Program: "xmrig", Version: v})
		must(t, err)
	}
	install("1.0")
	current("1.0")
	updates("1.0>3.0")
	install("2.0")
	current("2.0")
	must(t, s.Use("xmrig", "1.0")) // back
	current("1.0")
	must(t, s.Pin("xmrig", "2.0"))
	current("2.0")
	updates("2.0>3.0 pinned")
	_, err := w.run(wire.InstallArgs{Program: "xmrig"}) // the pinned one, which is there
	must(t, err)
	current("2.0")
	if n := len(w.requests()); n != 3 {
		t.Logf("%d requests", n)
	}
	must(t, s.Pin("xmrig", ""))
	install("")
	current("3.0")
	updates()
	refused(t, s.Use("xmrig", "4.0"), adit.NotFound, "there is 3.0, 2.0, 1.0")
	refused(t, s.Pin("xmrig", "4.0"), adit.NotFound)
	refused(t, s.Pin("nope", "4.0"), adit.NotFound, "not installed")
	u, err := w.i.Uninstall("xmrig", "3.0")
	must(t, err)
	if len(u.Versions) != 1 {
		t.Errorf("%+v", u)
	}
	current("2.0")
	_, err = w.i.Uninstall("xmrig", "3.0")
	refused(t, err, adit.NotFound)
	w.open()
	s = w.i.Store()
	current("2.0") // also after a restart
	_, err = w.i.Uninstall("xmrig", "")
	must(t, err)
	w.nothing("xmrig")
	_, err = w.i.Uninstall("xmrig", "")
	refused(t, err, adit.NotFound, "not installed")
	_, err = w.i.Uninstall("../..", "")
	refused(t, err, adit.Invalid)
	if _, err := os.Stat(filepath.Join(w.dir, "xmrig")); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
}

// damaged installs a version and lets a test change something of it.
func damaged(t *testing.T, change func(w *workbench, v version)) (*workbench, version) {
	t.Helper()
	w := newWorkbench(t)
	w.catalogue(w.entry("1.0", tarGz(t, append(honest("1.0"), item{name: "xmrig-1.0/cuda.so", mode: 0o755, body: "plugin"}))))
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
	v, err := w.i.Store().named("xmrig", "1.0")
	must(t, err)
	if d, err := w.i.Store().Ready(v.binary()); err != nil || d != v.Digest {
		t.Fatalf("not ready: %q %v", d, err)
	}
	change(w, v)
	return w, v
}

func (w *workbench) state() wire.Installed {
	w.t.Helper()
	list := w.i.Installs().Installed
	if len(list) != 1 {
		w.t.Fatalf("%+v", list)
	}
	return list[0]
}

func TestRemovedByAntivirus(t *testing.T) {
	w, v := damaged(t, func(_ *workbench, v version) { must(t, os.Remove(v.binary())) })
	_, err := w.i.Store().Find("xmrig")
	refused(t, err, adit.Refused, "antivirus", "adit install xmrig")
	_, err = w.i.Store().Ready(v.binary())
	refused(t, err, adit.Refused, "antivirus")
	if i := w.state(); i.State != wire.InstallMissing || !strings.Contains(i.Words, "antivirus") {
		t.Errorf("%+v", i)
	}
	_, err = w.run(wire.InstallArgs{Program: "xmrig"}) // repairs it
	must(t, err)
	if i := w.state(); i.State != wire.InstallOK {
		t.Errorf("%+v", i)
	}
	w.tidy()
}

func TestChangedFileIsQuarantined(t *testing.T) {
	for _, file := range []string{"xmrig-1.0/xmrig", "xmrig-1.0/cuda.so"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			w, v := damaged(t, func(w *workbench, v version) {
				path := filepath.Join(v.dir, filesDir, file)
				st, err := os.Stat(path)
				must(t, err)
				w.i.Installs() // the list has seen it whole
				must(t, os.WriteFile(path, []byte(strings.Repeat("e", int(st.Size()))), 0o755))
				must(t, os.Chtimes(path, st.ModTime(), st.ModTime())) // as an intruder would
			})
			_, err := w.i.Store().Ready(v.binary())
			refused(t, err, adit.Refused, "quarantine", file, "sha256")
			if !JustQuarantined(err) {
				t.Error("that is no news")
			}
			_, err = w.i.Store().Ready(v.binary())
			refused(t, err, adit.Refused, "in quarantine since")
			if JustQuarantined(err) {
				t.Error("told twice")
			}
			_, err = w.i.Store().Find("xmrig")
			refused(t, err, adit.Refused, "quarantine")
			refused(t, w.i.Store().Use("xmrig", "1.0"), adit.Refused, "quarantine")
			if i := w.state(); i.State != wire.InstallQuarantined {
				t.Errorf("%+v", i)
			}
			w.open()
			w.catalogue(w.entry("1.0", w.files["/xmrig-1.0.tar.gz"]))
			if i := w.state(); i.State != wire.InstallQuarantined {
				t.Errorf("forgotten by a restart: %+v", i)
			}
			_, err = w.run(wire.InstallArgs{Program: "xmrig"})
			must(t, err)
			if i := w.state(); i.State != wire.InstallOK {
				t.Errorf("not repaired: %+v", i)
			}
		})
	}
}

func TestDamagedRecords(t *testing.T) {
	for name, change := range map[string]func(v version){
		"half a manifest": func(v version) { must(t, os.Truncate(filepath.Join(v.dir, manifestFile), 40)) },
		"no manifest":     func(v version) { must(t, os.Remove(filepath.Join(v.dir, manifestFile))) },
		"of another":      func(v version) { rewrite(t, v, func(m *Manifest) { m.Program = "other" }) },
		"binary outside":  func(v version) { rewrite(t, v, func(m *Manifest) { m.Binary = "../../../../bin/sh" }) },
		"files outside":   func(v version) { rewrite(t, v, func(m *Manifest) { m.Files[0].Path = "../x" }) },
		"of tomorrow":     func(v version) { rewrite(t, v, func(m *Manifest) { m.Format = 9 }) },
		"a link as binary": func(v version) {
			must(t, os.Rename(v.binary(), v.binary()+"2"))
			must(t, os.Symlink(v.binary()+"2", v.binary()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, v := damaged(t, func(_ *workbench, v version) { change(v) })
			_, err := w.i.Store().Find("xmrig")
			refused(t, err, adit.Refused)
			_, err = w.i.Store().Ready(v.binary())
			refused(t, err, adit.Refused)
			if i := w.state(); i.State == wire.InstallOK || i.Words == "" {
				t.Errorf("%+v", i)
			}
			_, err = w.run(wire.InstallArgs{Program: "xmrig"})
			must(t, err)
			if i := w.state(); i.State != wire.InstallOK {
				t.Errorf("not repaired: %+v", i)
			}
		})
	}
	w, _ := damaged(t, func(w *workbench, _ version) {
		must(t, os.WriteFile(filepath.Join(w.dir, "xmrig", stateFile), []byte("{"), 0o600))
	})
	if _, err := w.i.Store().Find("xmrig"); adit.CodeOf(err) != adit.Internal {
		t.Errorf("which version is in use cannot be known: %v", err)
	}
	if w.i.Installs().Words == "" {
		t.Error("the list does not say what it could not read")
	}
}

func rewrite(t *testing.T, v version, change func(*Manifest)) {
	t.Helper()
	m := v.Manifest
	change(&m)
	b, err := json.Marshal(m)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(v.dir, manifestFile), b, 0o600))
}

func TestReadyOfOthers(t *testing.T) {
	w := newWorkbench(t)
	for _, path := range []string{"/usr/bin/xmrig", filepath.Join(w.dir, "xmrig", "1.0"), filepath.Join(w.dir, "..", "x"), filepath.Join(w.dir, "xmrig", "1.0", filesDir, "x")} {
		if d, err := w.i.Store().Ready(path); d != "" || err != nil {
			t.Errorf("%s: %q %v", path, d, err)
		}
	}
	w, v := damaged(t, func(*workbench, version) {})
	_, err := w.i.Store().Ready(filepath.Join(v.dir, filesDir, "xmrig-1.0", "cuda.so"))
	refused(t, err, adit.Refused, "not the executable")
	if !w.i.Store().Within(v.binary(), "xmrig", "") || w.i.Store().Within(v.binary(), "xmrig", "2.0") || w.i.Store().Within("/bin/sh", "xmrig", "") {
		t.Error("Within")
	}
}

// TestTwoInstallsAtOnce: one of two does it, the other is refused by name.
func TestTwoInstallsAtOnce(t *testing.T) {
	w := newWorkbench(t)
	archive := bigArchive(t, "1.0")
	w.catalogue(w.entry("1.0", archive))
	path := w.local("x.tar.gz", archive)
	conflicts := 0
	for range 8 {
		_, err := w.i.Start(context.Background(), wire.InstallArgs{Program: "xmrig", Archive: path})
		if err != nil {
			refused(t, err, adit.Conflict, "xmrig is being installed already")
			conflicts++
		}
	}
	w.i.Wait()
	if conflicts == 0 {
		t.Error("several at once")
	}
	if i := w.state(); i.State != wire.InstallOK {
		t.Errorf("%+v", i)
	}
	w.tidy()
}

func TestInstallEndsWithTheAgent(t *testing.T) {
	w := newWorkbench(t)
	archive := tarGz(t, append(honest("1.0"), item{name: "big", mode: 0o644, body: noise(2 << 20)}))
	w.catalogue(w.entry("1.0", archive))
	ctx, cancel := context.WithCancel(context.Background())
	w.o.Tell = func(j wire.Job) {
		if j.Phase == wire.JobUnpacking {
			cancel()
		}
	}
	w.i.o.Tell = w.o.Tell
	j, err := w.i.Start(ctx, wire.InstallArgs{Program: "xmrig", Archive: w.local("x.tar.gz", archive)})
	must(t, err)
	_, err = w.end(j)
	refused(t, err, adit.Unreachable, "nothing was installed")
	w.nothing("xmrig")
}

// TestJobsAreForgotten: jobs do not pile up, and progress is told at most twice a second.
func TestJobsAreForgotten(t *testing.T) {
	now := time.Now()
	w := newWorkbench(t, func(o *Options) { o.Now = func() time.Time { return now } })
	archive := tarGz(t, append(honest("1.0"), item{name: "big", mode: 0o644, body: noise(1 << 20)}))
	w.catalogue(w.entry("1.0", archive))
	j, err := w.run(wire.InstallArgs{Program: "xmrig", Archive: w.local("x.tar.gz", archive)})
	must(t, err)
	if n := len(w.told); n != 3 { // the clock stands, so only phases are told: checking, unpacking, done
		t.Errorf("told %d times: %+v", n, w.told)
	}
	if len(w.i.Jobs()) != 1 {
		t.Error("an ended job is not shown")
	}
	now = now.Add(keepJobs + time.Second)
	if len(w.i.Jobs()) != 0 {
		t.Error("an old job is shown")
	}
	_, err = w.i.Job(j.ID)
	refused(t, err, adit.NotFound)
}

func TestSweep(t *testing.T) {
	w := newWorkbench(t)
	for _, dir := range []string{filepath.Join(tmpDir, "new-x", filesDir), fetchDir} {
		must(t, os.MkdirAll(filepath.Join(w.dir, dir), 0o755))
	}
	old, young := filepath.Join(w.dir, fetchDir, "old.part"), filepath.Join(w.dir, fetchDir, "young.part")
	for _, p := range []string{old, young, filepath.Join(w.dir, tmpDir, "new-x", filesDir, "xmrig")} {
		must(t, os.WriteFile(p, []byte("x"), 0o600))
	}
	past := time.Now().Add(-keepPartial - time.Hour)
	must(t, os.Chtimes(old, past, past))
	w.open()
	w.tidy()
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("an old part stays")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("a young part is gone")
	}
}
