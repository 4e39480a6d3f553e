package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

func (s *server) coopWorkRoutes() {
	register(s, op("coop-jobs", http.MethodGet, coopBase+"/jobs", "The newest jobs, the newest first", tagCoop), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, in *limitInput) (*answer[[]view.Job], error) {
			return asked(s, func(c view.Source) ([]view.Job, error) { return c.Jobs(ctx, actor, orCoopLimit(in.Limit)) })
		})
	shares := op("coop-shares", http.MethodGet, coopBase+"/shares", "The newest shares, the newest first", tagCoop)
	shares.Description = "Those in memory, refused ones included. All that counted are in GET /api/v1/coop/ledger."
	register(s, asFile[[]view.Share](s, shares), adit.ScopeRead, s.coopShares)
	register(s, asFile[[]view.Block](s, op("coop-blocks", http.MethodGet, coopBase+"/blocks", "The crew's blocks, the newest first", tagCoop)),
		adit.ScopeRead, s.coopBlocks)
	register(s, op("coop-rounds", http.MethodGet, coopBase+"/rounds", "What was divided, the newest first", tagCoop), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, in *CoopPage) (*answer[[]view.Round], error) {
			q, err := in.query()
			if err != nil {
				return nil, err
			}
			return asked(s, func(c view.Source) ([]view.Round, error) { return c.Rounds(ctx, actor, q) })
		})
	register(s, asFile[view.RoundDetail](s, op("coop-round", http.MethodGet, coopBase+"/rounds/{id}", "One division with its numbers, worked out", tagCoop)),
		adit.ScopeRead, s.coopRound)
	register(s, op("coop-window", http.MethodGet, coopBase+"/window", "What a block found now would pay to whom, and the rule worked out", tagCoop),
		adit.ScopeRead, s.coopWindow)
}

// limitInput is the input of a list of the newest.
type limitInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"10000" doc:"absent: 100"`
}

func orCoopLimit(n int) int {
	if n == 0 {
		return coopLimit
	}
	return n
}

// sharesInput is the input of the list of shares.
type sharesInput struct {
	Member   string `query:"member" maxLength:"256" doc:"id; absent: all"`
	Outcome  string `query:"outcome" enum:"accepted,block,stale,duplicate,low_difficulty,unknown_job,malformed,unauthorized,rejected" doc:"absent: all; rejected: all that do not count"`
	Upstream bool   `query:"upstream" doc:"only those that went up; absent: all"`
	Limit    int    `query:"limit" minimum:"1" maximum:"10000" doc:"absent: 100"`
	CoopFormat
}

func (s *server) coopShares(ctx context.Context, actor adit.Actor, in *sharesInput) (*fileOutput, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	list, err := c.Shares(ctx, actor, view.ShareQuery{Member: in.Member, Outcome: in.Outcome, Upstream: in.Upstream, Limit: orCoopLimit(in.Limit)})
	if err != nil {
		return nil, err
	}
	head := []string{"seq", "at", "member", "name", "job", "height", "difficulty", "outcome", "reason", "verified", "upstream", "block", "took"}
	return listing(in.Format, "shares", list, head, func(list []view.Share) (rows [][]string) {
		for _, x := range list {
			rows = append(rows, []string{cellCount(x.Seq), cellTime(&x.At), x.Member, x.Name, x.JobID, cellCount(x.Height),
				strconv.FormatFloat(x.Difficulty, 'f', -1, 64), x.Outcome, x.Reason, cellFlag(x.Verified), cellText(x.Up), cellFlag(x.Block), cellNumber(x.Took)})
		}
		return rows
	})
}

// pageFile is the input of a list that is read page by page, or as a file.
type pageFile struct {
	CoopPage
	CoopFormat
}

func (s *server) coopBlocks(ctx context.Context, actor adit.Actor, in *pageFile) (*fileOutput, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	list, err := c.Blocks(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	coin, err := coinOf(ctx, actor, c, in.Format)
	if err != nil {
		return nil, err
	}
	head := []string{"id", "at", "coin", "height", "hash", "member", "name", "share", "state", "confirmations", "needed", "reward_atomic", "reward", "effort", "round"}
	return listing(in.Format, "blocks", list, head, func(list []view.Block) (rows [][]string) {
		for _, b := range list {
			rows = append(rows, []string{b.ID, cellTime(&b.At), b.Coin, whole64(b.Height), b.Hash, b.Member, b.Name, whole64(b.Share), b.State,
				cellCount(b.Confirmations), whole64(b.Needed), cellAtomic(b.Reward), cellAmount(coin, b.Reward), cellNumber(b.Effort), cellText(b.Round)})
		}
		return rows
	})
}

func cellAtomic(a *view.Atomic) string { return cellCount((*uint64)(a)) }

// roundInput is the input of one division.
type roundInput struct {
	ID string `path:"id" maxLength:"128" doc:"of the round"`
	CoopFormat
}

func (s *server) coopRound(ctx context.Context, actor adit.Actor, in *roundInput) (*fileOutput, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	r, err := c.Round(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	g, err := c.Glance(ctx, actor)
	if err != nil {
		return nil, err
	}
	r.Tell(g.Coin)
	head := []string{"member", "name", "weight", "percent", "shares", "amount_atomic", "amount", "coin"}
	return listing(in.Format, "round-"+safeName(r.ID), r, head, func(r view.RoundDetail) (rows [][]string) {
		for _, p := range r.Parts {
			rows = append(rows, []string{p.Member, p.Name, p.Weight, cellNumber(&p.Percent), whole64(p.Shares), whole64(uint64(p.Amount)), g.Coin.Text(p.Amount), g.Coin.Symbol})
		}
		return rows
	})
}

func (s *server) coopWindow(ctx context.Context, actor adit.Actor, _ *none) (*answer[view.Window], error) {
	return asked(s, func(c view.Source) (view.Window, error) {
		w, err := c.Window(ctx, actor)
		w.Tell()
		return w, err
	})
}
