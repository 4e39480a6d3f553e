package rpc_test

import (
	"context"
	"strings"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// network is a proxy between a worker and its coordinator that tests damage.
type network struct {
	t *testing.T
	p *toxiproxy.Proxy
}

func between(t *testing.T, upstream string) *network {
	t.Helper()
	s := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	p := toxiproxy.NewProxy(s, "net", "127.0.0.1:0", upstream)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &network{t, p}
}

func (n *network) addr() string { return n.p.Listen }

// with damages what passes: {"name": …, "type": …, "stream": …, "attributes": {…}}.
func (n *network) with(json string) {
	n.t.Helper()
	if _, err := n.p.Toxics.AddToxicJson(strings.NewReader(json)); err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) without(name string) {
	n.t.Helper()
	if err := n.p.Toxics.RemoveToxic(context.Background(), name); err != nil {
		n.t.Fatal(err)
	}
}

// down hangs up on everybody and lets nobody in until up.
func (n *network) down() { n.p.Stop() }

func (n *network) up() {
	n.t.Helper()
	if err := n.p.Start(); err != nil {
		n.t.Fatal(err)
	}
}
