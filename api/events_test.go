package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

const eventPath = "/api/v1/mining/ws/events"

// heard is an event as a client reads it.
type heard struct {
	Type      string         `json:"type"`
	Timestamp time.Time      `json:"timestamp"`
	Data      map[string]any `json:"data"`
}

func (h *hub) listen(path string, header http.Header) (*websocket.Conn, *http.Response, error) {
	h.t.Helper()
	conn, res, err := websocket.Dial(h.t.Context(), "ws"+strings.TrimPrefix(h.url, "http")+path, &websocket.DialOptions{HTTPHeader: header})
	if err == nil {
		h.t.Cleanup(func() { _ = conn.CloseNow() })
		conn.SetReadLimit(1 << 20)
	}
	return conn, res, err
}

func hear(t *testing.T, conn *websocket.Conn) (e heard) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, b, err := conn.Read(ctx)
	must(t, err)
	must(t, json.Unmarshal(b, &e))
	if e.Timestamp.IsZero() {
		t.Errorf("an event without a time: %s", b)
	}
	return e
}

// until reads until an event of a type comes.
func until(t *testing.T, conn *websocket.Conn, kind string) (seen []string, e heard) {
	t.Helper()
	for {
		e = hear(t, conn)
		seen = append(seen, e.Type)
		if e.Type == kind {
			return seen, e
		}
	}
}

func TestEventSocket(t *testing.T) {
	h := openHub(t)
	conn, _, err := h.listen(eventPath, h.bearer())
	must(t, err)
	first := hear(t, conn)
	miners, _ := first.Data["miners"].([]any)
	if first.Type != "state.sync" || len(miners) != 1 || miners[0].(map[string]any)["name"] != "m" || miners[0].(map[string]any)["hashrate"] != 1020.0 {
		t.Fatalf("%+v", first)
	}
	other, _, err := h.listen(eventPath, h.bearer())
	must(t, err)
	hear(t, other)
	must(t, other.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","miners":["elsewhere"]}`)))
	must(t, other.Write(t.Context(), websocket.MessageText, []byte(`nonsense`)))
	must(t, other.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)))
	if e := hear(t, other); e.Type != "pong" {
		t.Errorf("%+v", e)
	}
	h.agent.reading(2000, 15)
	_, stats := until(t, conn, "miner.stats")
	if stats.Data["name"] != "m" || stats.Data["hashrate"] != 2000.0 || stats.Data["shares"] != 15.0 || stats.Data["rejected"] != nil {
		t.Errorf("%+v", stats)
	}
	f := h.agent.facts
	f.At, f.Since, f.Work, f.Reason, f.PID, f.StartedAt, f.Desired = time.Now(), time.Now(), wire.WorkFailed, "it crashed", nil, nil, "running"
	h.agent.frame(wire.Frame{Kind: wire.FrameFacts, Facts: &f})
	if _, e := until(t, conn, "miner.error"); e.Data["error"] != "it crashed" {
		t.Errorf("%+v", e)
	}
	if _, e := until(t, conn, "miner.stopped"); e.Data["name"] != "m" || e.Data["reason"] != "it crashed" {
		t.Errorf("%+v", e)
	}
	must(t, other.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)))
	if e := hear(t, other); e.Type != "pong" {
		t.Errorf("who listens to another miner heard %+v", e)
	}
	if m := h.agent.verbs(); len(m) != 0 {
		t.Errorf("listening ordered %v", m)
	}
}

