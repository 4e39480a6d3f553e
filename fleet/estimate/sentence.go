package estimate

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/adit-mining/adit/internal/wording"
)

// old is an age from which a sentence says so.
const old = 24 * time.Hour

// sentence tells the estimate in one line.
func (e *Estimate) sentence() string {
	cur := e.Currency + "/day"
	parts := []string{amount(e.Revenue, "revenue", cur), amount(e.Cost, "power", cur)}
	out := "Estimate now: " + strings.Join(parts, ", ") + " -> " + e.outcome(cur)
	if at := e.oldest(); at != nil {
		if age := e.At.Sub(*at); age >= old {
			out += " (oldest figure: " + wording.Count(int(age/(24*time.Hour)), "day") + ")"
		}
	}
	return out
}

func amount(a Amount, what, unit string) string {
	if a.Value == nil {
		return what + " unknown"
	}
	return money(*a.Value) + " " + unit + " " + what
}

func (e *Estimate) outcome(unit string) string {
	switch {
	case e.Net == nil:
		return "result unknown: " + e.unknowns()
	case *e.Loss:
		return "LOSS " + money(-*e.Net) + " " + unit
	case *e.Net == 0:
		return "neither gain nor loss"
	}
	return money(*e.Net) + " " + unit + " left"
}

func (e *Estimate) unknowns() string {
	var why []string
	for _, a := range []Amount{e.Revenue, e.Cost} {
		if a.Value == nil {
			why = append(why, a.Why)
		}
	}
	return strings.Join(why, "; ")
}

func (e *Estimate) oldest() (at *time.Time) {
	for _, in := range append(append([]Input{}, e.Revenue.Inputs...), e.Cost.Inputs...) {
		if in.At != nil && in.Value != nil && (at == nil || in.At.Before(*at)) {
			at = in.At
		}
	}
	return at
}

// money is written with cents, and with two figures where it is less than one.
func money(v float64) string {
	if a := math.Abs(v); a != 0 && a < 0.01 {
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.2f", v)
}
