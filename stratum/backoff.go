package stratum

import (
	"math/rand/v2"
	"time"
)

// Backoff is full-jitter exponential: the n-th wait is min(Most, Least·2^n) times a random part, so that many miners
// do not come back in one wave.
type Backoff struct {
	Least, Most time.Duration
	Rand        func() float64 // in [0,1); nil: math/rand/v2
}

// Wait returns the pause before try n, counted from 0.
func (b Backoff) Wait(n int) time.Duration {
	random := b.Rand
	if random == nil {
		random = rand.Float64
	}
	d := b.Most
	if n < 62 && b.Least<<n>>n == b.Least {
		d = min(b.Most, b.Least<<n)
	}
	return time.Duration(float64(d) * random())
}
