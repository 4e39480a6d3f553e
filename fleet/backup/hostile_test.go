package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// pack makes an archive of what a test wishes.
type entry struct {
	h    tar.Header
	body string
}

func pack(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		if e.h.Typeflag == 0 {
			e.h.Typeflag = tar.TypeReg
		}
		if e.h.Typeflag == tar.TypeReg && e.h.Size == 0 {
			e.h.Size = int64(len(e.body))
		}
		must(t, w.WriteHeader(&e.h))
		_, err := w.Write([]byte(e.body))
		must(t, err)
	}
	must(t, errors.Join(w.Close(), z.Close()))
	return b.Bytes()
}

func manifest(t testing.TB, change func(*Manifest), members ...string) entry {
	t.Helper()
	m := Manifest{Program: "adit", Format: 1, Version: "v9", At: at, Members: []Member{}}
	for i := 0; i+1 < len(members); i += 2 {
		sum := sha256.Sum256([]byte(members[i+1]))
		m.Members = append(m.Members, Member{members[i], int64(len(members[i+1])), hex.EncodeToString(sum[:])})
	}
	if change != nil {
		change(&m)
	}
	b, err := json.Marshal(m)
	must(t, err)
	return entry{tar.Header{Name: manifestName}, string(b)}
}

func file(name, body string) entry { return entry{tar.Header{Name: name}, body} }

// TestHostileArchives: none changes a byte of the data directory, and each says why.
func TestHostileArchives(t *testing.T) {
	whole := func(m *Manifest) {}
	junk := "SQLite format 3\x00" + strings.Repeat("junk", 4096)
	cases := map[string]struct {
		archive []byte
		code    adit.Code
		words   string
	}{
		"no archive":      {[]byte("hello, world"), adit.Invalid, "no backup of adit"},
		"empty":           {nil, adit.Invalid, "no backup of adit"},
		"another's":       {pack(t, file("readme.txt", "hi")), adit.Invalid, "no backup of adit"},
		"no manifest":     {pack(t, file(manifestName, "[1]")), adit.Invalid, "no backup of adit"},
		"another program": {pack(t, manifest(t, func(m *Manifest) { m.Program = "tida" }, database, "x")), adit.Invalid, "no backup of adit"},
		"newer":           {pack(t, manifest(t, func(m *Manifest) { m.Format = Format + 1 }, database, "x")), adit.Conflict, "newer adit (v9)"},
		"no database":     {pack(t, manifest(t, whole, "token", "x"), file("token", "x")), adit.Invalid, "no database"},
		"traversal":       {pack(t, manifest(t, whole, database, "x", "../evil", "x"), file("../evil", "x")), adit.Invalid, `"../evil"`},
		"absolute":        {pack(t, manifest(t, whole, database, "x", "/etc/passwd", "x")), adit.Invalid, `"/etc/passwd"`},
		"tsdb traversal":  {pack(t, manifest(t, whole, database, "x", "tsdb/../../evil", "x")), adit.Invalid, "evil"},
		"a program":       {pack(t, manifest(t, whole, database, "x", "agent/programs/x", "x")), adit.Invalid, "agent/programs/x"},
		"twice":           {pack(t, manifest(t, whole, database, "x", database, "x")), adit.Invalid, "listed twice"},
		"negative":        {pack(t, manifest(t, func(m *Manifest) { m.Members[0].Size = -1 }, database, "x")), adit.Invalid, "out of bounds"},
		"too big":         {pack(t, manifest(t, func(m *Manifest) { m.Members[0].Size = 1 << 50 }, database, "x")), adit.Invalid, "out of bounds"},
		"big settings":    {pack(t, manifest(t, func(m *Manifest) { m.Members[1].Size = 1 << 30 }, database, "x", "token", "x")), adit.Invalid, "token is out of bounds"},
		"no digest":       {pack(t, manifest(t, func(m *Manifest) { m.Members[0].SHA256 = "zz" }, database, "x")), adit.Invalid, "digest"},
		"other content":   {pack(t, manifest(t, whole, database, "x"), file(database, "y")), adit.Invalid, "has changed"},
		"missing":         {pack(t, manifest(t, whole, database, "x", "token", "x"), file(database, "x")), adit.Invalid, "token is missing"},
		"unlisted":        {pack(t, manifest(t, whole, database, "x"), file(database, "x"), file("token", "x")), adit.Invalid, "token is not what"},
		"again":           {pack(t, manifest(t, whole, database, "x"), file(database, "x"), file(database, "x")), adit.Invalid, "is not what"},
		"a link":          {pack(t, manifest(t, whole, database, ""), entry{tar.Header{Name: database, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""}), adit.Invalid, "is not what"},
		"no SQLite":       {pack(t, manifest(t, whole, database, "x"), file(database, "x")), adit.Invalid, "not adit's"},
		"damaged SQLite":  {pack(t, manifest(t, whole, database, junk), file(database, junk)), adit.Invalid, "damaged"},
		"empty database":  {pack(t, manifest(t, whole, database, ""), file(database, "")), adit.Invalid, "empty"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, database, "what is there")
			before := tree(t, dir)
			path := filepath.Join(t.TempDir(), "b.tar.gz")
			must(t, os.WriteFile(path, tc.archive, 0o600))
			_, err := Restore{Dir: dir}.Run(t.Context(), path)
			if adit.CodeOf(err) != tc.code || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("%v (%s), want %s with %q", err, adit.CodeOf(err), tc.code, tc.words)
			}
			if after := tree(t, dir); len(after) != 1 || after[database] != before[database] {
				t.Errorf("the data directory is %v", after)
			}
		})
	}
}

// TestTornAndFlipped: an archive cut anywhere, or with another byte anywhere, is never taken for a whole one.
func TestTornAndFlipped(t *testing.T) {
	path := newHome(t).file(t, false)
	good, err := os.ReadFile(path)
	must(t, err)
	bad := filepath.Join(t.TempDir(), "bad.tar.gz")
	for i := 0; i < len(good)-1; i += max(1, len(good)/97) {
		must(t, os.WriteFile(bad, good[:i], 0o600))
		if _, err := Check(bad); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("cut at %d of %d: %v", i, len(good), err)
		}
	}
	for i := 10; i < len(good); i += max(1, len(good)/97) { // before lie gzip's time and system, which say nothing
		flipped := slices.Clone(good)
		flipped[i] ^= 0x10
		must(t, os.WriteFile(bad, flipped, 0o600))
		if _, err := Check(bad); err == nil && !bytes.Equal(unzipped(t, flipped), unzipped(t, good)) {
			t.Errorf("a byte changed at %d of %d", i, len(good))
		}
	}
}

// unzipped is what an archive says: some bits of the compression say nothing.
func unzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	must(t, err)
	b, err = io.ReadAll(z)
	must(t, err)
	return b
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(manifest(f, nil, database, "x").body))
	f.Add([]byte(`{"program":"adit","format":1,"members":[{"name":"tsdb/../x"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Manifest
		if json.Unmarshal(b, &m) != nil || m.check() != nil {
			return
		}
		for _, w := range m.Members {
			if !filepath.IsLocal(filepath.FromSlash(w.Name)) || w.Size < 0 {
				t.Errorf("%q of %d bytes passed", w.Name, w.Size)
			}
		}
	})
}
