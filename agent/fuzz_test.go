package agent

import (
	"testing"

	"github.com/adit-mining/adit/link/wire"
)

// FuzzOrder: whatever comes as an order, it gets one outcome that can be read, and the agent goes on.
func FuzzOrder(f *testing.F) {
	for _, s := range []string{
		`{"id":"1","verb":"start","args":{"driver":"fake","name":"m","pools":[{"url":"stratum+tcp://127.0.0.1:1"}]}}`,
		`{"id":"2","verb":"again","device":"m","args":{"pools":[]}}`, `{"id":"3","verb":"pause","args":{"until":"0001-01-01T00:00:00Z"}}`,
		`{"id":"4","verb":"stdin","device":"m","args":{"line":"\u0000"}}`, `{"id":"5","verb":"policy","args":{}}`, `{"verb":"stop"}`, `[]`, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		inRig(t, func(r *rig) {
			r.consent().up()
			out, err := wire.Unmarshal[wire.Outcome](r.hub.ask(wire.OrderSubject(r.a.Rig()), b))
			if err != nil || out.Code != "" && out.Reason == "" {
				t.Fatalf("%q: %+v, %v", b, out, err)
			}
		})
	})
}

// FuzzQuery: the same for questions.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		`{"kind":"logs","device":"m","limit":-1}`, `{"kind":"doctor"}`, `{"kind":"render","args":{"driver":"fake"}}`, `{"kind":"render"}`,
		`{"kind":"catalogue"}`, `{"kind":"job","args":{"id":"../x"}}`, `{}`, `null`, `{"kind":`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		inRig(t, func(r *rig) {
			r.consent().up()
			a, err := wire.Unmarshal[wire.Answer](r.hub.ask(wire.QuerySubject(r.a.Rig()), b))
			if err != nil || a.Code != "" && a.Reason == "" {
				t.Fatalf("%q: %+v, %v", b, a, err)
			}
		})
	})
}
