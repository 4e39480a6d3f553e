package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

func coordinatorOf(text string, more ...func(*Source)) (Coordinator, error) {
	s := Source{File: "dir/c.yaml", Data: []byte(text)}
	for _, f := range more {
		f(&s)
	}
	return LoadCoordinator(s)
}

func workerOf(text string, more ...func(*Source)) (Worker, error) {
	s := Source{File: "dir/w.yaml", Data: []byte(text)}
	for _, f := range more {
		f(&s)
	}
	return LoadWorker(s)
}

// document is the coordinator's file as the CoopMine document and its example file write it.
const document = `
cluster:
  id: "my-cluster"
  name: "OpenSY Mining Cluster"
pool:
  address: "stratum+tcp://pool.example.com:3333"
  wallet: "WALLET"
  password: "x"
  reconnect_delay: 7s
  max_reconnect_attempts: 0  # 0 = infinite
grpc:
  listen: ":50051"
  max_workers: 100
  tls:
    enabled: true
    cert: "./certs/server.crt"
    key: "./certs/server.key"
    ca: "./certs/ca.crt"
    require_client_cert: true
dashboard:
  listen: ":8080"
  static_dir: "./coopmine/dashboard/static"
  cors_enabled: true
  cors_origins: []
workers:
  timeout: 90s
  min_hashrate: 0
jobs:
  history_size: 100
shares:
  target_difficulty: 10000
  validate_hashes: true
  max_rate: 10
logging:
  level: "info"
  format: "text"
  file: ""
metrics:
  enabled: true
  listen: ":9090"
  path: "/metrics"
heartbeat_interval: 20s
job_timeout: 4m
`

// TestDocument: the document's file means what it says there.
func TestDocument(t *testing.T) {
	wallet := addresstest.Monero(t)
	c, err := coordinatorOf(strings.ReplaceAll(document, "WALLET", wallet))
	if err != nil {
		t.Fatal(err)
	}
	hashes := adit.HashesOf(10000)
	want := DefaultCoordinator()
	want.Cluster = Cluster{"my-cluster", "OpenSY Mining Cluster"}
	want.Pools = []Pool{{Kind: KindPool, URL: "stratum+tcp://pool.example.com:3333", Host: "pool.example.com:3333", Wallet: wallet, Password: "x"}}
	want.GRPC.Listen = ":50051"
	want.Reconnect.Delay = 7 * time.Second
	want.GRPC.MaxWorkers = 100
	want.GRPC.TLS = TLS{Enabled: true, Cert: "./certs/server.crt", Key: "./certs/server.key", CA: "./certs/ca.crt", RequireClientCert: true}
	want.Workers.Heartbeat, want.Jobs.Timeout = 20*time.Second, 4*time.Minute
	want.Shares.Target = &hashes
	want.Logging = Logging{Level: "info", Format: "text"}
	want.Metrics.Listen = "127.0.0.1:9090"
	want.Payout.Operator = want.Cluster.Name
	want.Warnings = c.Warnings
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	all := strings.Join(c.Warnings, "\n")
	for _, w := range []string{
		"dashboard.static_dir (line 22 of c.yaml)", "dashboard.cors_enabled", `dashboard.listen: ":8080" means this computer alone: it listens at 127.0.0.1:8080`,
		`metrics.listen: ":9090" means this computer alone`,
	} {
		if !strings.Contains(all, w) {
			t.Errorf("no warning of %s in\n%s", w, all)
		}
	}
}

