package client

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
)

const coop = v1 + "/coop"

// Coop is the crew at a glance, or how to have one.
func (c *Client) Coop(ctx context.Context) (body.CoopStatus, error) {
	return get[body.CoopStatus](ctx, c, coop)
}

// CoopStats is the crew in CoopMine's shape.
func (c *Client) CoopStats(ctx context.Context) (body.CoopMineStats, error) {
	return get[body.CoopMineStats](ctx, c, "/api/stats")
}

// CoopConfig is whether a crew is coordinated, and how.
func (c *Client) CoopConfig(ctx context.Context) (view.Config, error) {
	return get[view.Config](ctx, c, coop+"/config")
}

// SetCoopConfig switches the coordinator on, off or to other settings.
func (c *Client) SetCoopConfig(ctx context.Context, r view.ConfigRequest) (out view.Config, err error) {
	err = c.call(ctx, "PUT", coop+"/config", r, &out)
	return out, err
}

// CoopMembersQuery asks for members; zero values are the server's choice.
type CoopMembersQuery struct {
	Search, Status, Sort string
	Limit, Offset        int
}

// Values are the query of the request.
func (q CoopMembersQuery) Values() url.Values {
	v := url.Values{}
	setText(v, "search", q.Search)
	setText(v, "status", q.Status)
	setText(v, "sort", q.Sort)
	setCount(v, "limit", q.Limit)
	setCount(v, "offset", q.Offset)
	return v
}

func setText(v url.Values, key, text string) {
	if text != "" {
		v.Set(key, text)
	}
}

func setCount(v url.Values, key string, n int) {
	if n != 0 {
		v.Set(key, strconv.Itoa(n))
	}
}

// CoopMembers is a page of the members.
func (c *Client) CoopMembers(ctx context.Context, q CoopMembersQuery) (body.CoopMembers, error) {
	return get[body.CoopMembers](ctx, c, coop+"/members?"+q.Values().Encode())
}

func coopMember(id string) string { return coop + "/members/" + esc(id) }

// CoopMember is one member with its connections.
func (c *Client) CoopMember(ctx context.Context, id string) (view.MemberDetail, error) {
	return get[view.MemberDetail](ctx, c, coopMember(id))
}

// CoopSuspend hangs up on a member.
func (c *Client) CoopSuspend(ctx context.Context, id, reason string) error {
	return c.call(ctx, "PUT", coopMember(id)+"/suspension", body.SuspendRequest{Reason: reason}, nil)
}

// CoopUnsuspend lets a member in again.
func (c *Client) CoopUnsuspend(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", coopMember(id)+"/suspension", nil, nil)
}

// CoopDifficulty fixes the difficulty of a member's shares; nil lets it be found.
func (c *Client) CoopDifficulty(ctx context.Context, id string, d *float64) error {
	return c.call(ctx, "PUT", coopMember(id)+"/difficulty", body.CoopDifficultyRequest{Difficulty: d}, nil)
}

// CoopPolicy says which shares of a member are hashed.
func (c *Client) CoopPolicy(ctx context.Context, id, policy string) error {
	return c.call(ctx, "PUT", coopMember(id)+"/policy", body.CoopPolicyRequest{Policy: policy}, nil)
}

// CoopThreads says with how many threads a worker mines.
func (c *Client) CoopThreads(ctx context.Context, id string, n int) error {
	return c.call(ctx, "PUT", coopMember(id)+"/threads", body.CoopThreadsRequest{Threads: n}, nil)
}

// CoopPause tells a worker to rest, or to go on.
func (c *Client) CoopPause(ctx context.Context, id string, pause bool) error {
	verb := "/resume"
	if pause {
		verb = "/pause"
	}
	return c.call(ctx, "POST", coopMember(id)+verb, nil, nil)
}

// CoopSharesQuery asks for shares; zero values are the server's choice.
type CoopSharesQuery struct {
	Member, Outcome string
	Limit           int
}

// Values are the query of the request.
func (q CoopSharesQuery) Values() url.Values {
	v := url.Values{}
	setText(v, "member", q.Member)
	setText(v, "outcome", q.Outcome)
	setCount(v, "limit", q.Limit)
	return v
}

// CoopShares are the newest shares.
func (c *Client) CoopShares(ctx context.Context, q CoopSharesQuery) ([]view.Share, error) {
	return get[[]view.Share](ctx, c, coop+"/shares?"+q.Values().Encode())
}

// CoopJobs are the newest jobs.
func (c *Client) CoopJobs(ctx context.Context) ([]view.Job, error) {
	return get[[]view.Job](ctx, c, coop+"/jobs")
}

// CoopLimit is the query for the newest n of a list; 0 is the server's choice.
func CoopLimit(n int) url.Values {
	v := url.Values{}
	setCount(v, "limit", n)
	return v
}

// CoopBlocks are the crew's blocks, the newest first.
func (c *Client) CoopBlocks(ctx context.Context, limit int) ([]view.Block, error) {
	return get[[]view.Block](ctx, c, coop+"/blocks?"+CoopLimit(limit).Encode())
}

