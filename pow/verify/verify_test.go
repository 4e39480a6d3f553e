package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

// TestMain is also the child: the client under test starts this very program with ADIT_TEST_CHILD set.
func TestMain(m *testing.M) {
	if how := os.Getenv("ADIT_TEST_CHILD"); how != "" {
		childMain(how)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func childMain(how string) {
	h := NewLightHasher(&fakeLib{}, 2)
	switch how {
	case "good":
		Serve(context.Background(), os.Stdin, os.Stdout, h)
	case "dies": // at the third request
		Serve(context.Background(), os.Stdin, os.Stdout, dying(h, 2))
	case "poison": // dies over a certain blob, every time
		Serve(context.Background(), os.Stdin, os.Stdout, dying(h, 1<<30))
	case "gated": // makes the cache of seed 2 once "open" was hashed with another
		l := &fakeLib{gate: make(chan struct{})}
		Serve(context.Background(), os.Stdin, os.Stdout, &opener{NewLightHasher(l, 1), l.gate})
	case "hangs":
		io.Copy(io.Discard, os.Stdin)
	case "deaf": // does not notice that its input ended
		for {
			<-time.After(time.Hour)
		}
	case "babbles":
		fmt.Fprintln(os.Stdout, "hello, I am not JSON")
		io.Copy(io.Discard, os.Stdin)
	case "exits":
		os.Exit(3)
	case "lies": // fewer hashes than blobs, all else well
		fmt.Fprintln(os.Stdout, `{"id":1,"hashes":[]}`)
		io.Copy(io.Discard, os.Stdin)
	}
}

// mortal is a hasher that ends the process.
type mortal struct {
	Hasher
	after atomic.Int64 // questions that it survives
}

func dying(h Hasher, after int64) *mortal {
	m := &mortal{Hasher: h}
	m.after.Store(after)
	return m
}

func (m *mortal) Hash(ctx context.Context, a adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	if m.after.Add(-1) < 0 || slices.ContainsFunc(blobs, func(b []byte) bool { return string(b) == "poison" }) {
		os.Exit(9)
	}
	return m.Hasher.Hash(ctx, a, seed, blobs)
}

// opener opens a gate when it is asked for the hash of "open".
type opener struct {
	Hasher
	gate chan struct{}
}

func (o *opener) Hash(ctx context.Context, a adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	if string(blobs[0]) == "open" {
		defer close(o.gate)
	}
	return o.Hasher.Hash(ctx, a, seed, blobs)
}

// fakeLib hashes with SHA-256 of seed and blob.
type fakeLib struct {
	engine.Library
	open, opened atomic.Int32
	most         atomic.Int32 // that were open at once
	fails        atomic.Bool
	gate         chan struct{} // the cache of seed 2 waits for it, where it is set
}

func (l *fakeLib) Algorithms() []adit.Algorithm { return []adit.Algorithm{adit.RandomX} }

func (l *fakeLib) OpenCache(seed []byte) (engine.Cache, error) {
	if l.fails.Load() {
		return nil, errors.New("no memory")
	}
	if l.gate != nil && seed[0] == 2 {
		<-l.gate
	}
	n := l.open.Add(1)
	for most := l.most.Load(); n > most && !l.most.CompareAndSwap(most, n); most = l.most.Load() {
	}
	l.opened.Add(1)
	return &fakeCache{l: l, seed: string(seed)}, nil
}

type fakeCache struct {
	engine.Cache
	l    *fakeLib
	seed string
}

func (c *fakeCache) VM() (engine.VM, error) { return &fakeVM{seed: c.seed}, nil }
func (c *fakeCache) Close()                 { c.l.open.Add(-1) }

type fakeVM struct {
	engine.VM
	seed, in string
}

func (v *fakeVM) First(in []byte) { v.in = string(in) }
func (v *fakeVM) Next(in []byte, out *[32]byte) {
	v.Last(out)
	v.First(in)
}
func (v *fakeVM) Last(out *[32]byte) { *out = sha256.Sum256([]byte(v.seed + v.in)) }
func (v *fakeVM) Close()             {}

func want(seed [32]byte, blob []byte) [32]byte {
	return sha256.Sum256(append(append([]byte(nil), seed[:]...), blob...))
}

func client(t *testing.T, how string, o Options) *Client {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.Path, o.Args, o.Env = exe, []string{"child"}, append(o.Env, "ADIT_TEST_CHILD="+how)
	if o.Backoff == 0 {
		o.Backoff = 10 * time.Millisecond
	}
	c, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestHash: many askers, three seeds; each gets its own hashes in its own order.
func TestHash(t *testing.T) {
	c := client(t, "good", Options{})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			seed := [32]byte{byte(i % 3)}
			var blobs [][]byte
			for k := range i%5 + 1 {
				blobs = append(blobs, fmt.Append(nil, "blob ", i, k))
			}
			got, err := c.Hash(short(t), adit.RandomX, seed, blobs)
			if err != nil || len(got) != len(blobs) {
				t.Errorf("asker %d: %v, %d hashes", i, err, len(got))
				return
			}
			for k := range blobs {
				if got[k] != want(seed, blobs[k]) {
					t.Errorf("asker %d: hash %d is wrong", i, k)
				}
			}
		})
	}
	all.Wait()
}

