// Package logx makes adit's logger: readable lines on a terminal, JSON elsewhere, and a rotated JSON file where one is
// asked for. Secrets do not get through: see secret.go. Log keys are the constants of keys.go. It may import the root
// package and golang.org/x/term. Start reading at New.
package logx
