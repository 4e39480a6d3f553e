package bitcoin

import (
	"encoding/json"
	"math/bits"
	"slices"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Extensions of mining.configure. Source: BIP310.
const (
	extRolling    = "version-rolling"
	extDifficulty = "minimum-difficulty"
	extExtranonce = "subscribe-extranonce"
)

const maxExtensions = 32

// wish is what a miner asks for in mining.configure.
type wish struct {
	rolling    bool
	mask       uint32
	least      int     // bits it needs at least
	difficulty float64 // 0: none
	extranonce bool
	unknown    []string
}

func (w wish) params() []any {
	names, values := []string{}, map[string]any{}
	if w.rolling {
		names = append(names, extRolling)
		values["version-rolling.mask"] = hexWord(w.mask)
		values["version-rolling.min-bit-count"] = w.least
	}
	if w.difficulty > 0 {
		names = append(names, extDifficulty)
		values["minimum-difficulty.value"] = w.difficulty
	}
	if w.extranonce {
		names = append(names, extExtranonce)
	}
	return []any{names, values}
}

// parseConfigure reads [[names], {values}].
func parseConfigure(l []json.RawMessage) (w wish, err error) {
	var names []string
	var values map[string]json.RawMessage
	if len(l) < 1 || json.Unmarshal(l[0], &names) != nil {
		return w, adit.InvalidField("params", "mining.configure needs [[extensions], {parameters}]")
	}
	if len(names) > maxExtensions || slices.ContainsFunc(names, func(n string) bool { return len(n) > maxText }) {
		return w, adit.InvalidField("params", "at most %d extensions of %d characters are expected", maxExtensions, maxText)
	}
	if len(l) > 1 && !jsonline.Absent(l[1]) && json.Unmarshal(l[1], &values) != nil {
		return w, adit.InvalidField("params", "mining.configure needs an object of parameters")
	}
	for _, n := range names {
		switch n {
		case extRolling:
			err = w.readRolling(values)
		case extDifficulty:
			err = json.Unmarshal(values["minimum-difficulty.value"], &w.difficulty)
			if err == nil {
				err = checkDifficulty("minimum-difficulty.value", w.difficulty)
			} else {
				err = adit.InvalidField("minimum-difficulty.value", "a number is expected")
			}
		case extExtranonce:
			w.extranonce = true
		default:
			w.unknown = append(w.unknown, n)
		}
		if err != nil {
			return w, err
		}
	}
	return w, nil
}

// readRolling takes a missing mask for all bits, as BIP310 has it.
func (w *wish) readRolling(values map[string]json.RawMessage) (err error) {
	w.rolling, w.mask = true, 0xffffffff
	if raw := values["version-rolling.mask"]; !jsonline.Absent(raw) {
		if w.mask, err = word([]json.RawMessage{raw}, 0, "version-rolling.mask"); err != nil {
			return err
		}
	}
	if raw := values["version-rolling.min-bit-count"]; !jsonline.Absent(raw) {
		if json.Unmarshal(raw, &w.least) != nil || w.least < 0 || w.least > 32 {
			return adit.InvalidField("version-rolling.min-bit-count", "a number of 0 to 32 is expected")
		}
	}
	return nil
}

// grant answers a wish: mask is what may be rolled, 0 nothing.
func (w wish) grant(mask uint32) map[string]any {
	out := map[string]any{}
	if w.rolling {
		out[extRolling] = mask&w.mask != 0
		if mask &= w.mask; mask != 0 {
			out["version-rolling.mask"] = hexWord(mask)
		}
		if mask != 0 && bits.OnesCount32(mask) < w.least {
			out[extRolling] = "the mask here has fewer bits than version-rolling.min-bit-count"
			delete(out, "version-rolling.mask")
		}
	}
	if w.difficulty > 0 {
		out[extDifficulty] = true
	}
	if w.extranonce {
		out[extExtranonce] = true
	}
	for _, n := range w.unknown {
		out[n] = false
	}
	return out
}

// granted reads a pool's answer to a wish: the mask that may be rolled, 0 for none, and whether extranonces may change.
func (w wish) granted(raw json.RawMessage) (mask uint32, extranonce bool, err error) {
	var out map[string]json.RawMessage
	if err := json.Unmarshal(raw, &out); err != nil {
		return 0, false, adit.InvalidField("result", "mining.configure is answered by an object")
	}
	yes := func(name string) bool {
		var b bool
		return json.Unmarshal(out[name], &b) == nil && b // a string says why not
	}
	// ckpool answers with the mask alone.
	if m := out["version-rolling.mask"]; w.rolling && !jsonline.Absent(m) && (yes(extRolling) || jsonline.Absent(out[extRolling])) {
		if mask, err = word([]json.RawMessage{m}, 0, "version-rolling.mask"); err != nil {
			return 0, false, err
		}
		mask &= w.mask
	}
	return mask, w.extranonce && yes(extExtranonce), nil
}
