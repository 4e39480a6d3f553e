//go:build unix

package install

import (
	"golang.org/x/sys/unix"
)

// errQuota is the error of a user's share that is used up.
var errQuota error = unix.EDQUOT
