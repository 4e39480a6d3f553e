package proc

import (
	"time"
)

// ledger counts restarts against a Budget.
type ledger struct {
	budget Budget
	times  []time.Time // of restarts within the window, oldest first
	streak int         // failures in a row, for the back-off
}

// restore takes up the restarts of an earlier shim, except those the clock says are in the future or long past.
func (l *ledger) restore(times []time.Time, now time.Time) {
	for _, t := range times {
		if !t.After(now) {
			l.times = append(l.times, t)
		}
	}
	l.forget(now)
	l.streak = len(l.times)
}

func (l *ledger) forget(now time.Time) {
	for len(l.times) > 0 && now.Sub(l.times[0]) >= l.budget.Window {
		l.times = l.times[1:]
	}
}

// spend takes one restart; false where the budget has none left.
func (l *ledger) spend(now time.Time) bool {
	l.forget(now)
	if len(l.times) >= l.budget.Max {
		return false
	}
	l.times = append(l.times, now)
	return true
}

// backoff is how long to wait before the next start of a program that ran this long.
func (l *ledger) backoff(ran time.Duration) time.Duration {
	if ran >= l.budget.MaxBackoff {
		l.streak = 0
	}
	d := l.budget.MinBackoff
	for range l.streak {
		if d *= 2; d >= l.budget.MaxBackoff {
			d = l.budget.MaxBackoff
			break
		}
	}
	l.streak++
	return d
}

func (l *ledger) refill() { l.times, l.streak = nil, 0 }
