//go:build !linux

package agent

func helper() {}
