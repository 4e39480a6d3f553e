package verify

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

// mostServed is how many requests are read before the first of them is answered: while the memory of one seed is made,
// requests of another are answered, and the next one is read while one is hashed.
const mostServed = 8

// Serve answers requests from r on w until r ends (nil) or ctx does. A bad line is answered and does not end it; a line
// longer than MaxLine does, because nothing behind it can be trusted. Reading r is not broken off by ctx: close it too.
// The hasher is asked by several goroutines at once.
func Serve(ctx context.Context, r io.Reader, w io.Writer, h Hasher) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), MaxLine)
	out := &answers{to: json.NewEncoder(w)}
	out.to.SetEscapeHTML(false)
	places := make(chan struct{}, mostServed)
	var all sync.WaitGroup
	for ctx.Err() == nil && out.failed() == nil && in.Scan() {
		if len(in.Bytes()) == 0 {
			continue
		}
		t, err := parseRequest(in.Bytes())
		if err != nil {
			out.put(answer{ID: t.id, Error: err.Error()})
			continue
		}
		places <- struct{}{}
		all.Go(func() {
			out.put(reply(ctx, t, h))
			<-places
		})
	}
	all.Wait()
	if err := out.failed(); err != nil {
		return err
	}
	return errors.Join(in.Err(), ctx.Err())
}

// answers writes whole lines, whoever has one.
type answers struct {
	mu  sync.Mutex
	to  *json.Encoder
	err error // the first
}

func (o *answers) put(a answer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = o.to.Encode(a)
	}
}

func (o *answers) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// reply computes the answer to a request.
func reply(ctx context.Context, t task, h Hasher) answer {
	hashes, err := h.Hash(ctx, t.algo, t.seed, t.blobs)
	if err != nil {
		return answer{ID: t.id, Error: err.Error()}
	}
	a := answer{ID: t.id, Hashes: make([]string, len(hashes))}
	for i := range hashes {
		a.Hashes[i] = hex.EncodeToString(hashes[i][:])
	}
	return a
}