func TestWorkerDocument(t *testing.T) {
	w, err := workerOf(`
worker: {id: worker-1, name: "AWS c5.xlarge Node"}
coordinator:
  address: "coordinator.example.com:50051"
  reconnect_delay: 5s
  tls: {enabled: true, cert: ./certs/client.crt, key: ./certs/client.key, ca: ./certs/ca.crt}
mining:
  threads: 4
  huge_pages: true
  flags: {full_mem: true, hard_aes: true, jit: true}
  hashrate_interval: 10s
resources: {max_memory: 4096, cpu_affinity: [0, 2]}
logging: {level: info, format: text, file: ""}
health: {enabled: true, listen: ":9091"}
`)
	if err != nil {
		t.Fatal(err)
	}
	if w.ID != "worker-1" || w.Mining.Threads != 4 || w.Mining.Mode != "auto" || *w.Resources.MaxMemory != 4096<<20 ||
		!reflect.DeepEqual(w.Resources.Affinity, []int{0, 2}) || w.Health.Listen != "127.0.0.1:9091" || w.Coordinator.TLS.Cert != "./certs/client.crt" {
		t.Errorf("%+v", w)
	}
	if w, err = workerOf(""); err != nil || w.Coordinator.Address != "localhost:50051" {
		t.Errorf("an empty file: %+v, %v", w, err)
	}
	if w, err = workerOf("", func(s *Source) { s.Joined = "crew.example:50051" }); err != nil || w.Coordinator.Address != "crew.example:50051" {
		t.Errorf("after a join: %+v, %v", w, err)
	}
	if w, err = workerOf("resources: {max_memory: 1000}"); err != nil || w.Mining.Mode != "light" || len(w.Warnings) != 1 {
		t.Errorf("little memory: %+v, %v", w, err)
	}
}

// TestPrecedence: a flag wins over a variable, that over the file, that over the default.
func TestPrecedence(t *testing.T) {
	file := "cluster: {id: file}\npool: {address: 'practice:'}\n"
	env := func(s *Source) {
		s.Environ = []string{"COOPMINE_CLUSTER_ID=env", "COOPMINE_GRPC_LISTEN=127.0.0.1:1", "PATH=x", "COOPMINE_THREADS=4"}
	}
	flag := func(s *Source) { s.Flags = map[string][]string{"cluster-id": {"flag"}} }
	for want, more := range map[string][]func(*Source){"file": nil, "env": {env}, "flag": {env, flag}} {
		c, err := coordinatorOf(file, more...)
		if err != nil || c.Cluster.ID != want {
			t.Errorf("%q, %v; want %s", c.Cluster.ID, err, want)
		}
		if len(c.Warnings) > 0 {
			t.Errorf("warnings %v", c.Warnings)
		}
	}
	for _, name := range []string{"COOPMINE_THREADS", "COOPMINE_WORKER_THREADS", "COOPMINE_MINING_THREADS"} {
		w, err := workerOf("mining: {threads: 1}", func(s *Source) {
			s.Environ = []string{name + "=3", "COOPMINE_COORDINATOR=c:1", "COOPMINE_WORKER_HUGE_PAGES=false", "COOPMINE_POOL_WALLET=x"}
		})
		if err != nil || w.Mining.Threads != 3 || w.Coordinator.Address != "c:1" || w.Mining.HugePages || len(w.Warnings) > 0 {
			t.Errorf("%s: %+v, %v", name, w, err)
		}
	}
	c, err := coordinatorOf(file, func(s *Source) { s.Environ = []string{"COOPMINE_POOL_WALET=x"} })
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "did you mean COOPMINE_POOL_WALLET?") {
		t.Errorf("a misspelt variable: %v, %v", c.Warnings, err)
	}
}

