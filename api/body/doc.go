// Package body holds the JSON bodies of the REST interface, for package api that answers with them and api/client that
// reads them. Structs only; it imports internal/problem and coop/view.
//
// The bodies of /api/v1/mining keep the names of the older Mining Platform (mining.go), those of /api/stats and its neighbours CoopMine's (coop.go); all others are adit's own.
// Start reading at mining.go.
package body
