// Package coopv1 is the generated Go of proto/coopmine.proto and proto/enrol.proto: what coordinator and workers say to
// each other. Nothing is written here by hand but its tests, which pin the field numbers. `make generate` makes it anew.
//
// It imports nothing of adit. Where to start reading: proto/coopmine.proto.
package coopv1
