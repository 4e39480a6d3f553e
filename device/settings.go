package device

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/adit-mining/adit"
)

// Settings are the Mining Platform's Config keys beyond pool, wallet and threads: how a mining program is tuned. A nil or
// empty field was not given. Each driver acts on a key or refuses it by name (Refuse); none is silently ignored.
// Source of names, types and bounds: pkg/mining/mining.go of Snider/Mining, type Config.
type Settings struct {
	UserPass        string `json:"userPass,omitempty" writeOnly:"true" doc:"USER:PASSWORD for the pool, instead of wallet and password"`
	Proxy           string `json:"proxy,omitempty" writeOnly:"true" doc:"SOCKS5 proxy for the pool, HOST:PORT"`
	Retries         *int   `json:"retries,omitempty" doc:"tries before the next pool, 1 to 1000"`
	RetryPause      *int   `json:"retryPause,omitempty" doc:"seconds between two tries, 1 to 3600"`
	UserAgent       string `json:"userAgent,omitempty" doc:"what the program calls itself at the pool"`
	DonateLevel     *int   `json:"donateLevel,omitempty" doc:"per cent of the mining time for the program's author, 0 to 100; the program may insist on a minimum"`
	DonateOverProxy *bool  `json:"donateOverProxy,omitempty" doc:"donate through a proxy too"`

	NoCPU             *bool  `json:"noCpu,omitempty" doc:"do not mine on the CPU"`
	AV                *int   `json:"av,omitempty" doc:"algorithm variation of old CPU miners, 0 to 10"`
	CPUPriority       *int   `json:"cpuPriority,omitempty" doc:"0 (idle) to 5 (highest)"`
	CPUMaxThreadsHint *int   `json:"cpuMaxThreadsHint,omitempty" doc:"per cent of the CPU's threads to use, 1 to 100"`
	CPUMemoryPool     *int   `json:"cpuMemoryPool,omitempty" doc:"2 MiB pages to keep for the CPU, -1 (automatic) to 65536"`
	CPUNoYield        *bool  `json:"cpuNoYield,omitempty" doc:"hash faster, at the price of a slower desktop"`
	HugepageSize      *int   `json:"hugepageSize,omitempty" doc:"kibibytes: 2048 or 1048576"`
	HugePagesJIT      *bool  `json:"hugePagesJIT,omitempty" doc:"huge pages for generated code"`
	ASM               string `json:"asm,omitempty" doc:"auto, none, intel, ryzen or bulldozer"`
	Argon2Impl        string `json:"argon2Impl,omitempty" doc:"x86_64, SSE2, SSSE3, XOP, AVX2 or AVX-512F"`

	RandomXInit      *int   `json:"randomXInit,omitempty" doc:"threads that build the dataset, -1 (automatic) to 1024"`
	RandomXNoNUMA    *bool  `json:"randomXNoNuma,omitempty" doc:"one dataset for all memory nodes"`
	RandomXMode      string `json:"randomXMode,omitempty" doc:"auto, fast or light"`
	RandomX1GBPages  *bool  `json:"randomX1GBPages,omitempty" doc:"1 GiB pages for the dataset"`
	RandomXWrmsr     string `json:"randomXWrmsr,omitempty" doc:"write the CPU's MSR: auto, off, or a preset's number 0 to 15; needs root"`
	RandomXNoRdmsr   *bool  `json:"randomXNoRdmsr,omitempty" doc:"do not put the MSR back at the end"`
	RandomXCacheQoS  *bool  `json:"randomXCacheQoS,omitempty" doc:"keep the cache for mining threads"`
	APIWorkerID      string `json:"apiWorkerId,omitempty" doc:"name in the program's own API"`
	APIID            string `json:"apiId,omitempty" doc:"identity in the program's own API"`
	HTTPHost         string `json:"httpHost,omitempty" doc:"where the program's own API listens; only loopback"`
	HTTPPort         *int   `json:"httpPort,omitempty" doc:"port of the program's own API, 0 (any) to 65535"`
	HTTPAccessToken  string `json:"httpAccessToken,omitempty" writeOnly:"true" doc:"token of the program's own API, at least 16 characters"`
	HTTPNoRestricted *bool  `json:"httpNoRestricted,omitempty" doc:"let the program's own API change it"`

	Syslog          *bool  `json:"syslog,omitempty"`
	LogFile         string `json:"logFile,omitempty" doc:"name of one more log file in the program's own folder"`
	PrintTime       *int   `json:"printTime,omitempty" doc:"seconds between two hashrate lines, 0 to 3600"`
	HealthPrintTime *int   `json:"healthPrintTime,omitempty" doc:"seconds between two GPU health lines, 0 to 3600"`
	NoColor         *bool  `json:"noColor,omitempty"`
	Verbose         *bool  `json:"verbose,omitempty"`
	LogOutput       *bool  `json:"logOutput,omitempty" doc:"keep the program's output; adit always does"`
	Background      *bool  `json:"background,omitempty" doc:"refused: adit never hides a program"`
	Title           string `json:"title,omitempty"`
	NoTitle         *bool  `json:"noTitle,omitempty"`
	PauseOnBattery  *bool  `json:"pauseOnBattery,omitempty" doc:"pause while the computer runs on battery"`
	PauseOnActive   *int   `json:"pauseOnActive,omitempty" doc:"pause until nobody has used the computer for so many seconds; 0 = never"`
	Stress          *bool  `json:"stress,omitempty"`
	Bench           string `json:"bench,omitempty" doc:"250K to 10M"`
	Submit          *bool  `json:"submit,omitempty"`
	Verify          string `json:"verify,omitempty"`
	Seed            string `json:"seed,omitempty"`
	Hash            string `json:"hash,omitempty"`
	NoDMI           *bool  `json:"noDMI,omitempty" doc:"do not read the memory modules' names"`

	GPUEnabled   *bool  `json:"gpuEnabled,omitempty" doc:"mine on GPUs too"`
	GPUPool      string `json:"gpuPool,omitempty" doc:"pool for the GPUs; absent: the same"`
	GPUWallet    string `json:"gpuWallet,omitempty" doc:"payout address at gpuPool"`
	GPUAlgo      string `json:"gpuAlgo,omitempty"`
	GPUPassword  string `json:"gpuPassword,omitempty" writeOnly:"true"`
	GPUIntensity *int   `json:"gpuIntensity,omitempty" doc:"0 to 100"`
	GPUThreads   *int   `json:"gpuThreads,omitempty" doc:"0 to 1024"`
	Devices      string `json:"devices,omitempty" doc:"GPU numbers, like 0,1"`
	OpenCL       *bool  `json:"opencl,omitempty"`
	CUDA         *bool  `json:"cuda,omitempty"`
	Intensity    *int   `json:"intensity,omitempty" doc:"0 to 100"`
	CLIArgs      string `json:"cliArgs,omitempty" doc:"further arguments for the program, at most 1024 characters; never a shell's"`
}

