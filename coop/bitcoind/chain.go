package bitcoind

import (
	"context"
	"encoding/binary"
	"encoding/hex"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// Block implements coop.Chain.
func (n *Node) Block(ctx context.Context, height uint64, hash string) (coop.BlockState, error) {
	main, err := n.isMain(ctx, height, hash)
	if err != nil || !main {
		return coop.BlockState{}, err
	}
	var best uint64
	if err := n.rpc.Call(ctx, nodework.AskTimeout, "getblockcount", []any{}, &best); err != nil {
		return coop.BlockState{}, n.refusal(ctx, err)
	}
	s := coop.BlockState{Main: true, Confirmations: 1}
	if best > height {
		s.Confirmations = best - height + 1
	}
	s.Reward, err = n.reward(ctx, hash)
	return s, err
}

// isMain reports whether the main chain has this block at this height; an error where it does not reach so far yet.
func (n *Node) isMain(ctx context.Context, height uint64, hash string) (bool, error) {
	var at string
	err := n.rpc.Call(ctx, nodework.AskTimeout, "getblockhash", []any{height}, &at)
	switch noderpc.CodeOf(err) {
	case codeBadParameter, codeOutOfRange:
		return false, adit.Errorf(adit.Conflict, "the %s node at %s has no block %d yet", n.coin.Name, n.o.Host, height)
	}
	if err != nil {
		return false, n.refusal(ctx, err)
	}
	return at == hash, nil
}

// maxRewards is how many blocks' rewards are remembered.
const maxRewards = 256

// reward is what a block's coinbase pays, nil where the node has thrown the block away (a pruned one does that).
func (n *Node) reward(ctx context.Context, hash string) (*uint64, error) {
	n.mu.Lock()
	sum, known := n.rewards[hash]
	n.mu.Unlock()
	if known {
		return &sum, nil
	}
	var raw string
	err := n.rpc.Call(ctx, nodework.SubmitTimeout, "getblock", []any{hash, 0}, &raw)
	switch {
	case noderpc.CodeOf(err) != 0:
		return nil, nil
	case err != nil:
		return nil, err
	}
	block, err := hex.DecodeString(raw)
	sum, ok := paid(block)
	if err != nil || !ok || display(bitcoin.Sum(block[:bitcoin.HeaderSize])) != hash {
		return nil, adit.Errorf(adit.Unreachable, "the %s node at %s gives a block that adit cannot read", n.coin.Name, n.o.Host)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.rewards) >= maxRewards {
		clear(n.rewards)
	}
	n.rewards[hash] = sum
	return &sum, nil
}

// paid is the sum of the outputs of a block's first transaction.
func paid(block []byte) (sum uint64, ok bool) {
	r := reader{b: block}
	r.skip(bitcoin.HeaderSize)
	r.size() // transactions
	r.skip(4)
	inputs := r.size()
	if inputs == 0 { // marker of a transaction with witness; a flag follows
		r.skip(1)
		inputs = r.size()
	}
	if inputs != 1 {
		return 0, false
	}
	r.skip(36)
	r.skip(r.size())
	r.skip(4)
	outputs := r.size()
	for i := uint64(0); i < outputs && !r.bad; i++ {
		if v := r.skip(8); len(v) == 8 {
			sum += binary.LittleEndian.Uint64(v)
		}
		r.skip(r.size())
	}
	return sum, !r.bad && outputs > 0
}

// reader walks through bytes; after something that does not fit, bad is set and everything it returns is zero.
type reader struct {
	b   []byte
	at  int
	bad bool
}

func (r *reader) skip(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)-r.at) {
		r.bad = true
		return nil
	}
	r.at += int(n)
	return r.b[r.at-int(n) : r.at]
}

// size reads a CompactSize.
func (r *reader) size() uint64 {
	first := r.skip(1)
	if len(first) == 0 {
		return 0
	}
	width := map[byte]uint64{0xfd: 2, 0xfe: 4, 0xff: 8}[first[0]]
	if width == 0 {
		return uint64(first[0])
	}
	var wide [8]byte
	copy(wide[:], r.skip(width))
	return binary.LittleEndian.Uint64(wide[:])
}
