// Package xmrapitest is what the tests of every driver over xmrapi ask alike. Only tests import it.
//
// It may import the root package, device and xmrapi. Start reading at Faults.
package xmrapitest

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares v as JSON with a file, or writes it with -update.
func Golden(t *testing.T, v any, file string) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Faults has the device say in a code what is wrong with its API, never the token. open starts a fake with a fault and
// a delay, and opens it; stop ends the fake.
func Faults(t *testing.T, token string, open func(f xmrapi.Fault, delay time.Duration) (d device.Device, stop func())) {
	for f, want := range map[xmrapi.Fault]adit.Code{
		xmrapi.FaultGarbage: adit.Refused,
		xmrapi.FaultShape:   adit.Refused,
		xmrapi.FaultFlood:   adit.Refused,
		xmrapi.FaultToken:   adit.Unauthorized,
		xmrapi.FaultCut:     adit.Unreachable,
	} {
		d, _ := open(f, 0)
		s, err := d.Snapshot(t.Context())
		if adit.CodeOf(err) != want {
			t.Errorf("%s: got %+v, %v; want %s", f, s, err, want)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error tells the token: %v", f, err)
		}
	}
	d, stop := open(xmrapi.FaultSlow, 20*time.Millisecond)
	if _, err := d.Snapshot(t.Context()); err != nil {
		t.Errorf("slow is not broken: %v", err)
	}
	stop()
	if _, err := d.Snapshot(t.Context()); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("gone: got %v", err)
	}
}

// NoRedirect opens a port that another program has taken, which redirects to the API at url: the token must not follow.
func NoRedirect(t *testing.T, url string, open func(url string) (device.Device, error)) {
	t.Helper()
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, url+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer trap.Close()
	d, err := open(trap.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.Snapshot(t.Context()); adit.CodeOf(err) != adit.Refused {
		t.Errorf("got %v, want refused", err)
	}
}
