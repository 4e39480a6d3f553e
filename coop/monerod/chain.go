package monerod

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/nodework"
)

// header is a block_header of the node's answers.
// Source: monero src/rpc/core_rpc_server_commands_defs.h, block_header_response.
type header struct {
	Hash   string  `json:"hash"`
	Height uint64  `json:"height"`
	Depth  uint64  `json:"depth"` // blocks above it
	Orphan bool    `json:"orphan_status"`
	Reward *uint64 `json:"reward"` // fees counted
}

// Block implements coop.Chain.
func (n *Node) Block(ctx context.Context, height uint64, hash string) (coop.BlockState, error) {
	var a struct {
		Header *header `json:"block_header"`
		Status string  `json:"status"`
	}
	err := n.rpc.Call(ctx, nodework.AskTimeout, "get_block_header_by_height", map[string]uint64{"height": height}, &a)
	switch {
	case noderpc.CodeOf(err) == codeTooBigHeight:
		return coop.BlockState{}, adit.Errorf(adit.Conflict, "the Monero node at %s has no block %d yet", n.o.Host, height)
	case err != nil:
		return coop.BlockState{}, n.refusal(ctx, err)
	case a.Status != "OK" || a.Header == nil:
		return coop.BlockState{}, adit.Errorf(adit.Unreachable, "the Monero node at %s does not tell of block %d (status %q)", n.o.Host, height, a.Status)
	case a.Header.Hash == hash:
		return coop.BlockState{Main: !a.Header.Orphan, Confirmations: a.Header.Depth + 1, Reward: a.Header.Reward}, nil
	}
	h, err := n.headerByHash(ctx, hash)
	if err != nil || h == nil {
		return coop.BlockState{}, err // unknown to the node while another block has its height: it lost
	}
	s := coop.BlockState{Main: !h.Orphan, Reward: h.Reward}
	if s.Main {
		s.Confirmations = h.Depth + 1 // the chain turned between both questions
	}
	return s, nil
}

// headerByHash is nil where the node does not know the block.
func (n *Node) headerByHash(ctx context.Context, hash string) (*header, error) {
	var a struct {
		Header *header `json:"block_header"`
		Status string  `json:"status"`
	}
	err := n.rpc.Call(ctx, nodework.AskTimeout, "get_block_header_by_hash", map[string]string{"hash": hash}, &a)
	switch {
	case noderpc.CodeOf(err) == codeInternal:
		return nil, nil
	case err != nil:
		return nil, n.refusal(ctx, err)
	case a.Status != "OK" || a.Header == nil:
		return nil, adit.Errorf(adit.Unreachable, "the Monero node at %s does not tell of a block (status %q)", n.o.Host, a.Status)
	}
	return a.Header, nil
}
