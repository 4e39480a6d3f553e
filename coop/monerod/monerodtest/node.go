package monerodtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit/internal/address/addresstest"
)

// Options of a node.
type Options struct {
	Difficulty uint64 // of every block; 0 = 1, which any hash meets
	Login      string // "USER:PASSWORD" that the RPC asks for; "" = none, and then Call works
}

// Node is a running monerod --regtest --offline.
type Node struct {
	Host    string // of its RPC
	URL     string // "monerod://HOST"
	Address string // a payout address that it takes; nobody holds its keys

	t    testing.TB
	cmd  *exec.Cmd
	done chan struct{}
}

// startWithin is how long a node may take until it answers on a loaded machine.
const startWithin = time.Minute

// Start starts a node that ends with the test.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	path, err := exec.LookPath("monerod")
	if err != nil {
		t.Skip("monerod is not installed (Debian package monero): what a real node says is not tested")
	}
	if o.Difficulty == 0 {
		o.Difficulty = 1
	}
	n := &Node{t: t, Address: addresstest.Monero(t)}
	for try := 0; ; try++ { // another program may take a free port before monerod does
		n.start(path, o)
		if n.ready() {
			return n
		}
		if n.Stop(); try == 2 {
			t.Fatal("monerod does not answer")
		}
	}
}

func (n *Node) start(path string, o Options) {
	n.t.Helper()
	port := freePort(n.t)
	n.Host = net.JoinHostPort("127.0.0.1", port)
	n.URL = "monerod://" + n.Host
	args := []string{"--regtest", "--offline", "--fixed-difficulty", strconv.FormatUint(o.Difficulty, 10), "--data-dir", n.t.TempDir(),
		"--rpc-bind-ip", "127.0.0.1", "--rpc-bind-port", port, "--no-zmq", "--p2p-bind-ip", "127.0.0.1", "--p2p-bind-port", freePort(n.t),
		"--non-interactive", "--no-igd", "--check-updates", "disabled", "--log-level", "0"}
	if o.Login != "" {
		args = append(args, "--rpc-login", o.Login)
	}
	n.cmd, n.done = exec.Command(path, args...), make(chan struct{})
	detach(n.cmd)
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	done, cmd := n.done, n.cmd
	go func() { defer close(done); _ = cmd.Wait() }()
	n.t.Cleanup(n.Stop)
}

// ready waits until the node answers; false where it ended.
func (n *Node) ready() bool {
	deadline := time.NewTimer(startWithin)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		status, _ := n.ask(ctx, "get_info", nil)
		cancel()
		if status == http.StatusOK || status == http.StatusUnauthorized {
			return true
		}
		select {
		case <-n.done:
			return false
		case <-deadline.C:
			return false
		case <-tick.C:
		}
	}
}

// Stop ends the node now, as a power cut would not: it may say goodbye.
func (n *Node) Stop() {
	select {
	case <-n.done:
		return
	default:
	}
	terminate(n.cmd)
	select {
	case <-n.done:
	case <-time.After(10 * time.Second):
		_ = n.cmd.Process.Kill()
		<-n.done
	}
}

// Call makes a JSON-RPC call and reads its result.
func (n *Node) Call(method string, params, result any) error {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), time.Minute)
	defer cancel()
	status, raw := n.ask(ctx, method, params)
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("%s: HTTP %d: %s", method, status, strings.TrimSpace(string(raw)))
	}
	if answer.Error != nil {
		return fmt.Errorf("monerod: %s (%d)", answer.Error.Message, answer.Error.Code)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}

func (n *Node) ask(ctx context.Context, method string, params any) (status int, raw []byte) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": "0", "method": method, "params": params})
	if err != nil {
		n.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.Host+"/json_rpc", bytes.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer res.Body.Close()
	var out bytes.Buffer
	_, _ = out.ReadFrom(res.Body)
	return res.StatusCode, out.Bytes()
}

// Height is the number of blocks of its chain, the first one counted.
func (n *Node) Height() uint64 {
	n.t.Helper()
	var a struct {
		Count uint64 `json:"count"`
	}
	if err := n.Call("get_block_count", nil, &a); err != nil {
		n.t.Fatal(err)
	}
	return a.Count
}

// Generate makes the node find blocks itself, for somebody else. It wants a difficulty of 1.
func (n *Node) Generate(blocks int) {
	n.t.Helper()
	ask := map[string]any{"wallet_address": addresstest.Monero(n.t), "amount_of_blocks": blocks}
	if err := n.Call("generateblocks", ask, nil); err != nil {
		n.t.Fatal(err)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}
