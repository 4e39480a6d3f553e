package adit

import (
	"fmt"
	"math"
)

// Hashrate is a rate of hashes per second (H/s) of one algorithm; rates of different algorithms are never added.
type Hashrate float64

// String scales the rate with an SI prefix: "1.02 kH/s".
func (h Hashrate) String() string { return SI(float64(h), "H/s") }

// SI writes v with three significant figures, an SI prefix and a unit: SI(1020, "H/s") is "1.02 kH/s".
func SI(v float64, unit string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "– " + unit
	}
	prefixes := []string{"", "k", "M", "G", "T", "P", "E"}
	i := 0
	for math.Abs(v) >= 999.5 && i < len(prefixes)-1 {
		v /= 1000
		i++
	}
	digits := 2
	switch a := math.Abs(v); {
	case a >= 99.95 || v == math.Trunc(v) && i == 0:
		digits = 0
	case a >= 9.995:
		digits = 1
	}
	return fmt.Sprintf("%.*f %s%s", digits, v, prefixes[i], unit)
}
