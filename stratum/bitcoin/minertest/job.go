package minertest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"math/bits"
	"sync"
)

// Job is one mining.notify with what was in force when it came.
type Job struct {
	N               int // 1 for the first job of the connection
	ID              string
	Version         uint32
	Bits            uint32
	Time            uint32
	Clean           bool
	Difficulty      float64
	Extranonce1     []byte
	Extranonce2Size int
	Mask            uint32 // bits that may be rolled

	previous, coinbase1, coinbase2 []byte
	branches                       [][]byte
	target                         *big.Int

	mu     sync.Mutex
	search *search // where Search stopped
}

// Found is a share. Tests may spoil it before Submit.
type Found struct {
	Job         string
	Extranonce2 []byte
	Time        uint32
	Nonce       uint32
	VersionBits uint32
	Rolls       bool     // VersionBits are sent
	Hash        [32]byte // as the header gives it; the number is little-endian
	Header      [80]byte
}

func parseJob(params []json.RawMessage) (*Job, error) {
	if len(params) != 9 {
		return nil, fmt.Errorf("mining.notify with %d parameters", len(params))
	}
	j := &Job{}
	var texts [8]string
	for _, i := range []int{0, 1, 2, 3, 5, 6, 7} {
		if err := json.Unmarshal(params[i], &texts[i]); err != nil {
			return nil, err
		}
	}
	var branches []string
	if err := json.Unmarshal(params[4], &branches); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(params[8], &j.Clean); err != nil {
		return nil, err
	}
	j.ID = texts[0]
	var err error
	get := func(s string) []byte {
		b, bad := hex.DecodeString(s)
		if bad != nil {
			err = bad
		}
		return b
	}
	word := func(s string) uint32 {
		b := get(s)
		if len(b) != 4 {
			err = fmt.Errorf("%q is no word", s)
			return 0
		}
		return binary.BigEndian.Uint32(b)
	}
	j.previous, j.coinbase1, j.coinbase2 = get(texts[1]), get(texts[2]), get(texts[3])
	j.Version, j.Bits, j.Time = word(texts[5]), word(texts[6]), word(texts[7])
	for _, b := range branches {
		j.branches = append(j.branches, get(b))
	}
	if err == nil && len(j.previous) != 32 {
		err = fmt.Errorf("a previous hash of %d bytes", len(j.previous))
	}
	return j, err
}

// search is a point of the space extranonce2 x version x nonce.
type search struct {
	extranonce2 uint64
	roll        uint32 // which of the versions
	nonce       uint64
	header      [80]byte
	time        uint32
}

const noncesEach = 1 << 16 // before the version, then extranonce2 is rolled: small, so that tests see all of it move

// Search looks for the next share of the job, never at the same point twice.
func (j *Job) Search(ctx context.Context) (Found, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.search
	if s == nil {
		s = &search{time: j.Time}
		j.search = s
		j.fill(s)
	}
	for {
		if s.nonce%8192 == 0 && ctx.Err() != nil {
			return Found{}, ctx.Err()
		}
		if s.nonce == noncesEach {
			s.nonce = 0
			if s.roll++; s.roll == j.versions() {
				s.roll = 0
				if s.extranonce2++; j.Extranonce2Size < 8 && s.extranonce2>>(8*j.Extranonce2Size) != 0 {
					s.extranonce2 = 0
					s.time++ // as ASICs do when all else is used up
				}
			}
			j.fill(s)
		}
		binary.LittleEndian.PutUint32(s.header[76:], uint32(s.nonce))
		s.nonce++
		once := sha256.Sum256(s.header[:])
		hash := sha256.Sum256(once[:])
		if hash[31] != 0 && j.Difficulty >= 1 || !j.good(hash) {
			continue
		}
		return Found{
			Job: j.ID, Extranonce2: j.extranonce2(s.extranonce2), Time: s.time, Nonce: uint32(s.nonce - 1),
			VersionBits: j.rolled(s.roll), Rolls: j.Mask != 0, Hash: hash, Header: s.header, // with the nonce
		}, nil
	}
}

// versions is how many versions are tried: those of the lowest two bits of the mask.
func (j *Job) versions() uint32 { return 1 << min(bits.OnesCount32(j.Mask), 2) }

// rolled spreads n over the bits of the mask.
func (j *Job) rolled(n uint32) (out uint32) {
	for mask := j.Mask; mask != 0 && n != 0; mask &= mask - 1 {
		if n&1 != 0 {
			out |= mask & -mask
		}
		n >>= 1
	}
	return out
}

func (j *Job) extranonce2(n uint64) []byte {
	out := make([]byte, j.Extranonce2Size)
	for i := 0; i < len(out) && i < 8; i++ {
		out[i] = byte(n >> (8 * i))
	}
	return out
}

// fill makes the header of a point, nonce left out.
func (j *Job) fill(s *search) {
	version := j.Version&^j.Mask | j.rolled(s.roll)
	s.header = j.header(j.extranonce2(s.extranonce2), version, s.time)
}

func (j *Job) header(extranonce2 []byte, version, time uint32) (h [80]byte) {
	coinbase := append([]byte(nil), j.coinbase1...)
	coinbase = append(coinbase, j.Extranonce1...)
	coinbase = append(coinbase, extranonce2...)
	coinbase = append(coinbase, j.coinbase2...)
	root := twice(coinbase)
	for _, b := range j.branches {
		root = twice(append(root, b...))
	}
	binary.LittleEndian.PutUint32(h[0:], version)
	for i := 0; i < 32; i++ {
		h[4+i] = j.previous[i^3] // each word reversed
	}
	copy(h[36:], root)
	binary.LittleEndian.PutUint32(h[68:], time)
	binary.LittleEndian.PutUint32(h[72:], j.Bits)
	return h
}

func twice(b []byte) []byte {
	once := sha256.Sum256(b)
	again := sha256.Sum256(once[:])
	return again[:]
}

// good compares with 0xffff * 2^208 / difficulty.
func (j *Job) good(hash [32]byte) bool {
	if j.target == nil {
		one := new(big.Float).SetPrec(300).SetInt(new(big.Int).Lsh(big.NewInt(0xffff), 208))
		j.target, _ = one.Quo(one, big.NewFloat(j.Difficulty)).Int(nil)
	}
	for a, b := 0, 31; a < b; a, b = a+1, b-1 {
		hash[a], hash[b] = hash[b], hash[a]
	}
	return new(big.Int).SetBytes(hash[:]).Cmp(j.target) <= 0
}
