package worker

import (
	"encoding/binary"
	"math"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/stratum"
)

// maxJobID bounds a job's id, as stratum does.
const maxJobID = 128

// jobOf reads the coordinator's work as a job for the engine. Its error names what is wrong with it; it is not mined then.
func jobOf(m *coopv1.JobMessage) (stratum.Job, error) {
	j := stratum.Job{ID: m.GetJobId(), Blob: m.GetBlob(), Algorithm: adit.Algorithm(m.GetAlgo())}
	if j.Algorithm == "" { // a coordinator of the seed does not say it
		j.Algorithm = adit.RandomX
	}
	offset, width, known := j.Algorithm.Nonce()
	switch {
	case j.ID == "" || len(j.ID) > maxJobID:
		return j, adit.InvalidField("job_id", "1 to %d characters are expected, got %d", maxJobID, len(j.ID))
	case j.Algorithm != adit.RandomX || !known || width != 4:
		return j, adit.Errorf(adit.Unsupported, "algo: the work is %q, and this worker hashes %s", j.Algorithm, adit.RandomX)
	case len(j.Blob) == 0 || len(j.Blob) > stratum.MaxBlob:
		return j, adit.InvalidField("blob", "%d bytes are not 1 to %d", len(j.Blob), stratum.MaxBlob)
	case len(m.GetSeedHash()) != 32:
		return j, adit.InvalidField("seed_hash", "%d bytes, 32 are expected", len(m.GetSeedHash()))
	case len(m.GetNextSeed()) != 0 && len(m.GetNextSeed()) != 32:
		return j, adit.InvalidField("next_seed", "%d bytes, 32 or none are expected", len(m.GetNextSeed()))
	case m.GetHeight() < 0:
		return j, adit.InvalidField("height", "%d is less than nothing", m.GetHeight())
	case m.GetNonceEnd() < m.GetNonceStart():
		return j, adit.InvalidField("nonce_end", "%d is before nonce_start %d", m.GetNonceEnd(), m.GetNonceStart())
	}
	var err error
	if j.Target, err = targetOf(m.GetTarget()); err != nil {
		return j, err
	}
	j.SeedHash = [32]byte(m.GetSeedHash())
	if len(m.GetNextSeed()) == 32 {
		j.NextSeedHash = (*[32]byte)(m.GetNextSeed())
	}
	if m.Height != nil {
		h := uint64(m.GetHeight())
		j.Height = &h
	}
	j.Place = &stratum.NoncePlace{Offset: int(m.GetNonceOffset()), Start: m.GetNonceStart(), End: m.GetNonceEnd()}
	if m.GetNonceOffset() == 0 && m.GetNonceEnd() == 0 { // the seed's coordinator knows neither place nor part
		j.Place = &stratum.NoncePlace{Offset: offset, End: math.MaxUint32}
	}
	if o := int(m.GetNonceOffset()); o > stratum.MaxBlob || len(j.Blob) < j.Place.Offset+4 {
		return j, adit.InvalidField("nonce_offset", "a nonce at %d is outside of %d bytes", j.Place.Offset, len(j.Blob))
	}
	return j, nil
}

// targetOf reads 8 bytes little-endian; 4 are the seed's short form, as pools of the XMR dialect have it.
func targetOf(b []byte) (uint64, error) {
	var t uint64
	switch len(b) {
	case 8:
		t = binary.LittleEndian.Uint64(b)
	case 4:
		short := binary.LittleEndian.Uint32(b)
		if short != 0 {
			t = math.MaxUint64 / (math.MaxUint32 / uint64(short))
		}
	default:
		return 0, adit.InvalidField("target", "%d bytes, 8 are expected", len(b))
	}
	if t == 0 {
		return 0, adit.InvalidField("target", "no hash is below 0")
	}
	return t, nil
}
