package monerod

import (
	"context"
	"encoding/hex"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/stratum/upstream"
)

// conn follows the chain of one node.
type conn struct {
	*nodework.Follower
	node *Node
}

// newest is the hash of the node's newest block.
func (n *Node) newest(ctx context.Context) (tip [32]byte, err error) {
	var a struct {
		Hash   string `json:"hash"`
		Status string `json:"status"`
	}
	if err := n.rpc.Get(ctx, nodework.AskTimeout, "/get_height", &a); err != nil {
		return tip, err
	}
	if err := hash(a.Hash, "hash", &tip); err != nil || a.Status != "OK" {
		return tip, adit.Errorf(adit.Unreachable, "the Monero node at %s does not tell its newest block (status %q)", n.o.Host, a.Status)
	}
	return tip, nil
}

// work makes work of a new template.
func (n *Node) work(ctx context.Context) (w *upstream.Work, previous [32]byte, err error) {
	t, err := n.template(ctx)
	if err != nil {
		return nil, previous, err
	}
	difficulty := t.difficulty
	return &upstream.Work{
		JobID: hex.EncodeToString(t.block.raw[t.block.reserveAt+8 : t.block.reserveAt+extraAt]), Algorithm: adit.RandomX,
		Height: &t.height, Share: difficulty, Network: &difficulty, Reward: t.reward, Mark: t,
		Blob: &upstream.Blob{Bytes: t.block.hashing(0), NonceOffset: nonceAt, NonceWidth: 4, Target: target(difficulty),
			Seed: t.seed, NextSeed: t.nextSeed, Cut: t.block.hashing},
	}, t.previous, nil
}
