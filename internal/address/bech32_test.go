package address

import (
	"bytes"
	"strings"
	"testing"
)

// TestBech32OfTheBIPs has the strings of BIP173 and BIP350 that are no addresses.
func TestBech32OfTheBIPs(t *testing.T) {
	for c, list := range map[uint32][]string{
		bech32Const:  {"A12UEL5L", "a12uel5l", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "?1ezyfcl"},
		bech32mConst: {"A1LQFN3A", "a1lqfn3a", "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa"},
	} {
		for _, s := range list {
			hrp, groups, got, err := decodeBech32(s)
			if err != nil || got != c {
				t.Errorf("%s: constant %x, %v", s, got, err)
				continue
			}
			if again := encodeBech32(hrp, groups, c); again != strings.ToLower(s) {
				t.Errorf("%s is written as %s", s, again)
			}
		}
	}
	for _, s := range []string{"\x201nwldj5", "\x7f1axkwrx", "\x801eym55h", strings.Repeat("an84characterslonghumanreadablepart", 3) + "1569pvx",
		"pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "de1lg7wt\xff", "A1G7SGD8", "10a06t8", "1qzzfhee", "A12uEL5L", ""} {
		if _, _, _, err := decodeBech32(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestRegroup(t *testing.T) {
	for size := range 41 {
		in := bytes.Repeat([]byte{0xa5}, size)
		groups, _ := regroup(in, 8, 5, true)
		if out, ok := regroup(groups, 5, 8, false); !ok || !bytes.Equal(out, in) {
			t.Errorf("%d bytes come back as %x (%v)", size, out, ok)
		}
	}
	if _, ok := regroup([]byte{0, 1}, 5, 8, false); ok {
		t.Error("a padding that is not zero is taken")
	}
	if _, ok := regroup([]byte{0}, 5, 8, false); ok {
		t.Error("a padding of a whole group is taken")
	}
}