// TestUpstreams: each form of an address, one and many of them, and who is paid.
func TestUpstreams(t *testing.T) {
	xmr, btc := addresstest.Monero(t), addresstest.Bitcoin(t, "BTC", address.Mainnet, address.WitnessKeyHash)
	test := addresstest.Generate(t, address.Testnet, address.Standard, nil)
	for _, c := range []struct {
		yaml string
		want []Pool
		note string
	}{
		{"pool: {address: 'practice:'}", []Pool{{Kind: KindPractice, URL: "practice:"}}, ""},
		{"pool: {address: 'stratum+ssl://h:1', wallet: W, tls_fingerprint: " + strings.Repeat("ab", 32) + "}",
			[]Pool{{Kind: KindPool, URL: "stratum+ssl://h:1", TLS: true, Host: "h:1", Wallet: xmr, Fingerprint: strings.Repeat("ab", 32)}}, ""},
		{"pool: {address: 'monerod://127.0.0.1:18081', wallet: W}", []Pool{{Kind: KindMonerod, URL: "monerod://127.0.0.1:18081", Host: "127.0.0.1:18081", Wallet: xmr}}, ""},
		{"pool: {address: 'monerod://u:p@h:1', wallet: T}", []Pool{{Kind: KindMonerod, URL: "monerod://h:1", Host: "h:1", Wallet: test, RPCUser: "u", RPCPassword: "p"}}, "testnet"},
		{"coin: btc\npool: {address: 'bitcoind://u:p%40@[::1]:8332', wallet: " + btc + "}",
			[]Pool{{Kind: KindBitcoind, URL: "bitcoind://[::1]:8332", Host: "[::1]:8332", Wallet: btc, RPCUser: "u", RPCPassword: "p@"}}, ""},
		{"pool: {address: 'bitcoind://u:p@h:8332', wallet: " + btc + "}",
			[]Pool{{Kind: KindBitcoind, URL: "bitcoind://h:8332", Host: "h:8332", Wallet: btc, RPCUser: "u", RPCPassword: "p"}}, ""},
		{"pool: {address: 'h:3333', wallet: W.rig+5000}", []Pool{{Kind: KindPool, URL: "stratum+tcp://h:3333", Host: "h:3333", Wallet: xmr + ".rig+5000"}}, ""},
		{"pool: {address: 'h:3333', wallet: shed}", []Pool{{Kind: KindPool, URL: "stratum+tcp://h:3333", Host: "h:3333", Wallet: "shed"}}, "name of an account"},
		{"pool: {address: 'h:3333', wallet: " + btc + "}", []Pool{{Kind: KindPool, URL: "stratum+tcp://h:3333", Host: "h:3333", Wallet: btc}}, "address of Bitcoin"},
		{"pool: {address: 'h:1', wallet: a}\npools:\n- {address: 'h:2', wallet: b, password: c}\n- address: 'practice:'\n",
			[]Pool{{Kind: KindPool, URL: "stratum+tcp://h:1", Host: "h:1", Wallet: "a"}, {Kind: KindPool, URL: "stratum+tcp://h:2", Host: "h:2", Wallet: "b", Password: "c"},
				{Kind: KindPractice, URL: "practice:"}}, "name of an account"},
	} {
		text := strings.ReplaceAll(strings.ReplaceAll(c.yaml, "wallet: W", "wallet: "+xmr), "wallet: T", "wallet: "+test)
		got, err := coordinatorOf(text)
		if err != nil {
			t.Errorf("%s: %v", c.yaml, err)
			continue
		}
		if !reflect.DeepEqual(got.Pools, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.yaml, got.Pools, c.want)
		}
		if all := strings.Join(got.Warnings, "\n"); c.note == "" && all != "" || !strings.Contains(all, c.note) {
			t.Errorf("%s: warnings %q", c.yaml, all)
		}
	}
}

