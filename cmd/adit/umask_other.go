//go:build !unix

package main

func keepPrivate() {} // the data directory lies in the user's own profile
