package install

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

const maxVersion = 64

var versionRE = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._+-]*$`)

// validVersion reports whether v can name a version, and with it a folder on every system.
func validVersion(v string) bool {
	return len(v) <= maxVersion && versionRE.MatchString(v) && !strings.Contains(v, "..") && !strings.HasSuffix(v, ".")
}

// compareVersions orders versions: numbers by their value, "1.0-rc1" before "1.0", anything else by its letters.
func compareVersions(a, b string) int {
	coreA, preA, isPreA := strings.Cut(a, "-")
	coreB, preB, isPreB := strings.Cut(b, "-")
	if c := compareParts(coreA, coreB); c != 0 {
		return c
	}
	switch {
	case isPreA && !isPreB:
		return -1
	case !isPreA && isPreB:
		return 1
	}
	return compareParts(preA, preB)
}

func compareParts(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		nx, errX := strconv.ParseUint(x, 10, 64)
		ny, errY := strconv.ParseUint(y, 10, 64)
		c := 0
		switch {
		case errX == nil && errY == nil:
			c = cmp.Compare(nx, ny)
		case x == "" && errY == nil && ny == 0, y == "" && errX == nil && nx == 0: // 1.0 is 1
		default:
			c = cmp.Compare(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
