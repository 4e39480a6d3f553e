package stratum

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/shared"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Every line of a real XMRig and the pool it spoke to: all are read, and every share meets its job's target, so that
// both directions agree with XMRig on each field.
func TestRealXMRigLines(t *testing.T) {
	for _, file := range []string{"stratum-trace.txt", "stratum-trace-rejects.txt"} {
		jobs := map[string]Job{}
		var logins, submits, accepted, refused int
		for _, line := range strings.Split(strings.TrimSpace(string(shared.Read(t, "fixtures/xmrig/"+file))), "\n") {
			m, err := parseMessage([]byte(line[2:]))
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			keep := func(raw json.RawMessage) {
				var j Job
				if err := json.Unmarshal(raw, &j); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				if len(j.Blob) != 76 || j.Difficulty() != 20 || j.Height == nil {
					t.Fatalf("%s: %+v", line, j)
				}
				jobs[j.ID] = j
			}
			switch {
			case m.Method == "login":
				l, err := parseLogin(m.Params)
				if err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				if l.RigID != "fixture-rig" || l.Password != "x" || !strings.HasPrefix(l.Agent, "XMRig/6.26.0") || len(l.Algorithms) != 29 {
					t.Fatalf("%+v", l)
				}
				logins++
			case m.Method == "submit":
				s, session, err := parseSubmit(m.Params)
				if err != nil || session == "" {
					t.Fatalf("%s: %v", line, err)
				}
				j, known := jobs[s.JobID]
				if !known || s.Algorithm != adit.RandomX || len(s.Nonce) != 4 {
					t.Fatalf("%s: %+v", line, s)
				}
				if !Meets(s.Result, j.Target) {
					t.Fatalf("%s: difficulty %d, XMRig thought it meets %d", line, HashDifficulty(s.Result), j.Difficulty())
				}
				submits++
			case m.Method == "job":
				keep(m.Params)
			case m.Method == "" && m.HasID():
				var w wireWelcome
				if json.Unmarshal(m.Result, &w) == nil && !jsonline.Absent(w.Job) {
					keep(w.Job)
					break
				}
				switch v := verdictOf(m); v.Outcome {
				case adit.ShareAccepted:
					accepted++
				case adit.ShareLowDifficulty:
					refused++
				default:
					t.Fatalf("%s: %+v", line, v)
				}
			}
		}
		if logins == 0 || submits == 0 || accepted+refused != submits {
			t.Fatalf("%s: %d logins, %d submits, %d accepted, %d refused", file, logins, submits, accepted, refused)
		}
		if strings.Contains(file, "rejects") != (refused > 0) {
			t.Fatalf("%s: %d refused", file, refused)
		}
		t.Logf("%s: %d logins, %d jobs, %d shares, %d refused", file, logins, len(jobs), submits, refused)
	}
}

func TestJobBounds(t *testing.T) {
	good := map[string]any{
		"blob": strings.Repeat("10", 39) + "00000000" + strings.Repeat("ab", 33), "job_id": "j", "target": "cccccc0c",
		"algo": "rx/0", "seed_hash": strings.Repeat("5a", 32),
	}
	raw := func(change map[string]any) []byte {
		m := map[string]any{}
		for k, v := range good {
			m[k] = v
		}
		for k, v := range change {
			m[k] = v
		}
		b, _ := json.Marshal(m)
		return b
	}
	var j Job
	if err := json.Unmarshal(raw(nil), &j); err != nil {
		t.Fatal(err)
	}
	if j.Height != nil || j.NextSeedHash != nil || j.Nicehash {
		t.Fatalf("what is absent is nil: %+v", j)
	}
	if err := json.Unmarshal(raw(map[string]any{"algo": nil, "height": 7, "next_seed_hash": strings.Repeat("01", 32)}), &j); err != nil {
		t.Fatal(err)
	}
	if j.Algorithm != adit.RandomX || *j.Height != 7 || j.NextSeedHash == nil {
		t.Fatalf("%+v", j)
	}
	if err := json.Unmarshal(raw(map[string]any{"next_seed_hash": ""}), &j); err != nil || j.NextSeedHash != nil {
		t.Fatalf("an empty next_seed_hash is none (%v)", err)
	}
	blob := func(n int) string { return strings.Repeat("00", n) }
	if err := json.Unmarshal(raw(map[string]any{"blob": blob(407)}), &j); err != nil {
		t.Fatalf("407 bytes are allowed: %v", err)
	}
	if err := json.Unmarshal(raw(map[string]any{"blob": blob(43)}), &j); err != nil {
		t.Fatalf("43 bytes are enough: %v", err)
	}
	for field, change := range map[string]map[string]any{
		"blob: 408":        {"blob": blob(408)},
		"blob: 42":         {"blob": blob(42)},
		"blob: not hex":    {"blob": "zz"},
		"blob: not  hex":   {"blob": "0"},
		"job_id":           {"job_id": ""},
		"job_id: 1 to":     {"job_id": strings.Repeat("x", 129)},
		"target":           {"target": "00000000"},
		"target: 3":        {"target": "aabbcc"},
		"seed_hash":        {"seed_hash": "00"},
		"seed_hash: 64":    {"seed_hash": nil},
		"next_seed_hash":   {"next_seed_hash": "xyz"},
		"algo":             {"algo": "cn/r"},
		"algo: jobs":       {"algo": strings.Repeat("a", 100000)},
		"job: json":        {"height": -1},
		"job: json: canno": {"blob": 5},
	} {
		err := json.Unmarshal(raw(change), &j)
		if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(strings.SplitN(field, ":", 2)[0], "  ", " ")) {
			t.Errorf("%s: %v", field, err)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: a message of %d bytes", field, len(err.Error()))
		}
	}
}

