package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"aead.dev/minisign"

	"github.com/adit-mining/adit/agent/install"
	"github.com/adit-mining/adit/link/wire"
)

const (
	archiveSize = 100 << 20
	linkSpeed   = 100e6 / 8 // bytes a second of a household's line of 100 Mbit/s
)

// installs measures how long an archive of 100 MB takes to install: from this disk, beside what else there is (see
// fromDisk); over a line of 100 Mbit/s, beside a plain download.
func installs(ctx context.Context, program string) error {
	dir, err := os.MkdirTemp("", "adit-bench-install-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "prog-1.0.tar.gz")
	digest, unpacked, err := makeArchive(ctx, path, program)
	if err != nil {
		return err
	}
	pub, priv, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(path)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		defer f.Close()
		w.Header().Set("Content-Length", fmt.Sprint(size(path)))
		_, _ = io.Copy(&line{w: w, began: time.Now()}, f) // the client may be gone
	}))
	defer server.Close()
	i, err := install.New(install.Options{Dir: filepath.Join(dir, "programs"), Keys: []string{pub.String()}})
	if err != nil {
		return err
	}
	if err := addEntry(i, priv, server.URL+"/prog-1.0.tar.gz", digest); err != nil {
		return err
	}
	if err := fromDisk(ctx, i, dir, path, digest, unpacked); err != nil {
		return err
	}
	plain, err := elapsed(func() error { return download(ctx, server.URL, filepath.Join(dir, "plain")) })
	if err != nil {
		return err
	}
	fetched, err := installOnce(ctx, i, wire.InstallArgs{Program: "prog"})
	if err != nil {
		return err
	}
	row("  over 100 Mbit/s", fmt.Sprintf("%.2f s", fetched.Seconds()), fmt.Sprintf("floor %.2f s", plain.Seconds()))
	row("  speed, of a plain download", fmt.Sprintf("%.0f %%", 100*plain.Seconds()/fetched.Seconds()), "≥ 80 %")
	return nil
}

// makeArchive packs real programs, over and over, until the archive has its size: adit and the tools of Go, with gzip as
// releases are made. Deflate looks back 32 KiB, so that a copy saves nothing.
func makeArchive(ctx context.Context, path, program string) (digest string, unpacked int64, err error) {
	content, err := programsOf(ctx, program)
	if err != nil {
		return "", 0, err
	}
	f, err := os.Create(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum := sha256.New()
	packed := &counting{w: io.MultiWriter(f, sum)}
	z := gzip.NewWriter(packed)
	t := tar.NewWriter(z)
	for n := 0; packed.n < archiveSize; n++ {
		name, part := "prog-1.0/prog", content[n%len(content)]
		if n > 0 {
			name = fmt.Sprintf("prog-1.0/part%d", n)
		}
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(part)), Typeflag: tar.TypeReg}); err != nil {
			return "", 0, err
		}
		if _, err := t.Write(part); err != nil {
			return "", 0, err
		}
		unpacked += int64(len(part))
	}
	if err := t.Close(); err != nil {
		return "", 0, err
	}
	if err := z.Close(); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(sum.Sum(nil)), unpacked, f.Sync()
}

// programsOf are the executables that the archive is made of.
func programsOf(ctx context.Context, program string) (content [][]byte, err error) {
	tools, err := exec.CommandContext(ctx, "go", "env", "GOTOOLDIR").Output()
	if err != nil {
		return nil, fmt.Errorf("asking go for its tools: %w", err)
	}
	list, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(tools)), "*"))
	if err != nil {
		return nil, err
	}
	for _, path := range append([]string{program}, list...) {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		content = append(content, b)
	}
	return content, nil
}

// counting counts what is written.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// addEntry makes the archive known, with a catalogue signed here.
func addEntry(i *install.Installer, priv minisign.PrivateKey, url, digest string) error {
	platform := i.Catalogue().Platform
	expires := time.Now().Add(time.Hour)
	raw, err := json.Marshal(install.Catalogue{Format: 1, Serial: 1 << 40, Issued: time.Now(), Expires: &expires, Entries: []install.Entry{{
		Program: "prog", Title: "prog", Version: "1.0", Platform: platform, URL: url, SHA256: digest, DigestSource: "made here",
		Binary: "prog-1.0/prog", Licence: "none", Source: "open",
	}}})
	if err != nil {
		return err
	}
	return i.AddCatalogue(raw, minisign.Sign(priv, raw))
}

// installOnce installs and uninstalls, and returns the time of the first.
func installOnce(ctx context.Context, i *install.Installer, a wire.InstallArgs) (time.Duration, error) {
	d, err := elapsed(func() error {
		j, err := i.Start(ctx, a)
		if err != nil {
			return err
		}
		i.Wait()
		if j, err = i.Job(j.ID); err == nil {
			err = j.Err()
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	_, err = i.Uninstall("prog", "")
	return d, err
}

func download(ctx context.Context, url, to string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(f, res.Body)
	return err
}

// line lets bytes through at the speed of a household's line.
type line struct {
	w     io.Writer
	began time.Time
	sent  int64
}

func (l *line) Write(b []byte) (int, error) {
	n, err := l.w.Write(b)
	l.sent += int64(n)
	due := l.began.Add(time.Duration(float64(l.sent) / linkSpeed * float64(time.Second)))
	t := time.NewTimer(time.Until(due))
	defer t.Stop()
	<-t.C
	return n, err
}

func size(path string) int64 {
	st, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return st.Size()
}

func elapsed(f func() error) (time.Duration, error) {
	began := time.Now()
	err := f()
	return time.Since(began), err
}

// best is the shortest of several times: what disturbs only ever makes them longer.
func best(n int, f func() (time.Duration, error)) (shortest time.Duration, err error) {
	for range n {
		d, err := f()
		if err != nil {
			return 0, err
		}
		if shortest == 0 || d < shortest {
			shortest = d
		}
	}
	return shortest, nil
}
