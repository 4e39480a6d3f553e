package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// installing makes the player an agent that installs: a job is there for so many looks.
func (h *hub) installing(looks int, end wire.Job) {
	job := wire.Job{ID: "job1", Program: "xmrig", Version: "6.26.0", Phase: wire.JobDownloading, Started: time.Now(), At: time.Now()}
	fee := 1.0
	answers := map[string]any{
		wire.QueryInstalls: wire.Installs{
			Installed: []wire.Installed{{Program: "xmrig", Version: "6.26.0", Current: true, Path: "/p/xmrig/6.26.0", Binary: "/p/xmrig/6.26.0/files/xmrig", State: "ok", Vouched: "catalogue"}},
			Pins:      []wire.Pin{{Program: "xmrig", Version: "6.26.0"}},
			Updates:   []wire.Update{{Program: "xmrig", From: "6.26.0", To: "6.27.0"}, {Program: "other", From: "1", To: "2", Pinned: true}},
		},
		wire.QueryCatalogue: wire.Catalogue{Serial: 1, Origin: "built in", Entries: []wire.CatalogueEntry{{Program: "xmrig", Version: "6.26.0", SHA256: strings.Repeat("ab", 32), FeePercent: &fee}}},
	}
	h.agent.mu.Lock()
	defer h.agent.mu.Unlock()
	h.agent.outcome = func(o wire.Order) wire.Outcome {
		out := wire.Outcome{ID: o.ID}
		switch o.Verb {
		case wire.VerbInstall:
			out.Result, _ = json.Marshal(job)
		case wire.VerbUninstall:
			out.Result, _ = json.Marshal(wire.Uninstalled{Program: "xmrig", Versions: []string{"6.26.0"}})
		case wire.VerbCatalogue:
			out.Code, out.Reason = adit.Refused, "its signature does not fit"
		}
		return out
	}
	h.agent.answerTo = func(q wire.Query) wire.Answer {
		var v any = answers[q.Kind]
		if q.Kind == wire.QueryJob {
			if looks--; looks < 0 {
				job = end
				job.ID, job.Program, job.Version = "job1", "xmrig", "6.26.0"
			}
			v = job
		}
		b, _ := json.Marshal(v)
		return wire.Answer{Result: b}
	}
}

// orders returns the arguments of the orders of a verb.
func (p *player) argsOf(verb wire.Verb) (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.orders {
		if o.Verb == verb {
			out = append(out, string(o.Args))
		}
	}
	return out
}

// TestInstallOverREST: the Mining Platform's names and statuses.
func TestInstallOverREST(t *testing.T) {
	h := openHub(t)
	h.installing(2, wire.Job{Phase: wire.JobDone})
	const path = "/api/v1/mining/miners/xmrig/install"
	status, _, text := h.request("POST", path, "", h.asOwner)
	var got map[string]any
	must(t, json.Unmarshal([]byte(text), &got))
	if status != 200 || got["is_installed"] != true || got["miner_binary"] != "/p/xmrig/6.26.0/files/xmrig" || got["path"] != "/p/xmrig/6.26.0" || got["status"] != "installed" || got["version"] != "6.26.0" {
		t.Errorf("%d %s", status, text)
	}
	status, _, text = h.request("POST", path+"?wait=false", `{"version":"6.26.0"}`, h.asOwner)
	var out body.Installation
	must(t, json.Unmarshal([]byte(text), &out))
	if status != 202 || out.Status != "installing" || out.Job.ID != "job1" || out.IsInstalled {
		t.Errorf("%d %s", status, text)
	}
	if a := h.agent.argsOf(wire.VerbInstall); len(a) != 2 || !strings.Contains(a[1], `"version":"6.26.0"`) {
		t.Errorf("orders: %v", a)
	}
	status, _, text = h.request("DELETE", "/api/v1/mining/miners/xmrig/uninstall?version=6.26.0", "", h.asOwner)
	if status != 200 || !strings.Contains(text, "uninstalled") {
		t.Errorf("%d %s", status, text)
	}
	status, _, text = h.request("POST", "/api/v1/mining/update", "", h.asOwner)
	if status != 200 || !strings.Contains(text, `"updates_available":{"xmrig":"6.27.0"}`) {
		t.Errorf("%d %s", status, text)
	}
	for path, words := range map[string]string{
		"/api/v1/updates": `"to":"6.27.0"`, "/api/v1/installs": `"pinned":true`, "/api/v1/catalogue": `"feePercent":1`, "/api/v1/install-jobs/job1": `"phase":"done"`,
	} {
		if status, _, text := h.request("GET", path, "", h.asOwner); status != 200 || !strings.Contains(text, words) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	h.installing(1, wire.Job{Phase: wire.JobFailed, Code: adit.Refused, Reason: "the archive is not the one of the catalogue"})
	status, header, text := h.request("POST", path, "{}", h.asOwner)
	if p := h.problem(status, header, text); status != 409 || !strings.Contains(p.Detail, "not the one of the catalogue") {
		t.Errorf("%d %s", status, text)
	}
}

func TestInstallBadInput(t *testing.T) {
	h := openHub(t)
	h.installing(0, wire.Job{Phase: wire.JobDone})
	digest := strings.Repeat("ab", 32)
	for _, c := range []struct {
		method, path, content string
		status                int
		words                 string
	}{
		{"POST", "/api/v1/mining/miners/xmrig/install", `{"version":"../../x"}`, 400, "version"},
		{"POST", "/api/v1/mining/miners/xmrig/install", `{"sha256":"zz"}`, 400, "sha256"},
		{"POST", "/api/v1/mining/miners/xmrig/install", `{"sha256":"` + digest + `"}`, 400, "archive of yours"},
		{"POST", "/api/v1/mining/miners/xmrig/install", `{"archive":"a\u0000b"}`, 400, "archive"},
		{"POST", "/api/v1/mining/miners/xmrig/install", `{"archive":"upload-aaaaaaaa"}`, 404, "no such upload"},
		{"POST", "/api/v1/mining/miners/xmrig/install", `{"verison":"1"}`, 400, "verison"},
		{"POST", "/api/v1/mining/miners/xmrig/install?wait=perhaps", ``, 400, "wait"},
		{"POST", "/api/v1/mining/miners/..%2fx/install", ``, 404, "catalogue"},
		{"DELETE", "/api/v1/mining/miners/xmrig/uninstall?version=..", "", 400, "version"},
		{"PUT", "/api/v1/installs/xmrig/pin", `{"version":""}`, 400, "version"},
		{"PUT", "/api/v1/installs/xmrig/current", `{"version":""}`, 400, "version"},
		{"POST", "/api/v1/catalogue", `{"catalogue":"{}","signature":"x"}`, 409, "signature"},
		{"POST", "/api/v1/catalogue", `{}`, 400, "catalogue"},
	} {
		status, header, text := h.request(c.method, c.path, c.content, h.asOwner)
		if p := h.problem(status, header, text); status != c.status || !strings.Contains(p.Detail, c.words) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.content, status, text)
		}
	}
	if a := h.agent.argsOf(wire.VerbInstall); len(a) != 0 {
		t.Errorf("bad input became orders: %v", a)
	}
}

