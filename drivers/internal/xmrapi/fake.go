package xmrapi

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is a way in which a fake of the API misbehaves, for tests and simulation.
type Fault string

// The faults. What FaultToken, FaultRefuse and FaultDeaf do is each fake's own.
const (
	FaultNone    Fault = ""
	FaultSlow    Fault = "slow"    // answers after a delay
	FaultHang    Fault = "hang"    // takes requests and never answers
	FaultGarbage Fault = "garbage" // answers what is not JSON
	FaultShape   Fault = "shape"   // answers JSON of another shape
	FaultFlood   Fault = "flood"   // answers without end
	FaultToken   Fault = "token"   // refuses every token
	FaultRefuse  Fault = "refuse"  // refuses every order with words
	FaultDeaf    Fault = "deaf"    // answers OK and does nothing
	FaultCut     Fault = "cut"     // closes the connection in the middle of an answer
)

// Misbehave does what the fault means for a request; false where the fake has still to answer it. What hangs ends with
// over.
func (f Fault) Misbehave(w http.ResponseWriter, r *http.Request, delay time.Duration, over <-chan struct{}) (answered bool) {
	switch f {
	case FaultHang:
		wait(r, time.Hour, over)
	case FaultSlow:
		wait(r, delay, over)
		return false
	case FaultGarbage:
		SendJSON(w, "<html>not what you asked for")
	case FaultShape:
		SendJSON(w, `{"hashrate":"fast","uptime":{"days":3},"results":[1,2],"pools":"none","http":1}`)
	case FaultFlood:
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("[", 1<<16)); err != nil {
				break
			}
		}
	case FaultCut:
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"uptime":`)
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}

func wait(r *http.Request, d time.Duration, over <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-over:
	}
}

// SendJSON answers with that text.
func SendJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body) // the other side may have gone
}

// Fail answers with an error in the API's form.
func Fail(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "error": words})
}
