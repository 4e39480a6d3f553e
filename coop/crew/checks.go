package crew

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// checks hashes claimed results: a queue in front of the Checker, taken in batches of one seed. What goes up is hashed
// first.
type checks struct {
	crew *Crew

	mu      sync.Mutex
	first   []*found // wanted by the upstream
	rest    []*found
	wake    chan struct{}
	next    chan *work    // announces a seed
	on      bool          // Run has not ended
	each    time.Duration // per hash and thread, an average; 0 = not known
	since   int64         // when the batch under way began, on the crew's clock; 0 = none is
	size    int           // of the batch before
	failed  error         // the last call failed, nil where it did not
	away    int64         // since when it fails, on the crew's clock; 0 = it does not
	awayAt  time.Time
	hashed  uint64
	wrong   uint64
	skipped uint64 // believed
}

const (
	mostWaiting = 1 << 13
	batchTime   = 200 * time.Millisecond // of hashing: a batch holds so much
	mostBatch   = 64
	awayGrace   = 10 * time.Second // then a checker that fails makes a proxy of the crew
	askTime     = 6 * time.Second  // for an answer; with awayGrace less than the 20 s after which XMRig hangs up
	askEach     = 50 * time.Millisecond
	retryCheck  = time.Second
	crowded     = 10 // times Rules.CheckWait: then proven members are hashed as seldom as may be
)

func newChecks(c *Crew) *checks {
	return &checks{crew: c, on: true, wake: make(chan struct{}, 1), next: make(chan *work, 1)}
}

// run starts the goroutines.
func (k *checks) run(r *running) {
	if k.crew.o.Checker == nil {
		return
	}
	for range k.crew.o.Rules.CheckThreads {
		r.group.Go(func() { k.loop(r.ctx) })
	}
	r.group.Go(func() { k.prepare(r.ctx) })
}

// take decides what becomes of a share: it counts as claimed, is hashed first, or is not judged.
func (k *checks) take(f *found) refusal {
	c := k.crew
	if c.o.Checker == nil {
		k.believe(f)
		return refusal{}
	}
	m := f.m
	m.mu.Lock()
	all := m.card.CheckAll || c.o.Rules.CheckAll
	must := all || !m.trust.proven()
	dear := all || m.trust.lies > 0
	fraction := m.trust.fraction(c.o.Rules.CheckLeast)
	m.mu.Unlock()
	k.mu.Lock()
	proxy := !k.on || k.away != 0 && c.now()-k.away > int64(awayGrace)
	full := len(k.first)+len(k.rest) >= mostWaiting
	wait := k.backlog()
	calm := wait < c.o.Rules.CheckWait
	if wait > crowded*c.o.Rules.CheckWait && !must {
		fraction = c.o.Rules.CheckLeast
	}
	switch {
	case proxy && dear:
		k.mu.Unlock()
		return refusal{"", "the shares of this member are hashed, and nothing hashes now"}
	case full && must && !f.rec.Up:
		k.mu.Unlock()
		return refusal{"", "more shares came than can be hashed"}
	case !proxy && !full && (f.rec.Up || must || calm || c.o.Rand() < fraction):
		k.queue(f)
		k.mu.Unlock()
		k.ring()
		return refusal{}
	}
	k.skipped++
	k.mu.Unlock()
	f.commit()
	return refusal{}
}

func (k *checks) believe(f *found) {
	k.mu.Lock()
	k.skipped++
	k.mu.Unlock()
	f.commit()
}

// backlog is how long what waits will take, or how long a batch takes already. It is called with mu held.
func (k *checks) backlog() time.Duration {
	wait := time.Duration(len(k.first)+len(k.rest)) * k.each / time.Duration(k.crew.o.Rules.CheckThreads)
	if k.since > 0 {
		wait = max(wait, time.Duration(k.crew.now()-k.since))
	}
	return wait
}

func (k *checks) queue(f *found) {
	if f.rec.Up {
		k.first = append(k.first, f)
		return
	}
	k.rest = append(k.rest, f)
}

func (k *checks) ring() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// loop hashes until ctx ends; what waits then is not judged.
func (k *checks) loop(ctx context.Context) {
	for ctx.Err() == nil {
		batch := k.batch()
		if len(batch) == 0 {
			select {
			case <-k.wake:
			case <-ctx.Done():
			}
			continue
		}
		k.ring() // another thread may find more
		if !k.hash(ctx, batch) {
			rest := time.NewTimer(retryCheck)
			select {
			case <-rest.C:
			case <-ctx.Done():
			}
			rest.Stop()
		}
	}
	k.mu.Lock()
	k.on = false
	left := append(k.first, k.rest...)
	k.first, k.rest = nil, nil
	k.mu.Unlock()
	for _, f := range left {
		f.drop(refusal{"", "the coordinator is stopping"})
	}
}

