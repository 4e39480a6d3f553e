// Package badline puts a damaged line between two parts of a test: latency, slices of lines, cuts and resets, by
// toxiproxy. Only tests import it.
package badline

import (
	"context"
	"strings"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

// Line is a proxy in front of one address. It is whole until told otherwise, and ends with the test.
type Line struct {
	t testing.TB
	p *toxiproxy.Proxy
}

// To opens a line to host:port.
func To(t testing.TB, address string) *Line {
	t.Helper()
	s := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	p := toxiproxy.NewProxy(s, "line", "127.0.0.1:0", address)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &Line{t, p}
}

// Addr is where the line begins, host:port.
func (l *Line) Addr() string { return l.p.Listen }

// With damages what passes, by one of toxiproxy's toxics: {"name": …, "type": …, "stream": …, "attributes": {…}}.
func (l *Line) With(json string) {
	l.t.Helper()
	if _, err := l.p.Toxics.AddToxicJson(strings.NewReader(json)); err != nil {
		l.t.Fatal(err)
	}
}

// Without mends what the toxics of these names did.
func (l *Line) Without(names ...string) {
	l.t.Helper()
	for _, n := range names {
		if err := l.p.Toxics.RemoveToxic(context.Background(), n); err != nil {
			l.t.Fatal(err)
		}
	}
}

// Poor makes the line slow and cuts what passes into small pieces, both ways. Mend undoes it.
func (l *Line) Poor() {
	l.t.Helper()
	l.With(`{"name":"up","type":"slicer","stream":"upstream","attributes":{"average_size":19,"size_variation":9,"delay":50}}`)
	l.With(`{"name":"down","type":"slicer","stream":"downstream","attributes":{"average_size":60,"size_variation":30,"delay":50}}`)
	l.With(`{"name":"slow","type":"latency","stream":"downstream","attributes":{"latency":15,"jitter":10}}`)
}

// Mend undoes Poor. A slicer that is reset while it works leaves goroutines behind: mend before Down or Reset.
func (l *Line) Mend() { l.t.Helper(); l.Without("up", "down", "slow") }

// Reset answers the next bytes of each connection with a TCP reset. Whole undoes it.
func (l *Line) Reset() {
	l.t.Helper()
	l.With(`{"name":"reset","type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`)
}

// Whole undoes Reset.
func (l *Line) Whole() { l.t.Helper(); l.Without("reset") }

// Down hangs up on everybody and lets nobody in until Up.
func (l *Line) Down() { l.p.Stop() }

// Up lets connections in again, at the same address.
func (l *Line) Up() {
	l.t.Helper()
	if err := l.p.Start(); err != nil {
		l.t.Fatal(err)
	}
}

// Leftovers are the goroutines that toxiproxy itself leaves where a link breaks while a toxic comes or goes, for goleak.
func Leftovers() []goleak.Option {
	const toxic = "github.com/Shopify/toxiproxy/v2"
	return []goleak.Option{
		goleak.IgnoreAnyFunction(toxic + ".(*ToxicLink).read"), goleak.IgnoreAnyFunction(toxic + ".(*ToxicLink).write"),
		goleak.IgnoreAnyFunction(toxic + ".(*ToxicLink).Start.func1"), goleak.IgnoreAnyFunction(toxic + "/toxics.(*ToxicStub).Run"),
	}
}