// secretKeys are the Settings that must not be shown.
var secretKeys = []string{"userPass", "proxy", "httpAccessToken", "gpuPassword"}

// shellRE matches what a shell would act on, and control characters. Nothing here ever reaches a shell; such a value is
// an attack or a mistake.
var shellRE = regexp.MustCompile("[;&|`$<>(){}\\\\\"'!*?~#\\x00-\\x1f\\x7f]")

var (
	algorithmRE = regexp.MustCompile(`^[A-Za-z0-9/_-]{1,64}$`)
	wrmsrRE     = regexp.MustCompile(`^(auto|off|[0-9]|1[0-5])$`)
	devicesRE   = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{1,3}){0,63}$`)
)

// Check finds values out of range and characters that do not belong; the error names the key and never repeats the value.
func (s *Settings) Check() error {
	if s == nil {
		return nil
	}
	for _, c := range []struct {
		key    string
		n      *int
		lo, hi int
	}{
		{"retries", s.Retries, 1, 1000}, {"retryPause", s.RetryPause, 1, 3600}, {"donateLevel", s.DonateLevel, 0, 100},
		{"av", s.AV, 0, 10}, {"cpuPriority", s.CPUPriority, 0, 5}, {"cpuMaxThreadsHint", s.CPUMaxThreadsHint, 1, 100},
		{"cpuMemoryPool", s.CPUMemoryPool, -1, 65536}, {"randomXInit", s.RandomXInit, -1, 1024}, {"httpPort", s.HTTPPort, 0, 65535},
		{"printTime", s.PrintTime, 0, 3600}, {"healthPrintTime", s.HealthPrintTime, 0, 3600},
		{"pauseOnActive", s.PauseOnActive, 0, 86400}, {"gpuIntensity", s.GPUIntensity, 0, 100},
		{"gpuThreads", s.GPUThreads, 0, 1024}, {"intensity", s.Intensity, 0, 100},
	} {
		if c.n != nil && (*c.n < c.lo || *c.n > c.hi) {
			return adit.InvalidField(c.key, "it must be from %d to %d", c.lo, c.hi)
		}
	}
	if n := s.HugepageSize; n != nil && *n != 2048 && *n != 1048576 {
		return adit.InvalidField("hugepageSize", "it must be 2048 or 1048576 (kibibytes)")
	}
	return s.checkTexts()
}

func (s *Settings) checkTexts() error {
	for _, c := range []struct {
		key, text string
		max       int
	}{
		{"userPass", s.UserPass, 512}, {"proxy", s.Proxy, 256}, {"userAgent", s.UserAgent, 256}, {"apiWorkerId", s.APIWorkerID, 64},
		{"apiId", s.APIID, 64}, {"httpHost", s.HTTPHost, 64}, {"httpAccessToken", s.HTTPAccessToken, 256}, {"logFile", s.LogFile, 64},
		{"title", s.Title, 64}, {"bench", s.Bench, 16}, {"verify", s.Verify, 64}, {"seed", s.Seed, 64}, {"hash", s.Hash, 64},
		{"gpuPool", s.GPUPool, 512}, {"gpuWallet", s.GPUWallet, 256}, {"gpuPassword", s.GPUPassword, 256}, {"cliArgs", s.CLIArgs, 1024},
	} {
		switch {
		case len(c.text) > c.max:
			return adit.InvalidField(c.key, "it is longer than %d characters", c.max)
		case c.key != "userAgent" && !slices.Contains(secretKeys, c.key) && shellRE.MatchString(c.text),
			strings.ContainsAny(c.text, "\x00\n\r"):
			return adit.InvalidField(c.key, "it has characters that do not belong there, such as ; & | $ or quotes")
		}
	}
	for _, c := range []struct {
		key, text string
		of        []string
	}{
		{"asm", s.ASM, []string{"auto", "none", "intel", "ryzen", "bulldozer"}},
		{"argon2Impl", s.Argon2Impl, []string{"x86_64", "SSE2", "SSSE3", "XOP", "AVX2", "AVX-512F"}},
		{"randomXMode", s.RandomXMode, []string{"auto", "fast", "light"}},
	} {
		if c.text != "" && !slices.Contains(c.of, c.text) {
			return adit.InvalidField(c.key, "it must be one of %s", strings.Join(c.of, ", "))
		}
	}
	switch {
	case s.RandomXWrmsr != "" && !wrmsrRE.MatchString(s.RandomXWrmsr):
		return adit.InvalidField("randomXWrmsr", "it must be auto, off, or a preset's number from 0 to 15")
	case s.GPUAlgo != "" && !algorithmRE.MatchString(s.GPUAlgo):
		return adit.InvalidField("gpuAlgo", "an algorithm has letters, digits, '/', '_' and '-' only, such as kawpow")
	case s.Devices != "" && !devicesRE.MatchString(s.Devices):
		return adit.InvalidField("devices", "write GPU numbers with commas, like 0,1")
	}
	return nil
}

// Given are the keys that were given, in the order of the struct.
func (s *Settings) Given() []string {
	if s == nil {
		return nil
	}
	var out []string
	v := reflect.ValueOf(*s)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			out = append(out, key)
		}
	}
	return out
}

// Refuse returns an error that names the first given key a program cannot act on; known are those it can.
func (s *Settings) Refuse(program string, known ...string) error {
	for _, key := range s.Given() {
		if !slices.Contains(known, key) {
			return adit.InvalidField(key, "%s cannot act on it: leave it out", program)
		}
	}
	return nil
}

// Shown is a copy for people and journals: secrets are replaced by a word that says so.
func (s *Settings) Shown() *Settings {
	if s == nil {
		return nil
	}
	out := *s
	for _, p := range []*string{&out.UserPass, &out.Proxy, &out.HTTPAccessToken, &out.GPUPassword} {
		if *p != "" {
			*p = "(kept out)"
		}
	}
	return &out
}

// StandIn is a copy for a check in which secrets must not travel: each is replaced by something of the same form, so that
// a driver takes or refuses it as it would the real one. A user's name and a proxy's address are no secrets.
func (s *Settings) StandIn() *Settings {
	if s == nil {
		return nil
	}
	out := *s
	out.HTTPAccessToken, out.GPUPassword = masked(s.HTTPAccessToken), masked(s.GPUPassword)
	if i := strings.LastIndexByte(s.UserPass, ':'); i >= 0 {
		out.UserPass = s.UserPass[:i+1] + masked(s.UserPass[i+1:])
	} else {
		out.UserPass = masked(s.UserPass)
	}
	if i := strings.LastIndexByte(s.Proxy, '@'); i >= 0 {
		out.Proxy = masked(s.Proxy[:i]) + s.Proxy[i:]
	}
	return &out
}

// masked turns letters and digits into x.
func masked(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return 'x'
		}
		return r
	}, s)
}
