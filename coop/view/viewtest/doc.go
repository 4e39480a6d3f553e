// Package viewtest is a crew that does not exist, for tests of what shows one: fixed members, jobs, blocks and money, and
// orders that change them. Nothing but tests and the programs under tools may import it.
//
// It imports the root package, coop/view and the standard library. Start at fake.go.
package viewtest
