// Package view is what people see of a crew: JSON shapes, and Source, the one interface through which api, cmd and
// coop/metric read and order. The coordinator fills it; view itself has no state.
//
// A null is "unknown", never zero. Times are RFC 3339 in UTC, rates H/s, difficulties expected hashes, lengths seconds;
// money is whole atomic units in a string (Atomic). Lists are [] and never null.
//
// It imports the root package only, so that api/client may use it. Start at source.go, then glance.go.
package view
