package stratum

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// selfSigned makes a certificate for 127.0.0.1 as pools have it.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pool"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}
}

func TestTLS(t *testing.T) {
	cert := selfSigned(t)
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
	cert := selfSigned(t)
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