// CoopRounds are the divisions, the newest first.
func (c *Client) CoopRounds(ctx context.Context, limit int) ([]view.Round, error) {
	return get[[]view.Round](ctx, c, coop+"/rounds?"+CoopLimit(limit).Encode())
}

// CoopRound is one division, worked out.
func (c *Client) CoopRound(ctx context.Context, id string) (view.RoundDetail, error) {
	return get[view.RoundDetail](ctx, c, coop+"/rounds/"+esc(id))
}

// CoopWindow is what a block found now would pay to whom.
func (c *Client) CoopWindow(ctx context.Context) (view.Window, error) {
	return get[view.Window](ctx, c, coop+"/window")
}

// CoopBalances is what each member has.
func (c *Client) CoopBalances(ctx context.Context) ([]view.Balance, error) {
	return get[[]view.Balance](ctx, c, coop+"/balances")
}

// CoopStatementQuery is the time of an account; nil = from the beginning, until now.
func CoopStatementQuery(from, to *time.Time) url.Values {
	v := url.Values{}
	if from != nil {
		v.Set("from", from.UTC().Format(time.RFC3339Nano))
	}
	if to != nil {
		v.Set("to", to.UTC().Format(time.RFC3339Nano))
	}
	return v
}

// CoopStatement is a member's account.
func (c *Client) CoopStatement(ctx context.Context, id string, from, to *time.Time) (view.Statement, error) {
	return get[view.Statement](ctx, c, coopMember(id)+"/statement?"+CoopStatementQuery(from, to).Encode())
}

// CoopCredits is what a pool paid, as it was entered.
func (c *Client) CoopCredits(ctx context.Context) ([]view.Credit, error) {
	return get[[]view.Credit](ctx, c, coop+"/credits")
}

// CoopCredit enters what a pool paid.
func (c *Client) CoopCredit(ctx context.Context, r view.CreditRequest) (out view.Credit, err error) {
	err = c.call(ctx, "POST", coop+"/credits", r, &out)
	return out, err
}

// CoopPayments are the lists of what is to be paid out.
func (c *Client) CoopPayments(ctx context.Context) ([]view.Payment, error) {
	return get[[]view.Payment](ctx, c, coop+"/payments")
}

// CoopPayment is one of CoopPayments.
func (c *Client) CoopPayment(ctx context.Context, id string) (view.Payment, error) {
	return get[view.Payment](ctx, c, coop+"/payments/"+esc(id))
}

// CoopNewPayment sets aside what is payable now.
func (c *Client) CoopNewPayment(ctx context.Context) (out view.Payment, err error) {
	err = c.call(ctx, "POST", coop+"/payments", nil, &out)
	return out, err
}

// CoopMark says what became of a payment: "paid" with its transaction, or "cancelled".
func (c *Client) CoopMark(ctx context.Context, id, state, reference string) (out view.Payment, err error) {
	err = c.call(ctx, "PUT", coop+"/payments/"+esc(id), body.CoopMarkRequest{State: state, Reference: reference}, &out)
	return out, err
}

// CoopInvites are the invitations, without their codes.
func (c *Client) CoopInvites(ctx context.Context) ([]view.Invite, error) {
	return get[[]view.Invite](ctx, c, coop+"/invites")
}

// CoopInvite invites a worker.
func (c *Client) CoopInvite(ctx context.Context, r view.InviteRequest) (out view.NewInvite, err error) {
	err = c.call(ctx, "POST", coop+"/invites", r, &out)
	return out, err
}

// CoopRevokeInvite makes an invitation worthless.
func (c *Client) CoopRevokeInvite(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", coop+"/invites/"+esc(id), nil, nil)
}

// CoopVerify has the whole ledger read again. It takes as long as ctx lets it.
func (c *Client) CoopVerify(ctx context.Context) (out view.Check, err error) {
	patient := *c
	h := *c.http
	h.Timeout, patient.http = 0, &h
	err = patient.call(ctx, "POST", coop+"/ledger/verify", nil, &out)
	return out, err
}

// The lists of the crew that are also files.
const (
	CoopMembersFile  = "/members"
	CoopSharesFile   = "/shares"
	CoopBlocksFile   = "/blocks"
	CoopBalancesFile = "/balances"
	CoopLedgerFile   = "/ledger"
)

// CoopStatementFile is a member's account as a file.
func CoopStatementFile(member string) string { return "/members/" + esc(member) + "/statement" }

// CoopPaymentFile is a payment as a file.
func CoopPaymentFile(id string) string { return "/payments/" + esc(id) }

// CoopRoundFile is a division as a file.
func CoopRoundFile(id string) string { return "/rounds/" + esc(id) }

// CoopFile writes one of the files to w, as "json" or "csv". It takes as long as ctx lets it.
func (c *Client) CoopFile(ctx context.Context, file, format string, q url.Values, w io.Writer) error {
	if q == nil {
		q = url.Values{}
	}
	q.Set("format", format)
	return c.download(ctx, coop+file+"?"+q.Encode(), "the file", w)
}
