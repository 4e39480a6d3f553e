package crew

import (
	"context"
	"slices"
)

// foresee notes the seed that an upstream announces, so that the checker makes its memory (RandomX: half a second and
// more) before the first share of it comes. Monero announces it 64 blocks ahead.
func (k *checks) foresee(w *work) {
	if k.crew.o.Checker == nil || w.Blob == nil || w.Blob.NextSeed == nil {
		return
	}
	if next := *w.Blob.NextSeed; next == w.Blob.Seed || next == [32]byte{} {
		return
	}
	select { // the newest is of interest
	case <-k.next:
	default:
	}
	select {
	case k.next <- w:
	default: // another lane was quicker
	}
}

// prepare asks for one hash of each seed that is announced, beside the checks, which go on; where that fails it is tried
// again with the next work.
func (k *checks) prepare(ctx context.Context) {
	var ready [32]byte
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-k.next:
			seed := *w.Blob.NextSeed
			if seed == ready {
				continue
			}
			_, err := k.ask(ctx, w, seed, [][]byte{slices.Clone(w.Blob.Bytes)})
			if err != nil {
				k.crew.o.Log.DebugContext(ctx, "the next seed is not prepared", "reason", err)
				continue
			}
			ready = seed
		}
	}
}