// TestManyPoolFlags: --pool-address may be repeated, and takes the place of what the file says.
func TestManyPoolFlags(t *testing.T) {
	flags := func(f map[string][]string) func(*Source) { return func(s *Source) { s.Flags = f } }
	c, err := coordinatorOf("pool: {wallet: me}\npools: [{address: 'x:1', wallet: y}]", flags(map[string][]string{"pool-address": {"a:1", "b:2"}}))
	if err != nil || len(c.Pools) != 2 || c.Pools[1].URL != "stratum+tcp://b:2" || c.Pools[1].Wallet != "me" || !strings.Contains(strings.Join(c.Warnings, " "), "pools (line 2 of c.yaml) is left out") {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = coordinatorOf("", flags(map[string][]string{"pool-address": {"a:1", "b:2"}, "pool-wallet": {"m", "n"}}))
	if err != nil || c.Pools[0].Wallet != "m" || c.Pools[1].Wallet != "n" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err = coordinatorOf("", flags(map[string][]string{"pool-address": {"a:1", "b:2", "c:3"}, "pool-wallet": {"m", "n"}})); err == nil {
		t.Error("two wallets for three addresses")
	}
	c, err = coordinatorOf("", func(s *Source) { s.Environ = []string{"COOPMINE_POOL_ADDRESS=a:1, b:2", "COOPMINE_POOL_WALLET=m"} })
	if err != nil || len(c.Pools) != 2 || c.Pools[1].Wallet != "m" {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestMistakes: each is refused with its key, the line of the file and the way out.
func TestMistakes(t *testing.T) {
	p := "pool: {address: 'practice:'}\n"
	for _, c := range []struct{ yaml, field, words string }{
		{"cluster: {idd: x}\n" + p, "cluster.idd", "did you mean cluster.id? (line 1 of c.yaml)"},
		{p + "listen: ':1'", "listen", "did you mean grpc.listen? (line 2 of c.yaml)"},
		{p + "grcp:\n  listen: ':1'", "grcp", "did you mean grpc?"},
		{p + "grpc: x", "grpc", "is a section"},
		{p + "grpc: {max_workers: many}", "grpc.max_workers", "no whole number from 1"},
		{p + "grpc: {listen: '1.2.3.4'}", "grpc.listen", "no HOST:PORT"},
		{p + "grpc: {listen: ':99999'}", "grpc.listen", "no port"},
		{p + "grpc: {listen: ''}\nstratum: {listen: ''}", "grpc.listen", "nobody could join"},
		{p + "grpc: {tls: {cert: a}}", "grpc.tls.key", "both or neither"},
		{p + "grpc: {tls: {enabled: perhaps}}", "grpc.tls.enabled", "neither true nor false"},
		{p + "dashboard: {listen: '0.0.0.0:8080'}", "dashboard.listen", "open to others"},
		{p + "metrics: {listen: '10.0.0.1:9090'}", "metrics.listen", "open to others"},
		{p + "metrics: {path: metrics}", "metrics.path", "no path"},
		{p + "heartbeat_interval: 30", "heartbeat_interval", `"30" has no unit: write 30s`},
		{p + "heartbeat_interval: 1h", "heartbeat_interval", "not from 1s to 10m"},
		{p + "workers: {heartbeat_interval: 5s}\nheartbeat_interval: 6s", "heartbeat_interval", "something else than workers.heartbeat_interval"},
		{p + "workers: {timeout: 31s}", "workers.timeout", "less than two heartbeats"},
		{p + "shares: {target_difficulty: -1}", "shares.target_difficulty", "no whole number of hashes"},
		{p + "shares: {validate_hashes: false}\nverify: {mode: all}", "shares.validate_hashes", "verify.mode is all"},
		{p + "payout: {rule: ppnls}", "payout.rule", "did you mean pplns?"},
		{p + "payout: {fee: 101}", "payout.fee", "no number from 0 to 100"},
		{p + "payout: {fee: 1, fee_ppm: 20000}", "payout.fee_ppm", "something else"},
		{p + "payout: {minimum: lots}", "payout.minimum", "no amount"},
		{p + "ledger: {sync: maybe}", "ledger.sync", "none of default, always"},
		{p + "coin: dogecoin", "coin", "is not known"},
		{p + "cluster: {id: 'a b'}", "cluster.id", "letters, digits"},
		{p + "cluster: {name: [a]}", "cluster.name", "one value is expected"},
		{p + "cluster: {id: a}\ncluster: {id: b}", "cluster", "there twice, first at line 2 (line 3 of c.yaml)"},
		{"pools: {address: x}", "pools", "a list is expected"},
		{"pools: [x]", "pools[0]", "keys are expected"},
		{"pools:\n- address: 'practice:'\n  walet: x", "pools[0].walet", "did you mean wallet? (line 3 of c.yaml)"},
		{"", "pool.address", "say where work comes from"},
		{"pool: {address: 'http://h:1', wallet: x}", "pool.address", "the form is not known"},
		{"pool: {address: 'stratum+tcp://h', wallet: x}", "pool.address", "a port of 1 to 65535 is missing"},
		{"pool: {address: 'stratum+tcp://u:secret@h:1', wallet: x}", "pool.address", "does not belong into the URL"},
		{"pool: {address: 'bitcoind://h:8332', wallet: x}", "pool.address", "asks for user and password"},
		{"pool: {address: 'monerod://h', wallet: x}", "pool.address", "a port"},
		{"pool: {address: 'monerod://h:1/x', wallet: x}", "pool.address", "nothing may follow"},
		{"pool: {address: 'h:1'}", "pool.wallet", "your own Monero address; there is no default"},
		{"pool: {address: 'h:1', wallet: YOUR_WALLET_ADDRESS}", "pool.wallet", "in place of the sample"},
		{"pool: {address: 'h:1', wallet: 'SY1...'}", "pool.wallet", "in place of the sample"},
		{"pool: {address: 'monerod://h:1', wallet: shed}", "pool.wallet", ""},
		{"pool: {address: 'h:1', wallet: " + strings.Repeat("4", 95) + "}", "pool.wallet", ""},
		{"pool: {address: 'h:1', wallet: w, tls_fingerprint: ab}", "pool.tls_fingerprint", "needs TLS"},
		{"pool: {address: 'stratum+ssl://h:1', wallet: w, tls_fingerprint: ab}", "pool.tls_fingerprint", "64 hex digits"},
		{"coin: xmr\npool: {address: 'bitcoind://u:p@h:1', wallet: w}", "pool.address", "Monero"},
		{"coin: btc\npool: {address: 'monerod://h:1', wallet: w}", "pool.address", "Bitcoin"},
		{"a: &x 1\nb: *x", "config", "anchors"},
		{"a: !!binary aGk=", "config", "tags"},
		{"- a", "config", "no object"},
		{"a: [", "config", "no YAML"},
		{"a: 1\n---\nb: 2", "config", "more than one document"},
	} {
		_, err := coordinatorOf(c.yaml)
		e, ok := adit.AsError(err)
		if !ok || e.Code != adit.Invalid || e.Field != c.field || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%q: %v; want %s with %q", c.yaml, err, c.field, c.words)
		}
	}
	for _, c := range []struct{ yaml, field, words string }{
		{"mining: {threads: 2000}", "mining.threads", "from 0 to 1024 (line 1 of w.yaml)"},
		{"mining: {flags: {jit: false}}", "mining.flags.jit", "cannot be switched off"},
		{"mining: {flags: {hard_aes: false}}", "mining.flags.hard_aes", "cannot be switched off"},
		{"mining: {mode: fast, flags: {full_mem: false}}", "mining.flags.full_mem", "mining.mode is fast"},
		{"resources: {max_memory: 4294967296}", "resources.max_memory", "from 0 to 16777216 MiB"},
		{"resources: {max_memory: 100}", "resources.max_memory", "light mode needs 320"},
		{"mining: {mode: fast}\nresources: {max_memory: 1000}", "resources.max_memory", "fast mode needs 2400"},
		{"resources: {cpu_affinity: [1, 1]}", "resources.cpu_affinity", "there twice"},
		{"resources: {cpu_affinity: 1}", "resources.cpu_affinity", "a list"},
		{"coordinator: {address: ':50051'}", "coordinator.address", "has no host"},
		{"coordinator: {address: 'h:0'}", "coordinator.address", "has no port"},
		{"coordinator: {tls: {key: a}}", "coordinator.tls.key", "both or neither"},
		{"worker: {id: '../x'}", "worker.id", "letters, digits"},
		{"health: {enabled: true, listen: '0.0.0.0:1'}", "health.listen", "open to others"},
		{"threads: 4", "threads", "did you mean mining.threads?"},
	} {
		_, err := workerOf(c.yaml)
		e, ok := adit.AsError(err)
		if !ok || e.Code != adit.Invalid || e.Field != c.field || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%q: %v; want %s with %q", c.yaml, err, c.field, c.words)
		}
	}
}

// TestAllMistakesAtOnce: a file is mended in one go.
func TestAllMistakesAtOnce(t *testing.T) {
	_, err := coordinatorOf("cluster: {idd: x}\ngrpc: {listen: y}\nheartbeat_interval: z\n")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("%v", err)
	}
	if _, err := coordinatorOf(strings.Repeat("x: 1\n", 50)); err == nil || !strings.Contains(err.Error(), "and 30 more") {
		t.Errorf("%v", err)
	}
}

