package consent

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// TestRevokeWithoutRoom withdraws consent where no file can be written: the record goes. The name is so long that it
// can be read and removed, while the temporary file beside it, whose name is longer still, cannot be made.
func TestRevokeWithoutRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("c", 250))
	if err := os.WriteFile(path, []byte(`{"granted":true,"by":"owner","version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Grant(path, adit.LocalOwner("test"), ViaFlag, time.Now()); err == nil {
		t.Fatal("this file can be written")
	}
	if err := Revoke(path, adit.Actor{}, time.Now()); adit.CodeOf(err) != adit.Unauthorized || !Read(path).Granted {
		t.Errorf("withdrawn by nobody: %v", err)
	}
	if err := Revoke(path, adit.LocalOwner("test"), time.Now()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || Read(path).Granted {
		t.Errorf("consent is still on record: %v", err)
	}
	if err := Revoke(path, adit.LocalOwner("test"), time.Now()); err != nil {
		t.Error("withdrawing what is not there:", err)
	}
}
