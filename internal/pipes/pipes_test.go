package pipes

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
)

func TestListener(t *testing.T) {
	l := Listen()
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	from := netip.MustParseAddrPort("192.0.2.7:1234")
	near, err := l.DialFrom(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	far := <-accepted
	if got := far.RemoteAddr().String(); got != from.String() {
		t.Errorf("it comes from %s", got)
	}
	go func() { _, _ = io.WriteString(near, "hello"); near.Close() }()
	if said, err := io.ReadAll(far); err != nil || string(said) != "hello" {
		t.Errorf("%q, %v", said, err)
	}
	if near, err = l.Dial(t.Context(), "tcp", "anywhere:1"); err != nil || (<-accepted).Close() != nil || near.Close() != nil {
		t.Error(err)
	}
	if l.Close() != nil || l.Close() != nil {
		t.Error("it can be closed twice")
	}
	if _, open := <-accepted; open {
		t.Error("closed, and somebody came in")
	}
	if _, err := l.Dial(t.Context(), "", ""); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Listen().Dial(ctx, "", ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
