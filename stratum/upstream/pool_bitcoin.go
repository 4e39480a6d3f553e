package upstream

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// PoolBitcoin is a pool that speaks the Bitcoin dialect as a Source. Each Connect is a login with an extranonce1 of its
// own: a session is never resumed, as its extranonces were divided among members already.
type PoolBitcoin struct {
	Pool bitcoin.Pool     // where and as whom
	Dial stratum.DialFunc // nil: a net.Dialer
	Log  *slog.Logger     // nil: silent

	mu   sync.Mutex
	sent []*bitcoin.Redirect // where connections were sent on to, for as many later ones
}

const mostSent = 64 // redirects kept

// NewPoolBitcoin checks the pool.
func NewPoolBitcoin(p bitcoin.Pool, dial stratum.DialFunc, log *slog.Logger) (*PoolBitcoin, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &PoolBitcoin{Pool: p, Dial: dial, Log: log}, nil
}

// URL implements Source. A pool's URL cannot hold a login (stratum.Pool.Validate).
func (s *PoolBitcoin) URL() string { return s.Pool.URL }

// Connect implements Source. After a client.reconnect it goes where the pool pointed to, once; where that fails the next
// one goes to the configured address again.
func (s *PoolBitcoin) Connect(ctx context.Context) (Conn, error) {
	p := s.Pool
	p.Session = ""
	if r := s.redirect(); r != nil {
		select {
		case <-time.After(r.Wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		p.URL = r.URL
	}
	client, err := bitcoin.Dial(ctx, p, s.Dial, s.Log)
	if r := new(bitcoin.Redirect); errors.As(err, &r) {
		s.follow(r)
	}
	if err != nil {
		return nil, err
	}
	c := &bitcoinConn{source: s, client: client}
	c.newest.Store(c.work(client.Work(), true))
	return c, nil
}

func (s *PoolBitcoin) redirect() *bitcoin.Redirect {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sent) == 0 {
		return nil
	}
	r := s.sent[0]
	s.sent = s.sent[1:]
	return r
}

func (s *PoolBitcoin) follow(r *bitcoin.Redirect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sent) < mostSent {
		s.sent = append(s.sent, r)
	}
}

// bitcoinConn is one login at a pool.
type bitcoinConn struct {
	source *PoolBitcoin
	client *bitcoin.Client
	newest atomic.Pointer[Work]
}

func (c *bitcoinConn) Work() *Work { return c.newest.Load() }
func (c *bitcoinConn) Close()      { c.client.Close() }

func (c *bitcoinConn) Info() Info {
	i := c.client.Info()
	return Info{IP: i.IP, TLSVersion: i.TLSVersion, Fingerprint: i.Fingerprint, Since: i.Since, Ping: i.Ping}
}

// Run implements Conn.
func (c *bitcoinConn) Run(ctx context.Context, onWork func(*Work)) error {
	err := c.client.Run(ctx, func(w bitcoin.Work) {
		next := c.work(w, false)
		c.newest.Store(next)
		onWork(next)
	})
	if r := new(bitcoin.Redirect); errors.As(err, &r) {
		c.source.follow(r)
	}
	return err
}

// Submit implements Conn. What was found with an extranonce1 that the pool took back is stale and stays here, but a block
// always goes.
func (c *bitcoinConn) Submit(ctx context.Context, s Solution) (stratum.Verdict, error) {
	if s.Work.Mark != any(c) {
		return gone, nil
	}
	now, found := c.Work().Bitcoin, s.Work.Bitcoin
	if !s.Block && (!bytes.Equal(now.Extranonce1, found.Extranonce1) || now.Extranonce2Size != found.Extranonce2Size) {
		return moved, nil
	}
	return c.client.Submit(ctx, found, s.Share)
}

// moved is the verdict on a share whose extranonce1 is not the connection's any more.
var moved = stratum.Verdict{Outcome: adit.ShareStale, Text: "the pool moved the extranonce of this job"}

// work makes Work of a job. The difficulty is rounded up and the network's down, see package bitcoin.
func (c *bitcoinConn) work(w bitcoin.Work, first bool) *Work {
	out := &Work{
		JobID: w.Job.ID, Algorithm: adit.SHA256d, Height: w.Job.Height(), Clean: first || w.Job.Clean,
		Share: bitcoin.HashesOf(w.Difficulty), At: w.At, Bitcoin: w.Job, Mark: c,
	}
	if network, ok := bitcoin.NetworkOf(w.Job.Bits); ok {
		out.Network = &network
	}
	return out
}
