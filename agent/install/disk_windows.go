package install

import "golang.org/x/sys/windows"

// errQuota is how a full disk is called on Windows.
var errQuota error = windows.ERROR_DISK_FULL
