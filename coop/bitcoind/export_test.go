package bitcoind

import "github.com/adit-mining/adit/stratum/bitcoin"

// PushHeight is how a coinbase begins.
func PushHeight(height uint64) []byte { return pushHeight(height) }

// BlockOf is the block of a job without other transactions and without witnesses.
func BlockOf(j *bitcoin.Job, s bitcoin.Share) []byte { return (&template{job: j, count: 1}).block(s) }

// Paid is the sum of the outputs of a block's first transaction.
func Paid(block []byte) (uint64, bool) { return paid(block) }
