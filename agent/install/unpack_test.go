package install

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// try unpacks bytes into a folder inside another, so that what leads out would show.
func try(t testing.TB, raw []byte, b bounds) (into string, files []File, err error) {
	t.Helper()
	outer := quickDir(t)
	into = filepath.Join(outer, "a", "b", "into")
	must(t, os.MkdirAll(into, 0o755))
	path := filepath.Join(quickDir(t), "archive")
	must(t, os.WriteFile(path, raw, 0o600))
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	files, digest, err := unpack(context.Background(), f, into, b, nil)
	if sum := sha256.Sum256(raw); digest != "" && digest != hex.EncodeToString(sum[:]) {
		t.Errorf("digest %s of what was unpacked, it is %x", digest, sum)
	}
	if digest == "" && err == nil && sniff(raw) != formatZip {
		t.Error("a tar without a digest")
	}
	inside(t, outer, into)
	return into, files, err
}

// quickDir is a folder in memory where there is one: what is unpacked is synced, and a fuzzer does it often.
func quickDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "adit-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

// inside asks that everything under outer is a plain file or folder within into.
func inside(t testing.TB, outer, into string) {
	t.Helper()
	err := filepath.WalkDir(outer, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p == into || strings.HasPrefix(into, p+string(filepath.Separator)) || p == outer:
			return nil
		case !strings.HasPrefix(p, into+string(filepath.Separator)):
			t.Errorf("outside of the folder: %s", p)
		case !d.IsDir() && !d.Type().IsRegular():
			t.Errorf("not a file: %s %v", p, d.Type())
		}
		if info, err := d.Info(); err == nil && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) != 0 {
			t.Errorf("%s kept %v", p, info.Mode())
		}
		return nil
	})
	must(t, err)
}

func TestUnpackHonest(t *testing.T) {
	items := append(honest("1.0"), item{name: "xmrig-1.0/lib/deep/x.so", mode: 0o4755, body: noise(100_000)}, item{name: "./xmrig-1.0/LICENSE", mode: 0o600})
	raw := map[string][]byte{"tar.gz": tarGz(t, items), "zip": zipOf(t, items), "tar.xz": xzOf(t, tarOf(t, items))}
	for format, b := range raw {
		t.Run(format, func(t *testing.T) {
			if b == nil {
				t.Skip("there is no xz here (Debian: xz-utils)")
			}
			into, files, err := try(t, b, defaultBounds)
			must(t, err)
			if len(files) != 4 {
				t.Errorf("%d files: %+v", len(files), files)
			}
			for _, f := range files {
				content, err := os.ReadFile(filepath.Join(into, f.Path))
				must(t, err)
				if sum(content) != f.SHA256 || int64(len(content)) != f.Size {
					t.Errorf("%s is recorded wrongly", f.Path)
				}
				st, err := os.Stat(filepath.Join(into, f.Path))
				must(t, err)
				if want := map[bool]fs.FileMode{true: 0o755, false: 0o644}[f.Executable]; runtime.GOOS != "windows" && st.Mode().Perm() != want {
					t.Errorf("%s has %v", f.Path, st.Mode())
				}
			}
		})
	}
}

// xzOf compresses with the xz program; nil where there is none.
func xzOf(t testing.TB, raw []byte) []byte {
	t.Helper()
	path, err := exec.LookPath("xz")
	if err != nil {
		return nil
	}
	cmd := exec.Command(path, "--compress", "--stdout", "-1")
	cmd.Stdin = bytes.NewReader(raw)
	out, err := cmd.Output()
	must(t, err)
	return out
}

