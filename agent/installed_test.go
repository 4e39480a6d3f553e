package agent

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// archiveOf writes an archive with one program into the rig's folder and returns its path and digest.
func (r *rig) archiveOf(version string) (path, digest string) {
	r.t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("fake-" + version + "/fake")
	if err == nil {
		_, err = f.Write([]byte("#!/bin/sh\n# " + version + "\n"))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	path = filepath.Join(r.dir, "fake-"+version+".zip")
	write(r.t, path, b.String())
	sum := sha256.Sum256(b.Bytes())
	return path, hex.EncodeToString(sum[:])
}

// installFake installs a program from an archive and returns its job.
func (r *rig) installFake(version string) wire.Job {
	r.t.Helper()
	path, digest := r.archiveOf(version)
	out := r.ok(r.order(wire.VerbInstall, "", wire.InstallArgs{Program: "mock", Archive: path, SHA256: digest}))
	j, err := wire.Unmarshal[wire.Job](out.Result)
	if err != nil {
		r.t.Fatal(err)
	}
	r.pass(time.Second)
	return ask[wire.Job](r, wire.Query{Kind: wire.QueryJob, Args: raw(r.t, wire.JobArgs{ID: j.ID})})
}

// ask puts a question and decodes the answer.
func ask[T any](r *rig, q wire.Query) (out T) {
	r.t.Helper()
	a, err := wire.Unmarshal[wire.Answer](r.hub.ask(wire.QuerySubject(r.a.Rig()), raw(r.t, q)))
	if err == nil && a.Code != "" {
		err = &adit.Error{Code: a.Code, Msg: a.Reason}
	}
	if err == nil {
		out, err = wire.Unmarshal[T](a.Result)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *rig) available() wire.Available {
	r.t.Helper()
	for _, v := range ask[[]wire.Available](r, wire.Query{Kind: "miners"}) {
		if v.Name == "fake" {
			return v
		}
	}
	r.t.Fatal("the driver is not listed")
	return wire.Available{}
}

func TestInstalledProgramIsPreferred(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		if v := r.available(); v.Managed || v.Path != "/bin/fake" {
			t.Errorf("before: %+v", v)
		}
		if j := r.installFake("1.0"); j.Phase != wire.JobDone || j.Program != "fake" || j.Version != "1.0" {
			t.Fatalf("%+v", j)
		}
		v := r.available()
		if !v.Managed || v.State != wire.InstallOK || v.Version != "1.0" || !strings.HasPrefix(v.Path, ProgramsDir(r.dir)) || len(v.Versions) != 1 {
			t.Errorf("after: %+v", v)
		}
		r.startProgram("m")
		spec := r.sup.get("m").spec
		if spec.Path != v.Path || spec.Digest != v.Digest || spec.Digest == "" {
			t.Errorf("started %s with digest %q", spec.Path, spec.Digest)
		}
		if e := r.hub.events(evInstalled); len(e) != 1 || !strings.Contains(e[0], "fake 1.0") {
			t.Errorf("events %q", e)
		}
		seen := map[string]bool{}
		for _, j := range r.hub.jobs() {
			seen[j.Phase] = true
		}
		if !seen[wire.JobChecking] || !seen[wire.JobUnpacking] || !seen[wire.JobDone] {
			t.Errorf("told phases %v", seen)
		}
	})
}

func (h *fakeHub) jobs() (out []wire.Job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.frames {
		if f.Kind == wire.FrameInstall {
			out = append(out, *f.Install)
		}
	}
	return out
}

func TestUninstallWhileItRuns(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.installFake("1.0")
		r.installFake("2.0")
		r.startProgram("m")
		out := func(version string) wire.Outcome {
			return r.order(wire.VerbUninstall, "", wire.ProgramArgs{Program: "fake", Version: version})
		}
		r.refused(out(""), adit.Conflict, "fake runs as m")
		r.refused(out("2.0"), adit.Conflict, "adit stop m")
		r.ok(out("1.0")) // not the one that runs
		r.refused(out("1.0"), adit.NotFound, "there is 2.0")
		r.ok(r.order(wire.VerbStop, "m", nil))
		r.ok(out(""))
		r.refused(out(""), adit.NotFound, "not installed")
		if v := r.available(); v.Managed || v.Path != "/bin/fake" {
			t.Errorf("after: %+v", v)
		}
		if e := r.hub.events(evUninstalled); len(e) != 2 {
			t.Errorf("events %q", e)
		}
	})
}

