package btcdtest

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/noderpc/nodetest"
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

	*nodetest.Process
	t   testing.TB
	rpc *noderpc.Client
}

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
	n.Process = nodetest.Start(t, func() *exec.Cmd { return n.command(path) }, func(ctx context.Context) bool {
		return n.rpc.Call(ctx, time.Minute, "getblockcount", []any{}, nil) == nil
	})
	return n
}

// command is a node on free ports.
func (n *Node) command(path string) *exec.Cmd {
	n.t.Helper()
	n.Host = net.JoinHostPort("127.0.0.1", nodetest.FreePort(n.t))
	n.URL = "bitcoind://" + n.User + ":" + n.Password + "@" + n.Host
	n.rpc = nodetest.Client(n.t, noderpc.Options{Name: "btcd", Path: "/", Host: n.Host, User: n.User, Password: n.Password})
	dir := n.t.TempDir()
	conf := filepath.Join(dir, "btcd.conf") // so that no file of the machine is read
	if err := os.WriteFile(conf, []byte("[Application Options]\nrpcuser="+n.User+"\nrpcpass="+n.Password+"\n"), 0o600); err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.Command(path, "--simnet", "--notls", "--configfile", conf, "--datadir", filepath.Join(dir, "data"), "--logdir", filepath.Join(dir, "log"),
		"--rpclisten", n.Host, "--listen", net.JoinHostPort("127.0.0.1", nodetest.FreePort(n.t)), "--nodnsseed", "--debuglevel", "error")
	cmd.Env = append(os.Environ(), "HOME="+dir, "LOCALAPPDATA="+dir)
	return cmd
}

// Call makes a JSON-RPC call and reads its result, which may be nil.
func (n *Node) Call(method string, result any, params ...any) error {
	if params == nil {
		params = []any{}
	}
	return n.rpc.Call(n.t.Context(), time.Minute, method, params, result)
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
