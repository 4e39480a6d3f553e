package stratum

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/selfsigned"
)

func TestTLS(t *testing.T) {
	cert := selfsigned.Loopback(t)
	pin := fingerprint(cert.Leaf)
	url := listen(t, func(c net.Conn) {
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		newDesk(s).login(testJob(1, 5))
		hold(s)
	})
	secure := strings.Replace(url, "tcp", "ssl", 1)

	c, err := dial(t, Pool{URL: secure, Fingerprint: strings.ToUpper(pin)})
	if err != nil {
		t.Fatal(err)
	}
	if i := c.Info(); i.TLSVersion != "TLS 1.3" || i.Fingerprint != pin {
		t.Fatalf("%+v", i)
	}
	c.Close()

	other := strings.Repeat("ab", 32)
	_, err = dial(t, Pool{URL: secure, Fingerprint: other})
	wants(t, err, adit.Refused, pin, other)
	_, err = dial(t, Pool{URL: secure})
	wants(t, err, adit.Refused, "tls-fingerprint", pin)

	plain := listen(t, func(c net.Conn) {
		fmt.Fprintln(c, `{"id":null,"error":"a JSON object is expected"}`)
		hold(c)
	})
	_, err = dial(t, Pool{URL: strings.Replace(plain, "tcp", "tls", 1)})
	wants(t, err, adit.Refused, "does not speak TLS", "stratum+tcp://")
}

// A certificate that the roots know needs no pin; another name does.
func TestTLSByRoots(t *testing.T) {
	cert := selfsigned.Loopback(t)
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	for name, good := range map[string]bool{"127.0.0.1": true, "pool.example": false} {
		near, far := net.Pipe()
		go func() {
			tls.Server(far, &tls.Config{Certificates: []tls.Certificate{cert}}).HandshakeContext(context.Background())
			far.Close()
		}()
		err := tls.Client(near, tlsConfig(name, "", roots)).Handshake()
		if (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
		near.Close()
	}
}