// TestSecrets: none is in an error, in a warning or in what is printed.
func TestSecrets(t *testing.T) {
	text := `pool: {address: "bitcoind://rpc:hunter2@h:1", wallet: shed, password: hunter2}
pools:
- {address: "bitcoind://rpc:hunter2@h:2", wallet: shed, password: hunter2}
coin: btc
`
	_, err := coordinatorOf(text)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
	text = strings.ReplaceAll(text, "shed", addresstest.Bitcoin(t, "BTC", address.Mainnet, address.WitnessKeyHash))
	settings, warnings, err := Check(ForCoordinator, Source{Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal([]any{settings, warnings})
	if strings.Contains(string(b), "hunter2") || !strings.Contains(string(b), `"(set)"`) || !strings.Contains(string(b), "bitcoind://h:2") {
		t.Errorf("printed %s", b)
	}
	for _, bad := range []string{"pool: {address: 'bitcoind://rpc:hunter2@h', wallet: w}", "pool: {address: 'x://rpc:hunter2@h:1'}", "pool: {password: [hunter2]}", "pool: {password: 'hunter2\n", "pool: {password: \"hunter2\\x01\"}"} {
		if _, err := coordinatorOf(bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestFlags: the document's flags are there, and only what was said counts.
func TestFlags(t *testing.T) {
	fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
	said := CoordinatorFlags(fs)
	for _, name := range []string{"cluster-id", "pool-address", "pool-wallet", "grpc-listen", "dashboard-listen", "stratum-listen", "tls-cert", "tls-key", "tls-ca"} {
		if fs.Lookup(name) == nil {
			t.Errorf("there is no --%s", name)
		}
	}
	if err := fs.Parse([]string{"--pool-address", "a:1", "--pool-address", "b,c:2", "--cluster-id", ""}); err != nil {
		t.Fatal(err)
	}
	if got, want := said(), (map[string][]string{"pool-address": {"a:1", "b,c:2"}, "cluster-id": {""}}); !reflect.DeepEqual(got, want) {
		t.Errorf("said %v", got)
	}
	fs = pflag.NewFlagSet("y", pflag.ContinueOnError)
	WorkerFlags(fs)
	for _, name := range []string{"worker-id", "worker-name", "coordinator", "threads", "tls-cert"} {
		if fs.Lookup(name) == nil {
			t.Errorf("there is no --%s", name)
		}
	}
}

// TestFileErrors: what cannot be read says so.
func TestFileErrors(t *testing.T) {
	if _, err := LoadWorker(Source{File: filepath.Join(t.TempDir(), "no.yaml")}); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("no file: %v", err)
	}
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadWorker(Source{File: big}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a big file: %v", err)
	}
}

// TestSchema: every key is in it, and the defaults it names are accepted.
func TestSchema(t *testing.T) {
	for _, file := range []string{ForCoordinator, ForWorker} {
		s, err := Schema(file)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		tab, _, _ := tableFor(file)
		for _, k := range tab.keys {
			last := k.path[strings.LastIndex(k.path, ".")+1:]
			if !strings.Contains(string(b), `"`+last+`":{`) || k.about == "" {
				t.Errorf("%s: %s is not in the schema", file, k.path)
			}
		}
	}
	if _, err := Schema("shed"); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a file that there is not: %v", err)
	}
}

// TestNoDefaults: nothing is mined to somebody else by a default.
func TestNoDefaults(t *testing.T) {
	c := DefaultCoordinator()
	if len(c.Pools) != 0 || c.Payout.FeePPM != 0 {
		t.Errorf("%+v", c)
	}
}

// FuzzCoordinator and FuzzWorker: whatever a file says, it is read or refused, and what was read is sound.
func FuzzCoordinator(f *testing.F) {
	for _, s := range []string{document, "pool: {address: 'practice:'}", "pools:\n- address: practice:\n", "{}", "a: &x [*x]", "\ufeffcoin: xmr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := coordinatorOf(text)
		if err != nil {
			if adit.CodeOf(err) != adit.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if len(c.Pools) == 0 || c.Workers.Timeout < 2*c.Workers.Heartbeat || !ValidID(c.Cluster.ID) || c.Cluster.Name == "" || c.Payout.FeePPM > 1_000_000 {
			t.Fatalf("%q: %+v", text, c)
		}
		for _, l := range []string{c.Dashboard.Listen, c.Metrics.Listen} {
			if at, err := loopback(l); err != nil || at != l {
				t.Fatalf("%q listens at %q", text, l)
			}
		}
	})
}

func FuzzWorker(f *testing.F) {
	f.Add("mining: {threads: 1}\nresources: {cpu_affinity: [1]}")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := workerOf(text)
		if err == nil && (w.Mining.Threads < 0 || w.Coordinator.Address == "" || w.ID != "" && !ValidID(w.ID)) {
			t.Fatalf("%q: %+v", text, w)
		}
	})
}
