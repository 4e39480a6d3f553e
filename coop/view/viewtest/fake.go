package viewtest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit/coop/view"
)

// At is the moment at which the crew stands still.
var At = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// Reward is what a block of it pays, in atomic units.
const Reward = view.Atomic(600_000_000_001)

// Source is the crew. Its fields may be changed under Lock between calls.
type Source struct {
	sync.Mutex
	G       view.Glance
	M       []view.MemberDetail
	J       []view.Job
	S       []view.Share
	B       []view.Block
	R       []view.RoundDetail
	W       view.Window
	C       []view.Credit
	P       []view.Payment
	I       []view.Invite
	Check   view.Check
	Recs    []view.Record
	Err     error    // of every method, where not nil
	RecsErr error    // after half of the records
	Told    []string // the orders, in words

	Addresses map[string]string // of payout, by member
}

var _ view.Source = (*Source)(nil)

func ptr[T any](v T) *T { return &v }

// New is a crew of n members, at least two; the first is called "m", the second is the worker "home/attic".
func New(n int) *Source {
	s := &Source{}
	for i := range max(n, 2) {
		s.M = append(s.M, member(i))
	}
	s.work()
	s.money()
	s.G = glance(s)
	return s
}

func member(i int) view.MemberDetail {
	m := view.MemberDetail{Member: view.Member{
		ID: fmt.Sprintf("rig-%03d", i), Via: "stratum", Status: view.Mining, Connections: 1, Policy: view.PolicyAuto, JoinedAt: At.Add(-30 * 24 * time.Hour),
		Hashrate: view.Rates{Minute: ptr(1000.0 + float64(i)), Hour: ptr(990.0), Day: ptr(985.0)},
		Shares:   view.Shares{Accepted: 1000 - uint64(min(i, 900)), Stale: 3, Rejected: 1, Outcomes: map[string]uint64{"accepted": 1000 - uint64(min(i, 900)), "stale": 3, "low_difficulty": 1}},
		Owed:     view.Atomic(1_000_000_000 + i), Agent: "XMRig/6.24.0", Difficulty: ptr(20_000.0), Checked: ptr(0.25),
		LastShareAt: ptr(At.Add(-7 * time.Second)), LastSeenAt: ptr(At.Add(-7 * time.Second)), ConnectedAt: ptr(At.Add(-3 * time.Hour)), JobID: "k3", Slot: ptr(uint32(i%255 + 1)),
	}, Seats: []view.Seat{{Lane: 0, Slot: uint32(i%255 + 1), Slice: fmt.Sprintf("nonces 0x%02x000000 to 0x%02xffffff", i%255+1, i%255+1), JobID: "k3", Difficulty: 20_000, Hashrate: ptr(1000.0),
		Shares: view.Shares{Accepted: 1000, Outcomes: map[string]uint64{"accepted": 1000}}, Remote: "192.0.2.7:50000", Agent: "XMRig/6.24.0", Since: At.Add(-3 * time.Hour), LastShare: ptr(At.Add(-7 * time.Second))}}}
	switch i {
	case 0:
		m.ID = "m"
	case 1:
		m.ID, m.Via, m.Agent, m.Threads, m.InvitedBy = "home/attic", "grpc", "adit 0.1.0", ptr(8), ptr("owner")
		m.Certificate = "6b1f0d0c"
		m.Health = &view.Health{At: At, CPU: ptr(93.0), Memory: ptr(41.0), Temperature: ptr(71.5), Uptime: ptr(7200.0), Hashes: ptr(uint64(123456)), OS: "linux", Arch: "amd64"}
		m.Claimed = ptr(1010.0)
		m.Seats[0].TLS = "TLS 1.3"
	case 2:
		m.Status, m.Connections, m.Seats, m.Hashrate.Minute, m.Difficulty, m.ConnectedAt, m.JobID, m.Slot = view.Offline, 0, []view.Seat{}, nil, nil, nil, "", nil
	case 3:
		m.Status, m.Why, m.Connections, m.Seats, m.Hashrate.Minute, m.ConnectedAt = view.Suspended, "claimed hashes it did not make", 0, []view.Seat{}, nil, nil
	}
	m.Name = m.ID
	return m
}

