//go:build race

package port

const crowd = 1000 // the detector makes everything slow
