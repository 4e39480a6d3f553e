package command

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// agent answers orders and questions as a test says.
type agent struct {
	mu      sync.Mutex
	orders  []wire.Order
	queries []wire.Query
	fail    error // of the bus
	outcome func(wire.Order) wire.Outcome
	answer  wire.Answer
}

func (a *agent) Publish(string, []byte) error { return nil }
func (a *agent) Subscribe(string, func(bus.Msg)) (func(), error) {
	return func() {}, nil
}
func (a *agent) Close() error { return nil }

func (a *agent) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return nil, a.fail
	}
	if subject == wire.QuerySubject("rig1") {
		q, err := wire.Unmarshal[wire.Query](data)
		if err != nil {
			return nil, err
		}
		a.queries = append(a.queries, q)
		return wire.Marshal(a.answer)
	}
	if subject != wire.OrderSubject("rig1") {
		return nil, adit.Errorf(adit.Unreachable, "nobody on %s", subject)
	}
	o, err := wire.Unmarshal[wire.Order](data)
	if err != nil {
		return nil, err
	}
	a.orders = append(a.orders, o)
	out := wire.Outcome{ID: o.ID}
	if a.outcome != nil {
		out = a.outcome(o)
	} else if o.Verb == wire.VerbStart {
		out.Result = json.RawMessage(`{"device":"rig1/m","name":"m"}`)
	}
	return wire.Marshal(out)
}

func (a *agent) last(t *testing.T) wire.Order {
	t.Helper()
	if len(a.orders) == 0 {
		t.Fatal("the agent got no order")
	}
	return a.orders[len(a.orders)-1]
}

// notes is a journal that remembers.
type notes struct{ lines []string }

func (n *notes) Note(_ context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error {
	b, err := json.Marshal(data)
	n.lines = append(n.lines, strings.Join([]string{actor.ID, kind, severity, subject, text, string(b)}, "|"))
	return err
}

// upstream is a practice that counts.
type upstream struct {
	running bool
	stops   int
	fail    error
}

func (u *upstream) Start(context.Context) (string, error) {
	u.running = u.fail == nil
	return "stratum+tcp://127.0.0.1:4242", u.fail
}
func (u *upstream) Stop(context.Context) error { u.running = false; u.stops++; return nil }
func (u *upstream) Running() bool              { return u.running }

type fixture struct {
	*Service
	db       *sqldb.DB
	agent    *agent
	notes    *notes
	practice *upstream
}

func open(t *testing.T, db *sqldb.DB) *fixture {
	t.Helper()
	ctx := context.Background()
	inv, err := inventory.Open(ctx, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := inv.Met(ctx, wire.Hello{Rig: "rig1", Name: "desk"}); err != nil {
		t.Fatal(err)
	}
	f := &fixture{db: db, agent: &agent{}, notes: &notes{}, practice: &upstream{}}
	f.Service, err = New(ctx, Options{DB: db, Bus: f.agent, Inventory: inv, Journal: f.notes, Practice: f.practice, Fence: 7})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func sqlite(t *testing.T) *fixture { return open(t, sqltest.Open(t, sqltest.SQLite(t))) }

// moneroAddress makes a valid main address of a wallet that nobody has.
func moneroAddress(t *testing.T) string {
	t.Helper()
	for _, p := range address.MoneroPrefixes {
		b := append([]byte{p.Byte}, make([]byte, 64)...)
		a := address.EncodeBase58(append(b, address.Checksum(b)...))
		if _, err := address.CheckMainnet("XMR", a); err == nil {
			return a
		}
	}
	t.Fatal("no prefix makes a mainnet address")
	return ""
}

var owner = adit.LocalOwner("token")

// good is a request that passes.
func good(t *testing.T) StartRequest {
	return StartRequest{Driver: "native", Pools: []Pool{{URL: "stratum+tcp://pool.example:3333", Wallet: moneroAddress(t), Password: "hunter2"}}}
}

func TestStart(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		f := open(t, db)
		got, err := f.Start(context.Background(), owner, good(t))
		if err != nil || got != (Target{"rig1", "m"}) {
			t.Fatalf("%+v %v", got, err)
		}
		o := f.agent.last(t)
		var args wire.StartArgs
		if err := json.Unmarshal(o.Args, &args); err != nil {
			t.Fatal(err)
		}
		if o.Fence != 7 || o.Actor != "owner" || time.Until(o.Deadline) < time.Second || args.Algorithm != adit.RandomX || args.Threads != nil || args.Pools[0].Password != "hunter2" {
			t.Errorf("%+v %+v", o, args)
		}
		var status, kept, outcome string
		err = db.QueryRow(context.Background(), `SELECT status, args, outcome FROM command_order`).Scan(&status, &kept, &outcome)
		if err != nil || status != statusDone || outcome != "ok" || strings.Contains(kept, "hunter2") || !strings.Contains(kept, "pool.example") {
			t.Errorf("%s %s %s %v", status, outcome, kept, err)
		}
		if len(f.notes.lines) != 1 || !strings.HasPrefix(f.notes.lines[0], "owner|order.start|info|rig1|start: done|") || strings.Contains(f.notes.lines[0], "hunter2") {
			t.Errorf("journal: %v", f.notes.lines)
		}
	})
}

func TestOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		agent *agent
		code  adit.Code
		words string
	}{
		"refused": {&agent{outcome: func(o wire.Order) wire.Outcome {
			return wire.Outcome{ID: o.ID, Code: adit.Refused, Field: "threads", Reason: "the program said no"}
		}}, adit.Refused, "the program said no"},
		"no consent": {&agent{outcome: func(o wire.Order) wire.Outcome {
			return wire.Outcome{ID: o.ID, Code: adit.NoConsent, Reason: "not allowed yet"}
		}},
			adit.NoConsent, "not allowed"},
		"another answer": {&agent{outcome: func(wire.Order) wire.Outcome { return wire.Outcome{ID: "other"} }}, adit.Internal, "cannot be read"},
		"nobody there":   {&agent{fail: adit.Errorf(adit.Unreachable, "no responders")}, adit.Unreachable, "the agent on desk does not answer"},
		"silence":        {&agent{fail: context.DeadlineExceeded}, adit.Timeout, "the agent on desk did not answer in time"},
	} {
		f := sqlite(t)
		c.agent.orders = nil
		f.o.Bus = c.agent
		err := f.Stop(context.Background(), owner, Target{"rig1", "m"})
		if adit.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		var status, message string
		if err := f.db.QueryRow(context.Background(), `SELECT status, message FROM command_order`).Scan(&status, &message); err != nil || status != statusFailed || !strings.Contains(message, c.words) {
			t.Errorf("%s: %s %q %v", name, status, message, err)
		}
	}
}

