package stratum

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// Share is one solution of one job, as it is submitted.
type Share struct {
	JobID     string
	Login     uint64         // Job.Login of the job it solves, so that it never reaches another pool; 0 on the server's side
	Nonce     []byte         // in the blob's byte order, as wide as the algorithm's nonce
	Result    [32]byte       // the hash that meets the target
	Algorithm adit.Algorithm // "" where the miner did not say

	// Difficulty of its job, for the books: it is not sent, and 0 on the server's side, where the job is at hand.
	Difficulty uint64

	// Commitment is sent for rx/2 only, nil elsewhere: the raw RandomX hash, while Result then holds
	// blake2b-256(blob || raw hash). The names are the wire's (XMRig CpuWorker.cpp).
	Commitment *[32]byte
}

// Verdict is the other side's word on a share.
type Verdict struct {
	Outcome   adit.ShareOutcome // "" where it was not judged (the pool could not check it, nobody's fault)
	Text      string            // the pool's own words, "" for a plain acceptance
	RoundTrip time.Duration     // from sending to the answer; client's side only
}

// DefaultText returns the words for a refused share. None of them makes XMRig hang up, which it does for
// "Unauthenticated", "Invalid job id" and two words about bans (Client.cpp isCriticalError).
func DefaultText(o adit.ShareOutcome) string {
	switch o {
	case adit.ShareStale:
		return "Stale share"
	case adit.ShareDuplicate:
		return "Duplicate share"
	case adit.ShareLowDifficulty:
		return "Low difficulty share"
	case adit.ShareUnknownJob:
		return "Block expired"
	case adit.ShareMalformed:
		return "Malformed share"
	case adit.ShareUnauthorized:
		return "Unauthenticated" // fatal for XMRig, and meant so
	case adit.ShareAccepted, adit.ShareBlock:
		return ""
	}
	return "Couldn't check PoW"
}

// Classify reads a pool's refusal. An unknown text is malformed: the pool did not like the share, and says why in words.
// The texts are those of node-cryptonote-pool, p2pool and xmrig-proxy.
func Classify(text string) adit.ShareOutcome {
	t := strings.ToLower(text)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(t, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("stale", "expired", "outdated", "too late", "block not found", "job not found"):
		return adit.ShareStale
	case has("duplicate", "already submitted"):
		return adit.ShareDuplicate
	case has("low diff", "difficulty too low", "above target", "high-hash", "below minimum"):
		return adit.ShareLowDifficulty
	case has("invalid job", "unknown job", "no such job", "jobid"):
		return adit.ShareUnknownJob
	case has("unauthenticated", "unauthorized", "not logged", "not authorized", "banned", "permission denied"):
		return adit.ShareUnauthorized
	case has("couldn't check", "bad gateway", "internal error", "try again", "temporar"):
		return ""
	}
	return adit.ShareMalformed
}

// Critical reports whether a pool's text means that this connection will bring nothing more: XMRig hangs up on these.
func Critical(text string) bool {
	for _, p := range []string{"unauthenticated", "your ip is banned", "ip address currently banned", "invalid job id"} {
		if len(text) >= len(p) && strings.EqualFold(text[:len(p)], p) {
			return true
		}
	}
	return false
}

type wireSubmit struct {
	ID         string `json:"id"`
	JobID      string `json:"job_id"`
	Nonce      string `json:"nonce"`
	Result     string `json:"result"`
	Algorithm  string `json:"algo,omitempty"`
	Commitment string `json:"commitment,omitempty"`
}

func (s Share) wire(session string) wireSubmit {
	w := wireSubmit{
		ID: session, JobID: s.JobID, Nonce: hex.EncodeToString(s.Nonce),
		Result: hex.EncodeToString(s.Result[:]), Algorithm: string(s.Algorithm),
	}
	if s.Commitment != nil {
		w.Commitment = hex.EncodeToString(s.Commitment[:])
	}
	return w
}

// parseSubmit reads a miner's submit. It returns the session id the miner named, too.
func parseSubmit(params json.RawMessage) (Share, string, error) {
	var w wireSubmit
	if err := json.Unmarshal(params, &w); err != nil {
		return Share{}, "", adit.InvalidField("params", "submit needs an object of strings")
	}
	s := Share{JobID: w.JobID, Algorithm: adit.Algorithm(w.Algorithm)}
	if w.JobID == "" || len(w.JobID) > maxJobID {
		return s, w.ID, adit.InvalidField("job_id", "1 to %d characters are expected", maxJobID)
	}
	nonce, err := hex.DecodeString(w.Nonce)
	if err != nil || len(nonce) != 4 && len(nonce) != 8 {
		return s, w.ID, adit.InvalidField("nonce", "4 or 8 bytes of hex are expected")
	}
	s.Nonce = nonce
	if err := hex32(w.Result, &s.Result); err != nil {
		return s, w.ID, adit.InvalidField("result", "%v", err)
	}
	if len(w.Algorithm) > maxAlgorithm {
		return s, w.ID, adit.InvalidField("algo", "longer than %d characters", maxAlgorithm)
	}
	if w.Commitment != "" {
		s.Commitment = new([32]byte)
		if err := hex32(w.Commitment, s.Commitment); err != nil {
			return s, w.ID, adit.InvalidField("commitment", "%v", err)
		}
	}
	return s, w.ID, nil
}