func TestEventSocketRefuses(t *testing.T) {
	h := openHub(t)
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"nobody":       {nil, 401},
		"another page": {http.Header{"Authorization": {"Bearer " + h.token}, "Origin": {"http://evil.example"}}, 403},
	} {
		if _, res, err := h.listen(eventPath, c.header); err == nil || res == nil || res.StatusCode != c.status {
			t.Errorf("%s: %v %v", name, res, err)
		}
	}
	var last *websocket.Conn
	for range maxListeners {
		conn, _, err := h.listen(eventPath, h.bearer())
		must(t, err)
		hear(t, conn)
		last = conn
	}
	one, _, err := h.listen(eventPath, h.bearer())
	must(t, err)
	_, _, err = one.Read(t.Context())
	if websocket.CloseStatus(err) != websocket.StatusTryAgainLater || !strings.Contains(err.Error(), "100 clients") {
		t.Errorf("one too many: %v", err)
	}
	must(t, last.Close(websocket.StatusNormalClosure, ""))
	for { // the place is free as soon as the server has seen it
		conn, _, err := h.listen(eventPath, h.bearer())
		must(t, err)
		if _, _, err := conn.Read(t.Context()); err == nil {
			break
		}
	}
}

// TestRevokedEndsFeeds: what a token or a login has open ends when it is revoked.
func TestRevokedEndsFeeds(t *testing.T) {
	h := openHub(t)
	owner := adit.LocalOwner("terminal")
	for _, path := range []string{"/api/v1/live", eventPath} {
		tok, secret, err := h.account.NewToken(t.Context(), owner, account.TokenWish{Scopes: []adit.Scope{adit.ScopeRead}})
		must(t, err)
		cookie := h.signIn()
		byToken, _, err := h.listen(path, http.Header{"Authorization": {"Bearer " + secret}})
		must(t, err)
		byCookie, _, err := h.listen(path, http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}})
		must(t, err)
		must(t, h.account.Revoke(t.Context(), owner, tok.ID))
		list, err := h.account.Logins(t.Context(), owner, account.Credentials{Cookie: cookie.Value})
		must(t, err)
		i := slices.IndexFunc(list, func(l account.Login) bool { return l.Current })
		must(t, h.account.EndLogin(t.Context(), owner, list[i].ID))
		for _, conn := range []*websocket.Conn{byToken, byCookie} {
			for {
				if _, _, err := conn.Read(t.Context()); err != nil {
					if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
						t.Errorf("%s: %v", path, err)
					}
					break
				}
			}
		}
	}
	tok, secret, err := h.account.NewToken(t.Context(), owner, account.TokenWish{Scopes: []adit.Scope{adit.ScopeRead}})
	must(t, err)
	lines := h.events(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) })
	lines.Scan()
	must(t, h.account.Revoke(t.Context(), owner, tok.ID))
	for lines.Scan() {
	}
	must(t, lines.Err()) // it ended, and was not cut
}

// events opens the stream of server-sent events.
func (h *hub) events(as func(*http.Request)) *bufio.Scanner {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), "GET", h.url+"/api/v1/events/stream", nil)
	must(h.t, err)
	as(req)
	res, err := http.DefaultTransport.RoundTrip(req)
	must(h.t, err)
	h.t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		h.t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return lines
}

func TestStream(t *testing.T) {
	h := openHub(t)
	if status, _, _ := h.request("GET", "/api/v1/events/stream", ""); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
	lines := h.events(func(r *http.Request) { h.asOwner(r); r.Header.Set("Last-Event-ID", "7") })
	next := func() (id string, f liveFrame) {
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = v
			}
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				must(t, json.Unmarshal([]byte(v), &f))
				return id, f
			}
		}
		t.Fatal(lines.Err())
		return
	}
	if !lines.Scan() || lines.Text() != "retry: 2000" {
		t.Errorf("first: %q", lines.Text())
	}
	id, first := next()
	if first.T != "snapshot" || first.State["device/rig1/m"] == nil || id != number(first.Seq) {
		t.Errorf("%s %+v", id, first)
	}
	h.agent.reading(3000, 16)
	id, second := next()
	if second.T != "delta" || second.Seq != first.Seq+1 || id != number(second.Seq) || !strings.Contains(string(second.Set["device/rig1/m"]), `"hashrate":3000`) {
		t.Errorf("%s %+v", id, second)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); h.stop() }()
	for lines.Scan() {
	}
	<-ended
}

func number(n uint64) string { b, _ := json.Marshal(n); return string(b) }

