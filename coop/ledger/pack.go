package ledger

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// pack compresses one segment that is old and that no window needs; nothing is ever deleted but the plain copy of what
// was packed and read back.
func (l *Ledger) pack(ctx context.Context) error {
	s := l.packable()
	if s == nil {
		return nil
	}
	name := segmentName(s.Number) + ".gz"
	if err := packFile(ctx, l.path(s.File), l.path(name), s.SHA256); err != nil {
		_ = os.Remove(l.path(name) + ".tmp")
		return err
	}
	if l.o.DB != nil {
		if err := setFile(ctx, l.o.DB, l.ID(), s.Number, name); err != nil {
			return err
		}
	}
	l.mu.Lock()
	old := s.File
	s.File, s.Packed = name, true
	l.mu.Unlock()
	l.tell() // there may be more
	return os.Remove(l.path(old))
}

func (l *Ledger) packable() *segment {
	if l.o.PackAfter < 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range l.segs {
		if i == len(l.segs)-1 || s.Last >= l.keep {
			return nil
		}
		if s.indexed && !s.Packed && s.Shares > 0 && l.o.Now().Sub(s.MaxAt) > l.o.PackAfter {
			return s
		}
	}
	return nil
}

// packFile compresses from into to, reads it back and compares with the digest of the plain file.
func packFile(ctx context.Context, from, to, digest string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	tmp := to + ".tmp"
	dst, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(dst)
	_, err = io.Copy(z, &interrupted{ctx, src})
	if err = errors.Join(err, z.Close(), dst.Sync()); err == nil {
		err = sameBytes(dst, from, digest)
	}
	if err = errors.Join(err, dst.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, to)
}

func sameBytes(packed *os.File, name, digest string) error {
	if _, err := packed.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, z); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != digest {
		return &Damage{File: name, Why: "its SHA-256 is not the one it had when it was closed"}
	}
	return nil
}

// interrupted ends with its context.
type interrupted struct {
	ctx context.Context
	src io.Reader
}

func (i *interrupted) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.src.Read(p)
}
