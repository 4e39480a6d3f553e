package main

import (
	"archive/tar"
	"bytes"
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
	"time"

	"aead.dev/minisign"

	"github.com/adit-mining/adit/agent/install"
	"github.com/adit-mining/adit/link/wire"
)

const (
	archiveSize = 100 << 20
	linkSpeed   = 100e6 / 8 // bytes a second of a household's line of 100 Mbit/s
)

// installs measures how long an archive of 100 MB takes to install: from this disk, beside copying and hashing the
// archive and writing what is in it; over a line of 100 Mbit/s, beside a plain download.
func installs(ctx context.Context, program string) error {
	dir, err := os.MkdirTemp("", "adit-bench-install-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "prog-1.0.tar.gz")
	digest, unpacked, err := makeArchive(path, program)
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
	disk, err := best(3, func() (time.Duration, error) { return floorOfDisk(path, filepath.Join(dir, "floor"), unpacked) })
	if err != nil {
		return err
	}
	local, err := best(3, func() (time.Duration, error) {
		return elapsed(func() error { return installOnce(ctx, i, wire.InstallArgs{Program: "prog", Archive: path}) })
	})
	if err != nil {
		return err
	}
	row(fmt.Sprintf("100 MB archive (%d MB unpacked), local", unpacked/1e6), fmt.Sprintf("%.2f s", local.Seconds()), fmt.Sprintf("floor %.2f s", disk.Seconds()))
	row("  speed, of copy + sha256 + write", fmt.Sprintf("%.0f %%", 100*disk.Seconds()/local.Seconds()), "≥ 80 %")
	tar, err := best(3, func() (time.Duration, error) { return byHand(ctx, path, filepath.Join(dir, "hand")) })
	if err != nil {
		return err
	}
	row("  speed, of sha256sum + tar -xzf + sync", fmt.Sprintf("%.0f %%", 100*tar.Seconds()/local.Seconds()), fmt.Sprintf("peer %.2f s", tar.Seconds()))
	plain, err := elapsed(func() error { return download(ctx, server.URL, filepath.Join(dir, "plain")) })
	if err != nil {
		return err
	}
	fetched, err := elapsed(func() error { return installOnce(ctx, i, wire.InstallArgs{Program: "prog"}) })
	if err != nil {
		return err
	}
	row("  over 100 Mbit/s", fmt.Sprintf("%.2f s", fetched.Seconds()), fmt.Sprintf("floor %.2f s", plain.Seconds()))
	row("  speed, of a plain download", fmt.Sprintf("%.0f %%", 100*plain.Seconds()/fetched.Seconds()), "≥ 80 %")
	return nil
}

// makeArchive packs copies of a real program, each made different, until the archive has its size.
func makeArchive(path, program string) (digest string, unpacked int64, err error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return "", 0, err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return "", 0, err
	}
	t := tar.NewWriter(z)
	for n := 0; packed.Len() < archiveSize; n++ {
		name := "prog-1.0/prog"
		if n > 0 {
			name = fmt.Sprintf("prog-1.0/part%d", n)
		}
		part := content[:min(len(content), 8<<20)]
		content = append(content[len(part):len(content):len(content)], part...) // another one next time
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
	sum := sha256.Sum256(packed.Bytes())
	return hex.EncodeToString(sum[:]), unpacked, os.WriteFile(path, packed.Bytes(), 0o600)
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

func installOnce(ctx context.Context, i *install.Installer, a wire.InstallArgs) error {
	j, err := i.Start(ctx, a)
	if err != nil {
		return err
	}
	i.Wait()
	if j, err = i.Job(j.ID); err == nil {
		err = j.Err()
	}
	if err != nil {
		return err
	}
	_, err = i.Uninstall("prog", "")
	return err
}

// floorOfDisk is the time to copy and hash the archive and to write as much as is in it.
func floorOfDisk(archive, to string, unpacked int64) (time.Duration, error) {
	defer os.Remove(to)
	return elapsed(func() error {
		f, err := os.Open(archive)
		if err != nil {
			return err
		}
		defer f.Close()
		out, err := os.Create(to)
		if err != nil {
			return err
		}
		defer out.Close()
		if _, err := io.Copy(io.MultiWriter(out, sha256.New()), f); err != nil {
			return err
		}
		block := make([]byte, 1<<20)
		for n := size(archive); n < unpacked; n += int64(len(block)) {
			if _, err := out.Write(block); err != nil {
				return err
			}
		}
		return out.Sync()
	})
}

// byHand is what a careful person does instead.
func byHand(ctx context.Context, archive, to string) (time.Duration, error) {
	defer os.RemoveAll(to)
	if err := os.MkdirAll(to, 0o700); err != nil {
		return 0, err
	}
	return elapsed(func() error {
		if err := exec.CommandContext(ctx, "sha256sum", archive).Run(); err != nil {
			return err
		}
		if err := exec.CommandContext(ctx, "tar", "-xzf", archive, "-C", to).Run(); err != nil {
			return err
		}
		return exec.CommandContext(ctx, "sync", "-f", to).Run()
	})
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
