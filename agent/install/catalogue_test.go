package install

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// TestBuiltIn looks at the catalogue that is part of this version.
func TestBuiltIn(t *testing.T) {
	c := BuiltIn()
	for _, want := range []struct{ platform, version, digest string }{
		// SHA256SUMS of the release notes of v6.26.0 and v6.25.0, github.com/xmrig/xmrig/releases.
		{"linux/amd64", "6.26.0", "fc6f8ae5f64e4f17481f7e3be29a1c56949f216a998414188003eae1db20c9e5"},
		{"windows/amd64", "6.26.0", "bba8097cb37d9b458a1cb1137876b27cde6740d17fe4ccbc086ba07d87d9e147"},
		{"darwin/arm64", "6.26.0", "6ae4eb4216e99a201ae9a3d2c3a7c275207c5165cfc25da1f3d735d6c4829c18"},
		{"linux/amd64", "6.25.0", "4732cee4ffad920392fa35e432b77294f2cdf69fbb73491a7dff8b649336f888"},
	} {
		e, ok := c.find("xmrig", want.version, want.platform)
		if !ok || e.SHA256 != want.digest || e.FeePercent == nil || *e.FeePercent != 1 || e.Source != "open" {
			t.Errorf("%s %s: %v %+v", want.platform, want.version, ok, e)
		}
		if !strings.Contains(e.URL, e.Version) || !strings.HasPrefix(e.Binary, "xmrig-"+e.Version+"/xmrig") || !strings.Contains(e.DigestSource, e.Version) {
			t.Errorf("its parts do not fit together: %+v", e)
		}
	}
	if e, _ := c.find("xmrig", "", "linux/amd64"); e.Version != "6.26.0" {
		t.Errorf("the newest is %s", e.Version)
	}
	if _, ok := c.find("xmrig", "", "plan9/386"); ok {
		t.Error("found for a platform that it is not there for")
	}
	if c.Expires != nil || len(c.Notes) == 0 {
		t.Error("the built-in catalogue has an end, or no notes on what was left out")
	}
}

func TestHostileCatalogues(t *testing.T) {
	change := func(field string, v any) func(map[string]any) {
		return func(c map[string]any) { c["entries"].([]any)[0].(map[string]any)[field] = v }
	}
	top := func(field string, v any) func(map[string]any) { return func(c map[string]any) { c[field] = v } }
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		words  string
	}{
		{"none", top("format", 9), "format"},
		{"serial", top("serial", 0), "serial"},
		{"negative serial", top("serial", -1), "catalogue"},
		{"issued", top("issued", "0001-01-01T00:00:00Z"), "issued"},
		{"expires before issued", top("expires", "2001-01-01T00:00:00Z"), "expires"},
		{"note that moves the cursor", top("notes", []string{"\x1b[2J"}), "notes[0]"},
		{"note that turns letters round", top("notes", []string{"a\u202eb"}), "notes[0]"},
		{"entries of another kind", top("entries", "x"), "catalogue"},
		{"program", change("program", "../x"), "entries[0].program"},
		{"title", change("title", "a\nb"), "entries[0].title"},
		{"version up", change("version", "1/../../x"), "entries[0].version"},
		{"version with dots", change("version", "1..2"), "entries[0].version"},
		{"version hidden", change("version", ".tmp"), "entries[0].version"},
		{"platform", change("platform", "linux"), "entries[0].platform"},
		{"digest short", change("sha256", "abcd"), "entries[0].sha256"},
		{"digest in capitals", change("sha256", strings.Repeat("AB", 32)), "entries[0].sha256"},
		{"digest of nowhere", change("digestSource", ""), "entries[0].digestSource"},
		{"http", change("url", "http://example.org/x.tar.gz"), "https"},
		{"file", change("url", "file:///etc/passwd.zip"), "entries[0].url"},
		{"user in the address", change("url", "https://a:b@example.org/x.tar.gz"), "entries[0].url"},
		{"no archive", change("url", "https://example.org/x.exe"), ".tar.gz"},
		{"binary up", change("binary", "../../bin/sh"), "entries[0].binary"},
		{"binary absolute", change("binary", "/bin/sh"), "entries[0].binary"},
		{"binary of Windows", change("binary", `C:\x.exe`), "entries[0].binary"},
		{"no licence", change("licence", ""), "entries[0].licence"},
		{"source", change("source", "perhaps"), "entries[0].source"},
		{"fee over all", change("feePercent", 101), "entries[0].feePercent"},
		{"fee under none", change("feePercent", -1), "entries[0].feePercent"},
		{"size", change("size", -5), "entries[0].size"},
		{"size of a disk", change("size", int64(1)<<50), "entries[0].size"},
		{"twice", func(c map[string]any) { c["entries"] = append(c["entries"].([]any), c["entries"].([]any)[0]) }, "entries[1].version"},
		{"endless", func(c map[string]any) {
			for i := range maxEntries + 1 {
				e := map[string]any{}
				for k, v := range c["entries"].([]any)[0].(map[string]any) {
					e[k] = v
				}
				e["version"], e["digestSource"], e["licence"], e["title"] = fmt.Sprint("1.", i), "s", "l", "t"
				c["entries"] = append(c["entries"].([]any), e)
			}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v map[string]any
			must(t, json.Unmarshal(catalogueFile(t, 5), &v))
			c.change(v)
			b, err := json.Marshal(v)
			must(t, err)
			_, err = Parse(b)
			refused(t, err, adit.Invalid, c.words)
		})
	}
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("hello"), "two": append(catalogueFile(t, 5), "{}"...), "no text": {0xff, 0xfe},
		"deep": []byte(strings.Repeat(`{"entries":[`, 20_000)), "huge": make([]byte, maxCatalogue+1),
	} {
		if _, err := Parse(b); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: whatever the bytes, a catalogue that is accepted names only what is safe to fetch, write and show.
func FuzzParse(f *testing.F) {
	f.Add(builtIn)
	f.Add(catalogueFile(f, 5))
	f.Add([]byte(`{"format":1,"serial":1,"issued":"2026-01-01T00:00:00Z","entries":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		for _, e := range c.Entries {
			u, err := checkURL(e.URL)
			if err != nil || !validVersion(e.Version) || !adit.ValidName(e.Program) || checkName(e.Binary) != nil || e.DigestSource == "" {
				t.Fatalf("accepted %+v", e)
			}
			if u.Scheme != "https" && !isLoopback(u.Hostname()) {
				t.Fatalf("accepted %s", e.URL)
			}
		}
	})
}

func TestCompareVersions(t *testing.T) {
	order := []string{"1.0-rc1", "1.0-rc2", "1", "1.2", "1.10", "1.10.1", "2.0-beta", "2.0", "6.25.0", "6.26.0", "10.0.0"}
	for i, a := range order {
		for j, b := range order {
			got := compareVersions(a, b)
			if i < j && got >= 0 || i > j && got <= 0 || i == j && got != 0 {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
	if compareVersions("1.0", "1") != 0 || compareVersions("1.0.0", "1") != 0 {
		t.Error("1.0 is not 1")
	}
	for v, ok := range map[string]bool{"6.26.0": true, "local-1234": true, "": false, ".": false, "..": false, ".tmp": false, "a/b": false, `a\b`: false, "1.": false, "1..2": false, strings.Repeat("1", 65): false} {
		if validVersion(v) != ok {
			t.Errorf("%q: %v", v, !ok)
		}
	}
}
