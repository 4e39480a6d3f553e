package upstream

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// testJob is Monero-like work; prev is a byte of the previous block's id.
func testJob(id string, prev byte, height uint64) stratum.Job {
	blob := make([]byte, 76)
	blob[0], blob[1], blob[10], blob[75] = 16, 16, prev, 1
	copy(blob[50:], id)
	return stratum.Job{ID: id, Blob: blob, Target: stratum.TargetOf(1000), Algorithm: adit.RandomX, Height: &height, SeedHash: [32]byte{5}}
}

// pool serves one connection as told and returns its URL.
func pool(t *testing.T, serve func(in *bufio.Scanner, say func(string, ...any))) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		serve(bufio.NewScanner(c), func(f string, a ...any) { fmt.Fprintf(c, f+"\n", a...) })
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	return "stratum+tcp://" + ln.Addr().String()
}

func encoded(j stratum.Job) []byte { b, _ := json.Marshal(j); return b }

func TestPoolXMR(t *testing.T) {
	jobs := []stratum.Job{
		testJob("one", 1, 100), testJob("two", 1, 100), testJob("three", 2, 100), testJob("four", 2, 101), testJob("five", 2, 101),
	}
	jobs[4].SeedHash[0] = 6
	submitted := make(chan string, 1)
	url := pool(t, func(in *bufio.Scanner, say func(string, ...any)) {
		in.Scan()
		say(`{"id":1,"error":null,"result":{"id":"s","status":"OK","job":%s}}`, encoded(jobs[0]))
		in.Scan()
		submitted <- in.Text()
		var m struct{ ID json.RawMessage }
		json.Unmarshal(in.Bytes(), &m)
		say(`{"id":%s,"error":{"code":-1,"message":"Low difficulty share"}}`, m.ID)
		for _, j := range jobs[1:] {
			say(`{"method":"job","params":%s}`, encoded(j))
		}
		for in.Scan() {
		}
	})
	s, err := NewPoolXMR(stratum.Pool{URL: url, User: "wallet"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.URL() != url {
		t.Fatal(s.URL())
	}
	c, err := s.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := c.Work()
	if !w.Clean || w.JobID != "one" || *w.Height != 100 || w.Share != adit.HashesOf(1000) || w.Network != nil || w.Blob.NonceOffset != 39 ||
		w.Blob.Target != jobs[0].Target || w.Blob.FixedByte || w.Blob.Cut != nil || w.Blob.Seed != jobs[0].SeedHash || c.Info().Solo {
		t.Fatalf("%+v %+v", w, w.Blob)
	}
	ctx, cancel := context.WithCancel(t.Context())
	works, ended := make(chan *Work, 10), make(chan error, 1)
	go func() { ended <- c.Run(ctx, func(w *Work) { works <- w }) }()
	v, err := c.Submit(ctx, Solution{Work: w, Nonce: 0x05000001, Result: [32]byte{9}})
	if err != nil || v.Outcome != adit.ShareLowDifficulty {
		t.Fatal(v, err)
	}
	if line := <-submitted; !strings.Contains(line, `"nonce":"01000005"`) || !strings.Contains(line, `"job_id":"one"`) {
		t.Fatal(line)
	}
	for i, clean := range []bool{false, true, true, true} { // same block, another, another height, another seed
		if w := <-works; w.Clean != clean || w.JobID != jobs[i+1].ID {
			t.Fatalf("%s: clean %v", w.JobID, w.Clean)
		}
	}
	if v, err := c.Submit(ctx, Solution{Work: &Work{}}); err != nil || v.Outcome != adit.ShareStale {
		t.Fatal(v, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := NewPoolXMR(stratum.Pool{URL: url}, nil, nil); adit.CodeOf(err) != adit.Invalid {
		t.Fatal(err)
	}
}

// A pool that keeps the last nonce byte has room for one.
func TestPoolNicehash(t *testing.T) {
	url := pool(t, func(in *bufio.Scanner, say func(string, ...any)) {
		in.Scan()
		j := testJob("one", 1, 1)
		j.Blob[42] = 0xa1
		say(`{"id":1,"error":null,"result":{"id":"s","status":"OK","job":%s}}`, encoded(j))
		for in.Scan() {
		}
	})
	s, err := NewPractice(url, nil, nil)
	if err != nil || s.URL() != "practice:" {
		t.Fatal(err)
	}
	c, err := s.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !c.Work().Blob.FixedByte {
		t.Fatal("the byte is the pool's")
	}
	c.Close()
}