func TestUnpackHostile(t *testing.T) {
	one := func(i item) []item { return append(honest("1.0"), i) }
	few := defaultBounds
	few.files, few.floor = 60, 1<<20
	many := make([]item, few.files+2)
	for i := range many {
		many[i] = item{name: fmt.Sprintf("f%d", i), mode: 0o644}
	}
	for _, c := range []struct {
		name  string
		items []item
		words string
	}{
		{"up", one(item{name: "../evil", body: "x"}), "leads out"},
		{"up and up", one(item{name: "a/../../../evil", body: "x"}), "leads out"},
		{"up inside", one(item{name: "xmrig-1.0/../other", body: "x"}), "leads out"},
		{"absolute", one(item{name: "/etc/evil", body: "x"}), "absolute"},
		{"backslash", one(item{name: `..\evil`, body: "x"}), "special"},
		{"drive", one(item{name: `C:evil`, body: "x"}), "special"},
		{"stream", one(item{name: `xmrig:hidden`, body: "x"}), "special"},
		{"line end", one(item{name: "a\nb", body: "x"}), "characters"},
		{"terminal", one(item{name: "a\x1b[2Jb", body: "x"}), "characters"},
		{"no text", one(item{name: "a\xff", body: "x"}), "characters"},
		{"device of Windows", one(item{name: "xmrig-1.0/NUL.txt", body: "x"}), "Windows"},
		{"serial port", one(item{name: "com1", body: "x"}), "Windows"},
		{"dot at the end", one(item{name: "xmrig-1.0/evil.", body: "x"}), "Windows"},
		{"space at the end", one(item{name: "evil ", body: "x"}), "Windows"},
		{"deep", one(item{name: strings.Repeat("a/", 40) + "x", body: "x"}), "nested"},
		{"long", one(item{name: strings.Repeat("a", 300), body: "x"}), "endless"},
		{"link out", one(item{name: "xmrig-1.0/l", kind: tar.TypeSymlink, link: "/etc/passwd", mode: 0o777}), "link"},
		{"link inside", one(item{name: "xmrig-1.0/l", kind: tar.TypeSymlink, link: "xmrig", mode: 0o777}), "link"},
		{"through a link", []item{{name: "d", kind: tar.TypeSymlink, link: "/tmp", mode: 0o777}, {name: "d/evil", body: "x"}}, "link"},
		{"pipe", one(item{name: "p", kind: tar.TypeFifo}), "device"},
		{"twice", one(item{name: "xmrig-1.0/xmrig", body: "another"}), "twice"},
		{"other capitals", one(item{name: "xmrig-1.0/XMRig", body: "another"}), "capitals"},
		{"other capitals of a folder", one(item{name: "XMRIG-1.0/x", body: "another"}), "capitals"},
		{"same letters written otherwise", append(honest("1.0"), item{name: "\u00e9", body: "x"}, item{name: "e\u0301", body: "y"}), "capitals"},
		{"file as folder", one(item{name: "xmrig-1.0/xmrig/x", body: "x"}), "twice"},
		{"folder as file", one(item{name: "xmrig-1.0", body: "x"}), "twice"},
		{"too many", many, "entries"},
		{"bomb", []item{{name: "b", body: strings.Repeat("\x00", 2<<20)}}, "out of proportion"},
		{"nothing in it", nil, "no file"},
		{"folders only", []item{{name: "a/", mode: 0o755}}, "no file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.items {
				if c.items[i].mode == 0 {
					c.items[i].mode = 0o644
				}
			}
			_, _, err := try(t, tarGz(t, c.items), few)
			refused(t, err, adit.Refused, c.words)
			if c.name == "no text" { // archive/zip writes such a name in another charset
				return
			}
			_, _, err = try(t, zipOf(t, c.items), few)
			refused(t, err, adit.Refused, c.words)
		})
	}
	for name, c := range map[string]struct {
		i     item
		words string
	}{
		"hard link":        {item{name: "l", kind: tar.TypeLink, link: "/etc/passwd"}, "link"},
		"character device": {item{name: "d", kind: tar.TypeChar}, "device"},
		"block device":     {item{name: "d", kind: tar.TypeBlock}, "device"},
		"unknown kind":     {item{name: "d", kind: 'Z'}, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := try(t, tarGz(t, append(honest("1.0"), c.i)), defaultBounds)
			refused(t, err, adit.Refused, c.words)
		})
	}
}

