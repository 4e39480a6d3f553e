//go:build !race

package port

const crowd = 10000
