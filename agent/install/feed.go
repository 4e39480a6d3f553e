package install

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// feed reads an archive ahead of who unpacks it, on a goroutine of its own, and hashes what it hands on. Its Read is for
// one goroutine, which also calls end.
type feed struct {
	full chan block
	free chan []byte
	stop context.CancelFunc
	sum  hash.Hash // the reading goroutine's until full is closed
	in   *int64    // how much was handed on
	now  []byte
	buf  []byte
	err  error
}

type block struct {
	b   []byte
	err error // after b
}

// feedAhead is how many blocks of copySize are read ahead.
const feedAhead = 4

func newFeed(ctx context.Context, r io.Reader, in *int64) *feed {
	ctx, stop := context.WithCancel(ctx)
	f := &feed{full: make(chan block, feedAhead), free: make(chan []byte, feedAhead), stop: stop, sum: sha256.New(), in: in}
	for range feedAhead {
		f.free <- make([]byte, copySize)
	}
	go f.run(ctx, r) // ends with the archive, or at end
	return f
}

func (f *feed) run(ctx context.Context, r io.Reader) {
	defer close(f.full)
	for {
		var b []byte
		select {
		case b = <-f.free:
		case <-ctx.Done():
			f.full <- block{err: ctx.Err()} // end takes it
			return
		}
		n, err := readChunk(r, b)
		_, _ = f.sum.Write(b[:n]) // never fails
		f.full <- block{b[:n], err}
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (f *feed) Read(p []byte) (int, error) {
	for len(f.now) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		f.next()
	}
	n := copy(p, f.now)
	f.now = f.now[n:]
	*f.in += int64(n)
	return n, nil
}

// next takes the block after the one that was used up.
func (f *feed) next() {
	if f.buf != nil {
		f.free <- f.buf[:cap(f.buf)]
		f.buf = nil
	}
	b := <-f.full
	f.now, f.err = b.b, b.err
	if b.b != nil {
		f.buf = b.b
	}
}

// end reads the rest and returns the archive's digest; "" where it could not be read to its end.
func (f *feed) end() string {
	defer f.stop()
	for f.err == nil {
		f.next()
	}
	for range f.full { // until the goroutine has ended
	}
	if !errors.Is(f.err, io.EOF) {
		return ""
	}
	return hex.EncodeToString(f.sum.Sum(nil))
}