// batch takes shares of one algorithm and seed off the queue: those of the one that waits longest.
func (k *checks) batch() (batch []*found) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 4
	if k.each > 0 { // no more than twice the batch before: the average may be of better days
		n = min(max(int(batchTime/k.each), 1), mostBatch, max(2*k.size, n))
	}
	for _, q := range []*[]*found{&k.first, &k.rest} {
		var other []*found
		for i, f := range *q {
			if len(batch) >= n {
				other = append(other, (*q)[i:]...)
				break
			}
			if len(batch) > 0 && (f.w.Algorithm != batch[0].w.Algorithm || f.w.Blob.Seed != batch[0].w.Blob.Seed) {
				other = append(other, f)
				continue
			}
			batch = append(batch, f)
		}
		*q = other
	}
	if len(batch) > 0 {
		k.since, k.size = k.crew.now(), len(batch)
	}
	return batch
}

// hash hashes a batch and lets each share go on. It reports false where the checker failed.
func (k *checks) hash(ctx context.Context, batch []*found) bool {
	blobs := make([][]byte, len(batch))
	for i, f := range batch {
		blobs[i] = f.blob()
	}
	w := batch[0].w
	began := time.Now()
	hashes, err := k.ask(ctx, w, w.Blob.Seed, blobs)
	if err == nil && len(hashes) != len(blobs) {
		err = adit.Errorf(adit.Internal, "%d hashes came back for %d shares", len(hashes), len(blobs))
	}
	if err != nil {
		k.fails(ctx, err, batch)
		return false
	}
	k.took(time.Since(began)/time.Duration(len(batch)), len(batch))
	for i, f := range batch {
		f.compare(hashes[i])
	}
	return true
}

// ask asks the checker, which may hang: what waits is to be answered before a miner gives up.
func (k *checks) ask(ctx context.Context, w *work, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	limited, cancel := context.WithTimeout(ctx, askTime+time.Duration(len(blobs))*askEach)
	defer cancel()
	hashes, err := k.crew.o.Checker.Hash(limited, w.Algorithm, seed, blobs)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = adit.Errorf(adit.Timeout, "the checker did not answer within %s: %w", askTime, err)
	}
	return hashes, err
}

// took counts hashes that were made.
func (k *checks) took(each time.Duration, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.each > 0 {
		each = (3*k.each + each) / 4
	}
	k.each = max(each, 1)
	k.hashed += uint64(n)
	if k.failed != nil {
		k.crew.o.Log.Info("shares are hashed again")
	}
	k.failed, k.away, k.since = nil, 0, 0
}

// fails puts a batch back. After a while shares count as claimed, but for members who must not be believed.
func (k *checks) fails(ctx context.Context, err error, batch []*found) {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	k.mu.Lock()
	now := k.crew.now()
	if k.away == 0 {
		k.away, k.awayAt = now, time.Now()
		k.crew.o.Log.Warn("shares cannot be hashed", "reason", err)
	}
	k.failed, k.since = err, 0
	missing := adit.CodeOf(err) == adit.NotFound // there is none: it does not come back in a moment
	if missing {
		k.away = min(k.away, now-int64(awayGrace)-1)
	}
	if now-k.away <= int64(awayGrace) || ctx.Err() != nil {
		k.rest = slices.Insert(k.rest, 0, batch...)
		k.mu.Unlock()
		return
	}
	w := batch[0].w
	waiting := append(append(batch, k.first...), k.rest...)
	k.first, k.rest = nil, nil
	k.mu.Unlock()
	for _, f := range waiting {
		if no := k.take(f); no.why() {
			f.drop(no)
		}
	}
	k.probe(ctx, w)
}

// probe asks the checker for a hash of old work, now and then, until it answers.
func (k *checks) probe(ctx context.Context, w *work) {
	for ctx.Err() == nil {
		hashes, err := k.ask(ctx, w, w.Blob.Seed, [][]byte{slices.Clone(w.Blob.Bytes)})
		if err == nil && len(hashes) == 1 {
			k.took(k.each, 0)
			return
		}
		t := time.NewTimer(retryCheck)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// blob is what the share's miner hashed.
func (f *found) blob() []byte {
	b := f.w.Blob
	var out []byte
	if f.w.shape.cut == cutExtra {
		out = b.Cut(f.extra)
	} else {
		out = slices.Clone(b.Bytes)
	}
	binary.LittleEndian.PutUint32(out[b.NonceOffset:], uint32(f.rec.Key))
	return out
}

// compare is the last check of a share.
func (f *found) compare(hash [32]byte) {
	c := f.seat.crew
	right := hash == f.claim
	f.m.mu.Lock()
	f.m.trust.hashed(right)
	if !right {
		f.m.score.good = 0 // old honesty does not pay for it
	}
	f.m.mu.Unlock()
	if right {
		f.verified = true
		f.commit()
		return
	}
	c.check.mu.Lock()
	c.check.wrong++
	c.check.mu.Unlock()
	c.o.Log.Warn("a member's hash is not what it claims", "member", f.m.id, "job", f.w.ID)
	c.told(f.m.id, EventLied, f.w.ID)
	m := f.m
	f.drop(refusal{adit.ShareMalformed, "Wrong hash: the result is not the hash of this nonce"})
	c.judgeMember(m, adit.ShareMalformed, lieWeight-1, c.now())
}