func (s *Source) work() {
	for i := range 3 {
		j := view.Job{ID: fmt.Sprintf("k%d", 3-i), Seq: uint64(3 - i), Upstream: "monerod://127.0.0.1:18081", Algorithm: "rx/0", Height: ptr(uint64(3_300_000 - i)), At: At.Add(-time.Duration(i) * 2 * time.Minute),
			Clean: true, Network: ptr(480e9), Share: 480e9, Reward: ptr(Reward), Seed: ptr("9e3f"), Members: len(s.M), Accepted: 120, Rejected: 2}
		if i > 0 {
			j.EndedAt = ptr(s.J[i-1].At)
		}
		s.J = append(s.J, j)
	}
	outcomes := []string{"accepted", "accepted", "stale", "accepted", "low_difficulty", "block"}
	for i := range 40 {
		m := s.M[i%len(s.M)]
		x := view.Share{Seq: ptr(uint64(5000 - i)), At: At.Add(-time.Duration(i) * time.Second), Member: m.ID, Name: m.Name, JobID: "k3", Height: ptr(uint64(3_300_000)), Difficulty: 20_000,
			Outcome: outcomes[i%len(outcomes)], Verified: i%4 == 0, Took: ptr(0.0004)}
		switch x.Outcome {
		case "stale", "low_difficulty":
			x.Seq, x.Reason = nil, "Stale share"
		case "block":
			x.Block, x.Up = true, ptr("accepted")
		}
		s.S = append(s.S, x)
	}
	for i := range 20 {
		s.Recs = append(s.Recs, view.Record{Seq: uint64(i + 1), At: At.Add(time.Duration(i) * time.Second), Member: s.M[i%len(s.M)].ID, Work: 3, Height: ptr(uint64(3_300_000)),
			Difficulty: "20000", Network: "480000000000", Verified: true})
	}
}

func (s *Source) money() {
	states := []string{"found", "mature", "orphaned"}
	for i, state := range states {
		s.B = append(s.B, view.Block{ID: fmt.Sprint(3 - i), At: At.Add(-time.Duration(i) * 20 * time.Hour), Coin: "XMR", Height: uint64(3_299_990 - 700*i), Hash: fmt.Sprintf("%064x", 0xb10c+i), Member: "m", Name: "m",
			Share: uint64(4990 - i*900), State: state, Confirmations: ptr(uint64(10 + i*700)), Needed: 60, Reward: ptr(Reward), Effort: ptr(0.7 + float64(i)*0.4)})
	}
	s.B[1].Round = ptr("m")
	s.R = []view.RoundDetail{{Round: view.Round{ID: "m", Kind: "block", At: s.B[1].At, State: "credited", Scheme: "pplns", Reward: Reward, Fee: 6_000_000_000, Divided: Reward - 6_000_000_000, Members: 2,
		From: 100, To: 4090, Shares: 3991, Height: ptr(s.B[1].Height), Block: ptr(s.B[1].Hash), Hash: fmt.Sprintf("%064x", 0x4a54)},
		FeePPM: 10_000, Window: ptr("36893488147419103232"), Weight: "36893488147419103232", Parts: []view.RoundPart{
			{Member: "m", Name: "m", Weight: "24595658764946068822", Percent: 66.67, Shares: 2661, Amount: 396_000_000_001, Extra: true},
			{Member: "home/attic", Name: "home/attic", Weight: "12297829382473034410", Percent: 33.33, Shares: 1330, Amount: 198_000_000_000},
		}}}
	s.W = view.Window{At: At, Coin: coin, Rule: rule, Filled: ptr(0.82), Shares: 41_000, From: ptr(At.Add(-26 * time.Hour)), To: ptr(At), FromSeq: ptr(uint64(100)), ToSeq: ptr(uint64(5000)),
		Weight: "30252660280883664650", Reward: ptr(Reward), Parts: parts(s.M)}
	for i := range s.M {
		s.M[i].SharePercent = ptr(s.W.Parts[i].Percent)
	}
	slices.SortStableFunc(s.W.Parts, func(a, b view.WindowPart) int { return cmp.Compare(b.Percent, a.Percent) })
	s.C = []view.Credit{}
	s.P = []view.Payment{{ID: "m", At: At.Add(-48 * time.Hour), By: "owner", State: "open", Total: 3_000_000_000, Items: []view.PaymentItem{
		{Member: "m", Name: "m", Amount: 2_000_000_000}, {Member: "home/attic", Name: "home/attic", Amount: 1_000_000_000}}}}
	s.I = []view.Invite{{ID: "m", Name: "attic", By: "owner", CreatedAt: At, ExpiresAt: At.Add(24 * time.Hour), State: "open"}}
	s.Check = view.Check{OK: true, At: At, Took: 0.8, Records: 5000, Segments: 2, Rounds: 1, Head: fmt.Sprintf("%064x", 0x4ead), Errors: []string{}}
}

