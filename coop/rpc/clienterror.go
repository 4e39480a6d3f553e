package rpc

import (
	"context"
	"crypto/x509"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/pki"
)

// handshake is a client's TLS that remembers why it failed: gRPC passes on only a text. In TLS 1.3 a client learns that its
// own certificate was refused with its first read, after the handshake.
type handshake struct {
	credentials.TransportCredentials

	mu  sync.Mutex
	err error
}

func (h *handshake) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := h.TransportCredentials.ClientHandshake(ctx, authority, raw)
	if err != nil {
		h.note(err)
		return nil, nil, err
	}
	return &alerted{Conn: conn, h: h}, info, nil
}

func (h *handshake) Clone() credentials.TransportCredentials { return h }

func (h *handshake) note(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (h *handshake) last() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

type alerted struct {
	net.Conn
	h *handshake
}

func (a *alerted) Read(b []byte) (int, error) {
	n, err := a.Conn.Read(b)
	if err != nil && strings.Contains(err.Error(), "remote error: tls: ") {
		a.h.note(err)
	}
	return n, err
}

// clientError says in words what went wrong between a worker and its coordinator. Its codes tell what helps: Conflict:
// another program has taken the place; Unauthorized, Forbidden: ask the operator; NotFound: register again; Unreachable,
// Timeout: try again.
func clientError(err error, address string, shake *handshake, id *pki.Identity, now time.Time) error {
	if err == nil {
		return nil
	}
	s, _ := status.FromError(err)
	if s.Code() == codes.Unavailable && shake != nil {
		if why := shake.last(); why != nil {
			var mine *x509.Certificate
			if id != nil {
				mine = id.Leaf()
			}
			if told := pki.Explain(why, mine, now); told != nil {
				return told
			}
		}
	}
	said := short(s.Message())
	switch s.Code() {
	case codes.Canceled:
		return adit.Errorf(adit.Unreachable, "the connection with %s ended", address)
	case codes.DeadlineExceeded:
		return adit.Errorf(adit.Timeout, "the coordinator at %s does not answer in time", address)
	case codes.Aborted:
		return adit.Errorf(adit.Conflict, "%s; give each worker an id of its own (--worker-id)", said)
	case codes.NotFound:
		return adit.Errorf(adit.NotFound, "%s", said)
	case codes.PermissionDenied:
		return adit.Errorf(adit.Forbidden, "the coordinator refuses this worker: %s", said)
	case codes.Unauthenticated:
		return adit.Errorf(adit.Unauthorized, "%s", said)
	case codes.InvalidArgument:
		return adit.Errorf(adit.Invalid, "the coordinator does not take what this worker sends: %s", said)
	case codes.FailedPrecondition:
		return adit.Errorf(adit.Unsupported, "%s", said)
	case codes.Unimplemented:
		return adit.Errorf(adit.Unsupported, "at %s answers something else than a coordinator of adit, or one that is older", address)
	case codes.ResourceExhausted:
		return adit.Errorf(adit.Refused, "%s", said)
	}
	return adit.Errorf(adit.Unreachable, "the coordinator at %s cannot be reached: %s", address, network(s.Message()))
}

// network shortens gRPC's words on a broken connection to their cause.
func network(s string) string {
	for _, before := range []string{`desc = "`, "transport: "} {
		if _, after, ok := strings.Cut(s, before); ok {
			s = after
		}
	}
	return short(strings.TrimSuffix(s, `"`))
}