// TestChildDies: a child that dies is started again and nobody notices.
func TestChildDies(t *testing.T) {
	c := client(t, "dies", Options{})
	for i := range 9 {
		blob := []byte{byte(i)}
		got, err := c.Hash(short(t), adit.RandomX, [32]byte{1}, [][]byte{blob})
		if err != nil || got[0] != want([32]byte{1}, blob) {
			t.Fatalf("question %d: %v", i, err)
		}
	}
}

// TestBlame: who was asked together with what kills a child is answered, once the child runs again.
func TestBlame(t *testing.T) {
	c := client(t, "poison", Options{})
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			seed, blob := [32]byte{byte(i % 2)}, fmt.Append(nil, "fine ", i)
			got, err := c.Hash(short(t), adit.RandomX, seed, [][]byte{blob})
			if err != nil || got[0] != want(seed, blob) {
				t.Errorf("%d: %v", i, err)
			}
		})
		if i == 5 {
			all.Go(func() {
				if _, err := c.Hash(short(t), adit.RandomX, [32]byte{1}, [][]byte{[]byte("poison")}); adit.CodeOf(err) != adit.Unreachable {
					t.Errorf("got %v", err)
				}
			})
		}
	}
	all.Wait()
}

// TestNewSeed: while the child makes the memory of the next seed, the shares of the old one are hashed.
func TestNewSeed(t *testing.T) {
	c := client(t, "gated", Options{})
	old := func(blob string) {
		t.Helper()
		got, err := c.Hash(short(t), adit.RandomX, [32]byte{1}, [][]byte{[]byte(blob)})
		if err != nil || got[0] != want([32]byte{1}, []byte(blob)) {
			t.Fatalf("%s: %v", blob, err)
		}
	}
	old("before")
	var all sync.WaitGroup
	for i := range 5 { // more than are sent at once
		all.Go(func() {
			blob := []byte{byte(i)}
			got, err := c.Hash(short(t), adit.RandomX, [32]byte{2}, [][]byte{blob})
			if err != nil || got[0] != want([32]byte{2}, blob) {
				t.Errorf("the next seed: %v", err)
			}
		})
	}
	for i := range 20 {
		old(fmt.Sprint("meanwhile ", i))
	}
	old("open")
	all.Wait()
}

// TestPatience: a child that hangs over little is noticed soon; a full request gets the time it takes on a slow computer.
func TestPatience(t *testing.T) {
	c := &Client{}
	few, many := []*ask{{blobs: make([][]byte, 1)}}, []*ask{{blobs: make([][]byte, MaxBlobs)}}
	if d := c.patience(few); d > 45*time.Second {
		t.Errorf("%v for one hash", d)
	}
	if d := c.patience(many); d < MaxBlobs*400*time.Millisecond {
		t.Errorf("%v for %d hashes", d, MaxBlobs)
	}
	c.o.Silence = time.Second
	if d := c.patience(many); d != time.Second {
		t.Errorf("%v where a second was asked for", d)
	}
}

