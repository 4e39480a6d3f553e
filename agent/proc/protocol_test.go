package proc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

func TestAgree(t *testing.T) {
	side := func(min, max int) hello { return hello{MinProtocol: min, Protocol: max, Version: "x"} }
	for _, c := range []struct {
		mine, theirs hello
		want         int
		code         adit.Code
	}{
		{side(1, 1), side(1, 1), 1, ""},
		{side(1, 3), side(1, 2), 2, ""},               // an older shim
		{side(1, 2), side(2, 5), 2, ""},               // a newer shim that still speaks ours
		{side(3, 4), side(1, 2), 0, adit.Unsupported}, // too old
		{side(1, 2), side(3, 4), 0, adit.Unsupported}, // too new
		{side(1, 1), side(0, 0), 0, adit.Invalid},
		{side(1, 1), side(3, 2), 0, adit.Invalid},
	} {
		got, err := agree(c.mine, c.theirs)
		if got != c.want || adit.CodeOf(err) != c.code {
			t.Errorf("%+v and %+v: %d %v", c.mine, c.theirs, got, err)
		}
	}
}

func TestReadLine(t *testing.T) {
	r := bufio.NewReaderSize(strings.NewReader("one\r\n\n"+strings.Repeat("x", 40)+"\nhalf"), 16)
	for _, want := range []string{"one", "", strings.Repeat("x", 40)} {
		if got, err := readLine(r, 40); err != nil || string(got) != want {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	if _, err := readLine(r, 40); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a line: %v", err)
	}
	if _, err := readLine(bufio.NewReaderSize(strings.NewReader(strings.Repeat("x", 41)+"\n"), 16), 40); !errors.Is(err, errLineTooLong) {
		t.Errorf("a long line: %v", err)
	}
}

// pair is a connected pair; unlike net.Pipe both ends can speak first.
func pair(t testing.TB) (net.Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// host serves a runner with a puppet over a connection and returns the agent's end of it.
func host(t testing.TB, mine hello) (net.Conn, *server, func()) {
	t.Helper()
	lines := newRing(time.Now)
	spec := Spec{Name: "one", Path: "/bin/one", ID: "1"}
	r := newRunner(spec.withDefaults(), &puppet{}, lines, ident{PID: 1}, state{})
	srv := &server{run: r, ring: lines, conns: map[*session]struct{}{}, mine: func() hello { return mine }, write: func(Spec) error { return nil }}
	r.agents = srv.agents
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { r.run(ctx) })
	agent, shim := pair(t)
	c := &session{srv: srv, conn: shim, ctx: ctx, busy: make(chan struct{}, maxInFlight), once: map[string]bool{}}
	srv.enter(c)
	all.Go(func() {
		defer srv.leave(c)
		c.talk()
	})
	return agent, srv, func() {
		_ = agent.Close()
		cancel()
		all.Wait()
	}
}

var today = hello{Protocol: Protocol, MinProtocol: MinProtocol, Version: "test", Name: "one", ID: "1", PID: 1}

func TestShimOfAnotherAge(t *testing.T) {
	for name, theirs := range map[string]hello{
		"the shim is too old": {Protocol: 1, MinProtocol: 1, Version: "0.1.0"},
		"the shim is too new": {Protocol: 9, MinProtocol: 8, Version: "9.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, end := host(t, theirs)
			defer end()
			mine := hello{Protocol: 4, MinProtocol: 3, Version: "0.4.0"}
			if _, err := greet(conn, mine); adit.CodeOf(err) != adit.Unsupported || !strings.Contains(err.Error(), theirs.Version) {
				t.Errorf("%v", err)
			}
		})
	}
	conn, _, end := host(t, hello{Protocol: 7, MinProtocol: 1, Version: "7.0.0"})
	defer end()
	c, err := greet(conn, today)
	if err != nil || c.protocol != Protocol {
		t.Fatalf("a newer shim that still speaks ours: %v", err)
	}
	c.drop()
}

func TestRequestsThatAreWrong(t *testing.T) {
	conn, srv, end := host(t, today)
	defer end()
	c, err := greet(conn, today)
	if err != nil {
		t.Fatal(err)
	}
	defer c.drop()
	ctx := t.Context()
	for _, q := range []struct {
		op   string
		args any
		want adit.Code
	}{
		{"dance", nil, adit.Unsupported}, {opQuarantine, nil, adit.Invalid}, {opLogs, logsArgs{Limit: -1}, adit.Invalid},
		{opLogs, "text", adit.Invalid}, {opRelease, nil, adit.Conflict}, {opStdin, stdinArgs{Data: make([]byte, maxStdin+1)}, adit.Invalid},
		{opUpdate, Change{Guards: &Guards{PauseFile: "relative"}}, adit.Invalid}, {opPing, nil, ""}, {opAttach, nil, ""}, {opAttach, nil, adit.Conflict},
	} {
		if err := c.call(ctx, q.op, q.args, nil); adit.CodeOf(err) != q.want {
			t.Errorf("%s %v: %v, want %q", q.op, q.args, err, q.want)
		}
	}
	if srv.agents() != 1 {
		t.Error("an attached agent does not count")
	}
}

