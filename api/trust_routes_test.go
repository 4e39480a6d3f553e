package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/link/wire"
)

// answers makes the agent answer questions about policy, security and connections.
func (p *player) answers(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answerTo = func(q wire.Query) wire.Answer {
		text := map[string]string{
			wire.QueryPolicy:      `{"policy":{"idle":{"enabled":true,"afterSeconds":300,"sources":["x11"]},"battery":{"pause":true},"thermal":{"maxCelsius":90,"resumeBelow":null,"gpuMaxCelsius":90,"fanStop":true},"cpu":{"maxPercent":null},"user":""},"use":"idle","words":"mines","idle":{"state":"nobody","words":"no user seen","since":null,"sources":[]}}`,
			wire.QuerySecurity:    `[{"name":"files","state":"crit","text":"open","fix":"chmod"},{"name":"user","state":"ok","text":"fine"},{"name":"limits","state":"warn","text":"so so"}]`,
			wire.QueryConnections: `{"at":"2026-11-21T12:00:00Z","words":"one","connections":[{"pid":7,"process":"xmrig","program":"m","proto":"tcp","state":"established","local":"10.0.0.2:4","remote":"1.2.3.4:3333","purpose":"pool","words":"works"}]}`,
		}[q.Kind]
		if text == "" {
			return wire.Answer{Code: adit.Unsupported, Reason: "no such question"}
		}
		return wire.Answer{Result: json.RawMessage(text)}
	}
}

func TestTrust(t *testing.T) {
	h := openHub(t)
	h.agent.answers(t)
	ctx := t.Context()
	p, err := h.client.Policy(ctx)
	if err != nil || p.Use != wire.UseIdle || p.Idle.State != wire.IdleNobody || p.Policy.CPU.MaxPercent != nil {
		t.Errorf("%+v %v", p, err)
	}
	s, err := h.client.Security(ctx)
	if err != nil || s.Crit != 1 || s.Warn != 1 || s.OK != 1 || s.Checks[0].Fix != "chmod" || !strings.Contains(s.Words, "1 of 3 checks need you at once") {
		t.Errorf("%+v %v", s, err)
	}
	c, err := h.client.Connections(ctx)
	if err != nil || len(c.List) != 1 || c.List[0].Purpose != wire.PurposePool {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := h.client.Fees(ctx); adit.CodeOf(err) != adit.Unsupported {
		t.Errorf("a hub without a ledger: %v", err)
	}
}

// TestPolicyIsLive: what the agent tells of its policy is part of the live state, and so is whether somebody is there.
func TestPolicyIsLive(t *testing.T) {
	h := openHub(t)
	now := time.Now().UTC()
	if st, err := h.client.State(t.Context()); err != nil || st.Policy != nil {
		t.Errorf("an older agent tells none: %+v %v", st.Policy, err)
	}
	h.agent.frame(wire.Frame{Kind: wire.FrameRig, RigNow: &wire.RigFacts{Rig: rig, At: now,
		Pause: wire.Pause{Paused: true, Since: &now, By: "guard", Reason: "idle", Words: "user is active (terminal pts/3 a moment ago)"},
		Policy: &wire.PolicyState{Policy: wire.Policy{Idle: wire.IdlePolicy{Enabled: true, AfterSeconds: 300}}, Use: wire.UseIdle, Words: "mines after 5 min",
			Idle: wire.IdleState{State: wire.IdleActive, Words: "user is active", Since: &now, Sources: []wire.IdleSource{{Name: "x11", State: wire.SourceLost, Words: "gone"}}}}}})
	st, err := h.client.State(t.Context())
	if err != nil || st.Policy == nil || st.Policy.Idle.State != wire.IdleActive || len(st.Policy.Idle.Sources) != 1 || st.Policy.Idle.AfterSeconds != 300 {
		t.Fatalf("%+v %v", st.Policy, err)
	}
	if st.Pause == nil || st.Pause.Reason != "idle" || !strings.Contains(st.Pause.Words, "pts/3") {
		t.Errorf("%+v", st.Pause)
	}
}

// TestPolicyChange: what is asked for reaches the agent, what is wrong does not.
func TestPolicyChange(t *testing.T) {
	h := openHub(t)
	h.agent.mu.Lock()
	h.agent.outcome = func(o wire.Order) wire.Outcome {
		var c wire.PolicyChange
		if err := json.Unmarshal(o.Args, &c); err != nil || c.Use == nil || *c.Use != wire.UseHalf || c.Idle != nil {
			return wire.Outcome{ID: o.ID, Code: adit.Invalid, Field: "idle.afterSeconds", Reason: "5 is not from 10 to 86400 seconds"}
		}
		return wire.Outcome{ID: o.ID, Result: json.RawMessage(`{"use":"half","words":"half"}`)}
	}
	h.agent.mu.Unlock()
	half := wire.UseHalf
	got, err := h.client.SetPolicy(t.Context(), body.PolicyRequest{Use: &half})
	if err != nil || got.Use != wire.UseHalf {
		t.Errorf("%+v %v", got, err)
	}
	five := 15
	_, err = h.client.SetPolicy(t.Context(), body.PolicyRequest{Idle: &wire.IdleChange{AfterSeconds: &five}})
	if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid {
		t.Errorf("the agent's own reason: %v", err)
	}
	before := len(h.agent.verbs())
	for text, word := range map[string]string{
		`{}`: "at least one", `{"use":"everything"}`: "use", `{"idle":{"afterSeconds":1}}`: "afterSeconds", `{"thermal":{"maxCelsius":"hot"}}`: "maxCelsius",
		`{"thermal":{"maxCelsius":200}}`: "maxCelsius", `{"idle":{"sources":["webcam"]}}`: "sources", `{"turbo":true}`: "turbo", `[]`: "", `{"cpu":{"maxPercent":0}}`: "maxPercent",
	} {
		status, header, answer := h.request("PUT", "/api/v1/policy", text, h.asOwner)
		if status != http.StatusBadRequest || !strings.Contains(answer, word) {
			t.Errorf("%s: %d %s", text, status, answer)
			continue
		}
		h.problem(status, header, answer)
	}
	if n := len(h.agent.verbs()); n != before {
		t.Errorf("%d wrong orders reached the agent", n-before)
	}
	if status, _, _ := h.request("PUT", "/api/v1/policy", `{"use":"all"}`); status != http.StatusUnauthorized {
		t.Errorf("nobody may change it: %d", status)
	}
	verbs := h.agent.verbs()
	if len(verbs) == 0 || verbs[0] != wire.VerbPolicy {
		t.Errorf("%v", verbs)
	}
}
