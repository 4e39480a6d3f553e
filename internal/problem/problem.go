// Package problem is the JSON of an error over HTTP: RFC 9457 with adit's own keys, and the one table from adit's codes
// to statuses. It imports the root package, internal/wording and the standard library. Start at Of.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

// Problem is an error as a client gets it. It never repeats a rejected value: that may be a secret.
type Problem struct {
	Type   string  `json:"type" doc:"always about:blank"`
	Title  string  `json:"title" doc:"the status in words"`
	Status int     `json:"status"`
	Detail string  `json:"detail" doc:"what is wrong and how to mend it"`
	Code   string  `json:"code" doc:"kind of error: invalid, not_found, unauthorized, forbidden, conflict, refused, unsupported, unreachable, timeout, no_consent, internal"`
	Fields []Field `json:"errors,omitempty"`

	// What clients of the Mining Platform read.
	Legacy     string `json:"error" doc:"the same words as detail, for clients of the Mining Platform"`
	Message    string `json:"message" doc:"the same words once more: the Mining Platform has two shapes of errors"`
	Suggestion string `json:"suggestion,omitempty" doc:"what to do next, where that depends on the kind of error alone"`
	Retryable  bool   `json:"retryable" doc:"the same request may succeed later"`
}

// Field is one thing that is wrong with the request.
type Field struct {
	Location string `json:"location" doc:"where: body.pool, query.minutes"`
	Message  string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is what huma asks an error for.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is what huma asks for the answer's type.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statuses is the table of codes and statuses.
var statuses = map[adit.Code]int{
	adit.Invalid:      http.StatusBadRequest,
	adit.NotFound:     http.StatusNotFound,
	adit.Unauthorized: http.StatusUnauthorized,
	adit.Forbidden:    http.StatusForbidden,
	adit.Conflict:     http.StatusConflict,
	adit.Refused:      http.StatusConflict,
	adit.Unsupported:  http.StatusNotImplemented,
	adit.Unreachable:  http.StatusBadGateway,
	adit.Timeout:      http.StatusGatewayTimeout,
	adit.NoConsent:    http.StatusForbidden,
	adit.Internal:     http.StatusInternalServerError,
}

// codes is the way back, for errors that begin as a status.
var codes = map[int]adit.Code{
	http.StatusUnauthorized:       adit.Unauthorized,
	http.StatusForbidden:          adit.Forbidden,
	http.StatusMisdirectedRequest: adit.Forbidden,
	http.StatusNotFound:           adit.NotFound,
	http.StatusRequestTimeout:     adit.Timeout,
	http.StatusConflict:           adit.Conflict,
	http.StatusNotImplemented:     adit.Unsupported,
	http.StatusBadGateway:         adit.Unreachable,
	http.StatusServiceUnavailable: adit.Unreachable,
	http.StatusGatewayTimeout:     adit.Timeout,
}

// retryable are the kinds of errors that may pass by themselves.
var retryable = map[adit.Code]bool{adit.Unreachable: true, adit.Timeout: true}

// suggestions are the next steps that a kind of error has whatever its words.
var suggestions = map[adit.Code]string{
	adit.Unauthorized: "open a fresh link: adit link",
	adit.NoConsent:    "the owner of the computer allows mining once: adit consent grant",
	adit.Unreachable:  "see whether adit and its agent are well: adit status",
	adit.Timeout:      "see whether adit and its agent are well: adit status",
	adit.Internal:     "read adit's log",
}

// internalWords is all that a client hears of an internal error; the log has the rest.
const internalWords = "something went wrong inside adit; its log says what"

// New makes a problem from a status.
func New(status int, detail string, fields ...Field) *Problem {
	code, ok := codes[status]
	switch {
	case ok:
	case status >= 500:
		code = adit.Internal
	default:
		code = adit.Invalid
	}
	return build(status, code, detail, fields)
}

func build(status int, code adit.Code, detail string, fields []Field) *Problem {
	if code == adit.Internal {
		detail, fields = internalWords, nil
	}
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: detail, Code: string(code), Fields: fields,
		Legacy: detail, Message: detail, Suggestion: suggestions[code], Retryable: retryable[code],
	}
}

// Of makes the problem of an error: its code decides the status, its own words are the detail, its causes stay out.
func Of(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	e, ok := adit.AsError(err)
	switch {
	case diskFull(err) && (!ok || e.Code == adit.Internal):
		return noRoom()
	case ok:
	case errors.Is(err, context.DeadlineExceeded):
		return build(http.StatusGatewayTimeout, adit.Timeout, "it took too long", nil)
	default:
		return build(http.StatusInternalServerError, adit.Internal, "", nil)
	}
	status, known := statuses[e.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	var fields []Field
	if e.Field != "" {
		fields = []Field{{Location: e.Field, Message: e.Msg}}
	}
	return build(status, e.Code, wording.Plain(e.Msg), fields)
}

// Write answers with the problem.
func (p *Problem) Write(w http.ResponseWriter) {
	b, err := json.Marshal(p)
	if err != nil { // strings and numbers only: cannot be
		b = []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="adit"`)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(b, '\n')) // the client may be gone
}
