//go:build linux

package test

import "fmt"

func none(pids []int) error {
	if len(pids) != 0 {
		return fmt.Errorf("still there: %v", pids)
	}
	return nil
}

func one(pids []int) error {
	if len(pids) != 1 {
		return fmt.Errorf("not exactly one: %v", pids)
	}
	return nil
}
