//go:build !linux

package proc

// CannotDrop says why this process cannot start another as another user.
func CannotDrop() string { return supported().Error() }

// Give makes a file the account's; not supported on this platform, where no program changes its user.
func Give(string, Account) error { return supported() }
