package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// pool is a fake upstream in the XMR dialect. It judges nothing: every share is OK.
type pool struct {
	difficulty uint64
	shares     atomic.Int64

	mu    sync.Mutex
	conns map[*poolConn]bool
	seq   int
	job   []byte // as JSON
}

type poolConn struct {
	net.Conn
	mu sync.Mutex
}

// Where a job carries the time it was sent at, in nanoseconds since 1970: within the previous block's id, which passes
// every proxy unchanged.
const stampAt = 8

func runPool(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("pool", flag.ContinueOnError)
	listen := fs.String("listen", "127.0.0.1:4444", "for miners and proxies")
	control := fs.String("control", "127.0.0.1:4445", "for the load program: each line \"job\" sends a new job, \"shares\" tells their number")
	p := &pool{conns: map[*poolConn]bool{}}
	fs.Uint64Var(&p.difficulty, "difficulty", 1<<40, "of a share")
	if err := fs.Parse(args); err != nil {
		return err
	}
	p.renew()
	ln, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	ctl, err := net.Listen("tcp", *control)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { ln.Close(); ctl.Close() })
	defer stop()
	go accept(ctl, p.control)
	accept(ln, p.serve)
	return nil
}

func accept(ln net.Listener, serve func(net.Conn)) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go serve(c)
	}
}

// renew makes the next job.
func (p *pool) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seq++
	blob := make([]byte, 76)
	blob[0], blob[1], blob[75] = 16, 16, 1
	binary.BigEndian.PutUint64(blob[stampAt:], uint64(time.Now().UnixNano()))
	binary.BigEndian.PutUint32(blob[50:], uint32(p.seq))
	var target [8]byte
	binary.LittleEndian.PutUint64(target[:], math.MaxUint64/p.difficulty)
	p.job = fmt.Appendf(nil, `{"algo":"rx/0","blob":"%x","height":%d,"job_id":"j%d","seed_hash":"%064x","target":"%x"}`,
		blob, 3_000_000+p.seq, p.seq, 0, target)
}

func (p *pool) serve(conn net.Conn) {
	c := &poolConn{Conn: conn}
	defer func() {
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
		conn.Close()
	}()
	in := bufio.NewReaderSize(conn, 16<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		var m struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if json.Unmarshal(line, &m) != nil {
			return
		}
		c.mu.Lock()
		switch m.Method {
		case "login":
			p.mu.Lock()
			p.conns[c] = true
			job := p.job
			p.mu.Unlock()
			fmt.Fprintf(conn, `{"id":%s,"jsonrpc":"2.0","error":null,"result":{"id":"load","job":%s,"extensions":["algo","keepalive"],"status":"OK"}}`+"\n", m.ID, job)
		case "submit":
			p.shares.Add(1)
			fallthrough
		default:
			fmt.Fprintf(conn, `{"id":%s,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`+"\n", m.ID)
		}
		c.mu.Unlock()
	}
}

// control answers the load program.
func (p *pool) control(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewScanner(conn)
	for in.Scan() {
		switch {
		case bytes.Equal(in.Bytes(), []byte("job")):
			fmt.Fprintln(conn, p.broadcast())
		case bytes.Equal(in.Bytes(), []byte("shares")):
			fmt.Fprintln(conn, p.shares.Load())
		}
	}
}

// broadcast sends a new job and returns to how many.
func (p *pool) broadcast() int {
	p.renew()
	p.mu.Lock()
	line := fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"job","params":%s}`+"\n", p.job)
	all := make([]*poolConn, 0, len(p.conns))
	for c := range p.conns {
		all = append(all, c)
	}
	p.mu.Unlock()
	for _, c := range all {
		c.mu.Lock()
		c.Write(line)
		c.mu.Unlock()
	}
	return len(all)
}

// stamp reads when a job was sent out of its blob in hex; zero where it is none of ours.
func stamp(blob []byte) int64 {
	var raw [8]byte
	if len(blob) < 2*(stampAt+8) {
		return 0
	}
	if _, err := hex.Decode(raw[:], blob[2*stampAt:2*(stampAt+8)]); err != nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(raw[:]))
}
