package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/internal/httpx"
)

func (s *server) minerRoutes() {
	start := op("miner-start", http.MethodPost, mining+"/miners/{type}", "Start a mining program", tagMining)
	start.Description = "Every key is acted on or refused by name. The wallet is checked and has no default."
	httpx.Explain(&start, explainConfig)
	register(s, start, adit.ScopeControl, s.start)
	register(s, op("miner-stop", http.MethodDelete, mining+"/miners/{name}", "Stop a mining program; it stays stopped", tagMining),
		adit.ScopeControl, s.stop)
}

// startInput is the input of a start.
type startInput struct {
	Type string `path:"type" maxLength:"64" doc:"driver name or alias, such as native"`
	Body body.Config
}

func (s *server) start(ctx context.Context, actor adit.Actor, in *startInput) (*answer[body.Miner], error) {
	r, err := startRequest(in.Type, in.Body)
	if err != nil {
		return nil, err
	}
	t, err := s.Command.Start(ctx, actor, r)
	if err != nil {
		return nil, err
	}
	m := body.Miner{Name: t.Name, Type: in.Type, Device: string(t.Rig.Device(t.Name)), State: "starting"}
	if d, err := s.Telemetry.Named(ctx, actor, t.Name); err == nil && d.ID == m.Device && d.Headline.State != "stopped" {
		m = minerOf(d)
	}
	return give(m, nil)
}

func startRequest(kind string, c body.Config) (command.StartRequest, error) {
	r := command.StartRequest{
		Driver: kind, Name: c.Name, Coin: c.Coin, Algorithm: c.Algo, Threads: c.Threads, Affinity: c.CPUAffinity, HugePages: c.HugePages,
		Pools: []command.Pool{{URL: c.Pool, Wallet: c.Wallet, Password: c.Password, RigID: c.RigID,
			Fingerprint: c.TLSFingerprint, TLS: c.TLS, Nicehash: c.Nicehash}},
	}
	if c.Miner != "" && c.Miner != kind {
		return r, adit.InvalidField("miner", "it names another program than the path: leave it out")
	}
	if c.Keepalive != nil && !*c.Keepalive {
		return r, adit.InvalidField("keepalive", "it cannot be switched off: leave it out")
	}
	r.Pools = append(r.Pools, poolsOf(c.Pools)...)
	return r, nil
}

func poolsOf(list []body.PoolConfig) []command.Pool {
	out := make([]command.Pool, 0, len(list))
	for _, p := range list {
		out = append(out, command.Pool{URL: p.Pool, Wallet: p.Wallet, Password: p.Password, RigID: p.RigID,
			Fingerprint: p.TLSFingerprint, TLS: p.TLS, Nicehash: p.Nicehash})
	}
	return out
}

func (s *server) stop(ctx context.Context, actor adit.Actor, in *Named) (*answer[body.Done], error) {
	d, err := s.Telemetry.Named(ctx, actor, in.Name)
	if err != nil {
		return nil, err
	}
	return give(body.Done{Status: "stopped", Name: d.Name}, s.Command.Stop(ctx, actor, target(d)))
}

func target(d view.Device) command.Target {
	return command.Target{Rig: adit.RigID(d.Rig), Name: d.Name}
}

// notYet are keys of the Mining Platform's Config that adit does not act on; most were not acted on there either.
// Source: pkg/mining/mining.go of Snider/Mining, type Config.
var notYet = strings.Fields(`userPass proxy retries retryPause userAgent donateLevel donateOverProxy noCpu av cpuPriority
	cpuMaxThreadsHint cpuMemoryPool cpuNoYield hugepageSize hugePagesJIT asm argon2Impl randomXInit randomXNoNuma randomXMode
	randomX1GBPages randomXWrmsr randomXNoRdmsr randomXCacheQoS apiWorkerId apiId httpHost httpPort httpAccessToken
	httpNoRestricted syslog logFile printTime healthPrintTime noColor verbose logOutput background title noTitle
	pauseOnBattery pauseOnActive stress bench submit verify seed hash noDMI gpuEnabled gpuPool gpuWallet gpuAlgo gpuPassword
	gpuIntensity gpuThreads devices opencl cuda intensity cliArgs`)

// explainConfig tells a key that is known but not acted on from one that is misspelt.
func explainConfig(property string) string {
	if slices.Contains(notYet, property) {
		return fmt.Sprintf("%s is a setting of the Mining Platform that adit does not act on: leave it out", property)
	}
	return ""
}
