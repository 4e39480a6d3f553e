// Package httpx puts adit's habits around huma: every operation names the scope it needs, which is checked before
// anything of the request is read; every error is a problem without rejected values; bad input is 400, never 422.
// It imports the root package, internal/problem and huma. Start at register.go.
package httpx
