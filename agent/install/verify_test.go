package install

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/adit-mining/adit"
)

func TestExamine(t *testing.T) {
	w, v := damaged(t, func(*workbench, version) {})
	check := func(name, path, kind, verdict string) Report {
		t.Helper()
		r, err := Examine(w.dir, path, []string{})
		if err != nil || r.Kind != kind || r.Verdict != verdict {
			t.Errorf("%s: %+v, %v; want %s %s", name, r, err, kind, verdict)
		}
		return r
	}
	if r := check("the installed one", v.binary(), "installed", VerdictOK); r.Licence != "GPL-3.0-or-later" || *r.FeePercent != 1 || r.DigestSource != "a test" || r.Vouched != "catalogue" {
		t.Errorf("%+v", r)
	}
	plugin := filepath.Join(v.dir, filesDir, "xmrig-1.0", "cuda.so")
	check("a file beside it", plugin, "installed", VerdictOK)
	link := filepath.Join(t.TempDir(), "xmrig")
	must(t, os.Symlink(v.binary(), link))
	check("over a link", link, "installed", VerdictOK)
	content, err := os.ReadFile(v.binary())
	must(t, err)
	copied := filepath.Join(t.TempDir(), "x")
	must(t, os.WriteFile(copied, content, 0o755))
	check("a copy", copied, "copy", VerdictOK)
	stray := filepath.Join(v.dir, filesDir, "stray")
	must(t, os.WriteFile(stray, []byte("x"), 0o755))
	check("a file that was added", stray, "installed", VerdictMismatch)
	must(t, os.WriteFile(plugin, []byte("evil"), 0o755))
	check("a changed file", plugin, "installed", VerdictMismatch)
	must(t, os.Remove(v.binary()))
	check("a removed one", v.binary(), "installed", VerdictMismatch)
	fake := filepath.Join(t.TempDir(), "xmrig-6.26.0-linux-static-x64.tar.gz")
	must(t, os.WriteFile(fake, []byte("x"), 0o644))
	if r := check("called like an archive", fake, "archive", VerdictMismatch); r.Expected == "" || r.Version != "6.26.0" {
		t.Errorf("%+v", r)
	}
	for path, code := range map[string]adit.Code{
		filepath.Join(w.dir, "nope"):                            adit.NotFound,
		filepath.Join(w.dir, "xmrig", "9.9", filesDir, "xmrig"): adit.NotFound,
		os.Args[0]: adit.NotFound,
		w.dir:      adit.Invalid,
	} {
		if _, err := Examine(w.dir, path, []string{}); adit.CodeOf(err) != code {
			t.Errorf("%s: %v", path, err)
		}
	}
}
