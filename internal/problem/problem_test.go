package problem

import (
	"encoding/json"
	"errors"
	"net/http"
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
