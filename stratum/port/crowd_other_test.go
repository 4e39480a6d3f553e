//go:build !linux

package port

func crowdIn(string, string) {}
