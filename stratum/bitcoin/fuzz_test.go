package bitcoin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/pipes"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/jsonline"
	"github.com/adit-mining/adit/stratum/port"
)

var seeds = []string{
	configureLine, subscribeLine, authorizeLine, notice("job-1", true), notice("job-2", false), difficulty2,
	`{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`,
	`{"id":2,"result":[[["mining.set_difficulty","s"],["mining.notify","t"]],"08000002",4],"error":null}`,
	`{"id":3,"result":true,"error":null}`, `{"id":4,"result":null,"error":[21,"Job not found",null]}`, `{"id":4,"result":false,"error":"Stale"}`,
	`{"id":4,"error":{"code":23,"message":"low"}}`, `{"id":4,"error":true}`, `{"id":"4","result":false,"reject-reason":"Above target"}`,
	`{"id":null,"method":"mining.set_extranonce","params":["08000002",4]}`, `{"id":null,"method":"mining.set_version_mask","params":["00c00000"]}`,
	`{"id":null,"method":"client.reconnect","params":["eu.example.com","3333",5]}`, `{"id":null,"method":"client.reconnect","params":[]}`,
	`{"id":9,"method":"client.show_message","params":["hi"]}`, `{"id":9,"method":"client.get_version"}`, `{"id":9,"method":"mining.ping"}`,
	`{"id":4,"method":"mining.submit","params":["user.rig","job-1","00000001","6553f1a0","b2957c02","00c00000"]}`,
	`{"id":5,"method":"mining.suggest_difficulty","params":[0.5]}`, `{"id":5,"method":"mining.suggest_target","params":["` + strings.Repeat("0f", 32) + `"]}`,
	`{"id":5,"method":"mining.extranonce.subscribe","params":[]}`, `{}`, `[]`, ``, `{"id":null}`, `{"params":null}`, `{"id":1e99,"result":1}`,
}

// FuzzClientLines: whatever a pool says, in whatever order, a client neither panics nor blocks, and what it takes for work can be
// mined: it has a target, a coinbase, and comes out as it went in.
func FuzzClientLines(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), false)
		f.Add([]byte(s+"\n"+seeds[(i*7+3)%len(seeds)]+"\n"+seeds[3]), true)
	}
	f.Fuzz(func(t *testing.T, lines []byte, greeted bool) {
		c := newClient(pool("pool.example.com:3333").plain(), sink{}, slog.New(slog.DiscardHandler))
		c.asked = wish{rolling: true, mask: RollingMask, least: 2}
		c.pending = map[int64]*call{
			1: {answer: c.configured}, 2: {answer: c.subscribe}, 3: {answer: c.authorize}, 4: {verdict: make(chan stratum.Verdict, 1)}, 5: {answer: c.ignored},
		}
		if greeted {
			c.subscribed, c.next = true, extranonce{one: []byte{1, 2}, size: 4}
		}
		check := func(w Work) {
			if w.Job.ID == "" || !(w.Difficulty > 0) || HashesOf(w.Difficulty).IsZero() || w.Job.VersionMask&^RollingMask != 0 {
				t.Fatalf("work that cannot be mined: %+v %+v", w, w.Job)
			}
			if _, ok := NetworkOf(w.Job.Bits); !ok {
				t.Fatalf("no network: %+v", w.Job)
			}
			m, err := parseMessage(NoticeOf(w.Job).Append(nil, w.Job.ID, w.Job.Clean))
			if err != nil {
				t.Fatal(err)
			}
			l, _ := m.list()
			back := &Job{Extranonce1: w.Job.Extranonce1, Extranonce2Size: w.Job.Extranonce2Size, VersionMask: w.Job.VersionMask}
			if err := back.parseNotify(l); err != nil || !back.same(w.Job) || back.Clean != w.Job.Clean {
				t.Fatalf("%+v becomes %+v (%v)", w.Job, back, err)
			}
			w.Job.Height()
			w.Job.Hash(Share{Extranonce2: make([]byte, w.Job.Extranonce2Size)})
		}
		for line := range bytes.SplitSeq(lines, []byte("\n")) {
			if err := c.take(line, check); err != nil {
				if len(err.Error()) > 2000 || adit.CodeOf(err) == adit.Internal {
					t.Fatalf("%d bytes: %v", len(err.Error()), err)
				}
				return
			}
		}
	})
}

// FuzzServerLines: whatever a miner says, the server neither panics nor takes a share without subscription and login.
func FuzzServerLines(f *testing.F) {
	greeting := configureLine + "\n" + subscribeLine + "\n" + authorizeLine + "\n"
	for _, s := range seeds {
		f.Add([]byte(s))
		f.Add([]byte(greeting + s + "\n"))
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		synctest.Test(t, func(t *testing.T) { heard(t, lines) }) // a server that hangs up lingers
	})
}

