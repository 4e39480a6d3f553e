package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
)

func (s *server) coopMemberRoutes() {
	const members = coopBase + "/members"
	list := op("coop-members", http.MethodGet, members, "The members of the crew", tagCoop)
	list.Description = "The text/csv holds the members that fit, without limit and offset."
	register(s, asFile[body.CoopMembers](s, list), adit.ScopeRead, s.coopMembers)
	register(s, op("coop-member", http.MethodGet, members+"/{id}", "One member with its connections; a / in its id is written %2F", tagCoop), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, in *CoopMember) (*answer[view.MemberDetail], error) {
			return asked(s, func(c view.Source) (view.MemberDetail, error) { return c.Member(ctx, actor, in.ID) })
		})
	register(s, op("coop-suspend", http.MethodPut, members+"/{id}/suspension", "Hang up on a member and let it in no more; what it earned stays", tagCoop),
		adit.ScopeControl, s.suspend)
	register(s, op("coop-unsuspend", http.MethodDelete, members+"/{id}/suspension", "Let a suspended member in again", tagCoop), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, in *CoopMember) (*answer[body.Done], error) {
			return ordered(s, "let in again", in.ID, func(c view.Source) error { return c.Unsuspend(ctx, actor, in.ID) })
		})
	register(s, op("coop-difficulty", http.MethodPut, members+"/{id}/difficulty", "Fix the difficulty of a member's shares, or let it be found", tagCoop),
		adit.ScopeControl, s.setDifficulty)
	register(s, op("coop-policy", http.MethodPut, members+"/{id}/policy", "Say which of a member's shares are hashed here", tagCoop), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, in *policyChange) (*answer[body.Done], error) {
			return ordered(s, "set", in.ID, func(c view.Source) error { return c.SetPolicy(ctx, actor, in.ID, in.Body.Policy) })
		})
	register(s, op("coop-threads", http.MethodPut, members+"/{id}/threads", "Say with how many threads a worker mines", tagCoop), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, in *threadsChange) (*answer[body.Done], error) {
			return ordered(s, "told", in.ID, func(c view.Source) error { return c.SetThreads(ctx, actor, in.ID, in.Body.Threads) })
		})
	register(s, op("coop-pause", http.MethodPost, members+"/{id}/pause", "Tell a worker to rest", tagCoop), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, in *CoopMember) (*answer[body.Done], error) {
			return ordered(s, "told to rest", in.ID, func(c view.Source) error { return c.Pause(ctx, actor, in.ID) })
		})
	register(s, op("coop-resume", http.MethodPost, members+"/{id}/resume", "Tell a worker to go on", tagCoop), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, in *CoopMember) (*answer[body.Done], error) {
			return ordered(s, "told to go on", in.ID, func(c view.Source) error { return c.Resume(ctx, actor, in.ID) })
		})
}

// CoopMember is the input of operations on one member; exported, because huma passes over what is embedded under an
// unexported name.
type CoopMember struct {
	ID string `path:"id" maxLength:"256" doc:"of the member"`
}

// suspendInput is the input of a suspension.
type suspendInput struct {
	CoopMember
	Body body.SuspendRequest
}

func (s *server) suspend(ctx context.Context, actor adit.Actor, in *suspendInput) (*answer[body.Done], error) {
	reason := strings.TrimSpace(in.Body.Reason)
	if reason == "" {
		return nil, adit.InvalidField("reason", "say why: the member and the journal get to read it")
	}
	return ordered(s, "suspended", in.ID, func(c view.Source) error { return c.Suspend(ctx, actor, in.ID, reason) })
}

// difficultyChange is the input of a member's difficulty.
type difficultyChange struct {
	CoopMember
	Body body.CoopDifficultyRequest
}

// policyChange is the input of a member's policy.
type policyChange struct {
	CoopMember
	Body body.CoopPolicyRequest
}

// threadsChange is the input of a worker's threads.
type threadsChange struct {
	CoopMember
	Body body.CoopThreadsRequest
}

func (s *server) setDifficulty(ctx context.Context, actor adit.Actor, in *difficultyChange) (*answer[body.Done], error) {
	var d *adit.Hashes
	if v := in.Body.Difficulty; v != nil {
		h := adit.HashesFloat(*v)
		d = &h
	}
	return ordered(s, "set", in.ID, func(c view.Source) error { return c.SetDifficulty(ctx, actor, in.ID, d) })
}