// parts gives each member an equal part of the window, the first the rest.
func parts(list []view.MemberDetail) []view.WindowPart {
	var out []view.WindowPart
	for i, m := range list {
		p := view.WindowPart{Member: m.ID, Name: m.Name, Weight: "3025266028088366465", Percent: 100 / float64(len(list)+2), Shares: 1000, Amount: ptr(view.Atomic(uint64(Reward) / uint64(len(list)+2)))}
		if i == 0 {
			p.Percent, p.Amount = p.Percent*3, ptr(*p.Amount*3)
		}
		out = append(out, p)
	}
	return out
}

var coin = view.Coin{Symbol: "XMR", Name: "Monero", Decimals: 12}

var rule = view.Rule{Scheme: "pplns", Basis: "blocks", Window: 2, FeePercent: 1, MinPayout: ptr(view.Atomic(3_000_000_000)), Confirmations: ptr(uint64(60))}

func glance(s *Source) view.Glance {
	g := view.Glance{At: At, ID: "home", Name: "Home crew", StartedAt: At.Add(-26 * time.Hour), Alarms: []view.Alarm{}, Hashrate: view.Rates{Minute: ptr(0.0), Hour: ptr(9900.0), Day: ptr(9850.0)},
		Shares: view.Shares{Accepted: 41_234, Stale: 31, Rejected: 12, Outcomes: map[string]uint64{"accepted": 41_232, "block": 2, "stale": 31, "low_difficulty": 12}},
		Upstreams: []view.Upstream{
			{URL: "monerod://127.0.0.1:18081", Kind: "node", State: "connected", Active: true, Solo: true, Lanes: 1, Latency: ptr(0.004), Since: ptr(At.Add(-26 * time.Hour)), Accepted: 3, Difficulty: ptr(480e9)},
			{Index: 1, URL: "stratum+ssl://pool.example:443", Kind: "pool", State: "waiting", TLS: "TLS 1.3", Error: "connection refused", ErrorAt: ptr(At.Add(-20 * time.Hour)), Accepted: 812, Rejected: 4, Reconnects: 2},
		},
		Job: &s.J[0], Doors: []view.Door{{Kind: "stratum", Address: "127.0.0.1:3333", Dialect: "xmr"}, {Kind: "grpc", Address: "127.0.0.1:50051", TLS: true}},
		Coin: coin, Algorithm: "rx/0", Payout: rule, Money: view.Money{Owed: 5_000_000_000, Immature: Reward, Paid: 3_000_000_000, Fee: 6_000_000_000, Members: 2},
		Luck: view.Luck{Effort: ptr(0.42), Percent: ptr(108.0), Blocks: 3}, Verification: view.Verification{Mode: "sampled", Reason: "more shares come than can be hashed", Checked: ptr(0.31), Rate: ptr(45.0)},
		Ledger: view.Ledger{Records: 41_234, Bytes: ptr(uint64(5_300_000)), Sync: "interval", First: ptr(At.Add(-30 * 24 * time.Hour))}, BlocksFound: 3, LastBlockAt: ptr(At),
	}
	for _, m := range s.M {
		g.Members.Total++
		if view.Online(m.Status) {
			g.Members.Online++
		}
		switch m.Status {
		case view.Mining:
			g.Members.Mining++
			*g.Hashrate.Minute += *m.Hashrate.Minute
		case view.Suspended:
			g.Members.Suspended++
		}
		g.Members.Connections += m.Connections
	}
	return g
}
