package install

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

func TestMain(m *testing.M) {
	helper()
	goleak.VerifyTestMain(m)
}

// item is one entry of a test archive.
type item struct {
	name string
	mode int64
	body string
	kind byte   // of a tar; 0 = a regular file, or a folder where the name ends in "/"
	link string // of a link
}

const platform = "linux/amd64"

// script is a program as archives in tests hold it.
const script = "#!/bin/sh\necho it runs\n"

// honest is an archive as publishers make them.
func honest(version string) []item {
	dir := "xmrig-" + version + "/"
	return []item{{name: dir, mode: 0o755}, {name: dir + "xmrig", mode: 0o755, body: script + "# " + version + "\n"}, {name: dir + "README.md", mode: 0o644, body: "read me"}}
}

func tarOf(t testing.TB, items []item) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		h := &tar.Header{Name: i.name, Mode: i.mode, Size: int64(len(i.body)), Typeflag: i.kind, Linkname: i.link, Format: tar.FormatPAX}
		if i.kind == 0 {
			h.Typeflag = tar.TypeReg
			if strings.HasSuffix(i.name, "/") {
				h.Typeflag = tar.TypeDir
			}
		}
		must(t, w.WriteHeader(h))
		_, err := io.WriteString(w, i.body)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func gz(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	must(t, err)
	_, err = w.Write(raw)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func tarGz(t testing.TB, items []item) []byte { return gz(t, tarOf(t, items)) }

func zipOf(t testing.TB, items []item) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, i := range items {
		h := &zip.FileHeader{Name: i.name, Method: zip.Deflate}
		mode := fs.FileMode(i.mode)
		switch i.kind {
		case tar.TypeSymlink:
			mode |= fs.ModeSymlink
		case tar.TypeFifo:
			mode |= fs.ModeNamedPipe
		}
		if i.mode >= 0 {
			h.SetMode(mode)
		}
		f, err := w.CreateHeader(h)
		must(t, err)
		_, err = io.WriteString(f, i.body+i.link)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// noise is content that does not compress.
func noise(n int) string {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return string(b)
}

// refused asks for an error with a code and words.
func refused(t testing.TB, err error, code adit.Code, words ...string) {
	t.Helper()
	if err == nil || adit.CodeOf(err) != code {
		t.Errorf("got %q %v, want %q", adit.CodeOf(err), err, code)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// workbench is an installer in a folder of its own, with a server of archives.
type workbench struct {
	t    testing.TB
	dir  string
	i    *Installer
	o    Options
	mu   sync.Mutex
	told []wire.Job

	files   map[string][]byte // by path of the server
	handler http.HandlerFunc  // instead of the files
	server  *httptest.Server
	asked   []*http.Request
}

func newWorkbench(t testing.TB, change ...func(*Options)) *workbench {
	t.Helper()
	w := &workbench{t: t, dir: filepath.Join(t.TempDir(), "programs"), files: map[string][]byte{}}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	tr := &http.Transport{}
	t.Cleanup(func() {
		w.i.Wait()
		tr.CloseIdleConnections()
		w.server.Close()
	})
	w.o = Options{Dir: w.dir, Platform: platform, Keys: []string{}, Transport: tr, Stall: 5 * time.Second, Wait: time.Millisecond, Tell: func(j wire.Job) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, j)
	}}
	for _, c := range change {
		c(&w.o)
	}
	w.open()
	return w
}

// open makes the installer anew, as the next start of an agent does.
func (w *workbench) open() {
	w.t.Helper()
	i, err := New(w.o)
	must(w.t, err)
	must(w.t, i.Store().Sweep())
	w.i = i
}

func (w *workbench) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.Clone(context.Background()))
	body, ok := w.files[r.URL.Path]
	h := w.handler
	w.mu.Unlock()
	switch {
	case h != nil:
		h(rw, r)
	case ok:
		rw.Header().Set("ETag", `"`+sum(body)[:8]+`"`)
		http.ServeContent(rw, r, r.URL.Path, time.Time{}, bytes.NewReader(body))
	default:
		http.NotFound(rw, r)
	}
}

func (w *workbench) requests() []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// entry is a catalogue entry of an archive on the server.
func (w *workbench) entry(version string, archive []byte) Entry {
	path := "/xmrig-" + version + ".tar.gz"
	w.mu.Lock()
	w.files[path] = archive
	w.mu.Unlock()
	one := 1.0
	return Entry{Program: "xmrig", Title: "XMRig", Version: version, Platform: platform, URL: w.server.URL + path, SHA256: sum(archive),
		DigestSource: "a test", Binary: "xmrig-" + version + "/xmrig", Licence: "GPL-3.0-or-later", Source: "open", FeePercent: &one}
}

// catalogue makes entries what counts, signed with a key of the test.
func (w *workbench) catalogue(entries ...Entry) {
	w.t.Helper()
	far := time.Now().Add(24 * time.Hour)
	c := &Catalogue{Format: 1, Serial: 100, Issued: time.Now(), Expires: &far, Entries: entries}
	must(w.t, c.check())
	w.i.shelf.keys = append(w.i.shelf.keys, testKey.public)
	w.i.shelf.cached = &shelved{parsed: c, key: "test"}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
}

// run does one installation and waits for its end.
func (w *workbench) run(a wire.InstallArgs) (wire.Job, error) {
	w.t.Helper()
	j, err := w.i.Start(context.Background(), a)
	if err != nil {
		return j, err
	}
	return w.end(j)
}

// end waits for a job.
func (w *workbench) end(j wire.Job) (wire.Job, error) {
	w.t.Helper()
	w.i.Wait()
	j, err := w.i.Job(j.ID)
	must(w.t, err)
	if !j.Ended() {
		w.t.Fatalf("the job has not ended: %+v", j)
	}
	return j, j.Err()
}

func (w *workbench) local(name string, archive []byte) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	must(w.t, os.WriteFile(path, archive, 0o600))
	return path
}

// nothing asks that neither an installation nor a piece of one is there.
func (w *workbench) nothing(program string) {
	w.t.Helper()
	if _, err := w.i.Store().Find(program); adit.CodeOf(err) != adit.NotFound {
		w.t.Errorf("%s is there: %v", program, err)
	}
	w.tidy()
}

func (w *workbench) tidy() {
	w.t.Helper()
	left, err := os.ReadDir(filepath.Join(w.dir, tmpDir))
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	for _, e := range left {
		w.t.Errorf("left over: %s", e.Name())
	}
}
