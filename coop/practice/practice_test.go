package practice

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/pipes"
	"github.com/adit-mining/adit/stratum"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hash stands for RandomX: any function of seed and blob will do here.
func hash(seed [32]byte, blob []byte) [32]byte { return sha256.Sum256(append(seed[:], blob...)) }

// checker is a Checker that can be told to fail or to hang.
type checker struct {
	mu    sync.Mutex
	err   error
	hang  bool
	calls int
}

func (c *checker) set(err error, hang bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.hang = err, hang
}

func (c *checker) Hash(ctx context.Context, algorithm adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	c.mu.Lock()
	c.calls++
	err, hang := c.err, c.hang
	c.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if algorithm != adit.RandomX || seed != Seed {
		return nil, errors.New("another seed or algorithm")
	}
	out := make([][32]byte, len(blobs))
	for i, b := range blobs {
		out[i] = hash(seed, b)
	}
	return out, nil
}

// solve searches a nonce from first on.
func solve(t *testing.T, j stratum.Job, first uint32) stratum.Share {
	t.Helper()
	for n := first; n < first+1<<22; n++ {
		var nonce [4]byte
		binary.LittleEndian.PutUint32(nonce[:], n)
		blob, err := j.WithNonce(nonce[:])
		if err != nil {
			t.Fatal(err)
		}
		if h := hash(j.SeedHash, blob); stratum.Meets(h, j.Target) {
			return j.Share(nonce[:], h)
		}
	}
	t.Fatal("no share in 4 million nonces")
	return stratum.Share{}
}

// rig is one test: a server in virtual time and who connects to it.
type rig struct {
	t     *testing.T
	s     *Server
	c     *checker
	l     *pipes.Listener
	ended chan error
	stop  context.CancelFunc
}

func start(t *testing.T, o Options) *rig {
	t.Helper()
	r := &rig{t: t, c: &checker{}, l: pipes.Listen(), ended: make(chan error, 1)}
	o.Listener, o.Checker = r.l, r.c
	var err error
	if r.s, err = Open(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.stop = cancel
	go func() { r.ended <- r.s.Run(ctx) }()
	return r
}

func (r *rig) end() {
	r.t.Helper()
	begin := time.Now()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Error(err)
	}
	if took := time.Since(begin); took > time.Second {
		r.t.Errorf("it took %v to end", took)
	}
}

// miner is a client with all jobs it got.
type client struct {
	*stratum.Client
	mu   sync.Mutex
	jobs []stratum.Job
	done chan error
}

func (r *rig) miner(p stratum.Pool) *client {
	r.t.Helper()
	p.URL, p.User = "practice:1", "anybody"
	raw, err := stratum.Dial(r.t.Context(), p, r.l.Dial, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	c := &client{Client: raw, jobs: []stratum.Job{raw.Job()}, done: make(chan error, 1)}
	go func() {
		c.done <- raw.Run(context.Background(), func(j stratum.Job) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.jobs = append(c.jobs, j)
		})
	}()
	return c
}

func (c *client) all() []stratum.Job {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]stratum.Job(nil), c.jobs...)
}

func (c *client) leave() { c.Close(); <-c.done }

// hand submits and fails unless the outcome is this one.
func (r *rig) hand(c *client, s stratum.Share, want adit.ShareOutcome, words string) {
	r.t.Helper()
	v, err := c.Submit(r.t.Context(), s)
	if err != nil {
		r.t.Fatal(err)
	}
	if v.Outcome != want || !strings.Contains(v.Text, words) {
		r.t.Fatalf("%+v, want %q %q", v, want, words)
	}
	if stratum.Critical(v.Text) {
		r.t.Fatalf("%q makes XMRig hang up", v.Text)
	}
}

func TestJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, Options{})
		a, b := r.miner(stratum.Pool{}), r.miner(stratum.Pool{})
		j := a.Job()
		if len(j.Blob) != 76 || j.Blob[0] != 16 || j.Blob[1] != 16 || j.Blob[75] != 1 || j.Nicehash {
			t.Fatalf("%x", j.Blob)
		}
		if at, n := binary.Uvarint(j.Blob[2:]); n != 5 || int64(at) != time.Now().Unix() {
			t.Fatalf("timestamp %d of %d bytes", at, n)
		}
		if j.Difficulty() != 100 || j.SeedHash != sha256.Sum256([]byte("adit practice")) || j.NextSeedHash != nil || j.Algorithm != adit.RandomX {
			t.Fatalf("%+v", j)
		}
		if other := b.Job(); other.Same(j) || string(other.Blob[43:75]) == string(j.Blob[43:75]) || *other.Height != *j.Height {
			t.Fatal("two miners search the same blobs")
		}
		raw, _ := json.Marshal(j)
		if !strings.Contains(string(raw), `"target":"285c8f02"`) {
			t.Fatalf("miners that know 4-byte targets only are shut out: %s", raw)
		}
		// A fresh job each minute; without shares the difficulty falls meanwhile, with a job each time.
		time.Sleep(3*time.Minute + time.Second)
		jobs := a.all()
		seen := map[string]bool{}
		var heights int
		for i, j := range jobs {
			if seen[j.ID] || seen[string(j.Blob)] {
				t.Fatal("the same job twice")
			}
			seen[j.ID], seen[string(j.Blob)] = true, true
			if i > 0 && *j.Height != *jobs[i-1].Height {
				heights++
				if *j.Height != *jobs[i-1].Height+1 {
					t.Fatalf("height %d after %d", *j.Height, *jobs[i-1].Height)
				}
			}
		}
		if heights != 3 {
			t.Fatalf("%d fresh jobs in three minutes", heights)
		}
		if d := jobs[len(jobs)-1].Difficulty(); d != least {
			t.Fatalf("a miner that finds nothing is at difficulty %d after three minutes", d)
		}
		a.leave()
		b.leave()
		r.end()
	})
}

func TestVerdicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, Options{Goal: time.Hour}) // vardiff stands still
		c := r.miner(stratum.Pool{RigID: "rig-7", Agent: "test/1"})
		j := c.Job()
		good := solve(t, j, 0)
		r.hand(c, good, adit.ShareAccepted, "")
		r.hand(c, good, adit.ShareDuplicate, "Duplicate share")
		lie := solve(t, j, binary.LittleEndian.Uint32(good.Nonce)+1)
		lie.Result[0] ^= 1
		r.hand(c, lie, adit.ShareMalformed, "Invalid PoW")
		low := good
		low.Nonce = []byte{0xff, 0xff, 0xff, 0xff}
		for i := range low.Result {
			low.Result[i] = 0xff
		}
		r.hand(c, low, adit.ShareLowDifficulty, "Low difficulty share")
		wide := good
		wide.Nonce = make([]byte, 8)
		r.hand(c, wide, adit.ShareMalformed, "nonce")
		algo := good
		algo.Algorithm = "rx/wow"
		r.hand(c, algo, adit.ShareMalformed, "Incorrect algorithm")
		foreign := good
		foreign.JobID = "0123456789abcdef-1"
		r.hand(c, foreign, adit.ShareStale, "Block expired") // "Block expired" is how a late share is told, too
		future := good
		future.JobID = strings.TrimSuffix(j.ID, "1") + "99"
		r.hand(c, future, adit.ShareStale, "Block expired")

		// A replaced job counts for five seconds more.
		late, later := solve(t, j, 1<<24), solve(t, j, 1<<25)
		for len(c.all()) == 1 {
			time.Sleep(time.Second)
		}
		time.Sleep(3 * time.Second)
		r.hand(c, late, adit.ShareAccepted, "")
		time.Sleep(4 * time.Second)
		r.hand(c, later, adit.ShareStale, "Stale share")

		st := r.s.Status()
		if len(st.Connections) != 1 {
			t.Fatalf("%+v", st)
		}
		got := st.Connections[0]
		if got.Login != "anybody" || got.RigID != "rig-7" || got.Agent != "test/1" || got.Accepted != 2 || got.Unchecked != 0 || got.Difficulty != 100 || got.LastShareAt == nil {
			t.Fatalf("%+v", got)
		}
		want := map[adit.ShareOutcome]uint64{adit.ShareDuplicate: 1, adit.ShareMalformed: 3, adit.ShareLowDifficulty: 1, adit.ShareUnknownJob: 2, adit.ShareStale: 1}
		for o, n := range want {
			if got.Rejected[o] != n || st.Totals.Rejected[o] != n {
				t.Errorf("%s: %d and %d in all, want %d", o, got.Rejected[o], st.Totals.Rejected[o], n)
			}
		}
		if len(got.Rejected) != len(want) || st.Totals.Accepted != 2 || st.Totals.Hashes != 200 || st.Checker.Checked != 3 || st.Checker.State != CheckerReady {
			t.Errorf("%+v", st)
		}
		c.leave()
		synctest.Wait()
		if st := r.s.Status(); len(st.Connections) != 0 || st.Totals.Accepted != 2 || st.Totals.Logins != 1 {
			t.Errorf("after it left: %+v", st)
		}
		r.end()
	})
}

