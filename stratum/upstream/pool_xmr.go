package upstream

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// PoolXMR is a pool that speaks the XMR dialect as a Source.
type PoolXMR struct {
	Pool stratum.Pool     // where and as whom
	Dial stratum.DialFunc // nil: a net.Dialer
	Log  *slog.Logger     // nil: silent
	Name string           // what URL answers; "" = Pool.URL
}

// NewPoolXMR checks the pool.
func NewPoolXMR(p stratum.Pool, dial stratum.DialFunc, log *slog.Logger) (*PoolXMR, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &PoolXMR{Pool: p, Dial: dial, Log: log}, nil
}

// NewPractice is the practice server of this house as a Source: addr is where it listens (practice.Server.URL). With a dial
// of its own the server may listen on something that is no network.
func NewPractice(addr string, dial stratum.DialFunc, log *slog.Logger) (*PoolXMR, error) {
	s, err := NewPoolXMR(stratum.Pool{URL: addr, User: "coop"}, dial, log)
	if err != nil {
		return nil, err
	}
	s.Name = "practice:"
	return s, nil
}

// URL implements Source. A pool's URL cannot hold a login (stratum.Pool.Validate).
func (s *PoolXMR) URL() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Pool.URL
}

// Connect implements Source.
func (s *PoolXMR) Connect(ctx context.Context) (Conn, error) {
	client, err := stratum.Dial(ctx, s.Pool, s.Dial, s.Log)
	if err != nil {
		return nil, err
	}
	c := &xmrConn{client: client}
	first, err := c.work(client.Job())
	if err != nil {
		client.Close()
		return nil, err
	}
	c.newest.Store(first)
	return c, nil
}

// xmrConn is one login at a pool.
type xmrConn struct {
	client *stratum.Client
	newest atomic.Pointer[Work]
}

// xmrMark is what a Work of a pool remembers: its job, and whose it is.
type xmrMark struct {
	conn *xmrConn
	job  stratum.Job
}

func (c *xmrConn) Work() *Work { return c.newest.Load() }
func (c *xmrConn) Close()      { c.client.Close() }

func (c *xmrConn) Info() Info {
	i := c.client.Info()
	return Info{IP: i.IP, TLSVersion: i.TLSVersion, Fingerprint: i.Fingerprint, Since: i.Since, Ping: i.Ping}
}

// Run implements Conn. A job that cannot be divided ends the connection: nobody could work on it.
func (c *xmrConn) Run(ctx context.Context, onWork func(*Work)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var refused error
	err := c.client.Run(ctx, func(j stratum.Job) {
		w, err := c.work(j)
		if err != nil {
			refused = err
			cancel(err)
			return
		}
		c.newest.Store(w)
		onWork(w)
	})
	if refused != nil {
		return refused
	}
	return err
}

// Submit implements Conn.
func (c *xmrConn) Submit(ctx context.Context, s Solution) (stratum.Verdict, error) {
	share, ok := c.share(s)
	if !ok {
		return gone, nil
	}
	return c.client.Submit(ctx, share)
}

// Send implements Sender.
func (c *xmrConn) Send(list []Solution, done func(i int, v stratum.Verdict, err error)) {
	shares, at := make([]stratum.Share, 0, len(list)), make([]int, 0, len(list))
	for i := range list {
		share, ok := c.share(list[i])
		if !ok {
			done(i, gone, nil)
			continue
		}
		shares, at = append(shares, share), append(at, i)
	}
	if len(shares) > 0 {
		c.client.Send(shares, func(i int, v stratum.Verdict, err error) { done(at[i], v, err) })
	}
}

// gone is the verdict on a share of another connection: a pool knows only the jobs of this one.
var gone = stratum.Verdict{Outcome: adit.ShareStale, Text: "the connection of this job is gone"}

func (c *xmrConn) share(s Solution) (stratum.Share, bool) {
	m, ok := s.Work.Mark.(*xmrMark)
	if !ok || m.conn != c {
		return stratum.Share{}, false
	}
	return stratum.Share{
		JobID: m.job.ID, Nonce: binary.LittleEndian.AppendUint32(nil, s.Nonce), Result: s.Result,
		Algorithm: m.job.Algorithm, Difficulty: m.job.Difficulty(),
	}, true
}

// work makes Work of a job.
func (c *xmrConn) work(j stratum.Job) (*Work, error) {
	off, width, ok := j.Algorithm.Nonce()
	if !ok || width != 4 {
		return nil, adit.Errorf(adit.Unsupported, "the pool's work is of %q, whose nonce cannot be divided among members", j.Algorithm)
	}
	w := &Work{
		JobID: j.ID, Algorithm: j.Algorithm, Height: j.Height, Share: adit.HashesOf(j.Difficulty()), At: time.Now(),
		Blob: &Blob{
			Bytes: j.Blob, NonceOffset: off, NonceWidth: width, Target: j.Target, FixedByte: j.Nicehash,
			Seed: j.SeedHash, NextSeed: j.NextSeedHash,
		},
		Mark: &xmrMark{c, j},
	}
	w.Clean = cleans(c.newest.Load(), w)
	return w, nil
}

// cleans reports whether work w makes the one before it worthless: it builds on another block. The dialect has no word
// for that. Monero's hashing blob holds the previous block's id before the nonce; where a pool tells the height, that
// speaks, too. Pools take shares of older jobs of the same block for a while.
func cleans(before, w *Work) bool {
	if before == nil || before.Algorithm != w.Algorithm || before.Blob.Seed != w.Blob.Seed {
		return true
	}
	if before.Height != nil && w.Height != nil && *before.Height != *w.Height {
		return true
	}
	a, b := previous(before.Blob), previous(w.Blob)
	return a == nil || b == nil || !bytes.Equal(a, b)
}

// previous is the 32 bytes before the nonce, nil where the layout is another.
func previous(b *Blob) []byte {
	if b.NonceOffset != 39 || len(b.Bytes) < 43 {
		return nil
	}
	return slices.Clip(b.Bytes[7:39])
}
