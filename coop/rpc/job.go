package rpc

import (
	"encoding/binary"
	"math"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
)

// extraNonceSize is the width in bytes of an extra nonce (upstream.Blob.Cut takes a uint32).
const extraNonceSize = 4

// jobMessage is a work as one worker gets it.
func jobMessage(w *coop.Work, a coop.Assignment, clean bool) *coopv1.JobMessage {
	b := w.Blob
	if b == nil {
		return idleMessage(w, adit.Errorf(adit.Unsupported, "this crew mines %s now, which workers cannot: point a miner at the coordinator's Stratum port", w.Algorithm))
	}
	m := &coopv1.JobMessage{
		JobId: a.JobID, SeedHash: b.Seed[:], ExtraNonce: a.Slice.Index, Timestamp: w.At.UnixMilli(), CleanJobs: clean,
		NonceStart: a.Slice.NonceStart, NonceEnd: a.Slice.NonceEnd, NonceOffset: uint32(b.NonceOffset),
		Algo: string(w.Algorithm), Difficulty: a.Difficulty.String(),
		Target: binary.LittleEndian.AppendUint64(nil, a.Target),
	}
	if b.NextSeed != nil {
		m.NextSeed = b.NextSeed[:]
	}
	if w.Height != nil && *w.Height <= math.MaxInt64 {
		h := int64(*w.Height)
		m.Height = &h
	}
	if a.Slice.Extra {
		m.ExtraNonceSize = extraNonceSize
		m.Blob = b.Cut(a.Slice.Index)
	} else {
		m.Blob = append([]byte(nil), b.Bytes...)
	}
	if at := b.NonceOffset; at >= 0 && at+4 <= len(m.Blob) {
		binary.LittleEndian.PutUint32(m.Blob[at:], a.Slice.NonceStart)
	}
	return m
}

func idleMessage(w *coop.Work, reason error) *coopv1.JobMessage {
	m := &coopv1.JobMessage{Idle: true, IdleReason: words(reason)}
	if w != nil {
		m.Timestamp = w.At.UnixMilli()
	}
	return m
}
