package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"github.com/adit-mining/adit"
)

const (
	// MaxSize is the default bound of one upload in bytes.
	MaxSize = 1 << 30
	// Keep is how long an upload waits to be used.
	Keep = 24 * time.Hour

	maxKept = 16 // uploads at once
	maxName = 128
	prefix  = "upload-"
	partial = ".part"
)

// Options of a Service. Dir is needed.
type Options struct {
	Dir string           // made (0700) at the first upload
	Max int64            // of one upload in bytes; 0 = MaxSize
	Now func() time.Time // nil = time.Now
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	o  Options
	mu sync.Mutex // one count or sweep at a time
}

// Upload is an archive that waits.
type Upload struct {
	ID      string
	Name    string // as the sender called it, made harmless
	Path    string
	Size    int64
	SHA256  string // hex
	Expires time.Time
}

// New makes the service; it touches nothing.
func New(o Options) *Service {
	if o.Max == 0 {
		o.Max = MaxSize
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o}
}

var idRE = regexp.MustCompile(`^upload-[0-9a-z]{8,64}$`)

// IsID reports whether s is written like the id of an upload.
func IsID(s string) bool { return idRE.MatchString(s) }

// Put takes an archive in. What breaks off, or is too big, leaves nothing behind.
func (s *Service) Put(ctx context.Context, actor adit.Actor, name string, r io.Reader) (Upload, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Upload{}, err
	}
	if err := s.room(); err != nil {
		return Upload{}, err
	}
	id := prefix + strings.ToLower(strings.ReplaceAll(adit.NewID(), "-", ""))
	u := Upload{ID: id, Name: harmless(name), Path: filepath.Join(s.o.Dir, id), Expires: s.o.Now().Add(Keep)}
	f, err := os.OpenFile(u.Path+partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Upload{}, adit.Errorf(adit.Internal, "the folder of uploads cannot be written: %w", err)
	}
	u.Size, u.SHA256, err = s.copy(ctx, f, r)
	if e := f.Close(); err == nil && e != nil {
		err = diskError(e)
	}
	if err == nil && u.Size == 0 {
		err = adit.Errorf(adit.Invalid, "the archive is empty")
	}
	if err == nil {
		err = os.Rename(f.Name(), u.Path)
	}
	if err != nil {
		return Upload{}, errors.Join(err, os.Remove(f.Name()))
	}
	return u, nil
}

func (s *Service) copy(ctx context.Context, w io.Writer, r io.Reader) (int64, string, error) {
	h := sha256.New()
	n, err := io.Copy(writer{io.MultiWriter(w, h)}, io.LimitReader(&cancellable{ctx, r}, s.o.Max+1))
	var full *writeError
	switch {
	case errors.As(err, &full):
		return 0, "", diskError(full.err)
	case err != nil:
		return 0, "", adit.Errorf(adit.Invalid, "the upload broke off after %d bytes: send it again", n)
	case n > s.o.Max:
		return 0, "", adit.Errorf(adit.Invalid, "the archive is bigger than %d MiB, which no mining program is", s.o.Max>>20)
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// writer marks errors of writing, so that they are told from those of reading.
type writer struct{ w io.Writer }

type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

func (w writer) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}

// cancellable ends reading with its context.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return adit.Errorf(adit.Refused, "the disk of the data directory is full: make room and send the archive again")
	}
	return adit.Errorf(adit.Internal, "the upload cannot be written: %w", err)
}

// room makes the folder, removes what is too old, and refuses where too many uploads wait.
func (s *Service) room() error {
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return adit.Errorf(adit.Internal, "the folder of uploads cannot be made: %w", err)
	}
	n, err := s.Sweep()
	switch {
	case err != nil:
		return err
	case n >= maxKept:
		return adit.Errorf(adit.Conflict, "%d uploads wait already: install from one of them, or let them run out within a day", n)
	}
	return nil
}

// Sweep removes uploads that were not used within a day and what broken ones left, and returns how many are left.
func (s *Service) Sweep() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := os.ReadDir(s.o.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, adit.Errorf(adit.Internal, "the folder of uploads cannot be read: %w", err)
	}
	left := 0
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if s.o.Now().Sub(info.ModTime()) < Keep {
			left++
			continue
		}
		if err := os.Remove(filepath.Join(s.o.Dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return left, adit.Errorf(adit.Internal, "an old upload cannot be removed: %w", err)
		}
	}
	return left, nil
}

// Path is where an upload lies; NotFound where it is none or has run out.
func (s *Service) Path(actor adit.Actor, id string) (string, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return "", err
	}
	if !IsID(id) {
		return "", adit.InvalidField("archive", "it is no id of an upload")
	}
	p := filepath.Join(s.o.Dir, id)
	info, err := os.Lstat(p)
	if err != nil || !info.Mode().IsRegular() || s.o.Now().Sub(info.ModTime()) >= Keep {
		return "", adit.Errorf(adit.NotFound, "there is no such upload any more: they are kept for a day")
	}
	return filepath.Abs(p)
}

// Remove forgets an upload; it is no error where there is none.
func (s *Service) Remove(actor adit.Actor, id string) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	if !IsID(id) {
		return nil
	}
	if err := os.Remove(filepath.Join(s.o.Dir, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return adit.Errorf(adit.Internal, "the upload cannot be removed: %w", err)
	}
	return nil
}

// harmless is a file's name for people: its last part, without control characters, not too long.
func harmless(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}
