// Package bus carries link/wire messages: an embedded NATS server with in-process connections, or one outside.
// Each connection has an identity and may use only its own subjects. Start reading at bus.go.
package bus
