package book

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sort"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

const maxProblems = 100

// Verify reads the whole ledger again, checksums and chain, and works out every credited round anew. It may take long.
func (s *Service) Verify(ctx context.Context, actor adit.Actor) (view.Check, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Check{}, err
	}
	began := s.o.Now()
	report, err := s.o.Ledger.Verify(ctx)
	if err != nil {
		return view.Check{}, err
	}
	out := view.Check{At: began, Records: report.Records, Segments: report.Segments, Head: report.Head, Errors: []string{}}
	for _, p := range report.Problems {
		out.Errors = append(out.Errors, p.Error())
	}
	rounds, err := listRounds(ctx, s.o.DB, `WHERE coin = ? AND state = 'credited' ORDER BY to_seq`, s.o.Coin.Symbol)
	if err != nil {
		return out, err
	}
	for _, r := range rounds {
		out.Rounds++
		why, err := s.again(ctx, r)
		if err != nil {
			return out, err
		}
		if why != "" {
			out.Errors = append(out.Errors, "round "+r.id+": "+why)
		}
	}
	out.Errors = out.Errors[:min(len(out.Errors), maxProblems)]
	out.OK, out.Took = len(out.Errors) == 0, s.o.Now().Sub(began).Seconds()
	return out, nil
}

// again works a round out from the ledger; why is what does not agree. An error is one of asking.
func (s *Service) again(ctx context.Context, r round) (why string, err error) {
	m := payout.ByHashes
	if r.kind == "block" && r.rule.Kind == payout.PPLNS {
		m = payout.ByScore
	}
	var t payout.Tally
	if r.bound != nil {
		t, err = s.windowAt(ctx, *r.bound, m, r.to)
	} else {
		t, err = s.o.Ledger.Tally(ctx, m, r.from, r.to)
	}
	if err = whole(err, t, r.to); err != nil {
		return problem(ctx, err)
	}
	written, err := payoutsOf(ctx, s.o.DB, r.id)
	if err != nil {
		return "", err
	}
	now := r
	payouts, err := s.workOut(ctx, &now, basis{m, t, r.bound})
	if err != nil {
		return problem(ctx, err)
	}
	if now.hash == r.hash && r.hash == r.sum(written) {
		return "", nil
	}
	return differs(r, now, written, payouts), nil
}

// problem tells what is wrong with a round from what ends the asking.
func problem(ctx context.Context, err error) (string, error) {
	if ctx.Err() != nil {
		return "", err
	}
	return err.Error(), nil
}

// differs names the first difference.
func differs(r, now round, written, payouts []payout.Payout) string {
	switch {
	case r.from != now.from || r.to != now.to || r.weight != now.weight:
		return fmt.Sprintf("its shares %d to %d with weight %s are %d to %d with weight %s in the ledger", r.from, r.to, r.weight, now.from, now.to, now.weight)
	case r.digest != now.digest:
		return "its shares are not those that the ledger has"
	case len(written) != len(payouts):
		return fmt.Sprintf("it pays %d members, the ledger says %d", len(written), len(payouts))
	}
	for i, p := range payouts {
		if written[i] != p {
			return fmt.Sprintf("it pays %s %d, the ledger says %s %d", written[i].Member, written[i].Amount, p.Member, p.Amount)
		}
	}
	return fmt.Sprintf("its hash is %.16s…, worked out again it is %.16s…", r.hash, now.hash)
}

// verdictsWait is how many shares may wait for a verdict that stands later in the ledger.
const verdictsWait = 20_000

// Records gives the ledger's shares to yield, the oldest first, each with its upstream's verdict.
func (s *Service) Records(ctx context.Context, actor adit.Actor, q view.RecordQuery, yield func(view.Record) error) error {
	if err := actor.May(adit.ScopeRead); err != nil {
		return err
	}
	var waiting []view.Record
	flush := func(all bool) error {
		n := 0
		for _, r := range waiting {
			if !all && r.Up && r.Verdict == nil && len(waiting)-n < verdictsWait {
				break
			}
			if err := yield(r); err != nil {
				return err
			}
			n++
		}
		waiting = waiting[n:]
		return nil
	}
	err := s.o.Ledger.Scan(ctx, q.FromSeq, q.ToSeq, func(e *ledger.Entry) error {
		switch e.Kind {
		case ledger.KindShare:
			if q.Member != "" && coop.MemberID(q.Member) != e.Share.Member {
				return nil
			}
			waiting = append(waiting, record(e.Share))
		case ledger.KindVerdict:
			i := sort.Search(len(waiting), func(i int) bool { return waiting[i].Seq >= e.Verdict.Share })
			if i < len(waiting) && waiting[i].Seq == e.Verdict.Share {
				words := string(e.Verdict.Outcome)
				if words == "" {
					words = e.Verdict.Text
				}
				waiting[i].Verdict = &words
			}
		}
		return flush(false)
	})
	if err != nil {
		return err
	}
	return flush(true)
}

func record(r coop.ShareRecord) view.Record {
	out := view.Record{Seq: r.Seq, At: r.At, Member: string(r.Member), Work: r.WorkSeq, Difficulty: r.Difficulty.String(), Network: r.Network.String(),
		Verified: r.Verified, Up: r.Up, Block: r.Block}
	if r.Height != 0 {
		out.Height = &r.Height
	}
	return out
}

// VerifyAtRest is Verify of a crew that does not run, of whatever coins it earned. It changes neither database nor ledger.
func VerifyAtRest(ctx context.Context, actor adit.Actor, db *sqldb.DB, l *ledger.Ledger) (out view.Check, err error) {
	coins, err := sqldb.All(ctx, db, func(rs *sql.Rows) (coin string, err error) { return coin, rs.Scan(&coin) },
		`SELECT DISTINCT coin FROM coop_round WHERE state = 'credited' ORDER BY coin`)
	if err != nil {
		return out, err
	}
	if len(coins) == 0 {
		coins = []string{adit.Coins[0].Symbol} // no round: the ledger alone
	}
	for n, coin := range coins {
		s, err := New(Options{DB: db, Ledger: l, Coin: view.Coin{Symbol: coin}})
		if err != nil {
			return out, err
		}
		v, err := s.Verify(ctx, actor)
		if err != nil {
			return out, err
		}
		if n == 0 {
			out = v
			continue
		}
		out.Rounds, out.Took, out.OK = out.Rounds+v.Rounds, out.Took+v.Took, out.OK && v.OK
		for _, e := range v.Errors {
			if !slices.Contains(out.Errors, e) {
				out.Errors = append(out.Errors, e)
			}
		}
	}
	return out, nil
}