func TestFaultShapes(t *testing.T) {
	for in, want := range map[string]string{
		`{"code":-1,"message":"Low difficulty share"}`: "Low difficulty share",
		`[21,"Job not found",null]`:                    "Job not found",
		`["Stale"]`:                                    "Stale",
		`[21]`:                                         "error code 21",
		`"Duplicate"`:                                  "Duplicate",
		`""`:                                           "refused without a reason",
		`true`:                                         "refused without a reason",
		`{"code":7}`:                                   "error code 7",
		`23`:                                           "error code 23",
	} {
		m, err := parseMessage([]byte(`{"id":2,"error":` + in + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if text, bad := m.fault(); !bad || text != want {
			t.Errorf("%s: %q %v, want %q", in, text, bad, want)
		}
	}
	for _, in := range []string{`null`, `false`, `[]`} {
		m, err := parseMessage([]byte(`{"id":2,"result":true,"error":` + in + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if text, bad := m.fault(); bad {
			t.Errorf("%s is taken for an error: %q", in, text)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for in, want := range map[string]adit.ShareOutcome{
		`"result":{"status":"OK"},"error":null`: adit.ShareAccepted,
		`"result":true`:                         adit.ShareAccepted,
		`"result":{}`:                           adit.ShareAccepted,
		`"result":false`:                        adit.ShareMalformed,
		`"result":null`:                         adit.ShareMalformed,
		`"error":{"code":-1,"message":"Low difficulty share"}`:        adit.ShareLowDifficulty,
		`"error":{"code":-1,"message":"Low diff share"}`:              adit.ShareLowDifficulty,
		`"error":{"code":-1,"message":"Block expired"}`:               adit.ShareStale,
		`"error":{"code":-1,"message":"Stale share"}`:                 adit.ShareStale,
		`"error":{"code":-1,"message":"Duplicate share"}`:             adit.ShareDuplicate,
		`"error":{"code":-1,"message":"Invalid job id"}`:              adit.ShareUnknownJob,
		`"error":{"code":-1,"message":"Unauthenticated"}`:             adit.ShareUnauthorized,
		`"error":{"code":-1,"message":"IP Address currently banned"}`: adit.ShareUnauthorized,
		`"error":{"code":-1,"message":"Invalid PoW"}`:                 adit.ShareMalformed,
		`"error":{"code":-1,"message":"Couldn't check PoW"}`:          "",
		`"error":[21,"Job not found",null]`:                           adit.ShareStale,
		`"error":[22,"Duplicate share",null]`:                         adit.ShareDuplicate,
		`"result":{"status":"rejected: stale"}`:                       adit.ShareStale,
	} {
		m, err := parseMessage([]byte(`{"id":2,` + in + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if v := verdictOf(m); v.Outcome != want {
			t.Errorf("%s: %q, want %q", in, v.Outcome, want)
		}
	}
	// What our server says is understood by our client, and never makes XMRig hang up on a logged-in miner.
	for _, o := range []adit.ShareOutcome{
		adit.ShareStale, adit.ShareDuplicate, adit.ShareLowDifficulty, adit.ShareMalformed, adit.ShareUnknownJob, "",
	} {
		text := DefaultText(o)
		if Critical(text) {
			t.Errorf("%q is fatal for XMRig", text)
		}
		if got := Classify(text); got != o && o != adit.ShareUnknownJob {
			t.Errorf("%q is read as %q, want %q", text, got, o)
		}
	}
	if !Critical(DefaultText(adit.ShareUnauthorized)) || !Critical("invalid JOB id: 7") || Critical("Stale share") {
		t.Error("critical texts")
	}
}

func TestPoolURL(t *testing.T) {
	for in, want := range map[string]address{
		"stratum+tcp://pool.example:3333": {"pool.example:3333", "pool.example", false},
		"pool.example:3333":               {"pool.example:3333", "pool.example", false},
		"tcp://127.0.0.1:3333/":           {"127.0.0.1:3333", "127.0.0.1", false},
		"stratum+ssl://[::1]:443":         {"[::1]:443", "::1", true},
		"STRATUM+TLS://pool.example:443":  {"pool.example:443", "pool.example", true},
		"ssl://pool.example:443":          {"pool.example:443", "pool.example", true},
	} {
		if got, err := (Pool{URL: in}).address(); err != nil || got != want {
			t.Errorf("%s: %+v %v", in, got, err)
		}
	}
	for in, word := range map[string]string{
		"": "missing", "stratum+tcp://": "host", "pool.example": "port", "http://pool.example:80": "scheme",
		"stratum+tcp://user:secret@pool.example:3333": "login", "pool.example:0": "port", "pool.example:99999": "",
		"stratum+tcp://pool.example:3333/path": "nothing", "stratum+tcp://:3333": "host",
	} {
		_, err := (Pool{URL: in}).address()
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v", in, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password", in)
		}
	}
	ok := Pool{URL: "stratum+ssl://h:1", User: "u", Fingerprint: strings.Repeat("AB:", 31) + "ab"}
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
	for field, p := range map[string]Pool{
		"user":            {URL: "h:1"},
		"tls-fingerprint": {URL: "stratum+ssl://h:1", User: "u", Fingerprint: "abc"},
		"needs TLS":       {URL: "h:1", User: "u", Fingerprint: strings.Repeat("ab", 32)},
		"pass":            {URL: "h:1", User: "u", Password: strings.Repeat("x", 513)},
	} {
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
