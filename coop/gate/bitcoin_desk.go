package gate

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// bitcoinDesk is what the server asks.
type bitcoinDesk struct{ g *Bitcoin }

// Place takes a seat for somebody who has not said who it is.
func (d bitcoinDesk) Place(ctx context.Context, s *bitcoin.Session) (bitcoin.Place, error) {
	seat, err := d.g.crew.Join(ctx, d.g, hello(s).Hello)
	if err != nil {
		return bitcoin.Place{}, err
	}
	w := seat.Newest()
	if w == nil || w.Bitcoin == nil {
		err := adit.Errorf(adit.Unreachable, "there is no work at the moment; try again")
		if w != nil {
			err = adit.Errorf(adit.Unsupported, "the work here is not for the Bitcoin dialect")
		}
		seat.Leave(err)
		return bitcoin.Place{}, err
	}
	a, ok := seat.Assign(w)
	if !ok {
		err := adit.Errorf(adit.Unreachable, "the work changed hands; try again")
		seat.Leave(err)
		return bitcoin.Place{}, err
	}
	m := &bitcoinMiner{session: s, seat: seat}
	s.Data = m
	d.g.add(m)
	return placeOf(w, a), nil
}

// Login makes the seat a member's and gives it work.
func (d bitcoinDesk) Login(_ context.Context, s *bitcoin.Session, l bitcoin.Login) error {
	m := s.Data.(*bitcoinMiner)
	h := hello(s)
	if err := h.introduce(l); err != nil {
		return err
	}
	if err := m.seat.Introduce(h.Hello); err != nil {
		return err
	}
	if !h.Difficulty.IsZero() {
		m.seat.Wish(h.Difficulty)
	}
	m.mu.Lock()
	m.member = true
	m.mu.Unlock()
	d.g.renew(m)
	return nil
}

// Submit hands a share to the crew.
func (d bitcoinDesk) Submit(b bitcoin.Submission) {
	m := b.Session.Data.(*bitcoinMiner)
	m.seat.Submit(coop.Submission{JobID: b.Share.JobID, Share: b.Share, At: b.At}, func(v coop.Verdict) {
		b.Reply(stratum.Verdict{Outcome: v.Outcome, Text: v.Reason})
	})
}

// Wish passes it on.
func (d bitcoinDesk) Wish(s *bitcoin.Session, difficulty adit.Hashes) {
	s.Data.(*bitcoinMiner).seat.Wish(difficulty)
}

// Gone gives the seat back.
func (d bitcoinDesk) Gone(s *bitcoin.Session, reason error) {
	m, ok := s.Data.(*bitcoinMiner)
	if !ok {
		return // it found no place
	}
	d.g.remove(m)
	m.seat.Leave(reason)
}
