//go:build !linux

package engine

import "errors"

// bindCPU cannot bind threads here.
func bindCPU(int) error {
	return errors.New("binding threads to CPUs is not supported on this platform")
}

// allowedCPUs are not known here.
func allowedCPUs() []int { return nil }
