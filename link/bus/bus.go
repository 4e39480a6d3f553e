package bus

import "context"

// Conn is one identity's connection. Its methods may be called from several goroutines.
type Conn interface {
	// Publish sends without an answer. An error means it was not handed over; nil does not mean it was read.
	Publish(subject string, data []byte) error
	// Request sends and waits for one answer until ctx ends; adit.Unreachable where nobody listens.
	Request(ctx context.Context, subject string, data []byte) ([]byte, error)
	// Subscribe calls h for every message, one after the other, until the returned function is called or the Conn closes.
	Subscribe(subject string, h func(m Msg)) (cancel func(), err error)
	// Close drains and ends the connection.
	Close() error
}

// Msg is one message that arrived. Reply answers a request; it is nil where none is wanted.
type Msg struct {
	Subject string
	Data    []byte
	Reply   func(data []byte) error
}
