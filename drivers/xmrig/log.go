package xmrig

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit/device"
)

// heard is what XMRig's output has told of the run that is under way. The lines are made in src/net/Network.cpp,
// src/base/net/stratum/Client.cpp, src/base/api/Httpd.cpp, src/core/Miner.cpp, src/crypto/rx and src/Summary.cpp. Their
// times are those at which they were read: XMRig's own have no zone.
//
// A pool can put words into a line (the reason of a refusal); no rule below looks at what stands behind such words, but
// a pool that sends a line end can forge a line of its own. What it gains is a wrong note of this run, never an action.
type heard struct {
	mu sync.Mutex

	port     int    // of the API, 0 = not told
	portWhy  string // why the API could not be opened
	news     bool   // the pools were told anew
	poolWhy  string // why there is no connection, "" = nothing was said
	mode     string // of RandomX
	building time.Time
	ready    time.Time // when the threads began last
	accepted uint64
	last     *time.Time // share accepted
	fee      *bool
	feeSince time.Time
}

var (
	stampRE    = regexp.MustCompile(`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] +(\S+) *(.*)$`)
	bannerRE   = regexp.MustCompile(`^ ?\* ([A-Z0-9]+(?: [A-Z0-9#]+)?) {2,}(.*)$`)
	apiRE      = regexp.MustCompile(`^\S+:(\d{1,5})(?:\s+(.*?))?\s*$`)
	acceptedRE = regexp.MustCompile(`^accepted \((\d{1,19})/\d{1,19}\) `)
	poolWhyRE  = regexp.MustCompile(`^\S+:\d{1,5}(?: [0-9a-fA-F.:]+)? +((?:(?:connect|read|write|DNS|login|job) )?error\b.*|send failed\b.*|JSON decode failed.*|unknown algorithm.*|unsupported algorithm.*|incompatible/disabled algorithm.*)$`)
)

// Listen implements device.Listener.
func (m *Miner) Listen(lines []device.Line, missed bool) {
	h := &m.heard
	h.mu.Lock()
	defer h.mu.Unlock()
	if missed {
		h.fee, h.building, h.poolWhy = nil, time.Time{}, ""
	}
	for _, l := range lines {
		h.line(l)
	}
}

// Port implements device.Ported.
func (m *Miner) Port() int {
	m.heard.mu.Lock()
	defer m.heard.mu.Unlock()
	return m.heard.port
}

func (h *heard) line(l device.Line) {
	if b := bannerRE.FindStringSubmatch(l.Text); b != nil {
		h.banner(l.At, b[1], b[2])
		return
	}
	s := stampRE.FindStringSubmatch(l.Text)
	if s == nil {
		return
	}
	switch tag, text := s[1], s[2]; tag {
	case "net":
		h.net(l.At, text)
	case "randomx":
		h.dataset(l.At, text)
	case "miner":
		if text == "resumed" {
			h.ready = l.At
		}
	case "cpu", "opencl", "nvidia":
		h.backend(l.At, text)
	default:
		if strings.HasPrefix(text, "Failed to verify server certificate fingerprint") {
			h.poolWhy = "its certificate is not the one that was named (tlsFingerprint)"
		}
	}
}

// banner is a line of the start, " * NAME   words". ABOUT is the first of a run.
func (h *heard) banner(at time.Time, name, text string) {
	switch {
	case name == "ABOUT":
		h.port, h.portWhy, h.news, h.poolWhy, h.mode = 0, "", true, "", ""
		h.building, h.ready, h.accepted, h.last = time.Time{}, time.Time{}, 0, nil
		h.fee, h.feeSince = new(bool), at
	case name == "HTTP API":
		api := apiRE.FindStringSubmatch(text)
		if api == nil {
			return
		}
		if api[2] != "" {
			h.port, h.portWhy = 0, api[2]
			return
		}
		h.port, _ = strconv.Atoi(api[1]) // at most five digits
		h.portWhy = ""
	case strings.HasPrefix(name, "POOL #"):
		h.news = true
	}
}

func (h *heard) net(at time.Time, text string) {
	switch {
	case text == "dev donate started":
		h.fee, h.feeSince = boolean(true), at
	case text == "dev donate finished":
		h.fee, h.feeSince = boolean(false), at
	case strings.HasPrefix(text, "use pool "), strings.HasPrefix(text, "use daemon "):
		h.poolWhy = ""
	case strings.HasPrefix(text, "new job from "):
		if h.fee == nil || !*h.fee { // a job for the author says nothing of the pool
			h.poolWhy = ""
		}
	case strings.HasPrefix(text, "no active pools"):
		if h.poolWhy == "" {
			h.poolWhy = "no pool answers"
		}
	default:
		if why := poolWhyRE.FindStringSubmatch(text); why != nil {
			h.poolWhy = strings.ToValidUTF8(why[1][:min(len(why[1]), 200)], "")
		}
	}
}

// dataset is what the RandomX tag says; NUMA nodes put "#n " before it.
func (h *heard) dataset(at time.Time, text string) {
	switch {
	case strings.HasPrefix(text, "init dataset"):
		h.building, h.mode = at, ""
	case strings.Contains(text, "switching to slow mode"), strings.Contains(text, "fast RandomX mode disabled"):
		h.mode = "light"
	case strings.Contains(text, "dataset ready"):
		h.building, h.ready = time.Time{}, at
		if h.mode == "" {
			h.mode = "fast"
		}
	case strings.Contains(text, "failed to allocate RandomX memory"):
		h.building = time.Time{}
	}
}

func (h *heard) backend(at time.Time, text string) {
	if strings.HasPrefix(text, "READY ") {
		h.ready = at
		return
	}
	a := acceptedRE.FindStringSubmatch(text)
	if a == nil {
		return
	}
	n, err := strconv.ParseUint(a[1], 10, 64)
	if err != nil {
		return
	}
	// A share that was found for the author is told too, with the count unchanged.
	if n > h.accepted && (h.accepted > 0 || h.fee == nil || !*h.fee) {
		h.last = &at
	}
	h.accepted = n
}

func boolean(v bool) *bool { return &v }
