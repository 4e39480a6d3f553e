package enrol

import (
	"net/netip"
	"time"
)

// Tries gives tests the buckets of addresses.
func Tries(now func() time.Time) (take func(a netip.Addr) bool, fine func(a netip.Addr), size func() int) {
	t := newTries(now)
	return func(a netip.Addr) bool { return t.take(a, 1) }, t.fine, func() int { return len(t.by) }
}

const (
	TryBurst  = tryBurst
	TryEvery  = tryEvery
	MostTried = mostTried
)
