package practice

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// Seed is the RandomX key of all practice work: sha256("adit practice"). Monero's changes each 2,048 blocks; practice's
// stays, so that a restart does not force miners to build another dataset.
var Seed = sha256.Sum256([]byte("adit practice"))

// template is what all jobs of one minute share.
type template struct {
	height uint64
	at     time.Time
	prev   [32]byte // id of a block that never was
}

// newTemplate follows the work at height last; 0 begins with the minutes since 1970, so that heights grow over restarts.
func newTemplate(now time.Time, last uint64) template {
	t := template{height: last + 1, at: now}
	if last == 0 {
		t.height = uint64(now.Unix()) / 60
	}
	rand.Read(t.prev[:])
	return t
}

// blob is a block's hashing blob in Monero's layout (get_block_hashing_blob): major and minor version, timestamp and
// number of transactions as varints, 76 bytes in all with the nonce at 39.
func (t template) blob(root [32]byte) []byte {
	b := make([]byte, 0, 76)
	b = append(b, 16, 16)
	b = binary.AppendUvarint(b, uint64(t.at.Unix())) // 5 bytes from 1978 to 3058
	b = append(b, t.prev[:]...)
	b = append(b, 0, 0, 0, 0)
	b = append(b, root[:]...)
	return append(b, 1)
}

// job makes the n-th job of a session. Each has a merkle root of its own, so that no two miners search the same blobs.
func (s *Server) job(session string, n uint64, difficulty uint64) stratum.Job {
	t := s.template()
	root := sha256.Sum256(fmt.Appendf(s.secret[:len(s.secret):len(s.secret)], "%s %d", session, n))
	return stratum.Job{
		ID: jobID(session, n), Blob: t.blob(root), Target: stratum.TargetOf(difficulty),
		Algorithm: adit.RandomX, Height: &t.height, SeedHash: Seed,
	}
}

// jobID names the n-th job of a session.
func jobID(session string, n uint64) string { return fmt.Sprintf("%s-%d", session, n) }
