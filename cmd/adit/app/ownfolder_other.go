//go:build !unix

package app

// OwnFolder refuses a data directory of another user; here the system's own permissions do.
func OwnFolder(string) error { return nil }
