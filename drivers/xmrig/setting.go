package xmrig

import (
	"net"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// build is a configuration in the making.
type build struct {
	c config
	s *device.Settings // cliArgs have been worked into it
	r device.LaunchRequest

	hashWays int    // per thread, from av
	account  string // from userPass
	password string //
	socks    string // from proxy
	gpu      bool   // some GPU is asked for
}

// acts says, for every key of device.Settings, how XMRig acts on it or why adit refuses it. A key without a row is
// refused, and a test fails.
var acts = map[string]func(*build) error{
	"userPass":        (*build).userPass,
	"proxy":           (*build).proxy,
	"retries":         put(func(b *build) { b.c.Retries = *b.s.Retries }),
	"retryPause":      put(func(b *build) { b.c.RetryPause = *b.s.RetryPause }),
	"userAgent":       put(func(b *build) { b.c.UserAgent = &b.s.UserAgent }),
	"donateLevel":     (*build).donateLevel,
	"donateOverProxy": put(func(b *build) { b.c.DonateProxy = number(*b.s.DonateOverProxy) }),

	"noCpu":             put(func(b *build) { b.c.CPU.Enabled = !*b.s.NoCPU }),
	"av":                (*build).av,
	"cpuPriority":       put(func(b *build) { b.c.CPU.Priority = b.s.CPUPriority }),
	"cpuMaxThreadsHint": (*build).maxThreads,
	"cpuMemoryPool":     put(func(b *build) { b.c.CPU.MemoryPool = *b.s.CPUMemoryPool }),
	"cpuNoYield":        put(func(b *build) { b.c.CPU.Yield = !*b.s.CPUNoYield }),
	"hugepageSize":      (*build).pageSize,
	"hugePagesJIT":      put(func(b *build) { b.c.CPU.HugePagesJIT = *b.s.HugePagesJIT }),
	"asm":               (*build).asm,
	"argon2Impl":        put(func(b *build) { b.c.CPU.Argon2 = &b.s.Argon2Impl }),

	"randomXInit":     put(func(b *build) { b.c.RandomX.Init = *b.s.RandomXInit }),
	"randomXNoNuma":   put(func(b *build) { b.c.RandomX.NUMA = !*b.s.RandomXNoNUMA }),
	"randomXMode":     put(func(b *build) { b.c.RandomX.Mode = b.s.RandomXMode }),
	"randomX1GBPages": (*build).oneGB,
	"randomXWrmsr":    (*build).wrmsr,
	"randomXNoRdmsr":  put(func(b *build) { b.c.RandomX.Rdmsr = !*b.s.RandomXNoRdmsr }),
	"randomXCacheQoS": put(func(b *build) { b.c.RandomX.CacheQoS = *b.s.RandomXCacheQoS }),

	"apiWorkerId":      put(func(b *build) { b.c.API.WorkerID = &b.s.APIWorkerID }),
	"apiId":            put(func(b *build) { b.c.API.ID = &b.s.APIID }),
	"httpHost":         (*build).httpHost,
	"httpPort":         put(func(b *build) { b.c.HTTP.Port = *b.s.HTTPPort }),
	"httpAccessToken":  (*build).httpToken,
	"httpNoRestricted": (*build).unrestricted,

	"syslog":          (*build).syslog,
	"logFile":         (*build).logFile,
	"printTime":       put(func(b *build) { b.c.PrintTime = *b.s.PrintTime }),
	"healthPrintTime": put(func(b *build) { b.c.HealthTime = *b.s.HealthPrintTime }),
	"noColor":         put(func(b *build) { b.c.Colors = !*b.s.NoColor }),
	"verbose":         put(func(b *build) { b.c.Verbose = number(*b.s.Verbose) }),
	"logOutput":       (*build).logOutput,
	"background":      (*build).background,
	"title":           put(func(b *build) { b.c.Title = b.s.Title }),
	"noTitle":         (*build).noTitle,
	"pauseOnBattery":  put(func(*build) {}), // the agent pauses; XMRig's own way stays off (defaults)
	"pauseOnActive":   put(func(*build) {}),
	"stress":          refuse("stress", whyBench),
	"bench":           refuse("bench", whyBench),
	"submit":          refuse("submit", whyBench),
	"verify":          refuse("verify", whyBench),
	"seed":            refuse("seed", whyBench),
	"hash":            refuse("hash", whyBench),
	"noDMI":           put(func(b *build) { b.c.DMI = !*b.s.NoDMI }),

	"gpuEnabled":   put(func(b *build) { b.gpu = b.gpu || *b.s.GPUEnabled }),
	"gpuPool":      refuse("gpuPool", whyOnePool),
	"gpuWallet":    refuse("gpuWallet", whyOnePool),
	"gpuAlgo":      (*build).gpuAlgo,
	"gpuPassword":  refuse("gpuPassword", whyOnePool),
	"gpuIntensity": refuse("gpuIntensity", whyTuned),
	"gpuThreads":   refuse("gpuThreads", whyTuned),
	"devices":      put(func(b *build) { b.c.OpenCL.Devices, b.c.CUDA.Devices = &b.s.Devices, &b.s.Devices }),
	"opencl":       put(func(b *build) { b.c.OpenCL.Enabled = *b.s.OpenCL; b.gpu = b.gpu || *b.s.OpenCL }),
	"cuda":         put(func(b *build) { b.c.CUDA.Enabled = *b.s.CUDA; b.gpu = b.gpu || *b.s.CUDA }),
	"intensity":    refuse("intensity", "XMRig chooses how hard each thread works: use threads or cpuMaxThreadsHint"),
	"cliArgs":      put(func(*build) {}), // worked in before
}

// Why some keys are refused.
const (
	whyBench   = "it is for a benchmark, which is no mining: use `adit bench`"
	whyOnePool = "XMRig mines at the same pool with CPU and GPUs: leave it out, or start a second XMRig with noCpu and that pool"
	whyTuned   = "XMRig finds the best for each GPU itself: leave it out"
)

func put(f func(*build)) func(*build) error {
	return func(b *build) error { f(b); return nil }
}

func refuse(key, why string) func(*build) error {
	return func(*build) error { return adit.InvalidField(key, "%s", why) }
}

func number(on bool) int {
	if on {
		return 1
	}
	return 0
}

// settings acts on every key that was given.
func (b *build) settings() error {
	for _, key := range b.s.Given() {
		act, known := acts[key]
		if !known {
			return adit.InvalidField(key, "adit does not know how XMRig acts on it: leave it out")
		}
		if err := act(b); err != nil {
			return err
		}
	}
	return b.graphics()
}

func (b *build) userPass() error {
	i := strings.LastIndexByte(b.s.UserPass, ':') // as XMRig splits it
	if i < 1 {
		return adit.InvalidField("userPass", "write it as USER:PASSWORD")
	}
	b.account, b.password = b.s.UserPass[:i], b.s.UserPass[i+1:]
	for _, p := range b.r.Pools {
		if p.User != "" && p.User != b.account {
			return adit.InvalidField("userPass", "it names another user than wallet does: keep one of them")
		}
	}
	return nil
}

func (b *build) proxy() error {
	host, port, err := net.SplitHostPort(strings.TrimPrefix(b.s.Proxy, "socks5://"))
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" || strings.ContainsAny(host, "@/ ") {
		return adit.InvalidField("proxy", "write the SOCKS5 proxy as HOST:PORT, without a user")
	}
	b.socks = net.JoinHostPort(host, port)
	return nil
}

