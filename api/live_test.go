package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func (h *hub) live(header http.Header) (*websocket.Conn, *http.Response, error) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, strings.Replace(h.url, "http", "ws", 1)+"/api/v1/live", &websocket.DialOptions{HTTPHeader: header})
	if err == nil {
		h.t.Cleanup(func() { _ = conn.CloseNow() })
		conn.SetReadLimit(1 << 20)
	}
	return conn, res, err
}

func (h *hub) bearer() http.Header { return http.Header{"Authorization": {"Bearer " + h.token}} }

type liveFrame struct {
	T     string                     `json:"t"`
	Seq   uint64                     `json:"seq"`
	State map[string]json.RawMessage `json:"state"`
	Set   map[string]json.RawMessage `json:"set"`
}

func read(t *testing.T, conn *websocket.Conn) (f liveFrame) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	kind, b, err := conn.Read(ctx)
	must(t, err)
	if kind != websocket.MessageText {
		t.Errorf("a frame of kind %v", kind)
	}
	must(t, json.Unmarshal(b, &f))
	return f
}

func TestLive(t *testing.T) {
	h := openHub(t)
	conn, _, err := h.live(h.bearer())
	must(t, err)
	first := read(t, conn)
	if first.T != "snapshot" || first.State["overview"] == nil || first.State["device/rig1/m"] == nil || first.State["consent"] == nil {
		t.Fatalf("%+v", first)
	}
	h.agent.reading(2000, 15)
	next := read(t, conn)
	if next.T != "delta" || next.Seq != first.Seq+1 || !strings.Contains(string(next.Set["device/rig1/m"]), `"hashrate":2000`) {
		t.Errorf("%s %d after %d: %s", next.T, next.Seq, first.Seq, next.Set)
	}
	cookie := h.signIn()
	other, _, err := h.live(http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Origin": {h.url}})
	must(t, err)
	if f := read(t, other); f.T != "snapshot" || f.Seq < next.Seq {
		t.Errorf("%s %d", f.T, f.Seq)
	}
}

func TestLiveRefuses(t *testing.T) {
	h := openHub(t)
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"nobody":       {nil, 401},
		"a wrong word": {http.Header{"Authorization": {"Bearer x"}}, 401},
		"another page": {http.Header{"Authorization": {"Bearer " + h.token}, "Origin": {"http://evil.example"}}, 403},
		"another host": {http.Header{"Authorization": {"Bearer " + h.token}, "Origin": {"http://127.0.0.1:1"}}, 403},
	} {
		_, res, err := h.live(c.header)
		if err == nil || res == nil || res.StatusCode != c.status {
			t.Errorf("%s: %v %v", name, res, err)
		}
	}
	if status, _, _ := h.request("GET", "/api/v1/live", "", h.asOwner); status != http.StatusUpgradeRequired {
		t.Errorf("no upgrade: %d", status)
	}
}

// TestLiveEnds: a browser that talks is sent away; when adit ends every browser is told, at once.
func TestLiveEnds(t *testing.T) {
	h := openHub(t)
	talker, _, err := h.live(h.bearer())
	must(t, err)
	read(t, talker)
	must(t, talker.Write(t.Context(), websocket.MessageText, []byte("hello")))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, _, err := talker.Read(ctx); err != nil {
			if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("%v", err)
			}
			break
		}
	}
	listener, _, err := h.live(h.bearer())
	must(t, err)
	read(t, listener)
	start := time.Now()
	ended := make(chan struct{})
	go func() { defer close(ended); h.stop() }()
	for {
		if _, _, err := listener.Read(ctx); err != nil {
			if websocket.CloseStatus(err) != websocket.StatusGoingAway {
				t.Errorf("%v", err)
			}
			break
		}
	}
	<-ended
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the end took %v", took)
	}
}

// TestLiveDoesNotWaitForTheDeaf: a browser that reads nothing and never closes does not hold up the end.
func TestLiveDoesNotWaitForTheDeaf(t *testing.T) {
	h := openHub(t)
	conn := h.dial()
	_, err := conn.Write([]byte("GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + h.token +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"))
	must(t, err)
	if res := readAnswer(t, conn); res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%d", res.StatusCode)
	}
	start := time.Now()
	h.stop()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the end took %v", took)
	}
}
