package bitcoin

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// params returns mining.submit's [worker, job id, extranonce2, ntime, nonce] and, where the job may be rolled, the
// version bits as the sixth (BIP310: it must be there then, even for nothing).
func (s Share) params(worker string, mask uint32) []string {
	p := []string{worker, s.JobID, hex.EncodeToString(s.Extranonce2), hexWord(s.Time), hexWord(s.Nonce)}
	if mask != 0 {
		p = append(p, hexWord(s.VersionBits))
	}
	return p
}

// parseSubmit reads mining.submit. A sixth parameter needs a mask, which then is the share's.
func parseSubmit(l []json.RawMessage, mask uint32) (s Share, worker string, err error) {
	if len(l) < 5 {
		return s, "", adit.InvalidField("params", "mining.submit has %d parameters where 5 or 6 are expected", len(l))
	}
	if worker, err = text(l, 0, "worker", 0, maxText); err != nil {
		return s, "", err
	}
	if s.JobID, err = text(l, 1, "job id", 1, maxJobID); err != nil {
		return s, worker, err
	}
	if s.Extranonce2, err = octets(l, 2, "extranonce2", 0, maxExtranonce2); err != nil {
		return s, worker, err
	}
	if s.Time, err = word(l, 3, "ntime"); err != nil {
		return s, worker, err
	}
	if s.Nonce, err = word(l, 4, "nonce"); err != nil {
		return s, worker, err
	}
	s.VersionMask = mask
	if len(l) < 6 || jsonline.Absent(l[5]) {
		s.VersionMask = 0 // the job's own bits
		return s, worker, nil
	}
	if s.VersionBits, err = word(l, 5, "version bits"); err != nil {
		return s, worker, err
	}
	if s.VersionBits&^mask != 0 {
		return s, worker, adit.InvalidField("version bits", "Invalid version mask: %08x is allowed", mask)
	}
	return s, worker, nil
}

func hexWord(w uint32) string { return fmt.Sprintf("%08x", w) }

// sessionOf reads the answer to mining.subscribe: [[["mining.set_difficulty", id], ["mining.notify", id]], extranonce1,
// size of extranonce2]. The first part has many shapes and matters only for the session's name, which is "" where there
// is none.
func sessionOf(raw json.RawMessage) (session string, extranonce1 []byte, size int, err error) {
	var l []json.RawMessage
	if jsonline.Absent(raw) || json.Unmarshal(raw, &l) != nil || len(l) < 3 {
		return "", nil, 0, adit.InvalidField("result", "mining.subscribe needs [subscriptions, extranonce1, size of extranonce2]")
	}
	extranonce1, size, err = parseExtranonce(l[1:])
	return subscription(l[0]), extranonce1, size, err
}

// subscription finds the name of the mining.notify subscription, or of the first.
func subscription(raw json.RawMessage) (found string) {
	var one []string
	if json.Unmarshal(raw, &one) == nil {
		if len(one) == 2 && len(one[1]) <= maxText {
			return one[1]
		}
		return ""
	}
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return ""
	}
	for _, r := range all {
		var pair []string
		if json.Unmarshal(r, &pair) != nil || len(pair) != 2 || len(pair[1]) > maxText {
			continue
		}
		if found == "" || pair[0] == "mining.notify" {
			found = pair[1]
		}
	}
	return found
}

// parseExtranonce reads [extranonce1, size], of mining.subscribe's answer and of mining.set_extranonce.
func parseExtranonce(l []json.RawMessage) (extranonce1 []byte, size int, err error) {
	if len(l) < 2 {
		return nil, 0, adit.InvalidField("params", "extranonce1 and the size of extranonce2 are expected")
	}
	if extranonce1, err = octets(l, 0, "extranonce1", 0, maxExtranonce1); err != nil {
		return nil, 0, err
	}
	if err := json.Unmarshal(l[1], &size); err != nil || jsonline.Absent(l[1]) || size < 0 || size > maxExtranonce2 {
		return nil, 0, adit.InvalidField("extranonce2 size", "a number of bytes of 0 to %d is expected", maxExtranonce2)
	}
	return extranonce1, size, nil
}

// parseDifficulty reads [difficulty] of mining.set_difficulty and mining.suggest_difficulty.
func parseDifficulty(l []json.RawMessage) (float64, error) {
	var d float64
	if len(l) < 1 || jsonline.Absent(l[0]) || json.Unmarshal(l[0], &d) != nil {
		return 0, adit.InvalidField("difficulty", "a number is expected")
	}
	return d, checkDifficulty("difficulty", d)
}

// mostDifficulty has 2^96 hashes to a share: more than the whole world in a thousand years.
const mostDifficulty = 1 << 64

func checkDifficulty(name string, d float64) error {
	if !(d > 0) || d > mostDifficulty {
		return adit.InvalidField(name, "a number above 0 and up to 2^64 is expected, got %g", d)
	}
	return nil
}
