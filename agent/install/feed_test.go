package install

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// TestFeed: what is read is what is hashed, in any pieces, read to its end or not.
func TestFeed(t *testing.T) {
	for _, size := range []int{0, 1, copySize, copySize + 1, 7*copySize + 13} {
		raw := []byte(noise(size))
		sum := sha256.Sum256(raw)
		var in int64
		f := newFeed(context.Background(), iotest.HalfReader(bytes.NewReader(raw)), &in)
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, raw) || in != int64(size) {
			t.Errorf("%d bytes: got %d, counted %d, %v", size, len(got), in, err)
		}
		if d := f.end(); d != hex.EncodeToString(sum[:]) {
			t.Errorf("%d bytes: digest %s", size, d)
		}
		f = newFeed(context.Background(), bytes.NewReader(raw), &in)
		_, _ = f.Read(make([]byte, size/2))
		if d := f.end(); d != hex.EncodeToString(sum[:]) {
			t.Errorf("%d bytes, half of them read: digest %s", size, d)
		}
	}
}

// TestFeedCut: no digest is told of what could not be read to its end.
func TestFeedCut(t *testing.T) {
	var in int64
	cause := errors.New("the disk is gone")
	f := newFeed(context.Background(), io.MultiReader(strings.NewReader(noise(3*copySize)), iotest.ErrReader(cause)), &in)
	if got, err := io.ReadAll(f); !errors.Is(err, cause) || len(got) != 3*copySize {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if d := f.end(); d != "" {
		t.Errorf("digest %s of a part", d)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f = newFeed(ctx, endless{}, &in)
	cancel()
	if _, err := io.Copy(io.Discard, f); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %v", err)
	}
	if d := f.end(); d != "" {
		t.Errorf("digest %s of a part", d)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// TestNotKept: a file that the disk does not keep fails the installation, though it was written.
func TestNotKept(t *testing.T) {
	d := newDisk()
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	must(t, err)
	must(t, f.Close())
	must(t, d.keep(f))
	<-d.bad
	g, err := os.Create(filepath.Join(t.TempDir(), "g"))
	must(t, err)
	if err := d.keep(g); !errors.Is(err, errNotKept) {
		t.Errorf("the next file: %v", err)
	}
	if err := d.end(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := g.Close(); !errors.Is(err, os.ErrClosed) {
		t.Error("a file stays open")
	}
}

// TestExchangedWhileUnpacked: an archive that is another than the one that was checked is not installed, of each format.
func TestExchangedWhileUnpacked(t *testing.T) {
	w := newWorkbench(t)
	w.catalogue(w.entry("1.0", tarGz(t, honest("1.0"))))
	for name, pack := range map[string]func(testing.TB, []item) []byte{"x.tar.gz": tarGz, "x.zip": zipOf} {
		good, evil := pack(t, honest("2.0")), pack(t, honest("6.6"))
		path := w.local(name, good)
		closed := false
		w.i.o.Tell = func(j wire.Job) {
			if j.Phase == wire.JobUnpacking {
				if err := os.WriteFile(path, evil, 0o600); err != nil {
					t.Error(err)
				}
			}
			st, err := os.Stat(filepath.Join(w.dir, tmpDir))
			closed = closed || j.Phase == wire.JobFailed && err == nil && st.Mode().Perm() == 0o700
		}
		_, err := w.run(wire.InstallArgs{Program: "xmrig", Archive: path, SHA256: sum(good)})
		refused(t, err, adit.Refused, "changed while it was unpacked")
		w.nothing("xmrig")
		if !closed {
			t.Errorf("%s: the temporary folder is open to others", name)
		}
	}
}
