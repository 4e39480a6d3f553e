package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/randomx"
	"github.com/adit-mining/adit/pow/verify"
)

// verifyBatch is how many blobs go in one question, as a busy coordinator asks.
const verifyBatch = 64

// verifyResult is what bench --verify prints; rates are hashes per second of one thread.
type verifyResult struct {
	Mode     string    `json:"mode"`   // light or full
	Hashes   int       `json:"hashes"` // per run
	Hashrate float64   `json:"hashrate"`
	Runs     []float64 `json:"runs"`
	Loop     *rival    `json:"loop"` // the bare C loop on the same memory
	Library  string    `json:"library"`
}

// asker puts questions to verify.Serve over pipes, as a parent does, and holds the hasher's memory for the loop.
type asker struct {
	lib    *catcher
	in     *os.File
	out    *bufio.Reader
	seed   [32]byte
	nextID int
}

// benchVerify measures the verifier in turn with the loop, once it hashes in the mode that is asked for.
func benchVerify(ctx context.Context, o benchOptions, out, errs io.Writer) error {
	if !slices.Contains([]string{"auto", "light", "fast"}, o.mode) {
		return adit.InvalidField("--mode", "%q: use light or fast", o.mode)
	}
	full := o.mode != "light"
	lib, err := openFor(full, o.noHuge)
	if err != nil {
		return err
	}
	a := &asker{lib: &catcher{Library: lib}}
	_, _ = rand.Read(a.seed[:])
	h := newHasher(a.lib, map[bool]string{true: "full", false: "light"}[full], 1)
	defer h.Close()
	end, err := a.serve(ctx, h)
	if err != nil {
		return err
	}
	defer end()
	r := verifyResult{Mode: "light", Hashes: 3 * verifyBatch, Library: fmt.Sprint(lib)}
	if f, ok := h.(*verify.FullHasher); ok {
		r.Mode, r.Hashes = "full", 24*verifyBatch
		f.Builders = runtime.NumCPU()
		if err := a.untilFull(f); err != nil {
			return err
		}
	}
	if o.nonces > 0 {
		r.Hashes = int(min(o.nonces, 1<<20))
	}
	if err := a.some(min(verifyBatch, r.Hashes)); err != nil { // the memory is there from now on
		return err
	}
	r.Runs, r.Loop, err = inTurn(max(1, o.rounds), func() (speed, error) { return a.rate(r.Hashes) }, func() (speed, error) { return a.loop(r.Hashes) })
	if err != nil {
		return err
	}
	r.Hashrate = round2(median(r.Runs))
	c := comparison{Nonces: uint64(r.Hashes), Engine: r.Hashrate, Runs: r.Runs, Loop: r.Loop}
	c.tell(errs)
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// serve starts the answering side; end stops it.
func (a *asker) serve(ctx context.Context, h verify.Hasher) (end func(), err error) {
	theirs, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, answers, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirs.Close(), in.Close())
	}
	a.in, a.out = in, bufio.NewReaderSize(out, verify.MaxLine)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = verify.Serve(ctx, theirs, answers, h)
		answers.Close() // whoever waits for an answer is told
	}()
	return func() {
		in.Close()
		<-done
		theirs.Close()
		out.Close()
	}, nil
}

// untilFull asks until the dataset is built.
func (a *asker) untilFull(f *verify.FullHasher) error {
	for {
		if err := a.some(verifyBatch / 2); err != nil {
			return err
		}
		if full, err := f.Full(a.seed); full || err != nil {
			return err
		}
	}
}

// some asks for the hashes of n blobs in one question.
func (a *asker) some(n int) error {
	blobs := make([]string, n)
	for i := range blobs {
		b := make([]byte, 76) // a share's
		_, _ = rand.Read(b)
		blobs[i] = hex.EncodeToString(b)
	}
	_, err := a.ask(blobs)
	return err
}

// ask has blobs hashed: hexadecimal, as the hashes are.
func (a *asker) ask(blobs []string) (hashes []string, err error) {
	a.nextID++
	line, err := json.Marshal(object{"id": a.nextID, "algo": adit.RandomX, "seed": hex.EncodeToString(a.seed[:]), "blobs": blobs})
	if err != nil {
		return nil, err
	}
	if _, err := a.in.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	var answer struct {
		Hashes []string
		Error  string
	}
	got, err := a.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(got, &answer)
	}
	switch {
	case err != nil:
		return nil, err
	case answer.Error != "":
		return nil, adit.Errorf(adit.Refused, "%s", answer.Error)
	case len(answer.Hashes) != len(blobs):
		return nil, adit.Errorf(adit.Internal, "%d hashes to %d blobs", len(answer.Hashes), len(blobs))
	}
	return answer.Hashes, nil
}

// rate is the verifier's.
func (a *asker) rate(n int) (speed, error) {
	wall, cpu := time.Now(), cpuTime()
	for done := 0; done < n; {
		k := min(verifyBatch, n-done)
		if err := a.some(k); err != nil {
			return speed{}, err
		}
		done += k
	}
	return speedOf(uint64(n), time.Since(wall), cpuTime()-cpu), nil
}

// loop is the bare loop's on the verifier's memory, which nobody uses meanwhile.
func (a *asker) loop(n int) (speed, error) {
	mem := a.lib.dataset
	if mem == nil {
		mem = a.lib.cache
	}
	cpu := cpuTime()
	r, err := randomx.Loop(mem, 1, 0, uint32(n))
	if err != nil {
		return speed{}, err
	}
	return speedOf(uint64(n), r.Took, cpuTime()-cpu), nil
}
