package httpx

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/problem"
)

// Public is the scope of an operation that needs nobody; it takes a reason why.
const Public adit.Scope = "public"

// ScopeKey is the OpenAPI extension that names the scope of an operation.
const ScopeKey = "x-adit-scope"

var install sync.Once

// Install makes huma speak adit's errors. huma keeps this in package variables, so it is done once per process.
func Install() {
	install.Do(func() {
		huma.DefaultArrayNullable = false
		huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
			return fromHuma(status, msg, errs)
		}
		huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
			return fromHuma(status, msg, errs)
		}
	})
}

// maxLocation bounds how much of a foreign key's name is repeated.
const maxLocation = 100

// fromHuma turns huma's error into a problem. Values are dropped; of the messages only huma's own sentences pass, for a
// JSON error repeats pieces of what was sent.
func fromHuma(status int, msg string, errs []error) *problem.Problem {
	switch {
	case status == http.StatusUnprocessableEntity, msg == "cannot read request body":
		status = http.StatusBadRequest
	case status == http.StatusRequestEntityTooLarge:
		return problem.New(status, "the body is too big: at most 1 MiB")
	case status == http.StatusUnsupportedMediaType:
		return problem.New(status, "send the body as application/json")
	}
	var fields []problem.Field
	for _, err := range errs {
		var d huma.ErrorDetailer
		if !errors.As(err, &d) {
			continue
		}
		fields = append(fields, field(d.ErrorDetail()))
	}
	detail := msg
	if len(fields) > 0 {
		detail = fields[0].Message
		if name := short(fields[0].Location); name != "" && !strings.HasPrefix(detail, name) {
			detail = name + ": " + detail
		}
		if len(fields) > 1 {
			detail += "; see errors for the rest"
		}
	}
	return problem.New(status, detail, fields...)
}

func field(d *huma.ErrorDetail) problem.Field {
	f := problem.Field{Location: cut(d.Location), Message: d.Message}
	switch {
	case d.Location == "body" && !strings.HasPrefix(d.Message, "expected ") && d.Message != "unexpected property":
		f.Message = "the body is not the JSON that is expected here"
	case d.Message == "unexpected property":
		f.Message = "there is no such key here; is it spelt right?"
	}
	return f
}

// short is the last part of a location: "pool" of "body.pool".
func short(location string) string {
	_, rest, ok := strings.Cut(location, ".")
	if !ok {
		return ""
	}
	return cut(rest)
}

func cut(s string) string {
	if len(s) > maxLocation {
		return strings.ToValidUTF8(s[:maxLocation], "") + "…"
	}
	return s
}

// Register adds an operation that needs a scope. The scope is checked before the request's body is read; handler gets
// the actor. log hears of internal errors.
func Register[I, O any](api huma.API, log *slog.Logger, op huma.Operation, scope adit.Scope, handler func(context.Context, adit.Actor, *I) (*O, error)) {
	Describe(&op, scope)
	op.Middlewares = append(op.Middlewares, guard(scope))
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, adit.ActorFrom(ctx), in)
		if err == nil {
			return out, nil
		}
		p := problem.Of(err)
		if p.Code == string(adit.Internal) {
			log.ErrorContext(ctx, "a request failed", "method", op.Method, "path", op.Path, "err", err)
		}
		return nil, p
	})
}

// Describe writes the scope into the operation's description.
func Describe(op *huma.Operation, scope adit.Scope) {
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions[ScopeKey] = string(scope)
	if scope == Public {
		op.Security = []map[string][]string{}
		return
	}
	op.Security = []map[string][]string{{"cookie": {}}, {"bearer": {}}, {"basic": {}}}
}

// guard refuses who may not.
func guard(scope adit.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if scope != Public {
			if err := adit.ActorFrom(ctx.Context()).May(scope); err != nil {
				refuse(ctx, problem.Of(err))
				return
			}
		}
		next(ctx)
	}
}

func refuse(ctx huma.Context, p *problem.Problem) {
	ctx.SetHeader("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="adit"`)
	}
	ctx.SetStatus(p.Status)
	_ = huma.DefaultJSONFormat.Marshal(ctx.BodyWriter(), p) // the client may be gone
}
