package minertest

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Options of a Miner. Only Address and Worker must be set.
type Options struct {
	Address  string // HOST:PORT
	Worker   string
	Password string                                                               // "" = "x"
	Agent    string                                                               // "" = "minertest/1"
	Order    []string                                                             // of the greeting; nil = configure, subscribe, authorize
	Mask     uint32                                                               // bits it wants to roll; 0 = it does not send mining.configure
	Least    float64                                                              // minimum-difficulty.value, 0 = not sent
	Suggest  float64                                                              // mining.suggest_difficulty before the greeting's last message, 0 = not sent
	Movable  bool                                                                 // it sends mining.extranonce.subscribe
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // nil = a net.Dialer
}

// Miner is one connection of one device.
type Miner struct {
	o    Options
	conn net.Conn

	write sync.Mutex

	mu          sync.Mutex
	id          int
	pending     map[int]chan answer
	changed     chan struct{} // closed and replaced with each job and at the end
	jobs        int
	job         *Job
	difficulty  float64
	extranonce1 []byte
	size        int
	mask        uint32
	configured  map[string]any
	reconnect   bool // the server asked to
	err         error

	over chan struct{}
}

type answer struct {
	result json.RawMessage
	fault  json.RawMessage
}

const subscribing = -1 // in pending: the call whose answer is the extranonce

// Refusal is the server's no.
type Refusal struct {
	Code int
	Text string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d %s", r.Code, r.Text) }

// Dial connects and greets; the first job may come later.
func Dial(ctx context.Context, o Options) (*Miner, error) {
	if o.Password == "" {
		o.Password = "x"
	}
	if o.Agent == "" {
		o.Agent = "minertest/1"
	}
	if o.Order == nil {
		o.Order = []string{"configure", "subscribe", "authorize"}
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	conn, err := o.Dial(ctx, "tcp", o.Address)
	if err != nil {
		return nil, err
	}
	m := &Miner{o: o, conn: conn, pending: map[int]chan answer{}, changed: make(chan struct{}), over: make(chan struct{}), difficulty: 1}
	go m.read()
	for _, step := range o.Order {
		if err := m.greet(ctx, step); err != nil {
			m.Close()
			return nil, fmt.Errorf("%s: %w", step, err)
		}
	}
	return m, nil
}

// Call sends a request and waits for its answer; a no is a *Refusal.
func (m *Miner) Call(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	ch := make(chan answer, 1)
	m.mu.Lock()
	m.id++
	id := m.id
	m.pending[id] = ch
	if method == "mining.subscribe" {
		m.pending[subscribing] = ch // the reader takes the extranonce before it reads on
	}
	m.mu.Unlock()
	if params == nil {
		params = []any{}
	}
	line, err := json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	if err := m.Send(string(line)); err != nil {
		return nil, err
	}
	select {
	case a := <-ch:
		return a.unpack()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-m.over:
	}
	select {
	case a := <-ch:
		return a.unpack()
	default:
		return nil, m.Err()
	}
}

// Send writes a line as it is.
func (m *Miner) Send(line string) error {
	m.write.Lock()
	defer m.write.Unlock()
	_, err := m.conn.Write([]byte(line + "\n"))
	return err
}

func (a answer) unpack() (json.RawMessage, error) {
	if len(a.fault) == 0 || string(a.fault) == "null" {
		return a.result, nil
	}
	var parts []any
	if err := json.Unmarshal(a.fault, &parts); err != nil || len(parts) < 2 {
		return nil, fmt.Errorf("an error of no known form: %s", a.fault)
	}
	code, _ := parts[0].(float64)
	text, _ := parts[1].(string)
	return nil, &Refusal{int(code), text}
}

// Submit hands a share in; a no is a *Refusal.
func (m *Miner) Submit(ctx context.Context, f Found) error {
	params := []any{
		m.o.Worker, f.Job, hex.EncodeToString(f.Extranonce2),
		fmt.Sprintf("%08x", f.Time), fmt.Sprintf("%08x", f.Nonce),
	}
	if f.Rolls {
		params = append(params, fmt.Sprintf("%08x", f.VersionBits))
	}
	raw, err := m.Call(ctx, "mining.submit", params...)
	if err == nil && string(raw) != "true" {
		return fmt.Errorf("an accepted share is answered with %s", raw)
	}
	return err
}

// Job waits for a job that is wanted; nil = any.
func (m *Miner) Job(ctx context.Context, wanted func(*Job) bool) (*Job, error) {
	for {
		m.mu.Lock()
		j, changed, err := m.job, m.changed, m.err
		m.mu.Unlock()
		if j != nil && (wanted == nil || wanted(j)) {
			return j, nil
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Configured is the answer to mining.configure.
func (m *Miner) Configured() map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.configured
}

// Reconnect reports whether the server asked to connect anew.
func (m *Miner) Reconnect() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reconnect
}

// Err is why the connection ended, nil while it lives.
func (m *Miner) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Over is closed when the connection ended.
func (m *Miner) Over() <-chan struct{} { return m.over }

// Close hangs up and waits for the reader.
func (m *Miner) Close() {
	m.conn.Close()
	<-m.over
}

// Tally is what became of shares.
type Tally struct {
	Accepted int
	Refused  map[string]int // by text
}

// Run mines the newest job until ctx ends (nil) or the connection does, with one share on its way at a time. each, where it
// is not nil, hears of every share and its answer.
func (m *Miner) Run(ctx context.Context, each func(Found, error)) (Tally, error) {
	t := Tally{Refused: map[string]int{}}
	for ctx.Err() == nil {
		j, err := m.Job(ctx, nil)
		if err != nil {
			break
		}
		f, err := m.mine(ctx, j)
		if err != nil {
			continue // a newer job, or the end
		}
		err = m.Submit(ctx, f)
		if each != nil {
			each(f, err)
		}
		no := new(Refusal)
		switch {
		case err == nil:
			t.Accepted++
		case errors.As(err, &no):
			t.Refused[no.Error()]++
		case ctx.Err() == nil:
			return t, err
		}
	}
	if ctx.Err() != nil {
		return t, nil
	}
	return t, m.Err()
}

// mine searches j while it is the newest.
func (m *Miner) mine(ctx context.Context, j *Job) (Found, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.mu.Lock()
	changed, stale := m.changed, m.job != j || m.err != nil
	m.mu.Unlock()
	if stale {
		return Found{}, context.Canceled
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-changed:
			cancel()
		case <-stop:
		}
	}()
	f, err := j.Search(ctx)
	close(stop)
	<-done
	return f, err
}