// A miner of steady speed: from difficulty 100 to a share each few seconds, all accepted, none lost at the changes.
func TestVardiff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, Options{})
		c := r.miner(stratum.Pool{})
		const rate = 2000.0
		nonce := uint32(0)
		late, settled := 0, uint64(0)
		begin := time.Now()
		for minute := 1; minute <= 5; minute++ {
			before := r.s.Status().Totals.Accepted
			for time.Since(begin) < time.Duration(minute)*time.Minute {
				s := solve(t, c.Job(), nonce)
				found := binary.LittleEndian.Uint32(s.Nonce) + 1
				time.Sleep(time.Duration(float64(found-nonce) / rate * float64(time.Second)))
				nonce = found
				v, err := c.Submit(t.Context(), s)
				if err != nil || v.Outcome != adit.ShareAccepted && v.Outcome != adit.ShareStale {
					t.Fatal(v, err)
				}
				if v.Outcome == adit.ShareStale {
					late++
				}
			}
			st := r.s.Status()
			n := st.Totals.Accepted - before
			t.Logf("minute %d: %d shares at difficulty %d, %v", minute, n, st.Connections[0].Difficulty, *st.Connections[0].Hashrate)
			if minute > 1 {
				settled += n
			}
		}
		if settled < 20 || settled > 140 { // 48 at the goal, 96 at half the difficulty
			t.Errorf("%d shares in the last four minutes", settled)
		}
		if h := float64(*r.s.Status().Connections[0].Hashrate); h < 0.4*rate || h > 2.5*rate {
			t.Errorf("estimated %v H/s of %v", h, rate)
		}
		if late > 5 {
			t.Errorf("%d stale shares", late)
		}
		c.leave()
		r.end()
	})
}

// Where nothing can hash, nobody is accepted, nobody is to blame, and the status says so until it is back.
func TestCheckerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, Options{Start: 1, Goal: time.Nanosecond})
		c := r.miner(stratum.Pool{})
		synctest.Wait()
		if st := r.s.Status().Checker; st.State != CheckerReady {
			t.Fatalf("%+v", st)
		}
		r.c.set(adit.Errorf(adit.Unreachable, "adit-miner was not found"), false)
		nonce := uint32(0)
		for range 60 { // enough for a ban, if it were the miner's fault
			s := solve(t, c.Job(), nonce)
			nonce = binary.LittleEndian.Uint32(s.Nonce) + 1
			r.hand(c, s, "", "Couldn't check PoW")
		}
		st := r.s.Status()
		if st.Checker.State != CheckerAway || !strings.Contains(st.Checker.Reason, "not found") || st.Totals.Unchecked != 60 || st.Totals.Accepted != 0 || len(st.Totals.Rejected) != 0 || st.Connections[0].Hashrate != nil {
			t.Fatalf("%+v", st)
		}
		r.c.set(nil, false)
		time.Sleep(retryEach + time.Second)
		if st := r.s.Status().Checker; st.State != CheckerReady || st.Reason != "" {
			t.Fatalf("%+v", st)
		}
		r.hand(c, solve(t, c.Job(), nonce), adit.ShareAccepted, "")

		// One that hangs: the answer comes before miners lose patience (20 s), and the end is not held up.
		r.c.set(nil, true)
		begin := time.Now()
		r.hand(c, solve(t, c.Job(), 1<<24), "", "Couldn't check PoW")
		if took := time.Since(begin); took > checkTime {
			t.Fatalf("answered after %v", took)
		}
		var waiting sync.WaitGroup
		for i := range uint32(3) {
			s := solve(t, c.Job(), (i+2)<<24)
			waiting.Go(func() { c.Submit(context.Background(), s) })
		}
		synctest.Wait()
		r.end()
		waiting.Wait()
		<-c.done
	})
}

