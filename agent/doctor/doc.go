// Package doctor looks at one computer and at adit's own folder on it, and says what is, how good that is, and what mends
// it: a command where there is one. It changes nothing and works without a running adit. What cannot be told is said as
// such, never taken for good or bad.
//
// It may import device, link/wire, the root package and internal/. Start reading at patient.go (the list of checks).
package doctor
