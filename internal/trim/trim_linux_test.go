package trim

import "testing"

func TestClean(t *testing.T) {
	for line, ok := range map[string]bool{
		"00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/a b":  true,
		"00651000-00652000 r--p 00051000 08:02 173521      /usr/bin/a b":  true,
		"00652000-00655000 rw-p 00052000 08:02 173521      /usr/bin/a b":  false,
		"35b1800000-35b1820000 r-xp 00000000 08:02 135522  /usr/lib64/ld": false,
		"00e03000-00e24000 rw-p 00000000 00:00 0           [heap]":        false,
		"00e03000 r-xp 00000000 08:02 173521 /usr/bin/a b":                false,
		"": false,
	} {
		start, size, got := clean(line, "/usr/bin/a b")
		if got != ok || ok && (start == 0 || size == 0) {
			t.Errorf("%q: %x %x %v", line, start, size, got)
		}
	}
}
