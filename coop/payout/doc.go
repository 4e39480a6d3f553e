// Package payout divides money among members: pure functions over shares, in integers, so that the same ledger gives the
// same result to the last unit wherever it is computed again.
//
// Three ways of weighing: PPLNS over blocks (weight.go Score, window.go), PPLNS behind a pool (window.go Behind) and PROP
// over a range of shares; one way of dividing (divide.go). Scenario files in testdata/ show each with its numbers.
//
// It may import the root package and coop. Where to start reading: rule.go, then divide.go.
package payout
