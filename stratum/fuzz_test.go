package stratum

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
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
			log: slog.New(slog.DiscardHandler), conn: sink{}, pending: map[int64]*call{2: {verdict: make(chan Verdict, 1)}},
			over: make(chan struct{}),
		}
		c.lines = newLineReader(bytes.NewReader(nil), MaxLine)
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
		s := newSession(NewServer(ServerOptions{Handler: h}), sink{})
		s.logged = logged
		err := s.take(context.Background(), line)
		s.writers.Wait()
		if !logged && h.submits.Load() > 0 {
			t.Fatal("a share without a login")
		}
		if err != nil && adit.CodeOf(err) == adit.Internal {
			t.Fatalf("our fault? %v", err)
		}
		if m, err := parseMessage(line); err == nil && m.Method == "submit" {
			if share, _, err := parseSubmit(m.Params); err == nil && (len(share.Nonce) != 4 && len(share.Nonce) != 8 || share.JobID == "") {
				t.Fatalf("%+v", share)
			}
		}
	})
}

// FuzzLineReader: lines come out as they went in, however the stream is cut.
func FuzzLineReader(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n c \nrest"), uint64(1))
	f.Add([]byte(strings.Repeat("x", 5000)+"\nshort\n"+strings.Repeat("y", 3000)+"\n"), uint64(7))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		const most = 4096
		var want []string
		tooLong := false
		parts := bytes.Split(data, []byte("\n"))
		for i, p := range parts {
			if len(p) > most {
				tooLong = true
				break
			}
			if i < len(parts)-1 && len(bytes.TrimSpace(p)) > 0 {
				want = append(want, string(bytes.TrimSpace(p)))
			}
		}
		l := newLineReader(&cutter{data, rand.New(rand.NewPCG(seed, 0))}, most)
		for i := 0; ; i++ {
			line, err := l.next()
			if err != nil {
				rest := len(parts[len(parts)-1]) > 0
				switch {
				case tooLong && adit.CodeOf(err) == adit.Invalid:
				case !tooLong && rest && errors.Is(err, io.ErrUnexpectedEOF):
				case !tooLong && !rest && err == io.EOF:
				default:
					t.Fatalf("%v (too long: %v, rest: %v)", err, tooLong, rest)
				}
				if i != len(want) {
					t.Fatalf("%d lines, want %d", i, len(want))
				}
				return
			}
			if i >= len(want) || string(line) != want[i] {
				t.Fatalf("line %d: %q", i, line)
			}
			if len(l.buf) > most+2 {
				t.Fatalf("a buffer of %d bytes", len(l.buf))
			}
		}
	})
}

// cutter gives a stream in pieces of random length.
type cutter struct {
	rest []byte
	r    *rand.Rand
}

func (c *cutter) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), 1+c.r.IntN(100))], c.rest)
	c.rest = c.rest[n:]
	return n, nil
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
