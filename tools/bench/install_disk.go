package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit/agent/install"
	"github.com/adit-mining/adit/link/wire"
)

// fromDisk compares an installation of a local archive with this disk, which copies as many bytes as are in the archive;
// with one core that does nothing but decompress it, which is what bounds an installation where the disk is quick; and
// with what a careful person does by hand. Nothing is in the cache before each.
func fromDisk(ctx context.Context, i *install.Installer, dir, archive, digest string, unpacked int64) error {
	big := filepath.Join(dir, "big")
	if err := fill(big, archive, unpacked); err != nil {
		return err
	}
	disk, err := best(3, func() (time.Duration, error) { return copied(big, filepath.Join(dir, "copy")) })
	if err = errors.Join(err, os.Remove(big)); err != nil {
		return err
	}
	core, err := best(3, func() (time.Duration, error) { return decompressed(archive) })
	if err != nil {
		return err
	}
	hand, err := best(3, func() (time.Duration, error) { return byHand(ctx, archive, filepath.Join(dir, "hand")) })
	if err != nil {
		return err
	}
	local, err := best(3, func() (time.Duration, error) {
		if err := forget(archive); err != nil {
			return 0, err
		}
		return installOnce(ctx, i, wire.InstallArgs{Program: "prog", Archive: archive, SHA256: digest})
	})
	if err != nil {
		return err
	}
	speed := func(d time.Duration) string { return fmt.Sprintf("%.0f MB/s", float64(unpacked)/1e6/d.Seconds()) }
	share := func(of time.Duration) string { return fmt.Sprintf("%.0f %%", 100*of.Seconds()/local.Seconds()) }
	row(fmt.Sprintf("100 MB archive (%d MB unpacked), local", unpacked/1e6), fmt.Sprintf("%.2f s", local.Seconds()), speed(local))
	row("  speed, of this disk's ("+speed(disk)+")", share(disk), "≥ 80 %")
	row("  speed, of gunzip on a core ("+speed(core)+")", share(core), "bound")
	row("  speed, of sha256sum + tar -xzf + sync", share(hand), fmt.Sprintf("peer %.2f s", hand.Seconds()))
	return nil
}

// fill makes a file of n bytes that no disk can make small.
func fill(path, from string, n int64) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for n > 0 {
		k, err := f.Write(b[:min(n, int64(len(b)))])
		if err != nil {
			return err
		}
		n -= int64(k)
	}
	return f.Sync()
}

// forget drops a file from the cache of the system, so that the disk has to read it.
func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// copied is dd bs=1M conv=fsync of a file that is not in the cache.
func copied(from, to string) (time.Duration, error) {
	defer os.Remove(to)
	if err := forget(from); err != nil {
		return 0, err
	}
	return elapsed(func() error {
		in, err := os.Open(from)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.Create(to)
		if err != nil {
			return err
		}
		defer out.Close()
		// Without the wrappers the kernel would copy by itself, or not at all.
		if _, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 1<<20)); err != nil {
			return err
		}
		return out.Sync()
	})
}

// decompressed is the time that one core takes to decompress the archive, which is in the cache, into nothing.
func decompressed(archive string) (time.Duration, error) {
	return elapsed(func() error {
		f, err := os.Open(archive)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{z}, make([]byte, 256<<10))
		return err
	})
}

// byHand is what a careful person does instead.
func byHand(ctx context.Context, archive, to string) (time.Duration, error) {
	defer os.RemoveAll(to)
	if err := errors.Join(forget(archive), os.MkdirAll(to, 0o700)); err != nil {
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
