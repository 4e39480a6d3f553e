package xmrig

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/shared"
)

func request(t testing.TB, change ...func(*device.LaunchRequest)) device.LaunchRequest {
	t.Helper()
	r := device.LaunchRequest{Name: "xmrig", Path: "/opt/xmrig", Dir: t.TempDir(), Algorithm: adit.RandomX, Token: "secret-secret-secret",
		Pools: []device.Pool{{URL: "stratum+tcp://p.example:3333", User: "u", Password: "hunter2"}}}
	for _, c := range change {
		c(&r)
	}
	return r
}

// rendered is the configuration as XMRig would read it.
func rendered(t testing.TB, r device.LaunchRequest) map[string]any {
	t.Helper()
	l, err := Render(r)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(l.Files[configFile], &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// at finds a value by its dotted path; a number is a list's index.
func at(t testing.TB, c any, path string) any {
	t.Helper()
	for key := range strings.SplitSeq(path, ".") {
		switch v := c.(type) {
		case map[string]any:
			c = v[key]
		case []any:
			i := int(key[0] - '0')
			if i >= len(v) {
				t.Fatalf("%s: only %d", path, len(v))
			}
			c = v[i]
		default:
			t.Fatalf("%s: nothing below %v", path, c)
		}
	}
	return c
}

func TestRender(t *testing.T) {
	two, pages := 2, true
	dir := t.TempDir()
	l, err := Render(device.LaunchRequest{Name: "xmrig", Path: "/opt/xmrig", Dir: dir, Algorithm: adit.RandomX, Threads: &two,
		Affinity: []int{3, 5}, HugePages: &pages, Port: 40123, Token: "secret-secret-secret",
		Pools: []device.Pool{{URL: "stratum+ssl://p.example:443", User: "u", Password: "hunter2", RigID: "r", Fingerprint: "ab", Keepalive: &pages},
			{URL: "stratum+tcp://q.example:3333", User: "v", Nicehash: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"--config", filepath.Join(dir, configFile), "--data-dir", dir}; !slices.Equal(l.Args, want) {
		t.Errorf("args %q, want %q", l.Args, want)
	}
	for _, a := range append(l.Args, l.Env...) {
		if strings.Contains(a, "secret") || strings.Contains(a, "hunter2") {
			t.Errorf("a secret is visible to everybody in %q", a)
		}
	}
	if !slices.Contains(l.Env, "HOME="+dir) {
		t.Errorf("XMRig would look for a configuration in the owner's home: %q", l.Env)
	}
	// Any port: the one of an earlier run may be taken, and XMRig would mine on without an API.
	if l.Endpoint.URL != "http://127.0.0.1:0" || l.Endpoint.Token != "secret-secret-secret" || l.PortFile != "" {
		t.Errorf("endpoint %+v", l.Endpoint)
	}
	var c map[string]any
	if err := json.Unmarshal(l.Files[configFile], &c); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"http.enabled": true, "http.host": "127.0.0.1", "http.port": 0.0, "http.access-token": "secret-secret-secret", "http.restricted": false,
		"autosave": false, "watch": false, "background": false, "colors": false, "syslog": false, "log-file": nil,
		"pause-on-battery": false, "pause-on-active": false, "donate-level": 1.0, "donate-over-proxy": 1.0,
		"randomx.wrmsr": false, "randomx.mode": "auto", "opencl.enabled": false, "cuda.enabled": false, "opencl.loader": nil, "cuda.loader": nil,
		"cpu.enabled": true, "cpu.huge-pages": true, "cpu.*.0.0": 1.0, "cpu.*.0.1": 3.0, "cpu.*.1.1": 5.0,
		"pools.0.url": "stratum+ssl://p.example:443", "pools.0.user": "u", "pools.0.pass": "hunter2", "pools.0.rig-id": "r", "pools.0.tls": true,
		"pools.0.tls-fingerprint": "ab", "pools.0.keepalive": true, "pools.0.algo": "rx/0", "pools.0.coin": nil, "pools.0.nicehash": false, "pools.0.enabled": true,
		"pools.1.url": "stratum+tcp://q.example:3333", "pools.1.tls": false, "pools.1.nicehash": true, "pools.1.rig-id": nil, "pools.1.socks5": nil,
	} {
		if got := at(t, c, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// TestComplete: every key that XMRig itself writes into its configuration is in ours, but for the threads it chooses and
// the certificates of an API that is not encrypted.
func TestComplete(t *testing.T) {
	var theirs map[string]any
	if err := json.Unmarshal(read(t, shared.Path(t, "fixtures/xmrig/config.generated.json")), &theirs); err != nil {
		t.Fatal(err)
	}
	ours := rendered(t, request(t))
	chosen := []string{"tls", "argon2", "cn", "cn-heavy", "cn-lite", "cn-pico", "cn/upx2", "ghostrider", "rx", "rx/wow", "cn-lite/0", "cn/0", "rx/arq"}
	var compare func(path string, theirs, ours any)
	compare = func(path string, theirs, ours any) {
		switch v := theirs.(type) {
		case map[string]any:
			o, _ := ours.(map[string]any)
			for key := range v {
				if _, there := o[key]; !there && !slices.Contains(chosen, key) {
					t.Errorf("%s%s is not written", path, key)
				} else if there {
					compare(path+key+".", v[key], o[key])
				}
			}
		case []any:
			if o, _ := ours.([]any); path == "pools." {
				compare(path+"0.", v[0], o[0])
			}
		}
	}
	compare("", theirs, ours)
}

func ptr[T any](v T) *T { return &v }

// acted is one good value for each key of device.Settings, and what it makes of XMRig's configuration: "" where the key
// is the agent's, "refused" where adit refuses it.
var acted = []struct {
	key  string
	set  device.Settings
	path string
	want any
}{
	{"userPass", device.Settings{UserPass: "u:b"}, "pools.0.pass", "b"},
	{"proxy", device.Settings{Proxy: "socks5://127.0.0.1:9050"}, "pools.0.socks5", "127.0.0.1:9050"},
	{"retries", device.Settings{Retries: ptr(7)}, "retries", 7.0},
	{"retryPause", device.Settings{RetryPause: ptr(9)}, "retry-pause", 9.0},
	{"userAgent", device.Settings{UserAgent: "miner/1 (x)"}, "user-agent", "miner/1 (x)"},
	{"donateLevel", device.Settings{DonateLevel: ptr(3)}, "donate-level", 3.0},
	{"donateOverProxy", device.Settings{DonateOverProxy: ptr(false)}, "donate-over-proxy", 0.0},
	{"noCpu", device.Settings{NoCPU: ptr(true), OpenCL: ptr(true)}, "cpu.enabled", false},
	{"av", device.Settings{AV: ptr(4)}, "cpu.hw-aes", false},
	{"cpuPriority", device.Settings{CPUPriority: ptr(0)}, "cpu.priority", 0.0},
	{"cpuMaxThreadsHint", device.Settings{CPUMaxThreadsHint: ptr(50)}, "cpu.max-threads-hint", 50.0},
	{"cpuMemoryPool", device.Settings{CPUMemoryPool: ptr(-1)}, "cpu.memory-pool", -1.0},
	{"cpuNoYield", device.Settings{CPUNoYield: ptr(true)}, "cpu.yield", false},
	{"hugepageSize", device.Settings{HugepageSize: ptr(2048)}, "cpu.huge-pages", 2048.0},
	{"hugePagesJIT", device.Settings{HugePagesJIT: ptr(true)}, "cpu.huge-pages-jit", true},
	{"asm", device.Settings{ASM: "none"}, "cpu.asm", false},
	{"argon2Impl", device.Settings{Argon2Impl: "AVX2"}, "cpu.argon2-impl", "AVX2"},
	{"randomXInit", device.Settings{RandomXInit: ptr(2)}, "randomx.init", 2.0},
	{"randomXNoNuma", device.Settings{RandomXNoNUMA: ptr(true)}, "randomx.numa", false},
	{"randomXMode", device.Settings{RandomXMode: "light"}, "randomx.mode", "light"},
	{"randomX1GBPages", device.Settings{RandomX1GBPages: ptr(runtime.GOOS == "linux")}, "randomx.1gb-pages", runtime.GOOS == "linux"},
	{"randomXWrmsr", device.Settings{RandomXWrmsr: "auto"}, "randomx.wrmsr", true},
	{"randomXNoRdmsr", device.Settings{RandomXNoRdmsr: ptr(true)}, "randomx.rdmsr", false},
	{"randomXCacheQoS", device.Settings{RandomXCacheQoS: ptr(true)}, "randomx.cache_qos", true},
	{"apiWorkerId", device.Settings{APIWorkerID: "w"}, "api.worker-id", "w"},
	{"apiId", device.Settings{APIID: "i"}, "api.id", "i"},
	{"httpHost", device.Settings{HTTPHost: "localhost"}, "http.host", "127.0.0.1"},
	{"httpPort", device.Settings{HTTPPort: ptr(18201)}, "http.port", 18201.0},
	{"httpAccessToken", device.Settings{HTTPAccessToken: "another-long-token"}, "http.access-token", "another-long-token"},
	{"httpNoRestricted", device.Settings{HTTPNoRestricted: ptr(true)}, "http.restricted", false},
	{"syslog", device.Settings{Syslog: ptr(runtime.GOOS != "windows")}, "syslog", runtime.GOOS != "windows"},
	{"logFile", device.Settings{LogFile: "mine.log"}, "", nil}, // tested below: its folder is the test's
	{"printTime", device.Settings{PrintTime: ptr(0)}, "print-time", 0.0},
	{"healthPrintTime", device.Settings{HealthPrintTime: ptr(5)}, "health-print-time", 5.0},
	{"noColor", device.Settings{NoColor: ptr(false)}, "colors", true},
	{"verbose", device.Settings{Verbose: ptr(true)}, "verbose", 1.0},
	{"logOutput", device.Settings{LogOutput: ptr(true)}, "background", false},
	{"background", device.Settings{Background: ptr(false)}, "background", false},
	{"title", device.Settings{Title: "mine"}, "title", "mine"},
	{"noTitle", device.Settings{NoTitle: ptr(false)}, "title", true},
	{"pauseOnBattery", device.Settings{PauseOnBattery: ptr(true)}, "pause-on-battery", false}, // the agent's business
	{"pauseOnActive", device.Settings{PauseOnActive: ptr(60)}, "pause-on-active", false},
	{"stress", device.Settings{Stress: ptr(true)}, "refused", nil},
	{"bench", device.Settings{Bench: "1M"}, "refused", nil},
	{"submit", device.Settings{Submit: ptr(true)}, "refused", nil},
	{"verify", device.Settings{Verify: "id"}, "refused", nil},
	{"seed", device.Settings{Seed: "s"}, "refused", nil},
	{"hash", device.Settings{Hash: "h"}, "refused", nil},
	{"noDMI", device.Settings{NoDMI: ptr(true)}, "dmi", false},
	{"gpuEnabled", device.Settings{GPUEnabled: ptr(true)}, "opencl.enabled", true},
	{"gpuPool", device.Settings{GPUPool: "q.example:1"}, "refused", nil},
	{"gpuWallet", device.Settings{GPUWallet: "w"}, "refused", nil},
	{"gpuAlgo", device.Settings{GPUAlgo: "rx/0"}, "pools.0.algo", "rx/0"},
	{"gpuPassword", device.Settings{GPUPassword: "p"}, "refused", nil},
	{"gpuIntensity", device.Settings{GPUIntensity: ptr(50)}, "refused", nil},
	{"gpuThreads", device.Settings{GPUThreads: ptr(1)}, "refused", nil},
	{"devices", device.Settings{Devices: "0,1", CUDA: ptr(true)}, "cuda.devices-hint", "0,1"},
	{"opencl", device.Settings{OpenCL: ptr(true)}, "opencl.enabled", true},
	{"cuda", device.Settings{CUDA: ptr(true)}, "cuda.enabled", true},
	{"intensity", device.Settings{Intensity: ptr(50)}, "refused", nil},
	{"cliArgs", device.Settings{CLIArgs: "--cpu-priority 3 -4 --randomx-mode=fast"}, "cpu.priority", 3.0},
}

// TestEveryKey fails when a key of device.Settings is added and forgotten here, or in the driver.
func TestEveryKey(t *testing.T) {
	v := reflect.TypeFor[device.Settings]()
	tested := map[string]bool{}
	for _, c := range acted {
		tested[c.key] = true
	}
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Field(i).Tag.Get("json"), ",")
		if acts[key] == nil {
			t.Errorf("%s is neither acted on nor refused by name", key)
		}
		if !tested[key] {
			t.Errorf("%s is not tested", key)
		}
		delete(tested, key)
	}
	if len(tested) > 0 || len(acts) != v.NumField() {
		t.Errorf("there are no keys %v; %d rows for %d keys", tested, len(acts), v.NumField())
	}
	for _, c := range acted {
		r := request(t, func(r *device.LaunchRequest) { r.Settings = &c.set })
		if c.key == "av" {
			r.Threads = ptr(1)
		}
		if !slices.Contains(c.set.Given(), c.key) {
			t.Errorf("%s: the case does not give it", c.key)
		}
		if err := c.set.Check(); err != nil && c.path != "refused" {
			t.Errorf("%s: the case's value is not valid: %v", c.key, err)
		}
		_, err := Render(r)
		switch {
		case c.path == "refused":
			if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid || e.Field != c.key {
				t.Errorf("%s: got %v, want a refusal by name", c.key, err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.key, err)
		case c.path != "":
			if got := at(t, rendered(t, r), c.path); got != c.want {
				t.Errorf("%s: %s is %v, want %v", c.key, c.path, got, c.want)
			}
		}
	}
}

// TestRefused: values that contradict adit's rules or each other are refused by the key's name and with a reason.
func TestRefused(t *testing.T) {
	on, off := ptr(true), ptr(false)
	set := func(s device.Settings) func(*device.LaunchRequest) {
		return func(r *device.LaunchRequest) { r.Settings = &s }
	}
	for i, c := range []struct {
		field, words string
		change       func(*device.LaunchRequest)
	}{
		{"name", "lower-case", func(r *device.LaunchRequest) { r.Name = "../x" }},
		{"dir", "absolute", func(r *device.LaunchRequest) { r.Dir = "x" }},
		{"algorithm", "does not hash", func(r *device.LaunchRequest) { r.Algorithm = "sha256d" }},
		{"algorithm", "GPUs only", func(r *device.LaunchRequest) { r.Algorithm = "kawpow" }},
		{"threads", "1 to 1024", func(r *device.LaunchRequest) { r.Threads = ptr(0) }},
		{"pools", "no default", func(r *device.LaunchRequest) { r.Pools = nil }},
		{"port", "65535", func(r *device.LaunchRequest) { r.Port = 70000 }},
		{"token", "16 characters", func(r *device.LaunchRequest) { r.Token = "short" }},
		{"affinity", "4095", func(r *device.LaunchRequest) { r.Affinity = []int{-1} }},
		{"pools[1].url", "stratum+tcp", func(r *device.LaunchRequest) { r.Pools = append(r.Pools, device.Pool{URL: "daemon+http://a:1"}) }},
		{"pools[0].url", "stratum+tcp", func(r *device.LaunchRequest) { r.Pools[0].URL = "stratum+tcp://u:p@a:1" }},
		{"pools[0].url", "stratum+tcp", func(r *device.LaunchRequest) { r.Pools[0].URL = "stratum+tcp://a:1/x" }},
		{"pools[0].fingerprint", "not encrypted", func(r *device.LaunchRequest) { r.Pools[0].Fingerprint = "ab" }},
		{"pools[0].user", "environment", func(r *device.LaunchRequest) { r.Pools[0].User = "${HOME}" }},
		{"pools[0].password", "environment", func(r *device.LaunchRequest) { r.Pools[0].Password = "x${HOME}" }},
		{"pools[0].rigId", "environment", func(r *device.LaunchRequest) { r.Pools[0].RigID = "${USER}" }},
		{"pools[0].password", "environment", set(device.Settings{UserPass: "u:${HOME}"})},
		{"userPass", "USER:PASSWORD", set(device.Settings{UserPass: "nobody"})},
		{"userPass", "another user", set(device.Settings{UserPass: "other:p"})},
		{"proxy", "HOST:PORT", set(device.Settings{Proxy: "http://a:1"})},
		{"proxy", "HOST:PORT", set(device.Settings{Proxy: "a:0"})},
		{"proxy", "without a user", set(device.Settings{Proxy: "u:p@a:1"})},
		{"donateLevel", "1 to 99", set(device.Settings{DonateLevel: ptr(0)})},
		{"donateLevel", "1 to 99", set(device.Settings{DonateLevel: ptr(100)})},
		{"noCpu", "nothing would mine", set(device.Settings{NoCPU: on})},
		{"threads", "noCpu", func(r *device.LaunchRequest) { r.Threads, r.Settings = ptr(1), &device.Settings{NoCPU: on, CUDA: on} }},
		{"av", "threads", set(device.Settings{AV: ptr(2)})},
		{"cpuMaxThreadsHint", "keep one", func(r *device.LaunchRequest) {
			r.Threads, r.Settings = ptr(1), &device.Settings{CPUMaxThreadsHint: ptr(50)}
		}},
		{"hugepageSize", "randomX1GBPages", set(device.Settings{HugepageSize: ptr(1048576)})},
		{"hugepageSize", "keep one", func(r *device.LaunchRequest) {
			r.HugePages, r.Settings = off, &device.Settings{HugepageSize: ptr(2048)}
		}},
		{"randomXWrmsr", "0 to 15", set(device.Settings{RandomXWrmsr: "16"})},
		{"randomXWrmsr", "0 to 15", set(device.Settings{RandomXWrmsr: "on"})},
		{"httpHost", "this computer", set(device.Settings{HTTPHost: "0.0.0.0"})},
		{"httpHost", "this computer", set(device.Settings{HTTPHost: "miner.example"})},
		{"httpAccessToken", "16", set(device.Settings{HTTPAccessToken: "short"})},
		{"httpAccessToken", "letters", set(device.Settings{HTTPAccessToken: "not for a header, though long"})},
		{"httpNoRestricted", "leave it out", set(device.Settings{HTTPNoRestricted: off})},
		{"logFile", "plain name", set(device.Settings{LogFile: "../x.log"})},
		{"logFile", "plain name", set(device.Settings{LogFile: "config.json"})},
		{"logFile", "plain name", set(device.Settings{LogFile: "shim.log"})},
		{"logOutput", "always", set(device.Settings{LogOutput: off})},
		{"background", "never hides", set(device.Settings{Background: on})},
		{"bench", "adit bench", set(device.Settings{Bench: "1M"})},
		{"noTitle", "keep one", set(device.Settings{Title: "a", NoTitle: on})},
		{"gpuAlgo", "one algorithm", set(device.Settings{GPUAlgo: "kawpow"})},
		{"gpuEnabled", "keep one", set(device.Settings{GPUEnabled: off, OpenCL: on})},
		{"gpuEnabled", "both off", set(device.Settings{GPUEnabled: on, OpenCL: off, CUDA: off})},
		{"devices", "no GPU", set(device.Settings{Devices: "0"})},
	} {
		_, err := Render(request(t, c.change))
		e, ok := adit.AsError(err)
		if !ok || e.Code != adit.Invalid || e.Field != c.field || !strings.Contains(e.Msg, c.words) {
			t.Errorf("case %d, %s: got %v, want words %q", i, c.field, err, c.words)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: the error tells a secret: %v", c.field, err)
		}
	}
}

// TestBadValues gives every key a value out of its range and one with a shell's characters: all are refused by name
// before anything is rendered.
func TestBadValues(t *testing.T) {
	v := reflect.TypeFor[device.Settings]()
	free := []string{"userAgent", "userPass", "gpuPassword", "proxy", "httpAccessToken"} // any character but line ends, or their own rule
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Field(i).Tag.Get("json"), ",")
		var bad []any
		switch v.Field(i).Type {
		case reflect.TypeFor[*int]():
			bad = []any{ptr(-1000), ptr(1 << 30)}
		case reflect.TypeFor[string]():
			bad = []any{"a\nb", strings.Repeat("x", 5000)}
			if !slices.Contains(free, key) {
				bad = append(bad, "a;b", "$(reboot)", "`id`", "a|b", "a&b", "'x'")
			}
		default:
			continue // a bool has no bad value; a wrong type is refused by ParseConfig
		}
		for _, b := range bad {
			var s device.Settings
			reflect.ValueOf(&s).Elem().Field(i).Set(reflect.ValueOf(b))
			_, err := Render(request(t, func(r *device.LaunchRequest) { r.Settings = &s }))
			if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid || e.Field != key {
				t.Errorf("%s = %q: got %v", key, b, err)
			}
		}
	}
}

func TestRenderDetails(t *testing.T) {
	r := request(t, func(r *device.LaunchRequest) { r.Settings = &device.Settings{LogFile: "mine.log"} })
	if got := at(t, rendered(t, r), "log-file"); got != filepath.Join(r.Dir, "mine.log") {
		t.Errorf("log-file %v", got)
	}
	c := rendered(t, request(t, func(r *device.LaunchRequest) { r.Settings = &device.Settings{UserPass: "u:a:b"}; r.Pools[0].User = "" }))
	if at(t, c, "pools.0.user") != "u:a" || at(t, c, "pools.0.pass") != "b" {
		t.Errorf("userPass is split at its last colon, as XMRig does: %v", c["pools"])
	}
	c = rendered(t, request(t, func(r *device.LaunchRequest) { r.Threads, r.Affinity = ptr(3), []int{4, 6} }))
	if got, _ := json.Marshal(at(t, c, "cpu.*")); string(got) != "[[1,4],[1,6],[1,4]]" {
		t.Errorf("threads go round the CPUs that were given: %s", got)
	}
	c = rendered(t, request(t, func(r *device.LaunchRequest) {
		r.Threads, r.Algorithm, r.Settings = ptr(1), "cn/r", &device.Settings{AV: ptr(7)}
	}))
	if got, _ := json.Marshal(at(t, c, "cpu.*")); string(got) != "[[5,-1]]" || at(t, c, "cpu.hw-aes") != true {
		t.Errorf("av 7 is five hashes at once with AES: %s", got)
	}
	c = rendered(t, request(t, func(r *device.LaunchRequest) { r.HugePages = ptr(false) }))
	if at(t, c, "cpu.huge-pages") != false {
		t.Error("huge pages are not off")
	}
	l, err := Render(request(t, func(r *device.LaunchRequest) {
		r.Settings = &device.Settings{HTTPPort: ptr(18201), HTTPHost: "::1", HTTPAccessToken: "another-long-token"}
	}))
	if err != nil || l.Endpoint.URL != "http://[::1]:18201" || l.Endpoint.Token != "another-long-token" {
		t.Errorf("%+v, %v", l.Endpoint, err)
	}
	if _, err := Open(l.Endpoint); err != nil {
		t.Errorf("its own endpoint cannot be opened: %v", err)
	}
	if _, err := Render(request(t, func(r *device.LaunchRequest) {
		r.Algorithm, r.Settings = "kawpow", &device.Settings{CUDA: ptr(true), NoCPU: ptr(true)}
	})); err != nil {
		t.Errorf("GPUs alone: %v", err)
	}
}

func TestCLIArgs(t *testing.T) {
	render := func(args string, s device.Settings) (map[string]any, error) {
		s.CLIArgs = args
		r := request(t, func(r *device.LaunchRequest) { r.Settings = &s })
		if _, err := Render(r); err != nil {
			return nil, err
		}
		return rendered(t, r), nil
	}
	for args, want := range map[string]map[string]any{
		"--opencl --opencl-platform=NVIDIA --opencl-no-cache": {"opencl.enabled": true, "opencl.platform": "NVIDIA", "opencl.cache": false},
		"--cuda --cuda-bfactor-hint 6 --cuda-bsleep-hint=25":  {"cuda.enabled": true, "cuda.bfactor-hint": 6.0, "cuda.bsleep-hint": 25.0},
		"--opencl --opencl-platform 1 --no-nvml":              {"opencl.platform": 1.0, "cuda.nvml": false},
		"-6 --dns-ttl=60":                                     {"dns.ip_version": 6.0, "dns.ttl": 60.0},
		"--randomx-no-numa   --randomx-init=1":                {"randomx.numa": false, "randomx.init": 1.0},
		"--retries=2 --retry-pause 1 --print-time=10":         {"retries": 2.0, "retry-pause": 1.0, "print-time": 10.0},
	} {
		c, err := render(args, device.Settings{})
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		for path, v := range want {
			if got := at(t, c, path); got != v {
				t.Errorf("%s: %s is %v, want %v", args, path, got, v)
			}
		}
		if at(t, c, "http.access-token") != "secret-secret-secret" || at(t, c, "watch") != false {
			t.Errorf("%s: it changed what is adit's", args)
		}
	}
	for args, words := range map[string]string{
		"--config=/etc/passwd": "writes XMRig's configuration", "-c x": "writes XMRig's configuration", "--conf x": "none of the options",
		"--background": "never hides", "-B": "never hides", "--log-file=/tmp/x": "key logFile", "-l x": "key logFile", "--dry-run": "not mine",
		"--http-host=0.0.0.0": "key httpHost", "--http-port 1": "key httpPort", "--donate-level=0": "key donateLevel", "--url=p:1": "keys pool",
		"-o p:1": "keys pool", "--user=w": "key wallet", "--pass=topsecret": "key password", "-p topsecret": "key password", "--threads=1": "key threads",
		"--data-dir=/": "folder", "--opencl-loader=/tmp/evil.so": "library", "--cuda-loader /tmp/evil.so": "library", "--bench=1M": "adit bench",
		"--self-select=x:1": "pools", "--syslog": "key syslog", "--spend-secret-key=topsecret": "none of the options", "--tls-gen=x": "none of the options",
		"rx/0": "no option", "--": "no option", "---opencl": "no option", "=": "no option", "topsecret": "no option",
		"-opencl": "none of the options", "--opencl=1": "no value", "--cpu-priority": "needs a value", "--cpu-priority=high": "whole number",
		"--cpu-priority=9": "0 to 5", "--no-dmi --no-dmi": "twice", "--dns-ttl=0": "from 1", "--opencl --opencl-platform=../x": "platform",
		"--randomx-mode=": "needs a value", "--randomx-mode=slow": "one of",
	} {
		_, err := render(args, device.Settings{})
		if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid || !strings.Contains(e.Msg, words) {
			t.Errorf("%s: got %v, want words %q", args, err, words)
		}
		if err != nil && (strings.Contains(err.Error(), "topsecret") || strings.Contains(err.Error(), "evil")) {
			t.Errorf("%s: the error repeats what may be a secret: %v", args, err)
		}
	}
	if _, err := render("--cpu-priority=1", device.Settings{CPUPriority: ptr(2)}); err == nil || !strings.Contains(err.Error(), "keep one") {
		t.Errorf("the same said twice: %v", err)
	}
	for name, o := range options {
		if instead[name] != "" {
			t.Errorf("--%s is both allowed and refused", name)
		}
		if o.key != "" && acts[o.key] == nil {
			t.Errorf("--%s stands for %s, which is no key", name, o.key)
		}
	}
}

// TestStandIns: a check without the secrets has the same outcome as the start with them.
func TestStandIns(t *testing.T) {
	for _, s := range []device.Settings{
		{UserPass: "u:hunter2"}, {UserPass: "other:hunter2"}, {UserPass: "hunter2"}, {Proxy: "127.0.0.1:9050"}, {Proxy: "hunter2:hunter2@127.0.0.1:9050"},
		{Proxy: "hunter2"}, {HTTPAccessToken: "hunter2"}, {HTTPAccessToken: "hunter2-hunter2-hunter2"}, {HTTPAccessToken: "hunter2 hunter2 hunter2"},
		{GPUPassword: "hunter2"}, {UserPass: "u:${hunter2}"},
	} {
		_, real := Render(request(t, func(r *device.LaunchRequest) { r.Settings = &s }))
		l, stand := Render(request(t, func(r *device.LaunchRequest) { r.Settings, r.Pools[0].Password = s.StandIn(), "" }))
		if (real == nil) != (stand == nil) || real != nil && real.Error() != stand.Error() {
			t.Errorf("%v: really %v, checked %v", s.Given(), real, stand)
		}
		if s.Proxy != "hunter2" && strings.Contains(string(l.Files[configFile]), "hunter2") {
			t.Errorf("%v: the check shows a secret: %s", s.Given(), l.Files[configFile])
		}
	}
}
