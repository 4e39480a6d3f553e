package agent

import (
	"fmt"
	"time"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/wording"
)

// A program that mines for its author for a while is told of in the journal: once when it begins and once when it
// ends, each at the time the program itself gave. A round that runs while an agent takes over is told of again with
// the same beginning.
const (
	evFeeStarted = "fee.started"
	evFeeEnded   = "fee.ended"
)

// watchFee tells when a program begins or ends to mine for its author.
func (a *Agent) watchFee(u *unit, now *device.Fee) {
	u.mu.Lock()
	before := u.fee
	u.fee = now
	u.mu.Unlock()
	switch was, is := feeActive(before), feeActive(now); {
	case !was && is:
		a.tellAt(feeSince(now), evFeeStarted, info, u.name, "%s mines for its author now%s", u.name, feeWords(now))
	case was && is && !feeSince(before).Equal(feeSince(now)): // one round ended and another began between two polls
		a.endFee(u, before, feeSince(now))
		a.tellAt(feeSince(now), evFeeStarted, info, u.name, "%s mines for its author now%s", u.name, feeWords(now))
	case was && !is:
		a.endFee(u, before, feeSince(now))
	}
}

// dropFee ends a round of a program that has ended. The caller must not hold u.mu.
func (a *Agent) dropFee(u *unit) {
	u.mu.Lock()
	before := u.fee
	u.fee = nil
	u.mu.Unlock()
	if feeActive(before) {
		a.endFee(u, before, time.Now().UTC())
	}
}

func (a *Agent) endFee(u *unit, round *device.Fee, at time.Time) {
	lasted := ""
	if round.Since != nil && at.After(*round.Since) {
		lasted = fmt.Sprintf(", after %s", wording.Length(at.Sub(*round.Since).Round(time.Second)))
	}
	a.tellAt(at, evFeeEnded, info, u.name, "%s no longer mines for its author%s", u.name, lasted)
}

func feeActive(f *device.Fee) bool { return f != nil && f.Active != nil && *f.Active }

// feeSince is when the fee's state began, as told; now where it was not.
func feeSince(f *device.Fee) time.Time {
	if f == nil || f.Since == nil {
		return time.Now().UTC()
	}
	return f.Since.UTC()
}

func feeWords(f *device.Fee) string {
	if f.Percent == nil {
		return ""
	}
	return fmt.Sprintf(": %g %% of the mining time are its fee", *f.Percent)
}
