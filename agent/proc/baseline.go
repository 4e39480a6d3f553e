package proc

import (
	"fmt"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// Baselines remember what hashrate is normal on this machine, per program, algorithm and thread count, learned from
// warm runs. They are kept in a JSON file. A nil *Baselines knows and learns nothing.
type Baselines struct {
	path string

	mu    sync.Mutex
	known map[string]baseline
	dirty bool
}

type baseline struct {
	Hashrate adit.Hashrate `json:"hashrate"` // exponentially weighted mean of warm readings
	Samples  int           `json:"samples"`  // readings learned from, counted up to trusted
}

const (
	// trusted readings make a baseline; fewer may be one odd run.
	trusted = 60
	// learnRate makes a change of machine or weather count for half after about 140 readings.
	learnRate = 0.005
	// maxBaselines bounds the file.
	maxBaselines = 1000
)

// BaselineKey names what a hashrate is comparable with.
func BaselineKey(program string, a adit.Algorithm, threads int) string {
	return fmt.Sprintf("%s %s %d", program, a, threads)
}

// OpenBaselines reads the file; one that is absent begins empty, one that is damaged begins empty with an error that
// may be logged.
func OpenBaselines(path string) (*Baselines, error) {
	b := &Baselines{path: path, known: map[string]baseline{}}
	err := readJSONFile(path, &b.known)
	if absent(err) {
		return b, nil
	}
	if err != nil {
		b.known = map[string]baseline{}
		return b, adit.Errorf(adit.Internal, "the learned hashrates are lost: %w", err)
	}
	for k, v := range b.known {
		if !(v.Hashrate > 0) || v.Samples < 0 || len(b.known) > maxBaselines {
			delete(b.known, k)
		}
	}
	if b.known == nil { // the file said null
		b.known = map[string]baseline{}
	}
	return b, nil
}

// Hashrate is what is normal for a key; nil = not known well enough.
func (b *Baselines) Hashrate(key string) *adit.Hashrate {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k, ok := b.known[key]
	if !ok || k.Samples < trusted {
		return nil
	}
	return &k.Hashrate
}

// Learn takes one reading of a warm run.
func (b *Baselines) Learn(key string, h adit.Hashrate) {
	if b == nil || !(h > 0) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k, ok := b.known[key]
	if !ok && len(b.known) >= maxBaselines {
		return
	}
	k.Samples = min(k.Samples+1, trusted)
	rate := adit.Hashrate(learnRate)
	if k.Samples < trusted { // the plain mean at first
		rate = 1 / adit.Hashrate(k.Samples)
	}
	k.Hashrate += rate * (h - k.Hashrate)
	b.known[key] = k
	b.dirty = true
}

// Save writes what was learned since the last Save; nothing new writes nothing.
func (b *Baselines) Save() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.dirty {
		return nil
	}
	if err := atomicfile.WriteJSON(b.path, b.known, 0o600); err != nil {
		return adit.Errorf(adit.Internal, "the learned hashrates cannot be written: %w", err)
	}
	b.dirty = false
	return nil
}
