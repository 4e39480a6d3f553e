// Package client speaks adit's REST interface: what the CLI uses, and what other Go programs may use.
//
// It sends the token to the given server only and follows no redirect. Errors carry the server's code and words:
// adit.CodeOf(err), err.Error(). It imports the root package, api/body, coop/view and fleet/telemetry/view. Start at client.go.
package client
