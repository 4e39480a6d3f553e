package stratum

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/pipes"
	"github.com/adit-mining/adit/stratum/jsonline"
)

var seeds = []string{
	loginLine, submitLine(2, "s", "job-1", "0f800000"), jobLine(testJob(1, 10)),
	`{"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"a","job":` + string(mustJSON(testJob(1, 10))) + `,"status":"OK"}}`,
	`{"id":2,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`,
	`{"id":2,"error":{"code":-1,"message":"Low difficulty share"}}`, `{"id":2,"result":null,"error":[21,"Job not found",null]}`,
	`{"id":2,"error":true}`, `{"id":"3","error":"no"}`, `{"method":"client.reconnect","params":["h","1"]}`,
	`{"id":9,"method":"mining.ping"}`, `{"id":3,"method":"keepalived","params":{"id":"s"}}`, `{}`, `[]`, `{"id":null}`, "",
	`{"method":"job","params":{"blob":"00","job_id":"x","target":"00000000"}}`, `{"id":1e99,"result":1}`, `{"params":{"nonce":1}}`,
}

// FuzzClientLine: whatever a pool sends, a client neither panics nor blocks, and what it takes for a job can be mined.
func FuzzClientLine(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		c := &Client{
			log: slog.New(slog.DiscardHandler), conn: jsonline.NewConn(sink{}, nil), pending: map[int64]*call{2: {verdict: make(chan Verdict, 1)}},
		}
		check := func(j Job) {
			off, width, ok := j.Algorithm.Nonce()
			if !ok || len(j.Blob) < off+width || len(j.Blob) > MaxBlob || j.Target == 0 || j.ID == "" {
				t.Fatalf("a job that cannot be mined: %+v", j)
			}
			raw, err := json.Marshal(j)
			if err != nil {
				t.Fatal(err)
			}
			var again Job
			if err := json.Unmarshal(raw, &again); err != nil || !again.Same(j) {
				t.Fatalf("%+v becomes %+v (%v)", j, again, err)
			}
		}
		// Errors are fine; they must be words for a person, not a copy of the line.
		for _, err := range []error{c.take(line, check), c.welcome(line)} {
			if err != nil && len(err.Error()) > 2000 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
		}
		if c.job.ID != "" {
			check(c.job)
		}
	})
}

// FuzzServerLine: whatever a miner sends, the server neither panics nor lets it in without a login.
func FuzzServerLine(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, line []byte, logged bool) {
		h := newJudge()
		l := pipes.Listen()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- NewServer(ServerOptions{Handler: h}).Serve(ctx, l) }()
		d := come(t, l, "192.0.2.1:1")
		if logged {
			d.say(loginLine)
			d.line()
		}
		go func() {
			d.Write(append(bytes.ReplaceAll(line, []byte("\n"), nil), '\n'))
			d.say(`{"id":77,"method":"keepalived"}`)
		}()
		for answer := d.line(); answer != "" && !strings.HasPrefix(answer, `{"id":77,`); answer = d.line() {
			if !json.Valid([]byte(answer)) || len(answer) > 4000 {
				t.Fatalf("%q is answered with %q", line, answer)
			}
		}
		d.Close()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if !logged && h.submits.Load() > 0 {
			t.Fatal("a share without a login")
		}
		for _, reason := range h.reasons() {
			if strings.Contains(reason, "internal") {
				t.Fatalf("our fault? %v", reason)
			}
		}
	})
}

// FuzzQuickSubmit: a line read the quick way means what it means the slow way.
func FuzzQuickSubmit(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	for _, id := range []string{"2", "02", "-1", "999999999999999999", "1234567890123456789", "\"2\"", ""} {
		f.Add([]byte(`{"id":` + id + `,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`))
	}
	good := submitLine(2, "s", "job-1", "0f800000")
	for _, c := range [][2]string{
		{`"id":2`, `"id":02`}, {`"id":2`, `"id":-0`}, {`"id":2`, `"id":1e3`}, {`"id":2`, `"id":"2"`}, {`"id":2`, `"id":null`}, {`"job-1"`, `"job\u002d1"`},
		{`"job-1"`, `"j\"b"`}, {`"job-1"`, `"jöb"`}, {`"nonce":`, `"Nonce":`}, {`"algo":"rx/0"`, `"algo":"rx/2"`}, {`,"algo":"rx/0"`, ``},
		{`"algo":"rx/0"`, `"job_id":"other"`}, {`"0f800000"`, `"0F800000ffffffff"`}, {`"0f800000"`, `"0f8000"`}, {`"0f800000"`, `"0g800000"`}, {`,`, `, `},
	} {
		f.Add([]byte(strings.ReplaceAll(good, c[0], c[1])))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.TrimSpace(line)
		if id, ok := quickOK(line); ok {
			m, err := parseMessage(line)
			if n, is := m.Number(); err != nil || !is || n != id || m.Method != "" || verdictOf(m) != (Verdict{Outcome: adit.ShareAccepted}) {
				t.Fatalf("%q: %d, %v", line, id, err)
			}
		}
		var q quickSubmit
		if !q.parse(line) {
			return
		}
		quick, ok := q.share("job-1")
		if !ok {
			return
		}
		m, err := parseMessage(line)
		if err != nil {
			t.Fatal(err)
		}
		slow, session, err := parseSubmit(m.Params)
		if err != nil || session != string(q.login) || m.Method != "submit" || string(m.ID) != strconv.FormatInt(q.id, 10) {
			t.Fatalf("%v %q %q %q", err, session, m.Method, m.ID)
		}
		if quick.JobID != slow.JobID || !bytes.Equal(quick.Nonce, slow.Nonce) || quick.Result != slow.Result || quick.Algorithm != slow.Algorithm || slow.Commitment != nil {
			t.Fatalf("%+v is not %+v", quick, slow)
		}
	})
}

// sink is a connection that takes everything and says nothing.
type sink struct{}

func (sink) Read([]byte) (int, error)         { return 0, io.EOF }
func (sink) Write(b []byte) (int, error)      { return len(b), nil }
func (sink) Close() error                     { return nil }
func (sink) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (sink) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9} }
func (sink) SetDeadline(time.Time) error      { return nil }
func (sink) SetReadDeadline(time.Time) error  { return nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }
