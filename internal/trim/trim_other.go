//go:build !linux

package trim

func unmap() {}
