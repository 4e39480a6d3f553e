package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// TestFullDiskIsNoWrongCommand: systemd does not start again what ends with a wrong command.
func TestFullDiskIsNoWrongCommand(t *testing.T) {
	full := &fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOSPC}
	for _, err := range []error{full, errors.Join(errors.New("y"), sqldb.ErrFull)} {
		if got := dataDirError("/x", err); adit.CodeOf(got) != adit.Internal || HintOf(got) == nil {
			t.Errorf("%v: %v", err, got)
		}
	}
	if got := dataDirError("/x", &fs.PathError{Err: syscall.EACCES}); adit.CodeOf(got) != adit.Invalid {
		t.Errorf("%v", got)
	}
}

// TestRuntimeFileComesLater: what could not be written at the start is, as soon as it can.
func TestRuntimeFileComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &House{o: Options{Dir: filepath.Join(t.TempDir(), "later")}, url: "http://127.0.0.1:1", started: time.Now()}
		if h.tellWhere() == nil {
			t.Fatal("it was written into no folder")
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- h.tellLater(ctx) }()
		time.Sleep(2 * tellEach) // of the bubble: it is tried in vain
		if err := os.MkdirAll(h.o.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * tellEach) // of the bubble: it is tried again
		if r, ok, err := ReadRuntime(h.o.Dir); err != nil || !ok || r.URL != h.url {
			t.Errorf("%+v, %v, %v", r, ok, err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