// TestBadInput: each mistake is named by its field, nothing is sent, and what was rejected is not repeated.
func TestBadInput(t *testing.T) {
	const secret = "s3cr3t-value"
	n := func(i int) *int { return &i }
	yes, no := true, false
	for _, c := range []struct {
		name, field string
		change      func(*StartRequest)
	}{
		{"no pool", "pool", func(r *StartRequest) { r.Pools[0].URL = "" }},
		{"no pools", "pool", func(r *StartRequest) { r.Pools = nil }},
		{"no port", "pool", func(r *StartRequest) { r.Pools[0].URL = "stratum+tcp://" + secret }},
		{"bad port", "pool", func(r *StartRequest) { r.Pools[0].URL = secret + ":99999" }},
		{"zero port", "pool", func(r *StartRequest) { r.Pools[0].URL = secret + ":0" }},
		{"scheme", "pool", func(r *StartRequest) { r.Pools[0].URL = "http://" + secret + ":80" }},
		{"user in pool", "pool", func(r *StartRequest) { r.Pools[0].URL = "stratum+tcp://" + secret + "@h:1" }},
		{"path in pool", "pool", func(r *StartRequest) { r.Pools[0].URL = "stratum+tcp://h:1/" + secret }},
		{"shell in pool", "pool", func(r *StartRequest) { r.Pools[0].URL = "h:1;" + secret }},
		{"newline in pool", "pool", func(r *StartRequest) { r.Pools[0].URL = "h:1\n" + secret }},
		{"endless pool", "pool", func(r *StartRequest) { r.Pools[0].URL = strings.Repeat(secret, 100) }},
		{"no wallet", "wallet", func(r *StartRequest) { r.Pools[0].Wallet = "" }},
		{"wrong wallet", "wallet", func(r *StartRequest) { r.Pools[0].Wallet = secret }},
		{"one letter off", "wallet", func(r *StartRequest) { r.Pools[0].Wallet = flip(r.Pools[0].Wallet) }},
		{"shell in wallet", "wallet", func(r *StartRequest) { r.Pools[0].Wallet += "$(" + secret + ")" }},
		{"endless wallet", "wallet", func(r *StartRequest) { r.Pools[0].Wallet += "." + strings.Repeat("a", 300) }},
		{"password", "password", func(r *StartRequest) { r.Pools[0].Password = secret + "\x00" }},
		{"rig id", "rigId", func(r *StartRequest) { r.Pools[0].RigID = secret + " x" }},
		{"fingerprint", "tlsFingerprint", func(r *StartRequest) { r.Pools[0].Fingerprint = secret }},
		{"fingerprint without TLS", "tlsFingerprint", func(r *StartRequest) { r.Pools[0].Fingerprint = strings.Repeat("ab", 32) }},
		{"TLS both ways", "tls", func(r *StartRequest) { r.Pools[0].URL, r.Pools[0].TLS = "stratum+ssl://h:1", &no }},
		{"second pool", "pools[0].wallet", func(r *StartRequest) { r.Pools = append(r.Pools, Pool{URL: "h:1", Wallet: secret, TLS: &yes}) }},
		{"too many pools", "pools", func(r *StartRequest) { r.Pools = make([]Pool, maxPools+1) }},
		{"threads", "threads", func(r *StartRequest) { r.Threads = n(1025) }},
		{"negative threads", "threads", func(r *StartRequest) { r.Threads = n(-1) }},
		{"coin", "coin", func(r *StartRequest) { r.Coin = secret }},
		{"algo", "algo", func(r *StartRequest) { r.Algorithm = secret }},
		{"algo of another coin", "algo", func(r *StartRequest) { r.Coin, r.Algorithm = "XMR", "kawpow" }},
		{"name", "name", func(r *StartRequest) { r.Name = "../" + secret }},
		{"practice's name", "name", func(r *StartRequest) { r.Name = PracticeName }},
		{"affinity", "cpuAffinity", func(r *StartRequest) { r.Affinity = "0x" + secret }},
		{"endless affinity", "cpuAffinity", func(r *StartRequest) { r.Affinity = "0-4095,0-4095" }},
	} {
		f := sqlite(t)
		r := good(t)
		c.change(&r)
		_, err := f.Start(context.Background(), owner, r)
		e, ok := adit.AsError(err)
		if !ok || e.Code != adit.Invalid || e.Field != c.field {
			t.Errorf("%s: %v (want field %s)", c.name, err, c.field)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error repeats what was rejected: %v", c.name, err)
		}
		if len(f.agent.orders) != 0 {
			t.Errorf("%s: the agent got an order", c.name)
		}
	}
}

