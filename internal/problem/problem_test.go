package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"testing"

	"github.com/adit-mining/adit"
)

// TestMiningPlatformKeys: both of its shapes of errors are there beside our own.
func TestMiningPlatformKeys(t *testing.T) {
	for code, want := range map[adit.Code]struct {
		status int
		retry  bool
	}{
		adit.Invalid: {400, false}, adit.NotFound: {404, false}, adit.Unreachable: {502, true}, adit.Timeout: {504, true},
		adit.Unauthorized: {401, false}, adit.Internal: {500, false}, adit.NoConsent: {403, false},
	} {
		b, err := json.Marshal(Of(adit.Errorf(code, "words")))
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		if m["error"] != m["detail"] || m["message"] != m["detail"] || m["code"] != string(code) || m["retryable"] != want.retry || m["status"] != float64(want.status) {
			t.Errorf("%s: %s", code, b)
		}
		if s, ok := m["suggestion"]; ok && s == "" {
			t.Errorf("%s: an empty suggestion", code)
		}
		if code == adit.Internal && m["detail"] == "words" {
			t.Errorf("an internal error tells: %s", b)
		}
	}
	if p := Of(errors.New("secret")); p.Status != http.StatusInternalServerError || p.Detail != internalWords {
		t.Errorf("%+v", p)
	}
	if p := New(http.StatusServiceUnavailable, "x"); !p.Retryable {
		t.Errorf("%+v", p)
	}
}

type full struct{}

func (full) Error() string  { return "x" }
func (full) DiskFull() bool { return true }

// TestFullDiskIsSaid: whoever runs adit can mend it, so it is told, however deep it lies; another error's code stays.
func TestFullDiskIsSaid(t *testing.T) {
	for _, err := range []error{
		adit.Errorf(adit.Internal, "secret: %w", syscall.ENOSPC), fmt.Errorf("secret: %w", full{}),
		adit.Errorf(adit.Internal, "secret: %w", errors.Join(errors.New("y"), full{})),
	} {
		if p := Of(err); p.Status != http.StatusInsufficientStorage || p.Detail != fullWords || !p.Retryable || p.Code != string(adit.Internal) {
			t.Errorf("%v: %+v", err, p)
		}
	}
	if p := Of(adit.Errorf(adit.Conflict, "words: %w", syscall.ENOSPC)); p.Status != http.StatusConflict {
		t.Errorf("%+v", p)
	}
}