// membersInput is the input of the list of members.
type membersInput struct {
	Search string `query:"search" maxLength:"100" doc:"part of name, id or program"`
	Status string `query:"status" enum:"idle,mining,offline,suspended,online" doc:"absent: all; online: idle and mining"`
	Sort   string `query:"sort" enum:"name,hashrate,shares,share,owed,lastShare,status,-name,-hashrate,-shares,-share,-owed,-lastShare,-status" doc:"- before it: the other way round; absent: -hashrate"`
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" doc:"absent: 200"`
	Offset int    `query:"offset" minimum:"0" maximum:"10000000" doc:"absent: 0"`
	CoopFormat
}

// membersLimit is how many members a page has where nobody says.
const membersLimit = 200

func (s *server) coopMembers(ctx context.Context, actor adit.Actor, in *membersInput) (*fileOutput, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	all, err := c.Members(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := body.CoopMembers{Total: len(all), Members: []view.Member{}}
	for _, m := range all {
		if fits(m, in) {
			out.Members = append(out.Members, m)
		}
	}
	out.Matched = len(out.Members)
	sortMembers(out.Members, in.Sort)
	if in.Format != "csv" {
		limit := in.Limit
		if limit == 0 {
			limit = membersLimit
		}
		from := min(in.Offset, out.Matched)
		out.Members = out.Members[from:min(from+limit, out.Matched)]
	}
	coin, err := coinOf(ctx, actor, c, in.Format)
	if err != nil {
		return nil, err
	}
	return listing(in.Format, "members", out, memberHead, func(b body.CoopMembers) (rows [][]string) {
		for _, m := range b.Members {
			rows = append(rows, memberRow(coin, m))
		}
		return rows
	})
}

// coinOf is the crew's coin, where a table needs it.
func coinOf(ctx context.Context, actor adit.Actor, c view.Source, format string) (view.Coin, error) {
	if format != "csv" {
		return view.Coin{}, nil
	}
	g, err := c.Glance(ctx, actor)
	return g.Coin, err
}

func fits(m view.Member, in *membersInput) bool {
	switch in.Status {
	case "", m.Status:
	case "online":
		if !view.Online(m.Status) {
			return false
		}
	default:
		return false
	}
	want := strings.ToLower(strings.TrimSpace(in.Search))
	for _, text := range []string{m.ID, m.Name, m.Agent} {
		if strings.Contains(strings.ToLower(text), want) {
			return true
		}
	}
	return false
}

// memberOrders are the ways to sort, ascending.
var memberOrders = map[string]func(a, b view.Member) int{
	"name":     func(a, b view.Member) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) },
	"hashrate": func(a, b view.Member) int { return known(a.Hashrate.Minute, b.Hashrate.Minute) },
	"shares":   func(a, b view.Member) int { return cmp.Compare(a.Shares.Accepted, b.Shares.Accepted) },
	"share":    func(a, b view.Member) int { return known(a.SharePercent, b.SharePercent) },
	"owed":     func(a, b view.Member) int { return cmp.Compare(a.Owed, b.Owed) },
	"lastShare": func(a, b view.Member) int {
		return known(seconds(a.LastShareAt), seconds(b.LastShareAt))
	},
	"status": func(a, b view.Member) int { return strings.Compare(a.Status, b.Status) },
}

func sortMembers(list []view.Member, by string) {
	if by == "" {
		by = "-hashrate"
	}
	name, down := strings.CutPrefix(by, "-")
	order := memberOrders[name]
	slices.SortStableFunc(list, func(a, b view.Member) int {
		n := order(a, b)
		if down {
			n = -n
		}
		return cmp.Or(n, strings.Compare(a.ID, b.ID))
	})
}

// known compares numbers of which unknown ones are the smallest.
func known(a, b *float64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(*a, *b)
}

func seconds(t *time.Time) *float64 {
	if t == nil {
		return nil
	}
	v := float64(t.UnixMilli())
	return &v
}

var memberHead = []string{"id", "name", "via", "status", "hashrate_1m", "hashrate_1h", "hashrate_24h", "accepted", "stale", "rejected", "share_percent",
	"owed", "immature", "paid", "coin", "last_share", "joined", "agent", "invited_by", "difficulty", "checked"}

func memberRow(c view.Coin, m view.Member) []string {
	return []string{m.ID, m.Name, m.Via, m.Status, cellNumber(m.Hashrate.Minute), cellNumber(m.Hashrate.Hour), cellNumber(m.Hashrate.Day),
		whole64(m.Shares.Accepted), whole64(m.Shares.Stale), whole64(m.Shares.Rejected), cellNumber(m.SharePercent),
		c.Text(m.Owed), c.Text(m.Immature), c.Text(m.Paid), c.Symbol, cellTime(m.LastShareAt), cellTime(&m.JoinedAt), m.Agent, cellText(m.InvitedBy),
		cellNumber(m.Difficulty), cellNumber(m.Checked)}
}

// cellFlag writes true or false.
func cellFlag(b bool) string { return strconv.FormatBool(b) }
