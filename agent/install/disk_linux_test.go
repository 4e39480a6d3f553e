package install

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// onTinyDisk is a workbench on a disk of its own; skipped where none may be mounted.
func onTinyDisk(t *testing.T, size string, reserve int64) *workbench {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skip("no tmpfs may be mounted here:", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return newWorkbench(t, func(o *Options) {
		o.Dir, o.bounds = filepath.Join(dir, "programs"), defaultBounds
		o.bounds.reserve = reserve
	})
}

// TestNoRoom: what will not fit is not begun.
func TestNoRoom(t *testing.T) {
	w := onTinyDisk(t, "4m", 4<<20)
	w.dir = w.o.Dir
	w.catalogue(w.entry("1.0", bigArchive(t, "1.0")))
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	refused(t, err, adit.Refused, "the disk has", "make room")
	w.nothing("xmrig")
}

// TestDiskFullInTheMiddle: the archive fits, what comes out of it does not. Nothing is half-installed, and with room it goes.
func TestDiskFullInTheMiddle(t *testing.T) {
	w := onTinyDisk(t, "4m", 64<<10)
	w.dir = w.o.Dir
	items := append(honest("1.0"), item{name: "xmrig-1.0/zeros", mode: 0o644, body: strings.Repeat("0123456789abcdef", 8<<20/16)})
	archive := tarGz(t, items)
	w.i.o.bounds.ratio = 10_000
	w.catalogue(w.entry("1.0", archive))
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	refused(t, err, adit.Refused, "the disk is full", "Nothing was installed")
	w.nothing("xmrig")
	small := tarGz(t, honest("2.0"))
	w.catalogue(w.entry("2.0", small))
	_, err = w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
}

// TestDiskFullWhileDownloading: a partial download does not stay on a disk that it has filled.
func TestDiskFullWhileDownloading(t *testing.T) {
	w := onTinyDisk(t, "8m", 64<<10)
	w.dir = w.o.Dir
	must(t, os.MkdirAll(w.dir, 0o755))
	e := w.entry("1.0", []byte(noise(3<<20)))
	w.catalogue(e)
	filler := filepath.Join(w.dir, "filler")
	// The check before the first byte passes; then the rest of the disk is taken away.
	w.i.fetch.client.Transport = filling{w.i.fetch.client.Transport, func() { _ = os.WriteFile(filler, make([]byte, 7<<20), 0o600) }}
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	refused(t, err, adit.Refused, "the disk")
	if list, _ := filepath.Glob(filepath.Join(w.dir, fetchDir, "*.part")); len(list) != 0 {
		t.Errorf("left on the full disk: %v", list)
	}
	w.nothing("xmrig")
}

// filling takes the disk away when the body begins to come.
type filling struct {
	http.RoundTripper
	fill func()
}

func (f filling) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := f.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = &fillingBody{ReadCloser: res.Body, fill: f.fill}
	}
	return res, err
}

type fillingBody struct {
	io.ReadCloser
	fill func()
	done bool
}

func (f *fillingBody) Read(b []byte) (int, error) {
	if !f.done {
		f.done = true
		f.fill()
	}
	return f.ReadCloser.Read(b)
}
