// Package wire is the leaf of all messages between hub and agent: plain structs, the subjects they travel on and a version.
//
// A reading travels as sequenced frames: a schema is announced once, batches then carry bare numbers in its order,
// facts (what is not a number) travel when they change. The hub acknowledges frames by number; the agent keeps them until then.
// Encoders and decoders live here; a decoder never panics on foreign bytes. Start reading at wire.go.
package wire
