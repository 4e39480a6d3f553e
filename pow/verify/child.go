package verify

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// steady is how long a child must have lived for the back-off to start afresh.
const steady = time.Minute

// run keeps a child as long as there are questions, until ctx ends.
func (c *Client) run(ctx context.Context) {
	// A child with a parent-death signal dies with the OS thread that started it, so that thread must stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.ended)
	defer c.closeAll()
	pause := c.o.Backoff
	for c.wait(ctx) {
		began := time.Now()
		err := c.serveBy(ctx)
		if ctx.Err() != nil {
			return
		}
		c.o.Log.WarnContext(ctx, "the verifier ended and is started again", "error", err)
		if time.Since(began) > steady {
			pause = c.o.Backoff
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
		pause = min(2*pause, time.Minute)
	}
}

// wait returns true when there is a question, false when ctx has ended.
func (c *Client) wait(ctx context.Context) bool {
	for ctx.Err() == nil {
		c.mu.Lock()
		n := len(c.waiting)
		c.mu.Unlock()
		if n > 0 {
			return true
		}
		select {
		case <-c.wake:
		case <-ctx.Done():
		}
	}
	return false
}

// child is one running `adit-miner verify`.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan answer   // closed when its output ends
	gone   chan struct{} // closed to make the reader give up
	nextID uint64
}

// serveBy starts a child and puts questions to it, one batch at a time, until it fails or ctx ends.
func (c *Client) serveBy(ctx context.Context) error {
	k, err := c.start()
	if err != nil {
		err = adit.Errorf(adit.Unreachable, "the verifier cannot be started: %w", err)
		c.back(c.batch(), err)
		return err
	}
	defer k.end()
	for c.wait(ctx) {
		asks := c.batch()
		if len(asks) == 0 {
			continue
		}
		hashes, err := k.ask(ctx, asks, c.patience(asks))
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			for _, a := range asks {
				a.result <- result{err: refused.err}
			}
		case err != nil:
			c.back(asks, adit.Errorf(adit.Unreachable, "the verifier failed: %w", err))
			return err
		default:
			for _, a := range asks {
				a.result <- result{hashes: hashes[:len(a.blobs):len(a.blobs)]}
				hashes = hashes[len(a.blobs):]
			}
		}
	}
	return nil
}

// patience is how long a child may take over a request: the making of a cache on a slow and busy computer, and each hash
// in light mode. One that hangs is noticed soon where little was asked.
func (c *Client) patience(asks []*ask) time.Duration {
	if c.o.Silence > 0 {
		return c.o.Silence
	}
	d := 30 * time.Second
	for _, a := range asks {
		d += time.Duration(len(a.blobs)) * 500 * time.Millisecond
	}
	return d
}

// withoutToken leaves out the secret of adit's own API: a hasher has no use for it.
func withoutToken(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "ADIT_TOKEN=") })
}

func (c *Client) start() (*child, error) {
	cmd := exec.Command(c.o.Path, c.o.Args...)
	cmd.Env = append(withoutToken(os.Environ()), c.o.Env...)
	cmd.Stderr = logWriter{c.o.Log}
	dieWithParent(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	k := &child{cmd: cmd, in: in, lines: make(chan answer), gone: make(chan struct{})}
	go k.read(out)
	return k, nil
}

// read passes answers on until the output ends or the child is given up.
func (k *child) read(out io.Reader) {
	defer close(k.lines)
	sc := bufio.NewScanner(out)
	sc.Buffer(make([]byte, 0, 64<<10), MaxLine)
	for sc.Scan() {
		var a answer
		if json.Unmarshal(sc.Bytes(), &a) != nil {
			return
		}
		select {
		case k.lines <- a:
		case <-k.gone:
			return
		}
	}
}

// end kills the child and waits until it and its reader are gone.
func (k *child) end() {
	k.in.Close()
	_ = k.cmd.Process.Kill()
	close(k.gone)
	for range k.lines {
	}
	_ = k.cmd.Wait() // killed
}

// refusal is the child's own error to one request: the child is well.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }

// ask puts one batch and waits for its answer.
func (k *child) ask(ctx context.Context, asks []*ask, silence time.Duration) ([][32]byte, error) {
	k.nextID++
	r := request{ID: k.nextID, Algo: asks[0].algo, Seed: hex.EncodeToString(asks[0].seed[:])}
	for _, a := range asks {
		for _, b := range a.blobs {
			r.Blobs = append(r.Blobs, hex.EncodeToString(b))
		}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	t := time.NewTimer(silence)
	defer t.Stop()
	// A child that does not read must not hold us: the write ends when the child is killed.
	wrote := make(chan error, 1)
	go func() {
		_, err := k.in.Write(append(line, '\n'))
		wrote <- err
	}()
	for {
		select {
		case err := <-wrote:
			if err != nil {
				return nil, err
			}
		case a, ok := <-k.lines:
			if !ok || a.ID != r.ID {
				return nil, errors.New("its output ended or made no sense")
			}
			hashes, err := a.hashes(len(r.Blobs))
			if err != nil && a.Error != "" {
				return nil, &refusal{err}
			}
			return hashes, err
		case <-t.C:
			return nil, errors.New("it did not answer in time")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// logWriter puts what the child says on its error output into our log.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(b []byte) (int, error) {
	w.log.Warn("verifier: " + strings.TrimSpace(string(b[:min(len(b), 500)])))
	return len(b), nil
}
