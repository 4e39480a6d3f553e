// Package devicetest is the suite every driver must pass. Call Run from the driver's own test with a Suite that opens
// its device on the fake beside the driver. It may import the root package and device. Start reading at suite.go.
package devicetest
