// Package e2e proves README's first command as a person would meet it: `make run`, the printed link in a real browser,
// consent by a click, real hashes and accepted shares within a minute, and a clean end on Ctrl-C.
// It runs with the build tag e2e, after `make build`.
package e2e