func heard(t *testing.T, lines []byte) {
	h := newJudge()
	ln := pipes.Listen()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- NewServer(ServerOptions{Handler: h, Port: port.Options{LoginTime: time.Second}}).Serve(ctx, ln)
	}()
	near, err := ln.Dial(ctx, "", "")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		near.Write(append(bytes.Clone(lines), "\n"+`{"id":"end","method":"mining.ping"}`+"\n"...))
	}()
	near.SetReadDeadline(time.Now().Add(20 * time.Second))
	l := port.NewLines(near, 1<<20)
	for {
		line, err := l.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("neither an answer nor the end: %v", err)
			}
			break
		}
		var any map[string]json.RawMessage
		if err := json.Unmarshal(line, &any); err != nil {
			t.Fatalf("the server says %q: %v", line, err)
		}
		if string(any["id"]) == `"end"` {
			break
		}
	}
	near.Close()
	cancel()
	<-done
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.shares) > 0 && (len(h.logins) != 1 || h.places != 1) {
		t.Fatalf("%d shares after %d logins", len(h.shares), len(h.logins))
	}
	if len(h.gone) != h.places {
		t.Fatalf("%d of %d are gone", len(h.gone), h.places)
	}
	for _, s := range h.shares {
		if s.JobID == "" || len(s.Extranonce2) > maxExtranonce2 || s.VersionBits&^s.VersionMask != 0 {
			t.Fatalf("%+v", s)
		}
	}
}

// FuzzFault: every error has words, and a class.
func FuzzFault(f *testing.F) {
	for _, s := range []string{`[21,"x",null]`, `{"code":1,"message":"y"}`, `"z"`, `true`, `[]`, `[[]]`, `{"code":{}}`, `[null,null]`, `1e999`, `"\u0000"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		x := ParseFault(raw)
		if x == nil {
			return
		}
		if x.Text == "" || len(x.Text) > 210 || strings.ContainsAny(x.Text, "\n\r\x00") || x.Outcome().Accepted() {
			t.Fatalf("%q: %+v", raw, x)
		}
		again, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if back := ParseFault(again); back == nil || x.Code != 0 && back.Code != x.Code {
			t.Fatalf("%+v goes as %s", x, again)
		}
	})
}

// FuzzConfigure: what is granted is within what was asked and what there is, on both ends.
func FuzzConfigure(f *testing.F) {
	f.Add([]byte(`[["version-rolling","minimum-difficulty"],{"version-rolling.mask":"1fffe000","minimum-difficulty.value":1}]`), uint32(RollingMask))
	f.Add([]byte(`[["version-rolling"]]`), uint32(0))
	f.Fuzz(func(t *testing.T, params []byte, mask uint32) {
		l, err := message{jsonline.Message{Params: params}}.list()
		if err != nil {
			return
		}
		w, err := parseConfigure(l)
		if err != nil {
			return
		}
		raw, err := json.Marshal(w.grant(mask))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := w.granted(raw)
		if err != nil || got&^mask != 0 || got&^w.mask != 0 {
			t.Fatalf("%+v of %08x becomes %s, read as %08x (%v)", w, mask, raw, got, err)
		}
	})
}

// FuzzQuickSubmit: what is read quickly is what is read with care.
func FuzzQuickSubmit(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), uint32(RollingMask))
	}
	for _, s := range []string{
		`{"params": ["a", "b", "00", "00000001", "00000002"], "id": 7, "method": "mining.submit"}`,
		`{"params":["a","b","","00000001","00000002","00002000"],"id":0,"method":"mining.submit"}`,
		`{"id":01,"method":"mining.submit","params":["a","b","","00000001","00000002"]}`,
		`{"id":1,"method":"mining.submit","params":["a","b","","00000001","00000002","",""]}`,
		`{"id":1,"id":2,"method":"mining.submit","params":["a","b","0011223344556677","00000001","0000000A"]}`,
	} {
		f.Add([]byte(s), uint32(0x2000))
	}
	f.Fuzz(func(t *testing.T, line []byte, mask uint32) {
		var q quickSubmit
		if !q.parse(line) {
			return
		}
		quick, ok := q.share(mask)
		if !ok {
			return
		}
		m, err := parseMessage(line)
		if err != nil || m.Method != "mining.submit" || string(m.ID) != string(q.id) {
			t.Fatalf("%q: %+v %v", line, m, err)
		}
		l, err := m.list()
		if err != nil {
			t.Fatal(err)
		}
		slow, worker, err := parseSubmit(l, mask)
		if err != nil || worker != string(q.params[0]) || !reflect.DeepEqual(slow, quick) {
			t.Fatalf("%q: %+v %q %v, quickly %+v %q", line, slow, worker, err, quick, q.params[0])
		}
	})
}
