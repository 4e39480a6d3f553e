package adit

import (
	"errors"
	"fmt"
)

// Code is the kind of an error, the same in every room; api maps it to an HTTP status, the CLI to an exit code.
type Code string

// The codes.
const (
	Invalid      Code = "invalid"      // the request is wrong; the message names the field and the fix
	NotFound     Code = "not_found"    // no such thing
	Unauthorized Code = "unauthorized" // who are you?
	Forbidden    Code = "forbidden"    // you may not
	Conflict     Code = "conflict"     // not in this state, or it exists already
	Refused      Code = "refused"      // the device or program refused, with its own reason
	Unsupported  Code = "unsupported"  // this device or platform cannot
	Unreachable  Code = "unreachable"  // the other side does not answer
	Timeout      Code = "timeout"      // it did not answer in time
	NoConsent    Code = "no_consent"   // mining was not allowed on this computer yet
	Internal     Code = "internal"     // our fault; details stay in the log
)

// Error is an error with a code, a reason a person can act on, and a cause.
type Error struct {
	Code  Code
	Field string // the input's field at fault, "" where none is
	Msg   string // what went wrong and what to do; safe to show
	Err   error  // cause, for the log; may be nil
}

// Error returns the message, then the cause.
func (e *Error) Error() string {
	if _, told := e.Err.(hidden); e.Err == nil || told {
		return e.Msg
	}
	return e.Msg + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error with a code. A %w in format becomes the cause chain as usual.
func Errorf(code Code, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: err.Error(), Err: hidden{errors.Unwrap(err)}.orNil()}
}

// InvalidField says that one field of the input is wrong and how to mend it.
func InvalidField(field, format string, args ...any) error {
	return &Error{Code: Invalid, Field: field, Msg: field + ": " + fmt.Sprintf(format, args...)}
}

// hidden keeps a cause reachable by errors.Is and errors.As without printing it twice.
type hidden struct{ err error }

func (h hidden) orNil() error {
	if h.err == nil {
		return nil
	}
	return h
}
func (h hidden) Error() string { return "" }
func (h hidden) Unwrap() error { return h.err }

// AsError finds the first coded error in the chain.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// CodeOf returns the code of the first coded error in the chain, Internal where there is none, "" for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	}
	return Internal
}