// TestSilentAgentIsNotThere: an agent that hangs does not keep the shim from obeying a pause.
func TestSilentAgentIsNotThere(t *testing.T) {
	at := time.Now()
	c := &session{agent: true, heard: at}
	if !c.present(at.Add(presence-1)) || c.present(at.Add(presence)) {
		t.Error("presence does not follow the last word")
	}
	if presence < 2*pingEvery {
		t.Error("one lost ping makes an agent absent")
	}
}

func TestGarbageAndOversize(t *testing.T) {
	talk := func(send string) (last message) {
		t.Helper()
		conn, _, end := host(t, today)
		defer end()
		var sent sync.WaitGroup
		sent.Go(func() {
			b, _ := encodeLine(message{Hello: &today}, maxRequest)
			_, _ = conn.Write(append(b, send...))
		})
		defer sent.Wait()
		defer conn.Close()
		r := bufio.NewReader(conn)
		for {
			line, err := readLine(r, maxReply)
			if err != nil {
				return last
			}
			last = message{}
			if err := json.Unmarshal(line, &last); err != nil {
				t.Fatalf("the shim sent garbage: %q", line)
			}
		}
	}
	if m := talk(strings.Repeat("\x00{]\n", maxGarbage)); m.Error == nil || m.Error.Code != adit.Invalid {
		t.Errorf("garbage: %+v", m)
	}
	if m := talk(strings.Repeat("x", 2*maxRequest)); m.Error == nil || !strings.Contains(m.Error.Words, "longer than") {
		t.Errorf("oversized: %+v", m)
	}
}

// FuzzSession: whatever an agent sends, the shim answers in JSON lines or hangs up, and its program runs on.
func FuzzSession(f *testing.F) {
	for _, s := range []string{`{"id":1,"op":"status"}`, `{"id":2,"op":"logs","args":{"after":1e30}}`, `{"op":"follow"}` + "\n" + `{"op":"attach"}`,
		`{"id":3,"op":"update","args":{"guards":{"thermalMax":1}}}`, `{"id":4,"op":"stdin","args":{"data":"AAAA"}}`, "\xff\xfe", `[]`, `{"id":-1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.Contains(in, []byte(`"stop"`)) || bytes.Contains(in, []byte(`"quarantine"`)) || bytes.Contains(in, []byte(`\u`)) {
			t.Skip("may rightly end the program")
		}
		conn, srv, end := host(t, today)
		defer end()
		var read sync.WaitGroup
		read.Go(func() {
			r := bufio.NewReader(conn)
			for {
				line, err := readLine(r, maxReply)
				if err != nil {
					return
				}
				if !json.Valid(line) {
					t.Errorf("answer %q", line)
				}
			}
		})
		b, _ := encodeLine(message{Hello: &today}, maxRequest)
		_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
		_, _ = conn.Write(append(append(b, in...), '\n'))
		_ = conn.(*net.TCPConn).CloseWrite()
		read.Wait()
		if s, _ := srv.run.status.get(); s.Phase == Stopped || s.Phase == Quarantined {
			t.Errorf("%q ended the program: %+v", in, s)
		}
	})
}

// FuzzParseStat: no content of a stat file makes the reader panic, and what it accepts is whole.
func FuzzParseStat(f *testing.F) {
	f.Add([]byte("1 (a b) (c)) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 42 1 2 3"))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseStat(b); err == nil && s.State == 0 {
			t.Errorf("%q: %+v", b, s)
		}
	})
}

// FuzzOutput: any output becomes bounded lines of clean text.
func FuzzOutput(f *testing.F) {
	f.Add([]byte("a\x1b[1;31mb\x1b[0m\rc\n\x1b]0;title\x07d\n\xff\xc2\x9b31m"))
	f.Add(bytes.Repeat([]byte{'x'}, 3*maxText))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRing(time.Now)
		if err := readOutput(bytes.NewReader(b), r); err != nil {
			t.Fatal(err)
		}
		lines, _, _ := r.page(0, 0, 1<<30)
		for _, l := range lines {
			if len(l.Text) > maxText || strings.ContainsFunc(l.Text, func(c rune) bool { return c < 0x20 || c >= 0x7f && c < 0xa0 }) {
				t.Errorf("line %q", l.Text)
			}
		}
	})
}
