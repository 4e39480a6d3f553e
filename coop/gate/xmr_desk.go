package gate

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
)

// xmrDesk is what the server asks.
type xmrDesk struct{ g *XMR }

// Login makes a connection a member's seat and sends its first job with the answer.
func (d xmrDesk) Login(ctx context.Context, s *stratum.Session, l stratum.Login) (stratum.Job, error) {
	h, err := xmrHello(s, l)
	if err != nil {
		return stratum.Job{}, err
	}
	seat, err := d.g.crew.Join(ctx, d.g, h)
	if err != nil {
		return stratum.Job{}, err
	}
	m := &xmrMiner{gate: d.g, session: s, seat: seat, any: h.AnyOffset}
	s.Data = m
	d.g.mu.Lock()
	d.g.seats[seat] = m
	d.g.mu.Unlock()
	d.g.place(m)
	if err := m.begin(); err != nil {
		d.g.remove(m)
		seat.Leave(err)
		return stratum.Job{}, err
	}
	return stratum.Job{}, nil // it was sent
}

// xmrHello is what the crew hears. A login may end in "+N": a difficulty that is an order, as pools and XMRig-proxy read
// it.
func xmrHello(s *stratum.Session, l stratum.Login) (coop.Hello, error) {
	h := coop.Hello{
		Via: coop.ViaStratum, Member: coop.MemberID(l.User), Password: l.Password, Agent: l.Agent, RigID: l.RigID,
		Remote: s.Remote(), TLS: s.TLS(), Algos: known(l.Algorithms), AnyOffset: slices.Contains(l.Extensions, stratum.NonceOffset),
	}
	if i := strings.LastIndexByte(l.User, '+'); i > 0 {
		if n, err := strconv.ParseUint(l.User[i+1:], 10, 64); err == nil && n > 0 {
			h.Member, h.Difficulty, h.FixedDiff = coop.MemberID(l.User[:i]), adit.HashesOf(n), true
		}
	}
	if strings.ContainsRune(string(h.Member), '/') {
		return h, adit.InvalidField("login", "a name with a slash is that of a worker with a certificate; choose one without")
	}
	return h, nil
}

// known keeps the names of algorithms whose work can be had here: a miner lists dozens, and they are kept with its seat.
func known(all []adit.Algorithm) []adit.Algorithm {
	var some []adit.Algorithm
	for _, a := range all {
		if _, _, ok := a.Nonce(); ok {
			some = append(some, a)
		}
	}
	if some == nil {
		return all // none: the crew says so
	}
	return some
}

// Submit hands a share to the crew.
func (d xmrDesk) Submit(b stratum.Submission) {
	m := b.Session.Data.(*xmrMiner)
	if len(b.Share.Nonce) != 4 {
		b.Reply(stratum.Verdict{Outcome: adit.ShareMalformed, Text: "Malformed share: nonce: 4 bytes of hex are expected"})
		return
	}
	t := b.Ticket
	m.seat.Submit(coop.Submission{
		JobID: b.Share.JobID, Nonce: binary.LittleEndian.Uint32(b.Share.Nonce), Result: b.Share.Result, Algo: b.Share.Algorithm, At: b.At,
	}, func(v coop.Verdict) { t.Reply(verdict(v)) })
}

// verdict is the crew's word as the miner gets it. A text that makes XMRig hang up is only said where it should.
func verdict(v coop.Verdict) stratum.Verdict {
	if v.Outcome != adit.ShareUnauthorized && stratum.Critical(v.Reason) {
		v.Reason = ""
	}
	return stratum.Verdict{Outcome: v.Outcome, Text: v.Reason}
}

// Gone gives the seat back.
func (d xmrDesk) Gone(s *stratum.Session, reason error) {
	m := s.Data.(*xmrMiner)
	d.g.remove(m)
	m.seat.Leave(reason)
}

func (g *XMR) remove(m *xmrMiner) {
	m.mu.Lock()
	m.gone = true
	m.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.seats, m.seat)
	g.unplace(m)
}

// begin sends the first job, which waits for the answer to the login. What the miner must know about nonces is said with
// it.
func (m *xmrMiner) begin() error {
	w, line, err := m.gate.newest(m)
	if err != nil {
		return err
	}
	return m.assign(w, line, true)
}

// give hands a miner its part of w, unless it has newer work already. One that cannot take it must go.
func (m *xmrMiner) give(w *coop.Work, line *stratum.JobLine) {
	if err := m.assign(w, line, false); err != nil {
		m.session.Bye(err)
	}
}

// assign is give; an error says why this miner cannot take the work. first: it is within the login.
func (m *xmrMiner) assign(w *coop.Work, line *stratum.JobLine, first bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone || w.Seq < m.seq {
		return nil
	}
	if err := m.takes(w); err != nil {
		return err
	}
	a, ok := m.seat.Assign(w)
	switch {
	case !ok && first && m.seq == 0:
		return adit.Errorf(adit.Unreachable, "the work changed hands; try again")
	case !ok:
		return nil
	}
	if first && a.Slice.Byte && !m.any { // a miner that knows its range needs no such sign
		m.nicehash = true
		m.session.Extend("nicehash")
	}
	if first && m.any {
		m.session.Extend(stratum.NonceOffset)
	}
	v, err := m.variant(w, a)
	if err != nil {
		return err
	}
	m.seq = w.Seq
	m.session.SendLine(line, v)
	return nil
}

// takes says why a miner cannot work on w at all.
func (m *xmrMiner) takes(w *coop.Work) error {
	if offset, _, ok := w.Algorithm.Nonce(); !m.any && (!ok || offset != w.Blob.NonceOffset) {
		return adit.Errorf(adit.Unsupported, "this coin has its nonce at byte %d, where this miner cannot put it; use adit's own worker", w.Blob.NonceOffset)
	}
	return nil
}

// variant is what of w is this miner's.
func (m *xmrMiner) variant(w *coop.Work, a coop.Assignment) (stratum.Variant, error) {
	s := a.Slice
	v := stratum.Variant{ID: a.JobID, Target: a.Target, Fixed: s.Byte, Byte: byte(s.Index)}
	if s.Extra && w.Blob.Cut != nil {
		v.Blob = w.Blob.Cut(s.Index)
	}
	switch whole := s.NonceStart == 0 && s.NonceEnd == 1<<32-1; {
	case m.any:
		v.Place = &stratum.NoncePlace{Offset: w.Blob.NonceOffset, Start: s.NonceStart, End: s.NonceEnd}
	case s.Byte && s.Index == 0 && !m.nicehash:
		// XMRig finds out by a byte that is not 0, or by the extension at login.
		return v, adit.Errorf(adit.Conflict, "the work is divided by nonces now; log in again")
	case !s.Byte && !w.Blob.FixedByte && !whole:
		return v, adit.Errorf(adit.Unsupported, "this miner cannot search a part of the nonces; use adit's own worker")
	}
	return v, nil
}
