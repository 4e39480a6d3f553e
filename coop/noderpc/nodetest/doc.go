// Package nodetest starts real nodes and their helpers for tests: programs that listen on free ports, are waited for
// until they answer, and end with the test. Packages btcdtest and monerodtest say which program and how.
//
// It imports coop/noderpc. Start reading at Start.
package nodetest
