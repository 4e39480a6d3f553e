// Package link is how processes trust each other and talk: wire (messages, subjects, version) and bus (NATS in this
// process or outside it). It may import device for its data types. Start reading at wire/wire.go.
package link
