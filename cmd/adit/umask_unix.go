//go:build unix

package main

import "syscall"

// keepPrivate lets nobody else read what this process and its libraries create.
func keepPrivate() { syscall.Umask(0o077) }