func TestUnpackDamaged(t *testing.T) {
	items := append(honest("1.0"), item{name: "big", mode: 0o644, body: noise(200_000)})
	gzip, zip := tarGz(t, items), zipOf(t, items)
	flipped := bytes.Clone(gzip)
	flipped[len(flipped)/2] ^= 0x40
	crc := bytes.Clone(zip)
	crc[len(crc)/2] ^= 0x40
	locked := bytes.Clone(zip)
	for i := range len(locked) - 4 { // the flag "encrypted" in the directory, APPNOTE.TXT 4.3.12
		if string(locked[i:i+4]) == "PK\x01\x02" {
			locked[i+8] |= 1
		}
	}
	for _, c := range []struct {
		name  string
		raw   []byte
		words string
	}{
		{"half a tar.gz", gzip[:len(gzip)/2], "damaged"},
		{"half a zip", zip[:len(zip)/2], "damaged"},
		{"flipped bit", flipped, "damaged"},
		{"flipped bit in a zip", crc, "damaged"},
		{"encrypted", locked, "encrypted"},
		{"text", []byte("<html>no such file</html>"), "no archive"},
		{"empty", nil, "no archive"},
		{"gzip of text", gz(t, []byte("hello")), "damaged"},
		{"xz of nothing", []byte("\xfd7zXZ\x00 and then nothing"), "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := try(t, c.raw, defaultBounds)
			refused(t, err, adit.Refused, c.words)
		})
	}
	if x := xzOf(t, tarOf(t, items)); x != nil {
		_, _, err := try(t, x[:len(x)/2], defaultBounds)
		refused(t, err, adit.Refused, "damaged")
	}
}

// TestUnpackBounds: what a zip claims is not believed, and what a tar pads is counted.
func TestUnpackBounds(t *testing.T) {
	tiny := bounds{files: 10, total: 256 << 10, ratio: 1000, floor: 256 << 10}
	_, _, err := try(t, tarGz(t, []item{{name: "x", mode: 0o644, body: noise(512 << 10)}}), tiny)
	refused(t, err, adit.Refused, "out of proportion")
	_, _, err = try(t, zipOf(t, []item{{name: "x", mode: 0o644, body: noise(512 << 10)}}), tiny)
	refused(t, err, adit.Refused, "out of proportion")
	var pax []item
	for i := range 9 {
		pax = append(pax, item{name: fmt.Sprintf("d%d/", i), mode: 0o755})
	}
	raw := append(tarOf(t, pax)[:len(pax)*512], make([]byte, 2<<20)...)
	_, _, err = try(t, gz(t, append(raw, tarOf(t, honest("1.0"))...)), tiny)
	if err == nil {
		t.Error("padding without end was read")
	}
}

func TestUnpackCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	path := filepath.Join(t.TempDir(), "archive")
	must(t, os.WriteFile(path, tarGz(t, []item{{name: "x", mode: 0o644, body: noise(2 << 20)}}), 0o600))
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	_, _, err = unpack(ctx, f, t.TempDir(), defaultBounds, func(done int64, _ *int64) {
		if done > 1<<20 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzUnpack: whatever the bytes, nothing is written outside of the folder, no link, no device, nothing over the bounds.
func FuzzUnpack(f *testing.F) {
	f.Add(tarGz(f, honest("1.0")))
	f.Add(zipOf(f, honest("1.0")))
	if x := xzOf(f, tarOf(f, honest("1.0"))); x != nil {
		f.Add(x)
	}
	f.Add(tarOf(f, honest("1.0"))) // compressed below
	f.Add(tarOf(f, []item{{name: "l", kind: tar.TypeSymlink, link: "/etc"}, {name: "l/x", mode: 0o644, body: "x"}}))
	f.Add(tarOf(f, []item{{name: "../x", mode: 0o644, body: "x"}}))
	small := bounds{files: 50, total: 1 << 20, ratio: 100, floor: 64 << 10}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if sniff(raw) == "" {
			raw = gz(t, raw) // so that the fuzzer reaches the tar reader
		}
		_, files, err := try(t, raw, small)
		var total int64
		for _, f := range files {
			total += f.Size
		}
		if len(files) > small.files || total > small.total {
			t.Fatalf("%d files, %d bytes, %v", len(files), total, err)
		}
	})
}
