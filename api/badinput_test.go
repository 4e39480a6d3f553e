package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// TestBadBodies: garbage is 400 with words, never 422 or 500, and nothing of it comes back.
func TestBadBodies(t *testing.T) {
	h := openHub(t)
	const secret = "hunter2secret"
	wallet := moneroAddress(t)
	start := "/api/v1/mining/miners/native"
	for _, c := range []struct {
		name, method, path, content string
		status                      int
		words                       string
	}{
		{"no body", "POST", start, "", 400, ""},
		{"garbage", "POST", start, secret, 400, "not the JSON"},
		{"half", "POST", start, `{"pool":"` + secret, 400, "not the JSON"},
		{"an array", "POST", start, `["` + secret + `"]`, 400, "expected object"},
		{"null", "POST", start, `null`, 400, ""},
		{"deep", "POST", start, strings.Repeat("[", 100_000), 400, ""},
		{"unknown key", "POST", start, `{"passwrod":"` + secret + `"}`, 400, "passwrod"},
		{"unknown key beside a secret", "POST", start, `{"x":1,"password":"` + secret + `"}`, 400, "x"},
		{"out of range", "POST", start, `{"donateLevel":500,"pool":"h:1","wallet":"` + wallet + `","password":"` + secret + `"}`, 400, "donateLevel"},
		{"args for a shell", "POST", start, `{"cliArgs":"; ` + secret + `","pool":"h:1","wallet":"` + wallet + `"}`, 400, "cliArgs"},
		{"wrong type", "POST", start, `{"password":["` + secret + `"]}`, 400, "password"},
		{"a number as password", "POST", start, `{"password":987654321}`, 400, "password"},
		{"huge threads", "POST", start, `{"threads":98765432109876543210}`, 400, ""},
		{"fraction of a thread", "POST", start, `{"threads":1.5}`, 400, "threads"},
		{"no wallet", "POST", start, `{"pool":"h:1","password":"` + secret + `"}`, 400, "wallet"},
		{"wrong wallet", "POST", start, `{"pool":"h:1","wallet":"` + secret + `"}`, 400, "wallet"},
		{"wrong miner", "POST", start, `{"miner":"xmrig","pool":"h:1","wallet":"` + wallet + `"}`, 400, "miner"},
		{"no such program", "POST", "/api/v1/mining/miners/..%2f" + secret, `{"pool":"h:1","wallet":"` + wallet + `"}`, 404, ""},
		{"endless name", "POST", "/api/v1/mining/miners/" + strings.Repeat("a", 65), `{"pool":"h:1","wallet":"` + wallet + `"}`, 400, ""},
		{"pause of text", "POST", "/api/v1/pause", `{"forSeconds":"` + secret + `"}`, 400, "forSeconds"},
		{"pause backwards", "POST", "/api/v1/pause", `{"forSeconds":-1}`, 400, "forSeconds"},
		{"no token", "POST", "/api/v1/session", `{}`, 400, "token"},
		{"token as list", "POST", "/api/v1/session", `{"token":["` + secret + `"]}`, 400, "token"},
		{"minutes", "GET", "/api/v1/history/hashrate?minutes=0", "", 400, "minutes"},
		{"minutes as text", "GET", "/api/v1/history/hashrate?minutes=" + secret, "", 400, "minutes"},
		{"unknown parameter", "GET", "/api/v1/state?" + "what=" + secret, "", 400, "what"},
		{"no such miner", "GET", "/api/v1/mining/miners/nope", "", 404, "adit list"},
		{"no such operation", "GET", "/api/v1/nope", "", 404, "openapi"},
		{"another method", "PATCH", "/api/v1/state", "", 405, "GET"},
		{"post to a page", "POST", "/somewhere", "", 405, ""},
		{"bad rig", "POST", "/api/v1/devices/a.b/m/stop", "{}", 404, ""},
		{"wild card", "POST", "/api/v1/devices/*/m/stop", "{}", 404, ""},
		{"foreign pools", "PUT", "/api/v1/devices/rig1/m/pools", `{"pools":[]}`, 400, "pools"},
	} {
		status, header, text := h.request(c.method, c.path, c.content, h.asOwner)
		if status != c.status {
			t.Errorf("%s: %d %s", c.name, status, text)
			continue
		}
		h.problem(status, header, text)
		if strings.Contains(text, secret) || strings.Contains(text, "987654321") || c.words != "" && !strings.Contains(text, c.words) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
	status, _, text := h.request("POST", start, "a=b", h.asOwner, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") })
	if status != http.StatusUnsupportedMediaType {
		t.Errorf("a form: %d %s", status, text)
	}
	if v := h.agent.verbs(); len(v) != 0 {
		t.Errorf("bad input became orders: %v", v)
	}
}

func TestOversized(t *testing.T) {
	h := openHub(t)
	for _, path := range []string{"/api/v1/mining/miners/native", "/api/v1/session", "/api/v1/pause"} {
		status, header, text := h.request("POST", path, `{"x":"`+strings.Repeat("a", 1<<20)+`"}`, h.asOwner)
		if p := h.problem(status, header, text); status != 413 || !strings.Contains(p.Detail, "1 MiB") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	conn := h.dial()
	fmt.Fprintf(conn, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: %s\r\n\r\n", strings.Repeat("a", 128<<10))
	if res := readAnswer(t, conn); res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a huge header: %d", res.StatusCode)
	}
}

func (h *hub) dial() net.Conn {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	must(h.t, err)
	h.t.Cleanup(func() { _ = conn.Close() })
	must(h.t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

func readAnswer(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// TestHalfSentBody: who stops in the middle of a body gets an answer and blocks nobody.
func TestHalfSentBody(t *testing.T) {
	h := openHub(t)
	conn := h.dial()
	fmt.Fprintf(conn, "POST /api/v1/pause HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"for", h.token)
	res := readAnswer(t, conn)
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode != http.StatusRequestTimeout {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	gone := h.dial()
	fmt.Fprintf(gone, "POST /api/v1/pause HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{\"for", h.token)
	must(t, gone.Close())
	if _, err := h.client.Miners(t.Context()); err != nil {
		t.Error(err)
	}
	if v := h.agent.verbs(); len(v) != 0 {
		t.Errorf("half a body became orders: %v", v)
	}
}

// TestInternalErrorsStayInside: the agent's secrets and paths of this machine do not reach the client.
func TestInternalErrorsStayInside(t *testing.T) {
	h := openHub(t)
	h.agent.outcomeFails(adit.Internal, "/home/somebody/.secret")
	status, header, text := h.request("POST", "/api/v1/resume", "{}", h.asOwner)
	if p := h.problem(status, header, text); status != 500 || strings.Contains(text, "somebody") || p.Code != "internal" {
		t.Errorf("%d %s", status, text)
	}
	for code, want := range map[adit.Code]int{adit.Refused: 409, adit.NoConsent: 403, adit.Unsupported: 501, adit.Timeout: 504, adit.Unreachable: 502, adit.Conflict: 409} {
		h.agent.outcomeFails(code, "because")
		status, header, text := h.request("POST", "/api/v1/resume", "{}", h.asOwner)
		if p := h.problem(status, header, text); status != want || p.Detail != "because" || p.Code != string(code) {
			t.Errorf("%s: %d %s", code, status, text)
		}
	}
}
