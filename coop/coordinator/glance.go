package coordinator

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/stratum/failover"
)

// Glance implements view.Reader.
func (c *Coordinator) Glance(ctx context.Context, actor adit.Actor) (view.Glance, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Glance{}, err
	}
	s := c.crew.Status()
	cfg := c.o.Config
	g := view.Glance{
		At: time.Now().UTC(), ID: cfg.Cluster.ID, Name: cfg.Cluster.Name, StartedAt: c.begun,
		Alarms: []view.Alarm{}, Hashrate: rates(s.Hashrate), Members: c.counts(s), Shares: shares(s.Shares),
		Upstreams: c.upstreams(s), Job: c.job(s), Doors: c.doors.view(), Coin: c.coin(), Algorithm: string(cfg.Coin.Algorithm),
		Verification: c.verification(s), Ledger: c.ledgerView(), BlocksFound: s.Blocks, LastBlockAt: s.LastBlock,
	}
	g.Payout = c.book.Rule()
	if s.Members != nil {
		g.Alarms = append(g.Alarms, view.Alarm{ID: "members", Severity: "crit", Text: "Members cannot be written down: " + s.Members.Error() + ".", Fix: "Mend the database; the crew goes on meanwhile."})
	}
	if err := c.money(ctx, actor, &g); err != nil {
		return g, err
	}
	g.Tell()
	return g, nil
}

// money fills what the books know.
func (c *Coordinator) money(ctx context.Context, actor adit.Actor, g *view.Glance) error {
	m, err := c.accounts.get(ctx, actor, c)
	if err != nil {
		return err
	}
	g.Money, g.Luck = m.money, m.luck
	g.BlocksFound = max(g.BlocksFound, m.blocks)
	if g.LastBlockAt == nil {
		g.LastBlockAt = m.lastBlock
	}
	g.Luck.Effort = c.effort.now()
	return nil
}

func rates(r [3]*float64) view.Rates { return view.Rates{Minute: r[0], Hour: r[1], Day: r[2]} }

func shares(by map[adit.ShareOutcome]uint64) view.Shares {
	out := view.Shares{Outcomes: map[string]uint64{}}
	for o, n := range by {
		if n == 0 {
			continue
		}
		switch {
		case o == "": // not judged
			continue
		case o.Accepted():
			out.Accepted += n
		case o == adit.ShareStale:
			out.Stale += n
		default:
			out.Rejected += n
		}
		out.Outcomes[string(o)] += n
	}
	return out
}

func (c *Coordinator) counts(s crew.Status) view.MemberCounts {
	return view.MemberCounts{
		Total: s.Known, Online: s.Online, Connections: s.Seats, Mining: c.crew.Mining(silentAfter), Suspended: s.Suspended,
	}
}

func (c *Coordinator) coin() view.Coin {
	k := c.o.Config.Coin
	return view.Coin{Symbol: k.Symbol, Name: k.Name, Decimals: k.Decimals}
}

// upstreams shows the configured sources; each lane has its own failover over all of them.
func (c *Coordinator) upstreams(s crew.Status) []view.Upstream {
	out := make([]view.Upstream, len(c.o.Config.Pools))
	for i, p := range c.o.Config.Pools {
		out[i] = view.Upstream{Index: i, URL: p.URL, Kind: kindOf(p.Kind), State: "waiting", Solo: c.sources.chains[p.URL] != nil}
	}
	for _, l := range s.Lanes {
		for i, h := range l.Upstream.Health {
			if i >= len(out) {
				break
			}
			u := &out[i]
			if h.Reason != "" && (u.ErrorAt == nil || h.FailedAt != nil && h.FailedAt.After(*u.ErrorAt)) {
				u.Error, u.ErrorAt = h.Reason, h.FailedAt
			}
			if h.Failures > 0 && u.State == "waiting" {
				u.State = "failed"
			}
		}
		i := l.Upstream.Source
		if i < 0 || i >= len(out) {
			continue
		}
		u := &out[i]
		u.Reconnects += l.Upstream.Logins - min(l.Upstream.Logins, 1)
		u.Accepted += l.Upstream.Accepted
		u.Rejected += l.Upstream.Rejected + l.Upstream.Stale
		if l.Upstream.State != failover.Working {
			if u.State != "connected" {
				u.State = "connecting"
			}
			continue
		}
		u.State, u.Active = "connected", true
		u.Lanes++
		u.Error, u.ErrorAt = "", nil
		if in := l.Upstream.Info; in != nil {
			since := in.Since
			u.TLS, u.Pin, u.Since = in.TLSVersion, in.Fingerprint, &since
			if in.Ping != nil {
				u.Latency = seconds(*in.Ping)
			}
		}
		if l.Upstream.Latency != nil {
			u.Latency = seconds(*l.Upstream.Latency)
		}
		if w := l.Upstream.Work; w != nil {
			d := w.Share.Float()
			u.Difficulty = &d
		}
	}
	return out
}

func seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

func kindOf(k config.Kind) string {
	switch k {
	case config.KindPractice:
		return "practice"
	case config.KindMonerod, config.KindBitcoind:
		return "node"
	}
	return "pool"
}

// job is the newest work of a lane that has some.
func (c *Coordinator) job(s crew.Status) *view.Job {
	if !s.Working {
		return nil
	}
	all := c.crew.Jobs(1)
	if len(all) == 0 {
		return nil
	}
	j := c.jobView(all[0])
	for _, l := range s.Lanes {
		if w := l.Upstream.Work; l.ID == all[0].Lane && w != nil && w.Blob != nil && w.Blob.NextSeed != nil {
			next := hex.EncodeToString(w.Blob.NextSeed[:])
			j.NextSeed = &next
		}
	}
	return &j
}

func (c *Coordinator) verification(s crew.Status) view.Verification {
	k := s.Checking
	v := view.Verification{Mode: k.Mode, Reason: k.Reason, Rate: k.Rate, Waiting: k.Waiting, Mismatch: k.Wrong}
	if why := c.o.Missing(); why != "" && c.o.Config.Coin.Algorithm != adit.SHA256d {
		v.Mode, v.Reason = crew.CheckProxy, why
	}
	if c.o.Config.Verify.Mode == config.VerifyOff && c.o.Config.Coin.Algorithm != adit.SHA256d {
		v.Reason = "the configuration says verify.mode: off"
	}
	if all := k.Hashed + k.Trusted; all > 0 {
		part := float64(k.Hashed) / float64(all)
		v.Checked = &part
	}
	return v
}

func (c *Coordinator) ledgerView() view.Ledger {
	s := c.ledger.Status()
	v := view.Ledger{Records: s.Last, Sync: "interval", Since: s.TroubleSince}
	if s.SyncAlways {
		v.Sync = "always"
	}
	if s.Trouble != nil {
		v.Trouble = *s.Trouble
	}
	bytes := uint64(max(s.Bytes, 0))
	v.Bytes = &bytes
	return v
}

func (d *doors) view() []view.Door {
	out := []view.Door{}
	if d.stratum != nil {
		out = append(out, view.Door{Kind: "stratum", Address: d.stratum.Addr().String(), TLS: d.secure, Dialect: d.dialect})
	}
	if d.grpc != nil {
		out = append(out, view.Door{Kind: "grpc", Address: d.grpc.Addr().String(), TLS: d.revoked != nil})
	}
	return out
}
