package monerod

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// node is a real monerod on a private chain that starts at every test and is forgotten after it.
type node struct{ rpc string }

func startNode(t *testing.T) *node {
	t.Helper()
	path, err := exec.LookPath("monerod")
	if err != nil {
		t.Skip("monerod is not installed (Debian package monero): its cross-checks are skipped")
	}
	port, zmq := freePort(t), freePort(t)
	cmd := exec.Command(path, "--regtest", "--offline", "--fixed-difficulty", "5", "--data-dir", t.TempDir(),
		"--rpc-bind-ip", "127.0.0.1", "--rpc-bind-port", strconv.Itoa(port), "--zmq-rpc-bind-ip", "127.0.0.1",
		"--zmq-rpc-bind-port", strconv.Itoa(zmq), "--p2p-bind-ip", "127.0.0.1", "--p2p-bind-port", strconv.Itoa(freePort(t)),
		"--non-interactive", "--no-igd", "--check-updates", "disabled", "--log-level", "0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
	})
	n := &node{rpc: fmt.Sprintf("http://127.0.0.1:%d/json_rpc", port)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		var info map[string]any
		if err := n.call(ctx, "get_info", nil, &info); err == nil {
			tick.Stop()
			return n
		}
		select {
		case <-ctx.Done():
			t.Fatal("monerod does not answer")
		case <-done:
			t.Fatal("monerod ended at once")
		case <-tick.C:
		}
	}
}

// rpcError is monerod's own refusal.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return fmt.Sprintf("monerod: %s (%d)", e.Message, e.Code) }

func (n *node) call(ctx context.Context, method string, params, result any) error {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": "0", "method": method, "params": params})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.rpc, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	return json.Unmarshal(answer.Result, result)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
