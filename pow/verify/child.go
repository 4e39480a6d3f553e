package verify

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	out    chan []byte   // lines to be written, closed by end
	broken chan error    // a write failed
	lines  chan answer   // closed when its output ends
	gone   chan struct{} // closed to make the reader give up
	writer sync.WaitGroup
	nextID uint64
	owed   []*flight // in the order they were sent
}

// serveBy starts a child and puts questions to it until it fails or ctx ends.
func (c *Client) serveBy(ctx context.Context) error {
	k, err := c.start()
	if err != nil {
		err = adit.Errorf(adit.Unreachable, "the verifier cannot be started: %w", err)
		c.back(c.takeAll(), err)
		return err
	}
	defer k.end()
	if err = c.talk(ctx, k); err != nil {
		c.back(k.asks(), adit.Errorf(adit.Unreachable, "the verifier failed: %w", err))
	}
	return err
}

// talk puts questions and passes answers on; it ends with the child's failure or ctx.
func (c *Client) talk(ctx context.Context, k *child) error {
	late := time.NewTimer(time.Hour)
	defer late.Stop()
	for {
		if err := c.put(k); err != nil {
			return err
		}
		late.Stop()
		if len(k.owed) > 0 {
			late.Reset(c.patience(k.asks()))
		}
		select {
		case <-c.wake: // a question
		case err := <-k.broken:
			return err
		case a, ok := <-k.lines:
			if !ok {
				return errors.New("its output ended or made no sense")
			}
			if err := k.settle(a); err != nil {
				return err
			}
		case <-late.C:
			return errors.New("it did not answer in time")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
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
	k := &child{
		cmd: cmd, in: in, out: make(chan []byte, mostOut), broken: make(chan error, 1), lines: make(chan answer), gone: make(chan struct{}),
	}
	go k.read(out)
	k.writer.Go(k.write)
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

// write sends lines until there are no more: a child that does not read must not hold who asks.
func (k *child) write() {
	for line := range k.out {
		if _, err := k.in.Write(line); err != nil {
			k.broken <- err // once
			return
		}
	}
}

// end kills the child and waits until it, its reader and its writer are gone.
func (k *child) end() {
	close(k.out)
	k.in.Close()
	_ = k.cmd.Process.Kill()
	close(k.gone)
	for range k.lines {
	}
	k.writer.Wait()
	_ = k.cmd.Wait() // killed
}

// logWriter puts what the child says on its error output into our log.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(b []byte) (int, error) {
	w.log.Warn("verifier: " + strings.TrimSpace(string(b[:min(len(b), 500)])))
	return len(b), nil
}
