package stratum

import (
	"context"
	"net"
)

// Open connects to a pool of any dialect, with TLS where its URL asks for it and the certificate checked as its
// Fingerprint says. The Info has no Since and no Ping yet.
func Open(ctx context.Context, p Pool, dial DialFunc) (net.Conn, Info, error) {
	conn, ln, err := connect(ctx, p, dial)
	if err != nil {
		return nil, Info{}, err
	}
	return conn, Info{IP: ln.ip, TLSVersion: ln.version, Fingerprint: ln.fingerprint}, nil
}
