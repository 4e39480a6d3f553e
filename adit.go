// Package adit holds the words every room of the house needs: units, algorithms, coins, shares, identities,
// errors, actors and scopes. It imports the standard library only, so that anybody may import it.
//
// Conventions: a pointer or an absent value means "unknown" and is never replaced by zero; times are UTC;
// hashrates are hashes per second.
package adit

// Version of this build, set by the linker (-X github.com/adit-mining/adit.Version=…).
var Version = "0.0.0-dev"