// TestFaults: whatever is wrong with the child, the asker gets an error in time and the client goes on.
func TestFaults(t *testing.T) {
	for _, how := range []string{"poison", "hangs", "deaf", "babbles", "exits", "lies"} {
		t.Run(how, func(t *testing.T) {
			o := Options{}
			if how == "hangs" || how == "deaf" {
				o.Silence = 200 * time.Millisecond
			}
			c := client(t, how, o)
			_, err := c.Hash(short(t), adit.RandomX, [32]byte{}, [][]byte{[]byte("poison")})
			if adit.CodeOf(err) != adit.Unreachable {
				t.Errorf("got %v", err)
			}
			if how == "poison" { // others are served after it
				if _, err := c.Hash(short(t), adit.RandomX, [32]byte{}, [][]byte{[]byte("fine")}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	t.Run("no program", func(t *testing.T) {
		c, err := Start(t.Context(), Options{Path: filepath.Join(t.TempDir(), "absent"), Backoff: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Hash(short(t), adit.RandomX, [32]byte{}, [][]byte{{1}}); adit.CodeOf(err) != adit.Unreachable {
			t.Errorf("got %v", err)
		}
	})
}

// TestAsker: context, size of the queue, bad blobs, refusals, closing.
func TestAsker(t *testing.T) {
	c := client(t, "hangs", Options{Queue: 3})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Hash(ctx, adit.RandomX, [32]byte{}, [][]byte{{1}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a late answer: %v", err)
	}
	if _, err := c.Hash(t.Context(), adit.RandomX, [32]byte{}, [][]byte{{1}, {2}, {3}, {4}}); adit.CodeOf(err) != adit.Refused {
		t.Errorf("more than the queue holds: %v", err)
	}
	for name, blobs := range map[string][][]byte{"empty": {{}}, "long": {make([]byte, MaxBlob+1)}, "many": make([][]byte, MaxBlobs+1)} {
		if _, err := c.Hash(t.Context(), adit.RandomX, [32]byte{}, blobs); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	failed := make(chan error)
	go func() {
		_, err := c.Hash(context.Background(), adit.RandomX, [32]byte{}, [][]byte{{5}})
		failed <- err
	}()
	c.Close()
	if err := <-failed; adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("closed: %v", err)
	}
	if _, err := c.Hash(t.Context(), adit.RandomX, [32]byte{}, [][]byte{{1}}); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("after Close: %v", err)
	}
	good := client(t, "good", Options{})
	if _, err := good.Hash(short(t), "kawpow", [32]byte{}, [][]byte{{1}}); adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "kawpow") {
		t.Errorf("another algorithm: %v", err)
	}
	if _, err := good.Hash(short(t), adit.RandomX, [32]byte{}, [][]byte{{1}}); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

// TestLightHasher keeps two seeds, the last ones asked for.
func TestLightHasher(t *testing.T) {
	l := &fakeLib{}
	h := NewLightHasher(l, 3)
	ask := func(seed byte) {
		t.Helper()
		blobs := [][]byte{{1}, {2}, {3}, {4}, {5}, {6}, {7}}
		got, err := h.Hash(t.Context(), adit.RandomX, [32]byte{seed}, blobs)
		if err != nil {
			t.Fatal(err)
		}
		for i := range blobs {
			if got[i] != want([32]byte{seed}, blobs[i]) {
				t.Errorf("seed %d blob %d: wrong hash", seed, i)
			}
		}
	}
	for _, seed := range []byte{1, 2, 1, 2, 1} {
		ask(seed)
	}
	if l.opened.Load() != 2 {
		t.Errorf("%d caches opened for two seeds", l.opened.Load())
	}
	ask(3) // puts out 2, which was used longest ago
	ask(1)
	if l.opened.Load() != 3 || l.open.Load() != 2 {
		t.Errorf("%d opened, %d alive", l.opened.Load(), l.open.Load())
	}
	l.fails.Store(true)
	if _, err := h.Hash(t.Context(), adit.RandomX, [32]byte{9}, [][]byte{{1}}); err == nil {
		t.Error("no memory, but no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, adit.RandomX, [32]byte{1}, [][]byte{{1}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	h.Close()
	if l.open.Load() != 0 {
		t.Errorf("%d caches alive after Close", l.open.Load())
	}
}

// TestLightTogether: many seeds at once, and never more caches than may be kept.
func TestLightTogether(t *testing.T) {
	l := &fakeLib{}
	h := NewLightHasher(l, 2)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 50 {
				seed, blob := [32]byte{byte((i/3 + g) % 5)}, []byte{byte(i), byte(g)}
				got, err := h.Hash(t.Context(), adit.RandomX, seed, [][]byte{blob, blob, blob})
				if err != nil || got[0] != want(seed, blob) || got[2] != got[0] {
					t.Errorf("%d.%d: %v", g, i, err)
				}
			}
		})
	}
	all.Wait()
	h.Close()
	if l.most.Load() > KeepSeeds || l.open.Load() != 0 {
		t.Errorf("%d caches at once, %d left", l.most.Load(), l.open.Load())
	}
}

// TestLightWaits: where all caches are in use a third seed waits, and who asked may give up.
func TestLightWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &fakeLib{gate: make(chan struct{})}
		h := NewLightHasher(l, 1)
		ask := func(ctx context.Context, seed byte) error {
			_, err := h.Hash(ctx, adit.RandomX, [32]byte{seed}, [][]byte{{1}})
			return err
		}
		if err := ask(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		held, err := h.hold(t.Context(), [32]byte{1}) // as the builder of a dataset does
		if err != nil {
			t.Fatal(err)
		}
		second := make(chan error, 1)
		go func() { second <- ask(t.Context(), 2) }() // its cache is being made
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := ask(ctx, 3); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third cache: %v", err)
		}
		third := make(chan error, 1)
		go func() { third <- ask(t.Context(), 3) }()
		synctest.Wait()
		h.release(held)
		if err := <-third; err != nil || l.open.Load() != 1 {
			t.Errorf("%v, %d open", err, l.open.Load())
		}
		close(l.gate)
		if err := <-second; err != nil {
			t.Error(err)
		}
		h.Close()
	})
}

// TestServe answers bad lines and goes on; a line without end ends it.
func TestServe(t *testing.T) {
	seed := strings.Repeat("00", 32)
	in := strings.Join([]string{
		`{"id":1,"algo":"rx/0","seed":"` + seed + `","blobs":["00ff"]}`,
		``,
		`garbage`,
		`{"id":2,"algo":"rx/0","seed":"00","blobs":["00"]}`,
		`{"id":3,"algo":"rx/0","seed":"` + seed + `","blobs":[]}`,
		`{"id":4,"algo":"rx/0","seed":"` + seed + `","blobs":["0"]}`,
		`{"id":5,"algo":"rx/9","seed":"` + seed + `","blobs":["00"]}`,
		`{"id":6,"algo":"rx/0","seed":"` + seed + `","blobs":["` + strings.Repeat("00", MaxBlob+1) + `"]}`,
		`{"id":7,"algo":"rx/0","seed":"` + seed + `","blobs":["00"]} {}`,
	}, "\n")
	var out strings.Builder
	if err := Serve(t.Context(), strings.NewReader(in), &out, NewLightHasher(&fakeLib{}, 1)); err != nil {
		t.Error(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	slices.SortStableFunc(lines, func(a, b string) int { return cmp.Compare(idOf(a), idOf(b)) }) // they come as they are ready
	lines = append(lines[1:2], append(lines[:1:1], lines[2:]...)...)
	hash := want([32]byte{}, []byte{0, 0xff})
	if len(lines) != 8 || lines[0] != `{"id":1,"hashes":["`+hex.EncodeToString(hash[:])+`"]}` {
		t.Fatalf("answers:\n%s", out.String())
	}
	for i, l := range lines[1:] {
		if !strings.Contains(l, `"error":"`) || i > 0 && !strings.HasPrefix(l, fmt.Sprintf(`{"id":%d,`, i+1)) {
			t.Errorf("answer %d: %s", i+1, l)
		}
	}
	if err := Serve(t.Context(), strings.NewReader(strings.Repeat("x", MaxLine+1)), io.Discard, NewLightHasher(&fakeLib{}, 1)); err == nil {
		t.Error("an endless line is accepted")
	}
}

func idOf(line string) (id int) {
	_, _ = fmt.Sscanf(line, `{"id":%d`, &id)
	return id
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"id":1,"algo":"rx/0","seed":"` + strings.Repeat("0f", 32) + `","blobs":["00ff","01"]}`))
	f.Add([]byte(`{"id":-1}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		task, err := parseRequest(line)
		if err != nil {
			if adit.CodeOf(err) != adit.Invalid {
				t.Fatalf("%v has the code %s", err, adit.CodeOf(err))
			}
			return
		}
		if len(task.blobs) == 0 || len(task.blobs) > MaxBlobs {
			t.Fatalf("%d blobs are accepted", len(task.blobs))
		}
		for _, b := range task.blobs {
			if len(b) == 0 || len(b) > MaxBlob {
				t.Fatalf("a blob of %d bytes is accepted", len(b))
			}
		}
	})
}
