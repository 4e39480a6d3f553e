package xmrig

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// configFile is XMRig's configuration in the instance's folder.
const configFile = "config.json"

// Render says how to run XMRig: all settings, and so all secrets, go into a file only its owner can read.
//
// The port that an earlier run had (LaunchRequest.Port) is not asked for again: XMRig does not move to another where its
// own is taken, it mines on without an API. It takes any, and says in its output which.
func Render(r device.LaunchRequest) (device.Launch, error) {
	if err := check(r); err != nil {
		return device.Launch{}, err
	}
	b, err := newBuild(r)
	if err != nil {
		return device.Launch{}, err
	}
	file, err := json.MarshalIndent(b.c, "", "  ")
	if err != nil {
		return device.Launch{}, fmt.Errorf("xmrig: %w", err)
	}
	set, err := json.Marshal(settings{Algorithm: r.Algorithm, Socks: b.socks, Account: b.account, Password: b.password,
		OpenCL: b.c.OpenCL.Enabled, CUDA: b.c.CUDA.Enabled})
	if err != nil {
		return device.Launch{}, fmt.Errorf("xmrig: %w", err)
	}
	return device.Launch{
		Path: r.Path,
		Args: []string{"--config", filepath.Join(r.Dir, configFile), "--data-dir", r.Dir},
		// Where its own file names no pool, XMRig falls back on .xmrig.json and .config/xmrig.json in HOME: with somebody
		// else's wallet, perhaps. Compiled OpenCL programs go there too.
		Env:      []string{"HOME=" + r.Dir},
		Dir:      r.Dir,
		Files:    map[string][]byte{configFile: append(file, '\n')},
		Endpoint: device.Address{Name: r.Name, URL: "http://" + net.JoinHostPort(b.c.HTTP.Host, strconv.Itoa(b.c.HTTP.Port)), Token: b.c.HTTP.Token, Settings: set},
	}, nil
}

// newBuild makes the whole configuration.
func newBuild(r device.LaunchRequest) (*build, error) {
	b := &build{c: defaults(), r: r}
	b.c.HTTP.Token = r.Token
	if r.HugePages != nil {
		b.c.CPU.HugePages = *r.HugePages
	}
	var err error
	if b.s, err = b.withArgs(r.Settings); err != nil {
		return nil, err
	}
	if err := b.s.Check(); err != nil {
		return nil, err
	}
	if err := b.settings(); err != nil {
		return nil, err
	}
	if err := b.threads(); err != nil {
		return nil, err
	}
	if r.Algorithm == gpuOnly && !b.gpu {
		return nil, adit.InvalidField("algorithm", "XMRig hashes %s on GPUs only: set gpuEnabled, opencl or cuda too", r.Algorithm)
	}
	b.c.Pools, err = upstream{r.Algorithm, b.account, b.password, b.socks}.pools(r.Pools)
	return b, err
}

func check(r device.LaunchRequest) error {
	switch {
	case !adit.ValidName(r.Name):
		return adit.InvalidField("name", "%q cannot name a program: lower-case letters, digits, '.', '_', '-', at most 64", r.Name)
	case !filepath.IsAbs(r.Dir):
		return adit.InvalidField("dir", "%q is not an absolute path", r.Dir)
	case r.Threads != nil && (*r.Threads < 1 || *r.Threads > 1024):
		return adit.InvalidField("threads", "%d is not from 1 to 1024", *r.Threads)
	case r.Port < 0 || r.Port > 65535:
		return adit.InvalidField("port", "%d is not from 0 to 65535", r.Port)
	case len(r.Token) < 16:
		return adit.InvalidField("token", "at least 16 characters, so that nobody guesses it")
	case len(r.Affinity) > 1024 || slices.ContainsFunc(r.Affinity, func(cpu int) bool { return cpu < 0 || cpu > 4095 }):
		return adit.InvalidField("affinity", "%v: CPU numbers are from 0 to 4095", r.Affinity)
	}
	return checkAlgorithm(r.Algorithm)
}
