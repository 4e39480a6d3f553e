package btcdtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// Node is a running btcd --simnet without peers. A block there takes two hashes on average.
type Node struct {
	Host, User, Password string // of its RPC
	URL                  string // "bitcoind://USER:PASSWORD@HOST"

	Address string // a payout address of simnet whose coins anybody can spend with Script as the only witness
	Script  []byte

	t    testing.TB
	cmd  *exec.Cmd
	done chan struct{}
}

// startWithin is how long a node may take until it answers on a loaded machine.
const startWithin = time.Minute

// Path is where btcd lies, "" where it was not built: ADIT_BTCD, the folder of tools/deps.sh, PATH, or Go's own folder.
func Path() string {
	home, _ := os.UserHomeDir()
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(home, ".cache")
	}
	for _, p := range []string{os.Getenv("ADIT_BTCD"), "/var/cache/adit-test/btcd/btcd", filepath.Join(cache, "adit-test", "btcd", "btcd"), "btcd", filepath.Join(home, "go", "bin", "btcd")} {
		if found, err := exec.LookPath(p); p != "" && err == nil {
			return found
		}
	}
	return ""
}

// Start starts a node that ends with the test.
func Start(t testing.TB) *Node {
	t.Helper()
	path := Path()
	if path == "" {
		t.Skip("btcd was not built (tools/deps.sh test does that; ADIT_BTCD may name it): what a real node says is not tested")
	}
	n := &Node{t: t, User: "adit", Password: "s3cret"}
	n.Address, n.Script = addresstest.Anyone(t, "BTC", address.Simnet)
	for try := 0; ; try++ { // another program may take a free port before btcd does
		n.start(path)
		if n.ready() {
			return n
		}
		if n.Stop(); try == 2 {
			t.Fatal("btcd does not answer")
		}
	}
}

func (n *Node) start(path string) {
	n.t.Helper()
	n.Host = net.JoinHostPort("127.0.0.1", freePort(n.t))
	n.URL = "bitcoind://" + n.User + ":" + n.Password + "@" + n.Host
	dir := n.t.TempDir()
	conf := filepath.Join(dir, "btcd.conf") // so that no file of the machine is read
	if err := os.WriteFile(conf, []byte("[Application Options]\nrpcuser="+n.User+"\nrpcpass="+n.Password+"\n"), 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.cmd, n.done = exec.Command(path, "--simnet", "--notls", "--configfile", conf, "--datadir", filepath.Join(dir, "data"), "--logdir", filepath.Join(dir, "log"),
		"--rpclisten", n.Host, "--listen", net.JoinHostPort("127.0.0.1", freePort(n.t)), "--nodnsseed", "--debuglevel", "error"), make(chan struct{})
	n.cmd.Env = append(os.Environ(), "HOME="+dir, "LOCALAPPDATA="+dir)
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
		_, err := n.ask(ctx, "getblockcount", nil)
		cancel()
		if err == nil {
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

// Stop ends the node now.
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
func (n *Node) Call(method string, result any, params ...any) error {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), time.Minute)
	defer cancel()
	raw, err := n.ask(ctx, method, params)
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(raw, result)
}

func (n *Node) ask(ctx context.Context, method string, params []any) (json.RawMessage, error) {
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "1.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.Host, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Close = true
	req.SetBasicAuth(n.User, n.Password)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(res.Body); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return nil, fmt.Errorf("%s: HTTP %d: %s", method, res.StatusCode, strings.TrimSpace(out.String()))
	}
	if answer.Error != nil {
		return nil, fmt.Errorf("btcd: %s (%d)", answer.Error.Message, answer.Error.Code)
	}
	return answer.Result, nil
}

// Height is the height of its newest block; the first block has 0.
func (n *Node) Height() uint64 {
	n.t.Helper()
	var h uint64
	if err := n.Call("getblockcount", &h); err != nil {
		n.t.Fatal(err)
	}
	return h
}

var errNone = errors.New("no nonce solves the job")

// Solve finds a nonce that makes a block of the job with this extranonce2.
func Solve(j *bitcoin.Job, extranonce2 []byte) (bitcoin.Share, error) {
	s := bitcoin.Share{JobID: j.ID, Extranonce2: extranonce2, Time: j.Time}
	for ; s.Nonce < 1<<24; s.Nonce++ {
		if j.Solves(j.Hash(s)) {
			return s, nil
		}
	}
	return s, errNone
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
