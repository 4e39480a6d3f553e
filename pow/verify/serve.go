package verify

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
)

// Serve answers requests from r on w until r ends (nil) or ctx does. A bad line is answered and does not end it; a line
// longer than MaxLine does, because nothing behind it can be trusted. Reading r is not broken off by ctx: close it too.
func Serve(ctx context.Context, r io.Reader, w io.Writer, h Hasher) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), MaxLine)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for ctx.Err() == nil && in.Scan() {
		if len(in.Bytes()) == 0 {
			continue
		}
		if err := out.Encode(reply(ctx, in.Bytes(), h)); err != nil {
			return err
		}
	}
	return errors.Join(in.Err(), ctx.Err())
}

// reply computes the answer to a line.
func reply(ctx context.Context, line []byte, h Hasher) answer {
	t, err := parseRequest(line)
	if err != nil {
		return answer{ID: t.id, Error: err.Error()}
	}
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
