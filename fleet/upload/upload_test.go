package upload

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/adit-mining/adit"
)

var owner = adit.LocalOwner("test")

func open(t *testing.T, change ...func(*Options)) *Service {
	t.Helper()
	o := Options{Dir: filepath.Join(t.TempDir(), "uploads"), Max: 1000}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}

func left(t *testing.T, s *Service) (names []string) {
	t.Helper()
	list, err := os.ReadDir(s.o.Dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestPut(t *testing.T) {
	s := open(t)
	u, err := s.Put(t.Context(), owner, `C:\Users\me\xm`+"\x1b[2J"+`rig.zip`, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	// sha256 of "hello", FIPS 180-4.
	if u.Name != "xm[2Jrig.zip" || u.Size != 5 || u.SHA256 != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" || !IsID(u.ID) {
		t.Errorf("%+v", u)
	}
	path, err := s.Path(adit.LocalOwner("token"), u.ID)
	if err != nil || path != u.Path {
		t.Errorf("%q %v", path, err)
	}
	b, err := os.ReadFile(path)
	st, serr := os.Stat(path)
	if err != nil || serr != nil || string(b) != "hello" || st.Mode().Perm() != 0o600 {
		t.Errorf("%q %v %v", b, err, st.Mode())
	}
	if err := errors.Join(s.Remove(adit.LocalOwner("token"), u.ID), s.Remove(adit.LocalOwner("token"), u.ID)); err != nil {
		t.Error(err)
	}
	if _, err := s.Path(adit.LocalOwner("token"), u.ID); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("%v", err)
	}
}

func TestPutRefused(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		actor adit.Actor
		r     io.Reader
		code  adit.Code
		words string
	}{
		{"too big", t.Context(), owner, bytes.NewReader(make([]byte, 1001)), adit.Invalid, "bigger"},
		{"endless", t.Context(), owner, iotest.DataErrReader(zeros{}), adit.Invalid, "bigger"},
		{"empty", t.Context(), owner, strings.NewReader(""), adit.Invalid, "empty"},
		{"broken off", t.Context(), owner, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)), adit.Invalid, "broke off after 4 bytes"},
		{"ended", ended, owner, strings.NewReader("x"), adit.Invalid, "broke off"},
		{"nobody", t.Context(), adit.Actor{}, strings.NewReader("x"), adit.Unauthorized, "sign in"},
		{"reader only", t.Context(), adit.Actor{ID: "x", Scopes: []adit.Scope{adit.ScopeRead}}, strings.NewReader("x"), adit.Forbidden, "control"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			_, err := s.Put(c.ctx, c.actor, "x.zip", c.r)
			if adit.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %q %v", adit.CodeOf(err), err)
			}
			if l := left(t, s); len(l) != 0 {
				t.Errorf("left behind: %v", l)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestUploadsRunOut(t *testing.T) {
	now := time.Now()
	s := open(t, func(o *Options) { o.Now = func() time.Time { return now } })
	first, err := s.Put(t.Context(), owner, "a", strings.NewReader("a"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxKept - 1 {
		if _, err := s.Put(t.Context(), owner, "a", strings.NewReader("a")); err != nil {
			t.Fatal(i, err)
		}
	}
	if _, err := s.Put(t.Context(), owner, "a", strings.NewReader("a")); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("without end: %v", err)
	}
	other := filepath.Join(s.o.Dir, "of-somebody-else")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(Keep + time.Minute)
	if _, err := s.Path(adit.LocalOwner("token"), first.ID); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("one that ran out: %v", err)
	}
	if n, err := s.Sweep(); n != 0 || err != nil {
		t.Errorf("%d left, %v", n, err)
	}
	if l := left(t, s); len(l) != 1 || l[0] != "of-somebody-else" {
		t.Errorf("left: %v", l)
	}
}

func TestPathOfOthers(t *testing.T) {
	s := open(t)
	for _, id := range []string{"", "../token", "upload-../../x", "upload-", "upload-ABC", "upload-" + strings.Repeat("a", 100)} {
		if _, err := s.Path(adit.LocalOwner("token"), id); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%q: %v", id, err)
		}
		if err := s.Remove(adit.LocalOwner("token"), id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(s.o.Dir, "upload-aaaaaaaa")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Path(adit.LocalOwner("token"), "upload-aaaaaaaa"); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("a link: %v", err)
	}
}
