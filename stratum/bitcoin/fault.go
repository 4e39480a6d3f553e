package bitcoin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Error codes of mining.submit and the rest. Source: slush pool's specification as node-stratum-pool speaks it.
const (
	CodeOther         = 20
	CodeJobNotFound   = 21 // stale shares, too
	CodeDuplicate     = 22
	CodeLowDifficulty = 23
	CodeUnauthorized  = 24
	CodeNotSubscribed = 25
)

// Fault is an error as it travels. Code is 0 where the other side did not say one.
type Fault struct {
	Code int
	Text string
}

// Error returns the text.
func (f *Fault) Error() string { return f.Text }

// MarshalJSON writes [code, text, null], the form every miner reads.
func (f *Fault) MarshalJSON() ([]byte, error) { return json.Marshal([]any{f.Code, f.Text, nil}) }

// ParseFault reads an error in the four forms that pools use: [21,"Job not found",null], {"code":21,"message":"…"},
// "Stale" (ckpool), true. It returns nil where there is none: null, false, an empty list, or nothing.
func ParseFault(raw json.RawMessage) *Fault {
	if jsonline.Absent(raw) {
		return nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return &Fault{Text: noReason}
	}
	switch e := v.(type) {
	case bool:
		if !e {
			return nil
		}
		return &Fault{Text: noReason}
	case string:
		return fault(nil, e)
	case json.Number:
		return fault(e, "")
	case map[string]any:
		text, _ := e["message"].(string)
		return fault(e["code"], text)
	case []any:
		switch {
		case len(e) == 0:
			return nil
		case len(e) == 1:
			if text, ok := e[0].(string); ok {
				return fault(nil, text)
			}
			return fault(e[0], "")
		}
		if text, ok := e[0].(string); ok { // a bare list of words
			return fault(nil, text)
		}
		text, _ := e[1].(string)
		return fault(e[0], text)
	}
	return &Fault{Text: noReason}
}

const noReason = "refused without a reason"

func fault(code any, text string) *Fault {
	f := &Fault{Text: jsonline.Clip(text)}
	if n, ok := code.(json.Number); ok {
		if c, err := n.Int64(); err == nil && c > -1<<31 && c < 1<<31 {
			f.Code = int(c)
		}
	}
	switch {
	case f.Text != "":
	case f.Code != 0:
		f.Text = fmt.Sprintf("error code %d", f.Code)
	default:
		f.Text = noReason
	}
	return f
}

// outcomes are words of refusals, most telling first. Source: ckpool's share_errs (stratifier.c), node-stratum-pool
// (jobManager.js, stratum.js), NOMP's and NiceHash's variants of them.
var outcomes = []struct {
	words   string
	outcome adit.ShareOutcome
}{
	{"duplicate", adit.ShareDuplicate},
	{"already submitted", adit.ShareDuplicate},
	{"ntime", adit.ShareMalformed}, // before "stale": "Ntime out of range", "incorrect size of ntime"
	{"version", adit.ShareMalformed},
	{"nonce", adit.ShareMalformed}, // "Invalid nonce2 length", "incorrect size of extranonce2", "No nonce"
	{"invalid array size", adit.ShareMalformed},
	{"not array", adit.ShareMalformed},
	{"no job_id", adit.ShareMalformed},
	{"stale", adit.ShareStale},
	{"expired", adit.ShareStale},
	{"outdated", adit.ShareStale},
	{"too late", adit.ShareStale},
	{"no workbase", adit.ShareUnknownJob},
	{"invalid job", adit.ShareUnknownJob}, // "Invalid JobID"
	{"job not found", adit.ShareUnknownJob},
	{"unknown job", adit.ShareUnknownJob},
	{"unknown-work", adit.ShareUnknownJob},
	{"above target", adit.ShareLowDifficulty},
	{"low diff", adit.ShareLowDifficulty},
	{"below minimum", adit.ShareLowDifficulty},
	{"difficulty too low", adit.ShareLowDifficulty},
	{"high-hash", adit.ShareLowDifficulty},
	{"worker mismatch", adit.ShareUnauthorized},
	{"no username", adit.ShareUnauthorized},
	{"unauthorized", adit.ShareUnauthorized},
	{"not authorized", adit.ShareUnauthorized},
	{"not subscribed", adit.ShareUnauthorized},
	{"banned", adit.ShareUnauthorized},
	{"internal error", ""},
	{"try again", ""},
	{"temporar", ""},
}

// Outcome says what a refusal of a share means. The words tell more than the code, which serves where they say nothing.
// What is neither known is malformed: the pool did not like the share. "" means that it was not judged.
func (f *Fault) Outcome() adit.ShareOutcome {
	t := strings.ToLower(f.Text)
	for _, o := range outcomes {
		if strings.Contains(t, o.words) {
			return o.outcome
		}
	}
	switch f.Code {
	case CodeJobNotFound:
		return adit.ShareUnknownJob
	case CodeDuplicate:
		return adit.ShareDuplicate
	case CodeLowDifficulty:
		return adit.ShareLowDifficulty
	case CodeUnauthorized, CodeNotSubscribed:
		return adit.ShareUnauthorized
	}
	return adit.ShareMalformed
}

// FaultOf makes the answer to a refused share. Text "" is the outcome's own.
func FaultOf(o adit.ShareOutcome, text string) *Fault {
	f := &Fault{CodeOther, "Could not check the share"}
	switch o {
	case adit.ShareStale:
		f = &Fault{CodeJobNotFound, "Stale share"}
	case adit.ShareUnknownJob:
		f = &Fault{CodeJobNotFound, "Job not found"}
	case adit.ShareDuplicate:
		f = &Fault{CodeDuplicate, "Duplicate share"}
	case adit.ShareLowDifficulty:
		f = &Fault{CodeLowDifficulty, "Low difficulty share"}
	case adit.ShareUnauthorized:
		f = &Fault{CodeUnauthorized, "Unauthorized worker"}
	case adit.ShareMalformed:
		f = &Fault{CodeOther, "Malformed share"}
	}
	if text != "" {
		f.Text = jsonline.Clip(text)
	}
	return f
}
