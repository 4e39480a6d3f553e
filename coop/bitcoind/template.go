package bitcoind

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// templateAnswer is the result of getblocktemplate. Source: BIP22, BIP23, BIP145 and bitcoin src/rpc/mining.cpp.
type templateAnswer struct {
	Version    uint32            `json:"version"`
	Previous   string            `json:"previousblockhash"`
	Txs        []templateTx      `json:"transactions"`
	Aux        map[string]string `json:"coinbaseaux"`
	Value      *uint64           `json:"coinbasevalue"`
	LongPoll   string            `json:"longpollid"`
	Target     string            `json:"target"`
	Time       uint64            `json:"curtime"`
	Bits       string            `json:"bits"`
	Height     uint64            `json:"height"`
	Commitment string            `json:"default_witness_commitment"`
	Rules      []string          `json:"rules"`
	Required   uint32            `json:"vbrequired"`
}

type templateTx struct {
	Data string `json:"data"`
	TxID string `json:"txid"` // without witness
	Hash string `json:"hash"` // with witness
}

// template is an answer that was read and checked.
type template struct {
	job      *bitcoin.Job
	height   uint64
	value    uint64
	network  adit.Hashes
	longPoll string
	count    uint64 // transactions, the coinbase counted
	witness  bool   // the coinbase commits to witnesses
	txs      []byte // all but the coinbase, as they are written in a block

	seed     [32]byte // RandomX coins
	nextSeed *[32]byte
}

// read checks an answer and builds the coinbase.
func (n *Node) read(ctx context.Context, a *templateAnswer) (*template, error) {
	t, err := a.read(n)
	if err != nil {
		return nil, adit.Errorf(adit.Unreachable, "the %s node at %s gives work that adit cannot use: %w", n.coin.Name, n.o.Host, err)
	}
	if n.coin.SeedInterval != 0 {
		if err := n.seeds(ctx, t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (a *templateAnswer) read(n *Node) (*template, error) {
	for _, r := range a.Rules { // "!" marks rules that must be understood (BIP9)
		if name, must := strings.CutPrefix(r, "!"); must && name != "segwit" {
			return nil, fmt.Errorf("it has the rule %q, which adit does not know", clip(name))
		}
	}
	if a.Value == nil || *a.Value > 1<<62 {
		return nil, errors.New("coinbasevalue is missing: it builds coinbases of its own alone")
	}
	if a.Height == 0 || a.Height > 1<<31 || a.Time == 0 || a.Time > 1<<32-1 {
		return nil, errors.New("height or curtime is missing")
	}
	t := &template{height: a.Height, value: *a.Value, longPoll: a.LongPoll, count: uint64(len(a.Txs)) + 1}
	j := &bitcoin.Job{Time: uint32(a.Time), Extranonce2Size: extranonceSize, VersionMask: bitcoin.RollingMask &^ a.Required}
	// Bits that may be rolled are clear in the job: then it means the same to miners that roll and to those that do not.
	j.Version = a.Version &^ j.VersionMask
	var err error
	if j.PrevHash, err = reversed(a.Previous, "previousblockhash"); err != nil {
		return nil, err
	}
	if j.Bits, t.network, err = a.bits(n.coin); err != nil {
		return nil, err
	}
	ids, wids, err := a.transactions(t)
	if err != nil {
		return nil, err
	}
	j.Branches = branches(ids)
	commitment, err := a.commitment(wids)
	if err != nil {
		return nil, err
	}
	t.witness = commitment != nil
	number := n.number.Add(1)
	j.ID = strconv.FormatUint(uint64(number), 16)
	cb := coinbase{height: a.Height, tag: n.tag(number), aux: a.aux(), script: n.script, value: *a.Value, commitment: commitment}
	j.Coinbase1, j.Coinbase2 = cb.build()
	t.job = j
	return t, nil
}

// bits reads the compact target, which must be the long one, and the difficulty that it means.
func (a *templateAnswer) bits(coin adit.Coin) (uint32, adit.Hashes, error) {
	bits, err := strconv.ParseUint(a.Bits, 16, 32)
	target, ok := bitcoin.TargetOfBits(uint32(bits))
	if err != nil || !ok {
		return 0, adit.Hashes{}, errors.New("bits are no target")
	}
	if long, err := hex.DecodeString(a.Target); a.Target != "" && (err != nil || len(long) != 32 || !slices.Equal(long, target.Big().FillBytes(make([]byte, 32)))) {
		return 0, adit.Hashes{}, errors.New("target and bits differ")
	}
	if coin.Algorithm != adit.SHA256d {
		return uint32(bits), expected(target), nil
	}
	return uint32(bits), target.Hashes(), nil
}

// transactions checks that each is what it is called, and returns their ids without and with witness.
func (a *templateAnswer) transactions(t *template) (ids, wids [][32]byte, err error) {
	for i, x := range a.Txs {
		raw, err := hex.DecodeString(x.Data)
		if err != nil || len(raw) < 10 {
			return nil, nil, fmt.Errorf("transaction %d is not hex", i+1)
		}
		wid, err := reversed(x.Hash, "hash")
		if err != nil || bitcoin.Sum(raw) != wid {
			return nil, nil, fmt.Errorf("transaction %d is not the one of its hash", i+1)
		}
		id := wid
		if x.TxID != "" {
			if id, err = reversed(x.TxID, "txid"); err != nil {
				return nil, nil, err
			}
		}
		t.txs = append(t.txs, raw...)
		ids, wids = append(ids, id), append(wids, wid)
	}
	return ids, wids, nil
}

// commitment returns the script of the coinbase's output that commits to the witnesses, nil where the node asks for
// none. It must be the one of these transactions and of a reserved value of zeros, which is what our coinbase has.
// Source: BIP141, "Commitment structure". btcd gives the 32 bytes alone, without the script around them
// (mining/mining.go, AddWitnessCommitment).
func (a *templateAnswer) commitment(wids [][32]byte) ([]byte, error) {
	if a.Commitment == "" {
		return nil, nil
	}
	given, err := hex.DecodeString(a.Commitment)
	root := merkle(append([][32]byte{{}}, wids...)) // the coinbase counts as zeros
	sum := bitcoin.Sum(append(root[:], make([]byte, 32)...))
	want := append([]byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}, sum[:]...)
	if err != nil || !slices.Equal(given, want) && !slices.Equal(given, sum[:]) {
		return nil, errors.New("default_witness_commitment is not the one of its transactions")
	}
	return want, nil
}

// aux is what the node wants to see in the coinbase's script, in the order of its keys.
func (a *templateAnswer) aux() (out []byte) {
	var keys []string
	for k := range a.Aux {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if raw, err := hex.DecodeString(a.Aux[k]); err == nil {
			out = append(out, raw...)
		}
	}
	return out
}

// reversed reads a hash as people see it into the order of headers.
func reversed(s, name string) (h [32]byte, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(h) {
		return h, errors.New(name + " is no hash of 64 hex digits")
	}
	copy(h[:], raw)
	slices.Reverse(h[:])
	return h, nil
}

// display writes a hash as people see it.
func display(h [32]byte) string {
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
