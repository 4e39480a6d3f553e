package bitcoin

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/bitcoin/minertest"
	"github.com/adit-mining/adit/stratum/port"
)

// listen serves on a real socket until the test ends.
func listen(t *testing.T, h Handler, o port.Options) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	v := NewServer(ServerOptions{Handler: h, Port: o})
	go func() { done <- v.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := v.Sessions(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
	return ln.Addr().String()
}

// Both ends over TLS and plain on one port, with the certificate pinned, and not.
func TestTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	cert := web.TLS.Certificates[0]
	web.Close()
	h := newJudge()
	addr := listen(t, h, port.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}})
	pin := sha256.Sum256(cert.Certificate[0])
	p := pool("stratum+ssl://" + addr)
	p.Fingerprint = hex.EncodeToString(pin[:])
	c, err := Dial(t.Context(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if i := c.Info(); i.TLSVersion != "TLS 1.3" || i.Fingerprint != p.Fingerprint || i.IP != "127.0.0.1" {
		t.Errorf("%+v", i)
	}
	if w := c.Work(); w.Job.ID != "job-1" || w.Difficulty != 2 || w.Job.VersionMask != RollingMask {
		t.Errorf("%+v", w)
	}
	p.Fingerprint = strings.Repeat("ab", 32)
	_, err = Dial(t.Context(), p, nil, nil)
	wants(t, err, adit.Refused, "pinned")
	p.Fingerprint = ""
	_, err = Dial(t.Context(), p, nil, nil)
	wants(t, err, adit.Refused, "cannot be verified", hex.EncodeToString(pin[:]))
	plain, err := Dial(t.Context(), pool(addr), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if i := plain.Info(); i.TLSVersion != "" {
		t.Errorf("%+v", i)
	}
}

// The two understandings of the protocol agree: what the device finds is what the pool's maths say, with and without rolling.
func TestDevice(t *testing.T) {
	h := newJudge()
	h.admit = func(context.Context, Login) error { return nil }
	addr := listen(t, h, port.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for i, o := range []minertest.Options{
		{Mask: RollingMask}, {}, {Mask: 0x00006000, Order: []string{"authorize", "subscribe", "configure"}}, {Movable: true},
	} {
		o.Address, o.Worker = addr, "user.rig"
		m, err := minertest.Dial(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		s := h.session(i)
		job := testJob("job-1")
		place := s.Data.(Place)
		job.Extranonce1, job.Extranonce2Size = place.Extranonce1, place.Extranonce2Size
		const hashes = 64
		job.Version |= 0x4000 // the pool may set a bit of the mask itself
		s.Offer(Offer{Notice: NoticeOf(job), ID: "job-1", Difficulty: adit.HashesOf(hashes), Place: place})
		j, err := m.Job(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		rolled := map[uint32]bool{}
		for len(rolled) < 1 || o.Mask != 0 && len(rolled) < 3 {
			f, err := j.Search(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if rolled[f.VersionBits] && f.Nonce%64 != 0 {
				continue // look at some of each
			}
			rolled[f.VersionBits] = true
			if err := m.Submit(ctx, f); err != nil {
				t.Fatal(err)
			}
			h.mu.Lock()
			share := h.shares[len(h.shares)-1]
			h.mu.Unlock()
			if header := job.Header(share); header != f.Header {
				t.Fatalf("device %d: %x, here %x", i, f.Header, header)
			}
			if job.Hash(share) != f.Hash || !Meets(f.Hash, adit.HashesOf(hashes)) {
				t.Fatalf("device %d: hash %x, here %x", i, f.Hash, job.Hash(share))
			}
			if o, text := job.Check(share); o != "" {
				t.Fatalf("device %d: %s %s", i, o, text)
			}
		}
		m.Close()
	}
}
