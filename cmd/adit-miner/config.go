package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/stratum"
)

// config is what the file holds; doc.go shows it. Keys it does not know are left alone.
type config struct {
	HTTP    httpConfig    `json:"http"`
	CPU     cpuConfig     `json:"cpu"`
	RandomX randomxConfig `json:"randomx"`
	API     apiConfig     `json:"api"`
	Pools   []poolConfig  `json:"pools"`
}

type httpConfig struct {
	Enabled  bool   `json:"enabled"`
	Host     string `json:"host"`
	Port     int    `json:"port"` // 0: any
	Token    string `json:"access-token"`
	PortFile string `json:"port-file"` // "": none
}

type cpuConfig struct {
	Threads   *int  `json:"threads"` // nil: as many as fit
	Affinity  []int `json:"affinity"`
	HugePages *bool `json:"huge-pages"` // reserved ones; nil: yes
	Nice      int   `json:"nice"`
}

type randomxConfig struct {
	Mode engine.Mode `json:"mode"`
}

type apiConfig struct {
	ID     *string `json:"id"`
	Worker *string `json:"worker-id"`
}

type poolConfig struct {
	URL         string `json:"url"`
	User        string `json:"user"`
	Pass        string `json:"pass"`
	RigID       string `json:"rig-id"`
	Nicehash    bool   `json:"nicehash"`
	Keepalive   any    `json:"keepalive"` // true, false or seconds, as in XMRig; absent: as the pool announces
	TLS         bool   `json:"tls"`
	Fingerprint string `json:"tls-fingerprint"`
}

const maxConfig = 1 << 20 // bytes

// parseConfig reads a configuration; an error names the key.
func parseConfig(b []byte) (c config, err error) {
	if len(b) > maxConfig {
		return c, adit.InvalidField("config", "more than %d bytes", maxConfig)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&c); err != nil {
		return c, adit.InvalidField("config", "%v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return c, adit.InvalidField("config", "something follows the JSON object")
	}
	return c, nil
}

// check says what is wrong with the parts that no other package checks.
func (c config) check() error {
	switch {
	case c.HTTP.Enabled && c.HTTP.Token == "":
		return adit.InvalidField("http.access-token", "the API is served only with a token; set one, or http.enabled to false")
	case c.HTTP.Enabled && c.HTTP.Host != "" && c.HTTP.Host != "127.0.0.1" && c.HTTP.Host != "localhost":
		return adit.InvalidField("http.host", "the API is served on 127.0.0.1 only")
	case c.HTTP.Port < 0 || c.HTTP.Port > 65535:
		return adit.InvalidField("http.port", "%d is not between 0 and 65535", c.HTTP.Port)
	case c.CPU.Threads != nil && *c.CPU.Threads < 1:
		return adit.InvalidField("cpu.threads", "%d: at least one, or leave it out", *c.CPU.Threads)
	case c.CPU.Nice < -20 || c.CPU.Nice > 19:
		return adit.InvalidField("cpu.nice", "%d is not between -20 and 19", c.CPU.Nice)
	}
	_, err := pools(c.Pools)
	return err
}

// pools turns configured pools into stratum's and checks them. A login may be missing for a pool on this computer only.
func pools(list []poolConfig) ([]stratum.Pool, error) {
	if len(list) == 0 {
		return nil, adit.InvalidField("pools", "name a pool: --pool stratum+tcp://HOST:PORT; there is no default")
	}
	var out []stratum.Pool
	for _, p := range list {
		s, err := p.pool()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (p poolConfig) pool() (stratum.Pool, error) {
	s := stratum.Pool{
		URL: p.URL, User: p.User, Password: p.Pass, RigID: p.RigID, Agent: agentName(),
		Fingerprint: p.Fingerprint, Nicehash: p.Nicehash, Algorithms: []adit.Algorithm{adit.RandomX},
		Extensions: []string{stratum.NonceOffset},
	}
	switch k := p.Keepalive.(type) {
	case nil:
	case bool:
		s.Keepalive = map[bool]time.Duration{true: time.Minute, false: -1}[k]
	case float64:
		if k < 0 || k > 3600 {
			return s, adit.InvalidField("keepalive", "%v is not between 0 and 3600 seconds", k)
		}
		s.Keepalive = time.Duration(k * float64(time.Second))
		if k == 0 {
			s.Keepalive = -1
		}
	default:
		return s, adit.InvalidField("keepalive", "must be true, false or seconds")
	}
	scheme, host, found := strings.Cut(p.URL, "://")
	if !found {
		scheme, host = "stratum+tcp", p.URL
	}
	if p.TLS && (scheme == "stratum+tcp" || scheme == "tcp") {
		s.URL = "stratum+ssl://" + host
	}
	if p.User == "" {
		if !loopback(host) {
			return s, adit.InvalidField("user", "pool %q needs a login, most want your own address; there is no default", host)
		}
		s.User = "adit-miner"
	}
	return s, s.Validate()
}

// loopback reports whether a HOST:PORT is on this computer.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// savePools writes new pools into a configuration file and leaves its other keys as they are.
func savePools(path string, list []poolConfig) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	keys := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &keys); err != nil {
		return err
	}
	if keys["pools"], err = json.Marshal(list); err != nil {
		return err
	}
	if b, err = json.MarshalIndent(keys, "", "  "); err != nil {
		return err
	}
	return writeFile(path, append(b, '\n'))
}

// writeFile replaces a file in one step; only its owner can read it.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
