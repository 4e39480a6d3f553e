package aditminer

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// Names of the files in the instance's folder.
const (
	configFile = "config.json"
	portFile   = "api.port"
)

// config is the file adit-miner starts from (its doc.go shows it); the shared keys are XMRig's.
type config struct {
	HTTP  httpConfig `json:"http"`
	CPU   cpuConfig  `json:"cpu"`
	Pools []pool     `json:"pools"`
}

type httpConfig struct {
	Enabled  bool   `json:"enabled"`
	Host     string `json:"host"`
	Port     int    `json:"port"` // 0 = any
	Token    string `json:"access-token"`
	PortFile string `json:"port-file"` // gets the port that was really taken
}

type cpuConfig struct {
	Enabled   bool  `json:"enabled"`
	HugePages *bool `json:"huge-pages,omitempty"`
	Threads   *int  `json:"threads,omitempty"`
	Affinity  []int `json:"affinity,omitempty"`
}

type pool struct {
	URL         string `json:"url"`
	User        string `json:"user"`
	Pass        string `json:"pass,omitempty"`
	RigID       string `json:"rig-id,omitempty"`
	Nicehash    bool   `json:"nicehash,omitempty"`
	Keepalive   bool   `json:"keepalive"`
	TLS         bool   `json:"tls,omitempty"`
	Fingerprint string `json:"tls-fingerprint,omitempty"`
}

// Render says how to run adit-miner: all settings, and so all secrets, go into a file only its owner can read.
func Render(r device.LaunchRequest) (device.Launch, error) {
	if err := check(r); err != nil {
		return device.Launch{}, err
	}
	if err := r.Settings.Refuse("adit-miner"); err != nil {
		return device.Launch{}, err
	}
	ps, err := renderPools(r.Pools)
	if err != nil {
		return device.Launch{}, err
	}
	c := config{
		HTTP:  httpConfig{Enabled: true, Host: "127.0.0.1", Port: r.Port, Token: r.Token, PortFile: filepath.Join(r.Dir, portFile)},
		CPU:   cpuConfig{HugePages: r.HugePages, Threads: r.Threads, Affinity: r.Affinity},
		Pools: ps,
	}
	file, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return device.Launch{}, fmt.Errorf("aditminer: %w", err)
	}
	set, err := json.Marshal(settings{PortFile: filepath.Join(r.Dir, portFile)})
	if err != nil {
		return device.Launch{}, fmt.Errorf("aditminer: %w", err)
	}
	return device.Launch{
		Path: r.Path,
		Args: []string{"--config", filepath.Join(r.Dir, configFile)},
		// Lets glibc back scratchpads and cache with transparent huge pages; it must be there when the program starts.
		Env:      []string{"GLIBC_TUNABLES=glibc.malloc.hugetlb=1"},
		Dir:      r.Dir,
		Files:    map[string][]byte{configFile: append(file, '\n')},
		PortFile: portFile,
		Endpoint: device.Address{Name: r.Name, URL: "http://127.0.0.1:" + strconv.Itoa(r.Port), Token: r.Token, Settings: set},
	}, nil
}

func check(r device.LaunchRequest) error {
	switch {
	case !adit.ValidName(r.Name):
		return adit.InvalidField("name", "%q cannot name a program: lower-case letters, digits, '.', '_', '-', at most 64", r.Name)
	case !filepath.IsAbs(r.Dir):
		return adit.InvalidField("dir", "%q is not an absolute path", r.Dir)
	case r.Algorithm != "" && r.Algorithm != adit.RandomX:
		return adit.InvalidField("algorithm", "adit-miner hashes %s, not %q", adit.RandomX, r.Algorithm)
	case len(r.Pools) == 0:
		return adit.InvalidField("pools", "name a pool, as stratum+tcp://HOST:PORT; there is no default")
	case r.Threads != nil && (*r.Threads < 1 || *r.Threads > 1024):
		return adit.InvalidField("threads", "%d is not from 1 to 1024", *r.Threads)
	case r.Port < 0 || r.Port > 65535:
		return adit.InvalidField("port", "%d is not from 0 to 65535", r.Port)
	case len(r.Token) < 16:
		return adit.InvalidField("token", "at least 16 characters, so that nobody guesses it")
	case slices.ContainsFunc(r.Affinity, func(cpu int) bool { return cpu < 0 || cpu > 4095 }):
		return adit.InvalidField("affinity", "%v: CPU numbers are from 0 to 4095", r.Affinity)
	}
	return nil
}

func renderPools(pools []device.Pool) ([]pool, error) {
	out := []pool{}
	for i, p := range pools {
		u, err := url.Parse(p.URL)
		if err != nil || u.Host == "" || u.Port() == "" || u.User != nil || u.Scheme != "stratum+tcp" && u.Scheme != "stratum+ssl" {
			return nil, adit.InvalidField(fmt.Sprintf("pools[%d].url", i), "write it as stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT")
		}
		if p.Keepalive != nil && !*p.Keepalive {
			return nil, adit.InvalidField("keepalive", "adit-miner always keeps its connections alive: leave it out")
		}
		out = append(out, pool{URL: p.URL, User: p.User, Pass: p.Password, RigID: p.RigID, Nicehash: p.Nicehash, Keepalive: true,
			TLS: u.Scheme == "stratum+ssl", Fingerprint: p.Fingerprint})
	}
	return out, nil
}
