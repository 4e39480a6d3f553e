// Package sheet keeps profiles: saved ways to run a mining program, each with its versions, and starts programs from
// them. It also imports and exports them, remembers the configuration each program was started with last, and holds the
// list of recommended pools.
//
// What a configuration means it does not know: it asks for that, and for starting, through small interfaces (sheet.go)
// that cmd fills with fleet/command and fleet/telemetry. Secrets of a configuration (secret.go) stay in the database.
//
// It may import device, link, store, fleet/account, fleet/inventory and the root package. Start at profile.go, then
// service.go.
package sheet
