package stratum

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/shared"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// TestVectorsXMR: jobs with real hashes go through server and client, in both ways of sending them.
func TestVectorsXMR(t *testing.T) {
	var file struct {
		Vectors []struct {
			Name   string          `json:"name"`
			Job    json.RawMessage `json:"job"`
			Target string          `json:"target_u64"`
			Diff   uint64          `json:"effective_diff"`
			Accept struct {
				Nonce, Result string
				Diff          uint64 `json:"actual_diff"`
			} `json:"accept"`
			Low struct{ Nonce, Result string } `json:"reject_low_difficulty"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(shared.Read(t, "vectors/xmr-stratum-e2e.json"), &file); err != nil || len(file.Vectors) == 0 {
		t.Fatal(err)
	}
	for _, v := range file.Vectors {
		for _, fan := range []bool{false, true} {
			var job Job
			if err := json.Unmarshal(v.Job, &job); err != nil {
				t.Fatal(err)
			}
			h := newJudge()
			h.admit = func(s *Session, _ Login) (Job, error) {
				if !fan {
					return job, nil
				}
				// The byte is put in place as a coordinator does it.
				bare := job
				bare.Blob = bytes.Clone(job.Blob)
				bare.Blob[42] = 0
				line, err := NewJobLine(bare, 39, 4)
				if err != nil {
					return Job{}, err
				}
				s.SendLine(line, Variant{Fixed: true, Byte: job.Blob[42]})
				return Job{}, nil
			}
			h.outcome = func(b Submission) Verdict {
				if !Meets(b.Share.Result, job.Target) {
					return Verdict{Outcome: adit.ShareLowDifficulty}
				}
				return Verdict{Outcome: adit.ShareAccepted}
			}
			_, address := open(t, ServerOptions{Handler: h})
			c, err := dial(t, Pool{URL: "stratum+tcp://" + address})
			if err != nil {
				t.Fatal(err)
			}
			got := c.Job()
			if !got.Same(job) || hex.EncodeToString(binaryBE(got.Target)) != v.Target || got.Difficulty() != v.Diff || got.SeedHash != job.SeedHash ||
				*got.Height != *job.Height || got.Nicehash != strings.HasPrefix(v.Name, "nicehash") {
				t.Errorf("%s: %+v", v.Name, got)
			}
			done := make(chan error, 1)
			go func() { done <- c.Run(t.Context(), func(Job) {}) }()
			share := func(nonce, result string) Verdict {
				n, _ := hex.DecodeString(nonce)
				var r [32]byte
				hex.Decode(r[:], []byte(result))
				if _, err := got.WithNonce(n); err != nil {
					t.Errorf("%s: %v", v.Name, err)
				}
				verdict, err := c.Submit(t.Context(), got.Share(n, r))
				if err != nil {
					t.Fatal(err)
				}
				return verdict
			}
			var r [32]byte
			hex.Decode(r[:], []byte(v.Accept.Result))
			if d := HashDifficulty(r); d != v.Accept.Diff {
				t.Errorf("%s: difficulty %d, want %d", v.Name, d, v.Accept.Diff)
			}
			if w := share(v.Accept.Nonce, v.Accept.Result); w.Outcome != adit.ShareAccepted {
				t.Errorf("%s: %+v", v.Name, w)
			}
			if w := share(v.Low.Nonce, v.Low.Result); w.Outcome != adit.ShareLowDifficulty {
				t.Errorf("%s: %+v", v.Name, w)
			}
			c.Close()
			<-done
		}
	}
}

func binaryBE(n uint64) []byte {
	var b [8]byte
	for i := range b {
		b[i] = byte(n >> (56 - 8*i))
	}
	return b[:]
}

// trace is a conversation of a real XMRig with a pool: "< " the miner, "> " the pool.
type trace struct{ from, line string }

func readTrace(t *testing.T, name string) (all []trace) {
	in := bufio.NewScanner(bytes.NewReader(shared.Read(t, name)))
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		from, line, ok := strings.Cut(in.Text(), " ")
		if !ok || from != "<" && from != ">" || !json.Valid([]byte(line)) {
			continue
		}
		all = append(all, trace{from, line})
	}
	if len(all) < 4 {
		t.Fatalf("%s has %d lines", name, len(all))
	}
	return all
}

var traces = []string{"fixtures/xmrig/stratum-trace.txt", "fixtures/xmrig/stratum-trace-rejects.txt"}

// TestTraceServer: our server says to a real XMRig what its pool said, byte for byte where it answers a share.
func TestTraceServer(t *testing.T) {
	for _, name := range traces {
		all := readTrace(t, name)
		theirs := strings.SplitN(strings.SplitN(all[1].line, `"result":{"id":"`, 2)[1], `"`, 2)[0]
		var jobs []Job
		for _, l := range all {
			m, err := parseMessage([]byte(l.line))
			if err != nil {
				t.Fatal(err)
			}
			raw := m.Params
			var w wireWelcome
			if l.from == ">" && m.Method == "" && json.Unmarshal(m.Result, &w) == nil && w.Job != nil {
				raw = w.Job
			} else if m.Method != "job" {
				continue
			}
			var j Job
			if err := json.Unmarshal(raw, &j); err != nil {
				t.Fatal(err)
			}
			jobs = append(jobs, j)
		}
		h := newJudge()
		h.admit = func(*Session, Login) (Job, error) { return jobs[0], nil }
		var want atomic.Pointer[string] // the answer to the next share
		h.outcome = func(b Submission) Verdict {
			m, _ := parseMessage([]byte(*want.Load()))
			if text, bad := m.fault(); bad {
				return Verdict{Outcome: Classify(text), Text: text}
			}
			return Verdict{Outcome: adit.ShareAccepted}
		}
		_, address := open(t, ServerOptions{Handler: h, Ban: BanRule{Shares: 1000}})
		d := visit(t, address)
		var s *Session
		for i, l := range all {
			switch m, _ := parseMessage([]byte(l.line)); {
			case l.from == ">" && m.Method == "job":
				jobs = jobs[1:]
				if !s.SendJob(jobs[0]) {
					t.Fatalf("%s: job %d was not sent", name, i)
				}
				var got Job
				if m, ok := d.next(); !ok || json.Unmarshal(m.Params, &got) != nil || !got.Same(jobs[0]) {
					t.Fatalf("%s: %+v", name, got)
				}
			case l.from == ">":
			case m.Method == "login":
				d.say("%s", l.line)
				if m, ok := d.next(); !ok || jsonline.Absent(m.Result) {
					t.Fatalf("%s: no login", name)
				}
				s = h.all()[0]
				if l := h.sessions[s]; l.RigID != "fixture-rig" || !strings.HasPrefix(l.Agent, "XMRig/6.26.0") || len(l.Algorithms) != 29 || l.Password != "x" {
					t.Errorf("%+v", l)
				}
			default:
				want.Store(&all[i+1].line)
				line := strings.Replace(l.line, theirs, s.ID(), 1)
				if q := new(quickSubmit); m.Method == "submit" && !q.parse([]byte(line)) {
					t.Errorf("not read the quick way: %s", line)
				}
				d.say("%s", line)
				if got := d.line(); got != all[i+1].line {
					t.Fatalf("%s: answered\n%s\nwant\n%s", l.line, got, all[i+1].line)
				}
			}
		}
	}
}

// TestTraceClient: our client hears the same pool and hands in the same shares.
func TestTraceClient(t *testing.T) {
	for _, name := range traces {
		all := readTrace(t, name)
		url := listen(t, func(c net.Conn) {
			d := newDesk(c)
			for _, l := range all {
				if l.from == ">" {
					d.say("%s", l.line)
				} else if _, ok := d.next(); !ok {
					return
				}
			}
			d.drain()
		})
		c, err := dial(t, Pool{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		jobs := make(chan Job, len(all))
		go func() { done <- c.Run(t.Context(), func(j Job) { jobs <- j }) }()
		n := 0
		for i, l := range all {
			m, _ := parseMessage([]byte(l.line))
			switch {
			case l.from == ">" && m.Method == "job":
				if j := <-jobs; !strings.Contains(l.line, `"job_id":"`+j.ID+`"`) {
					t.Fatalf("job %s, want %s", j.ID, l.line)
				}
			case m.Method == "submit":
				share, _, err := parseSubmit(m.Params)
				if err != nil {
					t.Fatal(err)
				}
				v, err := c.Submit(t.Context(), share)
				if err != nil {
					t.Fatal(err)
				}
				answer, _ := parseMessage([]byte(all[i+1].line))
				if text, bad := answer.fault(); v.Outcome.Accepted() == bad || v.Text != text {
					t.Errorf("%+v for %s", v, all[i+1].line)
				}
				n++
			}
		}
		if n == 0 {
			t.Errorf("%s: no share", name)
		}
		c.Close()
		<-done
	}
}
