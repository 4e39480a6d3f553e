//go:build linux

package test

import (
	"bufio"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestClosedByDefault: while practice mines, everything that listens is on loopback, and answers nothing without a
// token, but practice itself; files are for the owner alone.
func TestClosedByDefault(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	s.miner(soon, accepts(0))
	people := netip.MustParseAddrPort(strings.TrimPrefix(s.url, "http://"))
	practice := netip.MustParseAddrPort("127.0.0.1:" + s.practicePort())
	found := h.listeners()
	for addr, who := range found {
		switch {
		case !addr.Addr().IsLoopback():
			t.Errorf("%s of %q is open beyond this computer", addr, who)
		case addr == people:
			closedCounter(t, s.url)
		case addr == practice:
			speaksStratum(t, addr)
		case who == "engine":
			if got := get(t, "http://"+addr.String()+"/2/summary", ""); got != http.StatusUnauthorized {
				t.Errorf("the engine's API answers %d without a token", got)
			}
		default:
			t.Errorf("%s of %q: nobody expected it", addr, who)
		}
	}
	if len(found) != 3 {
		t.Errorf("%d listeners, want people's, practice's and the engine's: %v", len(found), found)
	}
	ownersAlone(t, h.dir)
	s.end(syscall.SIGINT)
}

// closedCounter: of people's listener only /health, /ready and the web app's files are there for everybody.
func closedCounter(t *testing.T, url string) {
	t.Helper()
	for path, want := range map[string]int{"/health": 200, "/ready": 200, "/": 200} {
		if got := get(t, url+path, ""); got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
	for _, path := range []string{
		"/api/v1/state", "/api/v1/live", "/api/v1/consent", "/api/v1/doctor", "/api/v1/history/hashrate", "/api/v1/journal",
		"/api/v1/mining/info", "/api/v1/mining/miners", "/api/v1/mining/miners/practice/logs", "/openapi.json", "/api/v1/nothing",
	} {
		if got := get(t, url+path, ""); got != http.StatusUnauthorized {
			t.Errorf("%s answers %d without a token", path, got)
		}
		if got := get(t, url+path, "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wro"); got != http.StatusUnauthorized {
			t.Errorf("%s answers %d to a wrong token", path, got)
		}
	}
}

func get(t *testing.T, url, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func speaksStratum(t *testing.T, addr netip.AddrPort) {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr.String(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte(`{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"scan","pass":"x","agent":"test","algo":["rx/0"]}}` + "\n")); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, `"job"`) {
		t.Errorf("practice says %q, %v", line, err)
	}
}

// ownersAlone: folders 0700, files and sockets 0600.
func ownersAlone(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone meanwhile
		}
		st, err := os.Lstat(p)
		if err != nil || st.Mode()&fs.ModeSymlink != 0 {
			return nil
		}
		if open := st.Mode().Perm() & 0o077; open != 0 && closed(p, dir) {
			t.Errorf("%s has mode %v", strings.TrimPrefix(p, dir), st.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// closed is true for all but what lies inside the time series, whose library writes 0666 less the umask, and the
// executable that is lent to a program of another user; the folders around both are closed themselves.
func closed(p, dir string) bool {
	lent := strings.HasPrefix(p, filepath.Join(dir, "agent/shims")+"/") && (filepath.Base(p) == "bin" || filepath.Base(filepath.Dir(p)) == "bin")
	return !lent && !strings.HasPrefix(p, filepath.Join(dir, "tsdb")+"/")
}
