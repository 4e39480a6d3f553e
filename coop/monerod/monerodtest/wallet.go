package monerodtest

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/noderpc/nodetest"
)

// Transactions makes the node's pool hold transactions of a real wallet, n of them, so that templates have more than
// the miner's. It wants a difficulty of 1, finds some 80 blocks for that, and skips the test where monero-wallet-rpc is
// not installed.
func (n *Node) Transactions(count int) {
	n.t.Helper()
	path, err := exec.LookPath("monero-wallet-rpc")
	if err != nil {
		n.t.Skip("monero-wallet-rpc is not installed (Debian package monero): templates with transactions are not tested")
	}
	var rpc *noderpc.Client
	nodetest.Start(n.t, func() *exec.Cmd {
		port, dir := nodetest.FreePort(n.t), n.t.TempDir()
		rpc = nodetest.Client(n.t, noderpc.Options{Name: "monero-wallet-rpc", Path: "/json_rpc", Host: net.JoinHostPort("127.0.0.1", port)})
		return exec.Command(path, "--daemon-address", n.Host, "--trusted-daemon", "--rpc-bind-port", port,
			"--disable-rpc-login", "--wallet-dir", dir, "--log-file", filepath.Join(dir, "log"), "--log-level", "0", "--non-interactive")
	}, func(ctx context.Context) bool { return rpc.Call(ctx, time.Minute, "get_version", nil, nil) == nil })
	must := func(method string, params, result any) {
		n.t.Helper()
		if err := rpc.Call(n.t.Context(), time.Minute, method, params, result); err != nil {
			n.t.Fatalf("monero-wallet-rpc: %s: %v", method, err)
		}
	}
	var made struct {
		Address string `json:"address"`
	}
	must("create_wallet", map[string]any{"filename": "w", "language": "English"}, nil)
	must("get_address", map[string]any{"account_index": 0}, &made)
	if err := n.Call("generateblocks", map[string]any{"wallet_address": made.Address, "amount_of_blocks": 60 + 16 + count}, nil); err != nil {
		n.t.Fatal(err)
	}
	must("refresh", nil, nil)
	for range count {
		to := []map[string]any{{"amount": 1000000000, "address": made.Address}}
		must("transfer", map[string]any{"destinations": to, "ring_size": 16}, nil)
	}
}