// TestInstalledProgramGone: an antivirus took it; the start, the list and the doctor say so.
func TestInstalledProgramGone(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.installFake("1.0")
		if err := os.Remove(r.available().Path); err != nil {
			t.Fatal(err)
		}
		r.refused(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: "m", Pools: somePool}), adit.Refused, "likely removed by an antivirus")
		r.pass(brokenEvery + lookEvery)
		if b := r.hub.rig().Broken; len(b) != 1 || b[0].Program != "fake" || b[0].State != wire.InstallMissing || !strings.Contains(b[0].Words, "antivirus") {
			t.Errorf("the hub hears %+v", b)
		}
		if v := r.available(); v.Path != "" || v.State != wire.InstallMissing || !strings.Contains(v.Why, "antivirus") {
			t.Errorf("%+v", v)
		}
		found := 0
		for _, f := range ask[[]wire.Finding](r, wire.Query{Kind: "doctor"}) {
			if strings.Contains(f.Text, "antivirus") && f.State == stateCrit && f.Command == "adit install fake" {
				found += strings.Count(f.Text, "antivirus")
			}
		}
		if found != 1 {
			t.Errorf("the doctor says it %d times", found)
		}
		if j := r.installFake("1.0"); j.Phase != wire.JobDone {
			t.Errorf("%+v", j)
		}
		r.startProgram("m")
		r.work("m", "hashing")
	})
}

// TestInstalledProgramChanged: it is not started, and put into quarantine once.
func TestInstalledProgramChanged(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.installFake("1.0")
		path := r.available().Path
		if err := os.WriteFile(path, []byte("#!/bin/sh\nevil\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		start := func() wire.Outcome {
			return r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: "m", Pools: somePool})
		}
		r.refused(start(), adit.Refused, "not the file that was installed")
		r.refused(start(), adit.Refused, "in quarantine since")
		r.pass(time.Second)
		if n := r.sup.started["m"]; n != 0 {
			t.Errorf("started %d times", n)
		}
		if e := r.hub.events(evUnsafe); len(e) != 1 || !strings.Contains(e[0], "quarantine") {
			t.Errorf("events %q", e)
		}
	})
}

func TestPinAndUse(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.installFake("1.0")
		r.installFake("2.0")
		r.ok(r.order(wire.VerbUse, "", wire.ProgramArgs{Program: "fake", Version: "1.0"}))
		if v := r.available(); v.Version != "1.0" || v.Pinned != "" {
			t.Errorf("%+v", v)
		}
		r.ok(r.order(wire.VerbPin, "", wire.ProgramArgs{Program: "mock", Version: "2.0"}))
		if v := r.available(); v.Version != "2.0" || v.Pinned != "2.0" {
			t.Errorf("%+v", v)
		}
		r.ok(r.order(wire.VerbPin, "", wire.ProgramArgs{Program: "fake"}))
		if v := r.available(); v.Pinned != "" {
			t.Errorf("%+v", v)
		}
		list := ask[wire.Installs](r, wire.Query{Kind: wire.QueryInstalls})
		if len(list.Installed) != 2 || list.Installed[0].Version != "2.0" || !list.Installed[0].Current || len(list.Jobs) != 2 {
			t.Errorf("%+v", list)
		}
	})
}

func TestInstallRefused(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up()
		path, digest := r.archiveOf("1.0")
		for _, c := range []struct {
			args  wire.InstallArgs
			code  adit.Code
			words string
		}{
			{wire.InstallArgs{Program: "host"}, adit.Invalid, "no mining program"},
			{wire.InstallArgs{Program: "nope"}, adit.NotFound, "knows no mining program"},
			{wire.InstallArgs{Program: "fake"}, adit.NotFound, "no digest of it was found"},
			{wire.InstallArgs{Program: "fake", Archive: "fake.zip", SHA256: digest}, adit.Invalid, "whole path"},
			{wire.InstallArgs{Program: "fake", Archive: path, SHA256: "x"}, adit.Invalid, "64 hex"},
		} {
			if c.args.Program == "host" {
				c.args.Program = fakeHost.Name
			}
			r.refused(r.order(wire.VerbInstall, "", c.args), c.code, c.words)
		}
		r.refused(r.order(wire.VerbInstallCancel, "", wire.JobArgs{ID: "x"}), adit.NotFound, "no such installation")
		r.refused(r.order(wire.VerbCatalogue, "", wire.CatalogueArgs{Catalogue: []byte("{}")}), adit.Unsupported, "without a key")
		c := ask[wire.Catalogue](r, wire.Query{Kind: wire.QueryCatalogue})
		if len(c.Entries) == 0 || c.Accepts || c.Origin != "built in" {
			t.Errorf("%+v", c)
		}
	})
}