// flip changes one letter in the middle of an address.
func flip(a string) string {
	b := []byte(a)
	if b[50]++; b[50] == ':' || b[50] == '[' || b[50] == '{' || b[50] == 'I' || b[50] == 'O' || b[50] == 'l' {
		b[50] = '2'
	}
	return string(b)
}

func TestPoolURLs(t *testing.T) {
	yes := true
	field := func(s string) string { return s }
	for in, want := range map[string]string{
		"pool.example:3333":                "stratum+tcp://pool.example:3333",
		"stratum+tcp://pool.example:3333/": "stratum+tcp://pool.example:3333",
		"ssl://pool.example:443":           "stratum+ssl://pool.example:443",
		"stratum+tls://1.2.3.4:443":        "stratum+ssl://1.2.3.4:443",
		"stratum+tcp://[::1]:3333":         "stratum+tcp://[::1]:3333",
	} {
		if got, err := poolURL(in, nil, field); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	if got, err := poolURL("h:1", &yes, field); err != nil || got != "stratum+ssl://h:1" {
		t.Errorf("tls: %s, %v", got, err)
	}
}

func TestWalletsWithSuffix(t *testing.T) {
	a := moneroAddress(t)
	for _, w := range []string{a, a + ".rig1", a + "+5000", a + ".rig1+5000"} {
		if err := checkWallet(adit.Coins[0], w, "wallet"); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestAffinity(t *testing.T) {
	for in, want := range map[string][]int{"": nil, "0x5": {0, 2}, "0,2-3": {0, 2, 3}, " 7 ": {7}} {
		got, err := affinity(in)
		if err != nil || len(got) != len(want) {
			t.Errorf("%q: %v %v", in, got, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%q: %v", in, got)
			}
		}
	}
}

func TestFurtherPoolsInherit(t *testing.T) {
	f, r := sqlite(t), good(t)
	r.Pools[0].RigID = "desk"
	r.Pools = append(r.Pools, Pool{URL: "second.example:1"})
	if _, err := f.Start(context.Background(), owner, r); err != nil {
		t.Fatal(err)
	}
	var args wire.StartArgs
	if err := json.Unmarshal(f.agent.last(t).Args, &args); err != nil {
		t.Fatal(err)
	}
	if p := args.Pools[1]; p.User != r.Pools[0].Wallet || p.Password != "hunter2" || p.RigID != "desk" {
		t.Error("the second pool has not what the first one has")
	}
}

func TestPractice(t *testing.T) {
	ctx, f := context.Background(), sqlite(t)
	threads := 0
	if _, err := f.StartPractice(ctx, owner, &threads); err != nil {
		t.Fatal(err)
	}
	var args wire.StartArgs
	if err := json.Unmarshal(f.agent.last(t).Args, &args); err != nil {
		t.Fatal(err)
	}
	if !args.Practice || args.Name != PracticeName || *args.Nice != 19 || args.Threads != nil || args.Pools[0].URL != "stratum+tcp://127.0.0.1:4242" {
		t.Errorf("%+v", args)
	}
	if err := f.StopPractice(ctx, owner); err != nil || f.practice.stops != 1 || f.agent.last(t).Verb != wire.VerbStop {
		t.Errorf("%v, %d stops", err, f.practice.stops)
	}
	f.agent.outcome = func(o wire.Order) wire.Outcome { return wire.Outcome{ID: o.ID, Code: adit.NoConsent, Reason: "no"} }
	if _, err := f.StartPractice(ctx, owner, nil); adit.CodeOf(err) != adit.NoConsent || f.practice.running {
		t.Errorf("%v; practice runs on without its miner: %v", err, f.practice.running)
	}
	f.practice.running = true // somebody else's miners are on it
	if _, err := f.StartPractice(ctx, owner, nil); err == nil || !f.practice.running {
		t.Error("a refused miner ended practice for others")
	}
	f.practice.fail = errors.New("no port")
	if _, err := f.StartPractice(ctx, owner, nil); err == nil {
		t.Error("practice that cannot start is fine")
	}
	if _, err := (NoPractice{}).Start(ctx); adit.CodeOf(err) != adit.Unsupported {
		t.Error(err)
	}
}

func TestRigOrders(t *testing.T) {
	ctx, f := context.Background(), sqlite(t)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f.o.Now = func() time.Time { return now }
	if err := f.Pause(ctx, owner, time.Hour); err != nil {
		t.Fatal(err)
	}
	var p wire.PauseArgs
	if err := json.Unmarshal(f.agent.last(t).Args, &p); err != nil || p.Until == nil || !p.Until.Equal(now.Add(time.Hour)) {
		t.Errorf("%+v %v", p, err)
	}
	if err := f.Pause(ctx, owner, -1); adit.CodeOf(err) != adit.Invalid {
		t.Error(err)
	}
	if err := f.GrantConsent(ctx, owner); err != nil {
		t.Fatal(err)
	}
	var c wire.ConsentArgs
	if err := json.Unmarshal(f.agent.last(t).Args, &c); err != nil || c.By != "owner" || c.Via != "terminal" {
		t.Errorf("%+v %v", c, err)
	}
	for verb, do := range map[wire.Verb]func() error{
		wire.VerbResume:        func() error { return f.Resume(ctx, owner) },
		wire.VerbConsentRevoke: func() error { return f.RevokeConsent(ctx, owner) },
		wire.VerbRestart:       func() error { return f.Restart(ctx, owner, Target{"rig1", "m"}) },
		wire.VerbRelease:       func() error { return f.Release(ctx, owner, Target{"rig1", "m"}) },
		wire.VerbSetPools:      func() error { return f.SetPools(ctx, owner, Target{"rig1", "m"}, "", good(t).Pools) },
	} {
		if err := do(); err != nil || f.agent.last(t).Verb != verb {
			t.Errorf("%s: %v", verb, err)
		}
	}
	for _, bad := range []Target{{"rig1", "../m"}, {"", "m"}, {"a.b", "m"}, {"*", "m"}, {"rig2 x", "m"}} {
		if err := f.Stop(ctx, owner, bad); adit.CodeOf(err) != adit.NotFound {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestStoppingNeedsNoDatabase: on a full or broken disk mining can be ended all the same.
func TestStoppingNeedsNoDatabase(t *testing.T) {
	ctx, f := context.Background(), sqlite(t)
	if _, err := f.db.Exec(ctx, `DROP TABLE command_order`); err != nil {
		t.Fatal(err)
	}
	if err := f.Pause(ctx, owner, 0); err != nil || f.agent.last(t).Verb != wire.VerbPause {
		t.Errorf("%v", err)
	}
	if _, err := f.Start(ctx, owner, good(t)); err == nil {
		t.Error("a start that nobody wrote down")
	}
}

func TestOrdersOfAHubThatEnded(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := context.Background()
		if err := insert(ctx, db, row{ID: "a", Verb: "stop", Target: "rig1/m", Actor: "owner", Created: time.Now(), Deadline: time.Now()}); err != nil {
			t.Fatal(err)
		}
		open(t, db)
		var status string
		if err := db.QueryRow(ctx, `SELECT status FROM command_order`).Scan(&status); err != nil || status != statusUnknown {
			t.Errorf("%s %v", status, err)
		}
	})
}

func TestQuestions(t *testing.T) {
	ctx, f := context.Background(), sqlite(t)
	f.agent.answer = wire.Answer{Result: json.RawMessage(`[{"seq":3,"text":"hello"}]`)}
	lines, err := f.Logs(ctx, owner, Target{"rig1", "m"}, 2, 10)
	if err != nil || len(lines) != 1 || lines[0].Seq != 3 {
		t.Errorf("%v %v", lines, err)
	}
	if q := f.agent.queries[0]; q.Kind != "logs" || q.After != 2 || q.Limit != 10 || q.Device != "m" {
		t.Errorf("%+v", q)
	}
	f.agent.answer = wire.Answer{Code: adit.NotFound, Reason: "no such program"}
	if _, err := f.Doctor(ctx, owner); adit.CodeOf(err) != adit.NotFound {
		t.Error(err)
	}
	f.agent.answer = wire.Answer{Result: json.RawMessage(`{`)}
	f.agent.answer.Result = json.RawMessage(`"x"`)
	if _, err := f.Available(ctx, owner); adit.CodeOf(err) != adit.Internal {
		t.Error(err)
	}
	if _, err := f.Logs(ctx, owner, Target{"rig1", "m"}, 0, MaxLines+1); adit.CodeOf(err) != adit.Invalid {
		t.Error(err)
	}
}

// TestScopes: who only reads orders nothing.
func TestScopes(t *testing.T) {
	ctx, f := context.Background(), sqlite(t)
	reader := adit.Actor{ID: "r", Name: "r", Scopes: []adit.Scope{adit.ScopeRead}}
	controller := adit.Actor{ID: "c", Name: "c", Scopes: []adit.Scope{adit.ScopeControl}}
	if err := f.GrantConsent(ctx, controller); adit.CodeOf(err) != adit.Forbidden {
		t.Errorf("who controls may not consent: %v", err)
	}
	if err := f.Stop(ctx, reader, Target{"rig1", "m"}); adit.CodeOf(err) != adit.Forbidden {
		t.Error(err)
	}
	if _, err := f.Start(ctx, reader, StartRequest{}); adit.CodeOf(err) != adit.Forbidden {
		t.Errorf("the scope comes before the input: %v", err)
	}
	user := "alice"
	if _, err := f.SetPolicy(ctx, controller, wire.PolicyChange{User: &user}); adit.CodeOf(err) != adit.Forbidden {
		t.Errorf("who controls may not say as whom programs run: %v", err)
	}
	if len(f.agent.orders) != 0 {
		t.Error("an order went out")
	}
}
