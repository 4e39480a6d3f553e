//go:build !linux

package install

func helper() {}