func TestUpload(t *testing.T) {
	h := openHub(t)
	h.installing(0, wire.Job{Phase: wire.JobDone})
	binary := func(r *http.Request) { r.Header.Set("Content-Type", "application/octet-stream") }
	status, _, text := h.request("POST", "/api/v1/archives?name=xmrig.zip", "hello", h.asOwner, binary)
	var u body.Upload
	must(t, json.Unmarshal([]byte(text), &u))
	if status != 201 || u.Name != "xmrig.zip" || u.Size != 5 || u.Known != "" || len(u.SHA256) != 64 {
		t.Errorf("%d %s", status, text)
	}
	file := filepath.Join(h.uploads, u.ID)
	if b, err := os.ReadFile(file); err != nil || string(b) != "hello" {
		t.Errorf("%q %v", b, err)
	}
	status, _, text = h.request("POST", "/api/v1/mining/miners/xmrig/install", `{"archive":"`+u.ID+`","sha256":"`+u.SHA256+`"}`, h.asOwner)
	if a := h.agent.argsOf(wire.VerbInstall); status != 200 || len(a) != 1 || !strings.Contains(a[0], file) {
		t.Errorf("%d %s %v", status, text, a)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Error("an upload that was used stays")
	}
	if status, _, _ := h.request("POST", "/api/v1/archives", "hello", binary); status != 401 {
		t.Errorf("nobody may upload: %d", status)
	}
	status, header, text := h.request("POST", "/api/v1/archives", "", h.asOwner, binary)
	if h.problem(status, header, text); status != 400 {
		t.Errorf("nothing uploaded: %d %s", status, text)
	}
	status, _, _ = h.request("POST", "/api/v1/archives", "x", h.asOwner, binary, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") })
	if status != 403 {
		t.Errorf("another page may upload: %d", status)
	}
}

// TestInstallIsLive: an installation is a key of the live state while it is under way.
func TestInstallIsLive(t *testing.T) {
	h := openHub(t)
	total := int64(100)
	h.agent.frame(wire.Frame{Kind: wire.FrameInstall, Install: &wire.Job{ID: "j", Program: "xmrig", Phase: wire.JobDownloading, Done: 7, Total: &total, Started: time.Now(), At: time.Now()}})
	st, err := h.client.State(t.Context())
	must(t, err)
	i, ok := st.Installs["rig1/xmrig"]
	if !ok || i.Phase != "downloading" || i.Done != 7 || *i.Total != 100 || i.Speed != nil {
		t.Errorf("%+v", st.Installs)
	}
	h.agent.frame(wire.Frame{Kind: wire.FrameInstall, Install: &wire.Job{ID: "j", Program: "../x", Phase: wire.JobDone}})
	if st, err = h.client.State(t.Context()); err != nil || len(st.Installs) != 1 {
		t.Errorf("%+v %v", st.Installs, err)
	}
	again, err := json.Marshal(st)
	must(t, err)
	var back view.State
	must(t, json.Unmarshal(again, &back))
	if _, ok := back.Installs["rig1/xmrig"]; !ok || !bytes.Contains(again, []byte(`"install/rig1/xmrig"`)) {
		t.Errorf("%s", again)
	}
}
