package bitcoin

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Bounds of a job.
const (
	maxText        = 512     // characters of a name
	maxJobID       = 128     // characters
	maxCoinbase    = 1 << 16 // bytes of one half of the coinbase; a line ends sooner
	leastCoinbase  = 60      // bytes of the whole: the smallest transaction there is (Bitcoin Core: 60 without witness)
	maxBranches    = 32      // a block of 4 MB has less than 2^17 transactions
	maxExtranonce1 = 64      // bytes
	maxExtranonce2 = 16      // bytes; cgminer refuses more
)

// parseNotify reads mining.notify: [job id, previous hash, coinb1, coinb2, [branches], version, nbits, ntime, clean].
// Extranonce1, its room and the mask are the connection's and stay as they are in j.
func (j *Job) parseNotify(l []json.RawMessage) (err error) {
	if len(l) < 9 {
		return adit.InvalidField("params", "mining.notify has %d parameters where 9 are expected", len(l))
	}
	if j.ID, err = text(l, 0, "job id", 1, maxJobID); err != nil {
		return err
	}
	prev, err := octets(l, 1, "previous hash", 32, 32)
	if err != nil {
		return err
	}
	j.PrevHash = swapWords([32]byte(prev))
	if j.Coinbase1, err = octets(l, 2, "coinb1", 1, maxCoinbase); err != nil {
		return err
	}
	if j.Coinbase2, err = octets(l, 3, "coinb2", 1, maxCoinbase); err != nil {
		return err
	}
	if n := len(j.Coinbase1) + len(j.Extranonce1) + j.Extranonce2Size + len(j.Coinbase2); n < leastCoinbase {
		return adit.InvalidField("coinb1", "the coinbase would have %d bytes; no transaction is that short", n)
	}
	if j.Branches, err = parseBranches(l[4]); err != nil {
		return err
	}
	if j.Version, err = word(l, 5, "version"); err != nil {
		return err
	}
	if j.Bits, err = word(l, 6, "nbits"); err != nil {
		return err
	}
	if _, ok := TargetOfBits(j.Bits); !ok {
		return adit.InvalidField("nbits", "%08x is no target", j.Bits)
	}
	if j.Time, err = word(l, 7, "ntime"); err != nil {
		return err
	}
	j.Clean = false
	if err := json.Unmarshal(l[8], &j.Clean); err != nil {
		return adit.InvalidField("clean_jobs", "true or false is expected")
	}
	return nil
}

func parseBranches(raw json.RawMessage) ([][32]byte, error) {
	var l []json.RawMessage
	if jsonline.Absent(raw) || json.Unmarshal(raw, &l) != nil {
		return nil, adit.InvalidField("merkle branch", "an array is expected")
	}
	if len(l) > maxBranches {
		return nil, adit.InvalidField("merkle branch", "%d steps, at most %d can be", len(l), maxBranches)
	}
	out := make([][32]byte, len(l))
	for i := range l {
		b, err := octets(l, i, "merkle branch", 32, 32)
		if err != nil {
			return nil, err
		}
		out[i] = [32]byte(b)
	}
	return out, nil
}

// swapWords reverses each group of four bytes: the order of the previous hash on the wire, from that of the header, and
// back.
func swapWords(h [32]byte) (s [32]byte) {
	for i := 0; i < 32; i += 4 {
		binary.BigEndian.PutUint32(s[i:], binary.LittleEndian.Uint32(h[i:]))
	}
	return s
}

// A Notice is a job as mining.notify carries it, encoded once for all miners of it: only the job's id and whether older
// work counts differ between them.
type Notice struct {
	rest [2][]byte // behind the id; of a job that is not clean, and of one that is
	time uint32
}

// NoticeOf encodes a job.
func NoticeOf(j *Job) *Notice {
	prev := swapWords(j.PrevHash)
	var w [12]byte
	binary.BigEndian.PutUint32(w[0:], j.Version)
	binary.BigEndian.PutUint32(w[4:], j.Bits)
	binary.BigEndian.PutUint32(w[8:], j.Time)
	b := make([]byte, 0, 2*(len(j.Coinbase1)+len(j.Coinbase2))+67*len(j.Branches)+160)
	quoted := func(raw []byte) {
		b = append(b, '"')
		b = hex.AppendEncode(b, raw)
		b = append(b, '"')
	}
	b = append(b, ',')
	quoted(prev[:])
	b = append(b, ',')
	quoted(j.Coinbase1)
	b = append(b, ',')
	quoted(j.Coinbase2)
	b = append(b, ",["...)
	for i := range j.Branches {
		if i > 0 {
			b = append(b, ',')
		}
		quoted(j.Branches[i][:])
	}
	b = append(b, ']')
	for i := 0; i < 12; i += 4 {
		b = append(b, ',')
		quoted(w[i : i+4])
	}
	n := len(b)
	return &Notice{[2][]byte{append(b[:n:n], ",false]}\n"...), append(b[:n:n], ",true]}\n"...)}, j.Time}
}

// Append adds the whole line to b. clean says that older work no longer counts for this miner.
func (n *Notice) Append(b []byte, id string, clean bool) []byte { return n.append(b, id, clean, 0) }

// append is Append with the time moved so many seconds on.
func (n *Notice) append(b []byte, id string, clean bool, later uint32) []byte {
	b = append(b, `{"id":null,"method":"mining.notify","params":[`...)
	quoted, _ := json.Marshal(id)
	b = append(b, quoted...)
	end := `",false]}` + "\n"
	if clean {
		b, end = append(b, n.rest[1]...), `",true]}`+"\n"
	} else {
		b = append(b, n.rest[0]...)
	}
	if later > 0 {
		at := len(b) - len(end) - 8
		copy(b[at:], hexWord(n.time+later))
	}
	return b
}