func (b *build) donateLevel() error {
	n := *b.s.DonateLevel
	if n < minDonate || n > maxDonate {
		return adit.InvalidField("donateLevel", "XMRig takes %d to %d per cent and passes over anything else: leave it out for its usual %d", minDonate, maxDonate, defaultDonate)
	}
	b.c.Donate = n
	return nil
}

func (b *build) httpHost() error {
	host := b.s.HTTPHost
	if host == "localhost" {
		host = "127.0.0.1" // XMRig binds to addresses, not to names
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return adit.InvalidField("httpHost", "XMRig's API stays on this computer: leave it out, or write 127.0.0.1")
	}
	b.c.HTTP.Host = host
	return nil
}

// headerRE is what can stand in an Authorization header.
var headerRE = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]+$`)

func (b *build) httpToken() error {
	if len(b.s.HTTPAccessToken) < 16 || !headerRE.MatchString(b.s.HTTPAccessToken) {
		return adit.InvalidField("httpAccessToken", "at least 16 letters and digits, or leave it out: adit makes one")
	}
	b.c.HTTP.Token = b.s.HTTPAccessToken
	return nil
}

func (b *build) unrestricted() error {
	if !*b.s.HTTPNoRestricted {
		return adit.InvalidField("httpNoRestricted", "adit pauses XMRig over its API, which listens on this computer only and asks for a token: leave it out")
	}
	return nil
}

func (b *build) syslog() error {
	if *b.s.Syslog && runtime.GOOS == "windows" {
		return adit.InvalidField("syslog", "there is no syslog on Windows: leave it out")
	}
	b.c.Syslog = *b.s.Syslog
	return nil
}

// logFileRE keeps a log file apart from the files that are in the program's folder already.
var logFileRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,58}\.log$`)

func (b *build) logFile() error {
	if !logFileRE.MatchString(b.s.LogFile) || b.s.LogFile == "shim.log" {
		return adit.InvalidField("logFile", "give a plain name that ends in .log, without a folder: it lies in the program's own folder")
	}
	path := filepath.Join(b.r.Dir, b.s.LogFile)
	b.c.LogFile = &path
	return nil
}

func (b *build) logOutput() error {
	if !*b.s.LogOutput {
		return adit.InvalidField("logOutput", "adit always keeps the output: leave it out")
	}
	return nil
}

func (b *build) background() error {
	if *b.s.Background {
		return adit.InvalidField("background", "adit never hides a program, and could not look after it")
	}
	return nil
}

func (b *build) noTitle() error {
	if *b.s.NoTitle && b.s.Title != "" {
		return adit.InvalidField("noTitle", "a title is given: keep one of them")
	}
	if b.s.Title == "" {
		b.c.Title = !*b.s.NoTitle
	}
	return nil
}
