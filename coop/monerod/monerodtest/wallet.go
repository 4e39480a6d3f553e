package monerodtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"
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
	port, dir := freePort(n.t), n.t.TempDir()
	cmd := exec.Command(path, "--daemon-address", n.Host, "--trusted-daemon", "--rpc-bind-port", port,
		"--disable-rpc-login", "--wallet-dir", dir, "--log-file", filepath.Join(dir, "log"), "--log-level", "0", "--non-interactive")
	detach(cmd)
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	w := wallet{"http://127.0.0.1:" + port + "/json_rpc"}
	w.wait(n)
	var made struct {
		Address string `json:"address"`
	}
	w.must(n, "create_wallet", map[string]any{"filename": "w", "language": "English"}, nil)
	w.must(n, "get_address", map[string]any{"account_index": 0}, &made)
	if err := n.Call("generateblocks", map[string]any{"wallet_address": made.Address, "amount_of_blocks": 60 + 16 + count}, nil); err != nil {
		n.t.Fatal(err)
	}
	w.must(n, "refresh", nil, nil)
	for range count {
		to := []map[string]any{{"amount": 1000000000, "address": made.Address}}
		w.must(n, "transfer", map[string]any{"destinations": to, "ring_size": 16}, nil)
	}
}

type wallet struct{ url string }

func (w wallet) wait(n *Node) {
	n.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(startWithin)
	defer deadline.Stop()
	for {
		if w.call(n, "get_version", nil, nil) == nil {
			return
		}
		select {
		case <-deadline.C:
			n.t.Fatal("monero-wallet-rpc does not answer")
		case <-tick.C:
		}
	}
}

func (w wallet) must(n *Node, method string, params, result any) {
	n.t.Helper()
	if err := w.call(n, method, params, result); err != nil {
		n.t.Fatalf("monero-wallet-rpc: %s: %v", method, err)
	}
}

func (w wallet) call(n *Node, method string, params, result any) error {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": "0", "method": method, "params": params})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(n.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return fmt.Errorf("%s", answer.Error.Message)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}