// TestTeller: a miner's life, view by view.
func TestTeller(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	pid := func(n int) *int { return &n }
	profile := "p1"
	pool := &view.Pool{URL: "stratum+tcp://a:1", State: "connected"}
	lives := []struct {
		d    view.Device
		want string
	}{
		{view.Device{Work: "starting", Desired: "running", Profile: &profile}, "miner.starting"},
		{view.Device{Work: "starting", Desired: "running", PID: pid(1)}, ""},
		{view.Device{Work: "hashing", Desired: "running", PID: pid(1), At: &at}, "miner.started miner.stats"},
		{view.Device{Work: "hashing", Desired: "running", PID: pid(1), At: &at, Pool: pool}, "miner.connected"},
		{view.Device{Work: "hashing", Desired: "running", PID: pid(2), At: &at, Pool: pool}, "miner.stopped miner.started miner.connected"},
		{view.Device{Work: "zero", Desired: "running", PID: pid(2), At: &at, Pool: pool, Headline: view.Headline{State: "crit", Word: "no hashes"}}, "miner.error"},
		{view.Device{Work: "hashing", Desired: "stopped", PID: pid(2), At: &at, Pool: pool}, "miner.stopping"},
		{view.Device{Work: "stopped", Desired: "stopped", At: &at}, "miner.stopped"},
		{view.Device{Work: "stopped", Desired: "stopped", At: &at}, ""},
		{view.Device{Work: "failed", Desired: "running", At: &at}, "miner.error"},
	}
	tell := teller{now: func() time.Time { return at }}
	frame := func(kind, key string, d view.Device) []byte {
		d.Name = "m"
		b, err := json.Marshal(map[string]any{"t": kind, "seq": 1, key: map[string]any{"device/r/m": d, "overview": map[string]any{}}})
		must(t, err)
		return b
	}
	if got := tell.tell([]byte(`{"t":"snapshot","seq":1,"state":{}}`)); len(got) != 0 {
		t.Errorf("a snapshot tells %v", got)
	}
	for i, l := range lives {
		var got []string
		for _, e := range tell.tell(frame("delta", "set", l.d)) {
			got = append(got, e.Type)
			if m, ok := e.Data.(minerEvent); ok && (m.Name != "m" || i == 0 && m.ProfileID != "p1") {
				t.Errorf("%+v", m)
			}
		}
		if strings.Join(got, " ") != l.want {
			t.Errorf("step %d: %v, not %s", i, got, l.want)
		}
	}
	if s := tell.sync().Data.(syncEvent); len(s.Miners) != 1 || s.Miners[0].Name != "m" {
		t.Errorf("%+v", s)
	}
	if got := tell.tell([]byte(`{"t":"delta","seq":2,"set":{},"del":["device/r/m"]}`)); len(got) != 0 || len(tell.known) != 0 {
		t.Errorf("what did not run is removed: %v", got)
	}
}

// TestSlowListener: one that reads nothing is dropped and holds up nobody.
func TestSlowListener(t *testing.T) {
	b := &broadcast{clients: map[*listener]struct{}{}}
	slow, quick := &listener{out: make(chan []byte, 1), of: b}, &listener{out: make(chan []byte, 10), of: b}
	b.clients[slow], b.clients[quick] = struct{}{}, struct{}{}
	for range 3 {
		b.send(event{Type: "miner.stats", miner: "m"})
	}
	if !slow.slow || len(b.clients) != 1 || len(quick.out) != 3 {
		t.Errorf("%v %d %d", slow.slow, len(b.clients), len(quick.out))
	}
	<-slow.out
	if _, open := <-slow.out; open {
		t.Error("it is not told")
	}
}

func TestFrameNumber(t *testing.T) {
	for text, want := range map[string]uint64{`{"t":"delta","seq":12,"set":{}}`: 12, `{"t":"snapshot","seq":0,"state":{}}`: 0, `{}`: 0, ``: 0, `{"seq":x,`: 0} {
		if got := frameNumber([]byte(text)); got != want {
			t.Errorf("%s: %d", text, got)
		}
	}
}