// More shares than can be hashed: the queue is bounded, what does not fit is answered at once.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, Options{Start: 1, Goal: time.Nanosecond})
		c := r.miner(stratum.Pool{})
		synctest.Wait()
		r.c.set(nil, true)
		j := c.Job()
		var busy, other int
		var mu sync.Mutex
		var all sync.WaitGroup
		const n = mostChecks + 200
		for i := range uint32(n) {
			all.Go(func() {
				s := solve(t, j, i)
				s.Nonce = binary.LittleEndian.AppendUint32(nil, i)
				v, err := c.Submit(t.Context(), s)
				mu.Lock()
				defer mu.Unlock()
				if err == nil && v.Text == textBusy {
					busy++
				} else {
					other++
				}
			})
		}
		synctest.Wait()
		if w := r.s.Status().Checker.Waiting; w != mostChecks {
			t.Errorf("%d wait", w)
		}
		mu.Lock()
		if busy < 100 {
			t.Errorf("%d were told that it is busy, %d other", busy, other)
		}
		mu.Unlock()
		time.Sleep(time.Minute) // the rest is answered without a hash
		all.Wait()
		if st := r.s.Status(); st.Totals.Accepted != 0 || st.Totals.Unchecked != n || st.Checker.Waiting != 0 {
			t.Errorf("%+v", st)
		}
		c.leave()
		r.end()
	})
}

func TestLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, Options{})
		raw, err := stratum.Dial(t.Context(), stratum.Pool{URL: "practice:1", User: "x", Algorithms: []adit.Algorithm{"rx/wow"}}, r.l.Dial, nil)
		if err == nil {
			raw.Close()
		}
		if adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "rx/0 only") {
			t.Fatal(err)
		}
		r.end()
	})
}

func TestOpen(t *testing.T) {
	for field, o := range map[string]Options{
		"checker": {Listen: "127.0.0.1:0"},
		"listen":  {Listen: "3333", Checker: &checker{}},
		"cannot":  {Listen: "192.0.2.1:3333", Checker: &checker{}},
	} {
		if _, err := Open(o); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	first, err := Open(Options{Listen: "127.0.0.1:0", Checker: &checker{}})
	if err != nil {
		t.Fatal(err)
	}
	address := first.Addr().String()
	if _, err := Open(Options{Listen: address, Checker: &checker{}}); adit.CodeOf(err) != adit.Conflict {
		t.Fatalf("a taken port: %v", err)
	}
	// Mine over real sockets, end, and take the port again at once, as after a restart.
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- first.Run(ctx) }()
		c, err := stratum.Dial(t.Context(), stratum.Pool{URL: first.URL(), User: "x"}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		over := make(chan error, 1)
		go func() { over <- c.Run(t.Context(), func(stratum.Job) {}) }()
		if v, err := c.Submit(t.Context(), solve(t, c.Job(), 0)); err != nil || v.Outcome != adit.ShareAccepted {
			t.Fatal(v, err)
		}
		begin := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Fatalf("it took %v to end", took)
		}
		if err := <-over; adit.CodeOf(err) != adit.Unreachable {
			t.Fatal(err)
		}
		if first, err = Open(Options{Listen: address, Checker: &checker{}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
}
