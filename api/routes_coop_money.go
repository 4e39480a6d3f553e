package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
)

func (s *server) coopMoneyRoutes() {
	register(s, asFile[[]view.Balance](s, op("coop-balances", http.MethodGet, coopBase+"/balances", "What each member has", tagCoop)), adit.ScopeRead, s.coopBalances)
	register(s, asFile[view.Statement](s, op("coop-statement", http.MethodGet, coopBase+"/members/{id}/statement", "A member's account", tagCoop)),
		adit.ScopeRead, s.coopStatement)
	register(s, op("coop-credits", http.MethodGet, coopBase+"/credits", "What a pool paid, as it was entered, the newest first", tagCoop), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, in *CoopPage) (*answer[[]view.Credit], error) {
			q, err := in.query()
			if err != nil {
				return nil, err
			}
			return asked(s, func(c view.Source) ([]view.Credit, error) { return c.Credits(ctx, actor, q) })
		})
	credit := op("coop-credit", http.MethodPost, coopBase+"/credits", "Enter what a pool paid for a period; it is divided at once", tagCoop)
	credit.DefaultStatus = http.StatusCreated
	register(s, credit, adit.ScopeOwner, s.enterCredit)
	register(s, op("coop-payments", http.MethodGet, coopBase+"/payments", "Lists of what is to be paid out, the newest first; adit sends nothing", tagCoop),
		adit.ScopeRead, func(ctx context.Context, actor adit.Actor, in *CoopPage) (*answer[[]view.Payment], error) {
			q, err := in.query()
			if err != nil {
				return nil, err
			}
			return asked(s, func(c view.Source) ([]view.Payment, error) { return c.Payments(ctx, actor, q) })
		})
	pay := op("coop-payment-create", http.MethodPost, coopBase+"/payments", "Set aside what is payable now, as a list to pay out", tagCoop)
	pay.DefaultStatus = http.StatusCreated
	register(s, pay, adit.ScopeOwner, func(ctx context.Context, actor adit.Actor, _ *none) (*answer[view.Payment], error) {
		return asked(s, func(c view.Source) (view.Payment, error) { return c.NewPayment(ctx, actor) })
	})
	register(s, asFile[view.Payment](s, op("coop-payment", http.MethodGet, coopBase+"/payments/{id}", "One list of what is to be paid out", tagCoop)),
		adit.ScopeRead, s.coopPayment)
	s.coopPayeeRoutes()
	register(s, op("coop-payment-mark", http.MethodPut, coopBase+"/payments/{id}", "Say that a payment was sent, or cancel it", tagCoop), adit.ScopeOwner, s.markPayment)
}

func (s *server) coopBalances(ctx context.Context, actor adit.Actor, in *CoopFormat) (*fileOutput, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	list, err := c.Balances(ctx, actor)
	if err != nil {
		return nil, err
	}
	coin, err := coinOf(ctx, actor, c, in.Format)
	if err != nil {
		return nil, err
	}
	head := []string{"member", "name", "owed_atomic", "owed", "immature", "paid", "coin", "payable", "paid_at"}
	return listing(in.Format, "balances", list, head, func(list []view.Balance) (rows [][]string) {
		for _, b := range list {
			rows = append(rows, []string{b.Member, b.Name, whole64(uint64(b.Owed)), coin.Text(b.Owed), coin.Text(b.Immature), coin.Text(b.Paid), coin.Symbol,
				cellFlag(b.Payable), cellTime(b.PaidAt)})
		}
		return rows
	})
}

// statementInput is the input of a member's account.
type statementInput struct {
	CoopMember
	From string `query:"from" format:"date-time" doc:"RFC 3339; absent: from the beginning"`
	To   string `query:"to" format:"date-time" doc:"RFC 3339; absent: until now"`
	CoopFormat
}

// coopTime reads a time of a query.
func coopTime(name, text string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, adit.InvalidField(name, "write a time such as 2026-01-31T12:00:00Z")
	}
	return &at, nil
}

func (s *server) coopStatement(ctx context.Context, actor adit.Actor, in *statementInput) (*fileOutput, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	q := view.StatementQuery{Member: in.ID}
	if q.From, err = coopTime("from", in.From); err != nil {
		return nil, err
	}
	if q.To, err = coopTime("to", in.To); err != nil {
		return nil, err
	}
	if q.From != nil && q.To != nil && !q.From.Before(*q.To) {
		return nil, adit.InvalidField("to", "it must be after from")
	}
	st, err := c.Statement(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	head := []string{"at", "kind", "text", "round", "in", "out", "balance", "coin"}
	return listing(in.Format, "statement-"+safeName(st.Name), st, head, func(st view.Statement) (rows [][]string) {
		for _, l := range st.Lines {
			rows = append(rows, []string{cellTime(&l.At), l.Kind, l.Text, cellText(l.Round), cellAmount(st.Coin, l.In), cellAmount(st.Coin, l.Out), st.Coin.Text(l.Balance), st.Coin.Symbol})
		}
		return rows
	})
}

// safeName makes a part of a file's name of a name that anybody may have chosen.
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, name[:min(len(name), 64)])
}

// creditInput is the input of a credit.
type creditInput struct{ Body view.CreditRequest }

func (s *server) enterCredit(ctx context.Context, actor adit.Actor, in *creditInput) (*answer[view.Credit], error) {
	r := in.Body
	switch {
	case r.Amount == 0:
		return nil, adit.InvalidField("amount", "it must be more than 0, in atomic units")
	case r.Until != nil && r.Until.After(time.Now().Add(time.Minute)):
		return nil, adit.InvalidField("until", "the period must have ended")
	case r.Since != nil && r.Until != nil && !r.Since.Before(*r.Until):
		return nil, adit.InvalidField("until", "it must be after since")
	}
	return asked(s, func(c view.Source) (view.Credit, error) { return c.Credit(ctx, actor, r) })
}

// paymentInput is the input of one payment.
type paymentInput struct {
	ID string `path:"id" maxLength:"128" doc:"of the payment"`
	CoopFormat
}

func (s *server) coopPayment(ctx context.Context, actor adit.Actor, in *paymentInput) (*fileOutput, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	p, err := c.Payment(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	coin, err := coinOf(ctx, actor, c, in.Format)
	if err != nil {
		return nil, err
	}
	return listing(in.Format, "payment-"+safeName(p.ID), p, []string{"member", "name", "address", "amount_atomic", "amount", "coin"}, func(p view.Payment) (rows [][]string) {
		for _, i := range p.Items {
			rows = append(rows, []string{i.Member, i.Name, i.Address, whole64(uint64(i.Amount)), coin.Text(i.Amount), coin.Symbol})
		}
		return rows
	})
}

// markInput is the input of what became of a payment.
type markInput struct {
	ID   string `path:"id" maxLength:"128" doc:"of the payment"`
	Body body.CoopMarkRequest
}

func (s *server) markPayment(ctx context.Context, actor adit.Actor, in *markInput) (*answer[view.Payment], error) {
	reference := strings.TrimSpace(in.Body.Reference)
	if in.Body.State == "cancelled" {
		return asked(s, func(c view.Source) (view.Payment, error) { return c.CancelPayment(ctx, actor, in.ID) })
	}
	if reference == "" {
		return nil, adit.InvalidField("reference", "name the transaction, so that members can find it")
	}
	return asked(s, func(c view.Source) (view.Payment, error) { return c.MarkPaid(ctx, actor, in.ID, reference) })
}
