package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/internal/problem"
)

func (s *server) coopLedgerRoutes() {
	verify := op("coop-ledger-verify", http.MethodPost, coopBase+"/ledger/verify", "Read the whole ledger again and say whether all of it agrees", tagCoop)
	verify.Description = "Every checksum, every number, every division is made again. It reads from the disk and changes nothing."
	register(s, verify, adit.ScopeRead, func(ctx context.Context, actor adit.Actor, _ *none) (*answer[view.Check], error) {
		return asked(s, func(c view.Source) (view.Check, error) { return c.Verify(ctx, actor) })
	})
	get := asFile[[]view.Record](s, op("coop-ledger", http.MethodGet, coopBase+"/ledger", "The ledger's shares as a file, the oldest first", tagCoop))
	get.Description = "As long as the ledger is: it is sent while it is read. A connection that ends early leaves a file that is not whole."
	register(s, get, adit.ScopeRead, s.coopLedger)
}

// ledgerInput is the input of a download of the ledger.
type ledgerInput struct {
	From   uint64 `query:"from" doc:"number of the first share; absent: the oldest"`
	To     uint64 `query:"to" doc:"number of the last share; absent: the newest"`
	Member string `query:"member" maxLength:"256" doc:"id; absent: all"`
	CoopFormat
}

func (s *server) coopLedger(ctx context.Context, actor adit.Actor, in *ledgerInput) (*huma.StreamResponse, error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	if in.To != 0 && in.From > in.To {
		return nil, adit.InvalidField("to", "it must not be less than from")
	}
	q := view.RecordQuery{FromSeq: in.From, ToSeq: in.To, Member: in.Member}
	return &huma.StreamResponse{Body: func(out huma.Context) { s.sendLedger(out, actor, c, q, in.Format) }}, nil
}

// sendLedger refuses as long as nothing was sent, and cuts the connection after that, so that nobody takes half for all.
func (s *server) sendLedger(out huma.Context, actor adit.Actor, c view.Source, q view.RecordQuery, format string) {
	w := &recordWriter{begin: func() io.Writer {
		kind, name := "application/json", "adit-coop-ledger.json"
		if format == "csv" {
			kind, name = csvKind, "adit-coop-ledger.csv"
		}
		out.SetHeader("Content-Type", kind)
		out.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		return out.BodyWriter()
	}, csv: format == "csv"}
	defer w.done()
	err := c.Records(out.Context(), actor, q, w.record)
	if err == nil {
		err = w.end()
	}
	switch {
	case err == nil:
	case !w.began:
		p := problem.Of(err)
		out.SetHeader("Content-Type", "application/problem+json")
		out.SetStatus(p.Status)
		_ = huma.DefaultJSONFormat.Marshal(out.BodyWriter(), p) // the client may be gone
	default:
		if out.Context().Err() == nil {
			s.Log.Warn("the ledger was not sent whole", "err", err)
		}
		panic(http.ErrAbortHandler)
	}
}

// recordWriter writes shares of the ledger one by one.
type recordWriter struct {
	begin func() io.Writer // tells the client what comes
	csv   bool

	began bool
	to    patient
	table *csv.Writer
	n     uint64
}

func (w *recordWriter) start() error {
	if w.began {
		return nil
	}
	w.began = true
	w.to = patient{w: w.begin()}
	if rw, ok := w.to.w.(http.ResponseWriter); ok {
		w.to.c = http.NewResponseController(rw)
	}
	if w.csv {
		w.table = csv.NewWriter(w.to)
		return w.table.Write([]string{"seq", "at", "member", "work", "height", "difficulty", "network", "verified", "up", "block", "verdict"})
	}
	_, err := io.WriteString(w.to, "[")
	return err
}

func (w *recordWriter) record(r view.Record) error {
	if err := w.start(); err != nil {
		return err
	}
	w.n++
	if w.csv {
		return w.table.Write(calm([]string{whole64(r.Seq), cellTime(&r.At), r.Member, whole64(r.Work), cellCount(r.Height), r.Difficulty, r.Network,
			cellFlag(r.Verified), cellFlag(r.Up), cellFlag(r.Block), cellText(r.Verdict)}))
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if w.n > 1 {
		b = append([]byte(",\n"), b...)
	}
	_, err = w.to.Write(b)
	return err
}

func (w *recordWriter) end() error {
	if err := w.start(); err != nil {
		return err
	}
	if w.csv {
		w.table.Flush()
		return w.table.Error()
	}
	_, err := io.WriteString(w.to, "]\n")
	return err
}

func (w *recordWriter) done() { w.to.done() }
