package app

import "errors"

// Hint is an error with its next step: what went wrong, what to do, and a command to copy.
type Hint struct {
	Err  error
	Next string // what to do, one sentence; "" = nothing to add
	Try  string // a command to copy; "" = none
}

// Error returns the cause alone; the next step is printed beneath it by whoever shows it to a person.
func (h *Hint) Error() string { return h.Err.Error() }

// Unwrap returns the cause.
func (h *Hint) Unwrap() error { return h.Err }

// WithHint adds a next step and a command to copy to err; nil stays nil.
func WithHint(err error, next, try string) error {
	if err == nil {
		return nil
	}
	return &Hint{Err: err, Next: next, Try: try}
}

// HintOf finds the next step of an error, nil where it has none.
func HintOf(err error) *Hint {
	var h *Hint
	if errors.As(err, &h) {
		return h
	}
	return nil
}
