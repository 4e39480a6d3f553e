package xmrig

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// option is one of XMRig's command line options that may be asked for in cliArgs. It is never handed to XMRig: an option
// beside a file makes XMRig drop the file's whole section of that name (src/base/io/json/JsonChain.cpp). It is worked
// into the file instead. Source of the names: src/core/config/Config_platform.h.
type option struct {
	key   string // the Settings key that says the same, "" = none
	value bool   // it takes one
	set   func(b *build, s *device.Settings, v string) error
}

// options are those adit allows; all others are refused.
var options = map[string]option{
	"cpu-priority":         whole("cpuPriority", func(s *device.Settings) **int { return &s.CPUPriority }),
	"cpu-max-threads-hint": whole("cpuMaxThreadsHint", func(s *device.Settings) **int { return &s.CPUMaxThreadsHint }),
	"cpu-memory-pool":      whole("cpuMemoryPool", func(s *device.Settings) **int { return &s.CPUMemoryPool }),
	"cpu-no-yield":         flag("cpuNoYield", func(s *device.Settings) **bool { return &s.CPUNoYield }),
	"hugepage-size":        whole("hugepageSize", func(s *device.Settings) **int { return &s.HugepageSize }),
	"huge-pages-jit":       flag("hugePagesJIT", func(s *device.Settings) **bool { return &s.HugePagesJIT }),
	"no-cpu":               flag("noCpu", func(s *device.Settings) **bool { return &s.NoCPU }),
	"asm":                  words("asm", func(s *device.Settings) *string { return &s.ASM }),
	"argon2-impl":          words("argon2Impl", func(s *device.Settings) *string { return &s.Argon2Impl }),
	"av":                   whole("av", func(s *device.Settings) **int { return &s.AV }),
	"randomx-init":         whole("randomXInit", func(s *device.Settings) **int { return &s.RandomXInit }),
	"randomx-no-numa":      flag("randomXNoNuma", func(s *device.Settings) **bool { return &s.RandomXNoNUMA }),
	"randomx-mode":         words("randomXMode", func(s *device.Settings) *string { return &s.RandomXMode }),
	"randomx-1gb-pages":    flag("randomX1GBPages", func(s *device.Settings) **bool { return &s.RandomX1GBPages }),
	"randomx-no-rdmsr":     flag("randomXNoRdmsr", func(s *device.Settings) **bool { return &s.RandomXNoRdmsr }),
	"randomx-cache-qos":    flag("randomXCacheQoS", func(s *device.Settings) **bool { return &s.RandomXCacheQoS }),
	"retries":              whole("retries", func(s *device.Settings) **int { return &s.Retries }),
	"retry-pause":          whole("retryPause", func(s *device.Settings) **int { return &s.RetryPause }),
	"print-time":           whole("printTime", func(s *device.Settings) **int { return &s.PrintTime }),
	"health-print-time":    whole("healthPrintTime", func(s *device.Settings) **int { return &s.HealthPrintTime }),
	"verbose":              flag("verbose", func(s *device.Settings) **bool { return &s.Verbose }),
	"no-dmi":               flag("noDMI", func(s *device.Settings) **bool { return &s.NoDMI }),
	"opencl":               flag("opencl", func(s *device.Settings) **bool { return &s.OpenCL }),
	"cuda":                 flag("cuda", func(s *device.Settings) **bool { return &s.CUDA }),

	"opencl-platform":   {value: true, set: platform},
	"opencl-no-cache":   {set: func(b *build, _ *device.Settings, _ string) error { b.c.OpenCL.Cache = false; return nil }},
	"cuda-bfactor-hint": ranged(0, 12, func(b *build, n int) { b.c.CUDA.BFactor = &n }),
	"cuda-bsleep-hint":  ranged(0, 1000000, func(b *build, n int) { b.c.CUDA.BSleep = &n }),
	"no-nvml":           {set: func(b *build, _ *device.Settings, _ string) error { b.c.CUDA.NVML = false; return nil }},
	"dns-ttl":           ranged(1, 86400, func(b *build, n int) { b.c.DNS.TTL = n }),
	"ipv4":              {set: func(b *build, _ *device.Settings, _ string) error { b.c.DNS.IPVersion = 4; return nil }},
	"ipv6":              {set: func(b *build, _ *device.Settings, _ string) error { b.c.DNS.IPVersion = 6; return nil }},
}

// instead says, for options people know that adit refuses, what to do.
var instead = map[string]string{
	"config": "adit writes XMRig's configuration", "c": "adit writes XMRig's configuration", "data-dir": "adit chooses XMRig's folder",
	"d": "adit chooses XMRig's folder", "dry-run": "it would not mine",
	"background": "adit never hides a program", "B": "adit never hides a program",
	"log-file": "use the key logFile", "l": "use the key logFile", "syslog": "use the key syslog", "S": "use the key syslog",
	"url": "use the keys pool and pools", "o": "use the keys pool and pools", "user": "use the key wallet", "u": "use the key wallet",
	"pass": "use the key password", "p": "use the key password", "userpass": "use the key userPass", "O": "use the key userPass",
	"rig-id": "use the key rigId", "keepalive": "use the key keepalive", "k": "use the key keepalive", "nicehash": "use the key nicehash",
	"tls": "use the key tls", "tls-fingerprint": "use the key tlsFingerprint", "algo": "use the key algo", "a": "use the key algo",
	"coin": "use the key coin", "proxy": "use the key proxy", "x": "use the key proxy", "threads": "use the key threads",
	"t": "use the key threads", "cpu-affinity": "use the key cpuAffinity", "no-huge-pages": "use the key hugePages",
	"donate-level": "use the key donateLevel", "donate-over-proxy": "use the key donateOverProxy",
	"randomx-wrmsr": "use the key randomXWrmsr", "user-agent": "use the key userAgent", "title": "use the key title",
	"no-title": "use the key noTitle", "no-color": "use the key noColor", "r": "use --retries", "R": "use --retry-pause", "v": "use --av",
	"opencl-devices": "use the key devices", "cuda-devices": "use the key devices",
	"opencl-loader": "adit lets no argument name a library to load", "cuda-loader": "adit lets no argument name a library to load",
	"http-port": "use the key httpPort", "http-host": "use the key httpHost", "http-access-token": "use the key httpAccessToken",
	"http-enabled": "adit always does", "http-no-restricted": "adit always does", "api-id": "use the key apiId",
	"api-worker-id": "use the key apiWorkerId", "pause-on-battery": "use the key pauseOnBattery",
	"pause-on-active": "use the key pauseOnActive", "daemon": "adit mines at pools", "self-select": "adit mines at pools",
	"stress": whyBench, "bench": whyBench, "benchmark": whyBench, "submit": whyBench, "verify": whyBench, "token": whyBench,
	"seed": whyBench, "hash": whyBench, "rotation": whyBench,
}

// optionRE is an option as XMRig writes it; anything else is not repeated in an error, it may be a secret.
var optionRE = regexp.MustCompile(`^-{1,2}[A-Za-z0-9][a-z0-9-]{0,31}$`)

// withArgs works cliArgs into a copy of the settings and, where no setting says the same, into the configuration.
func (b *build) withArgs(given *device.Settings) (*device.Settings, error) {
	if given == nil || given.CLIArgs == "" {
		return given, nil
	}
	s := *given
	args := strings.Fields(given.CLIArgs)
	var seen []string
	for len(args) > 0 {
		name, value, inline := strings.Cut(args[0], "=")
		args = args[1:]
		o, name, err := lookUp(name)
		if err != nil {
			return nil, err
		}
		switch {
		case slices.Contains(seen, name):
			return nil, adit.InvalidField("cliArgs", "--%s is there twice: keep one of them", name)
		case o.key != "" && slices.Contains(given.Given(), o.key):
			return nil, adit.InvalidField("cliArgs", "--%s says what the key %s says: keep one of them", name, o.key)
		case inline && !o.value:
			return nil, adit.InvalidField("cliArgs", "--%s takes no value", name)
		case o.value && !inline && len(args) == 0:
			return nil, adit.InvalidField("cliArgs", "--%s needs a value", name)
		case o.value && !inline:
			value, args = args[0], args[1:]
		}
		if err := o.set(b, &s, value); err != nil {
			return nil, err
		}
		seen = append(seen, name)
	}
	return &s, nil
}

// lookUp finds an option by its whole name: XMRig would take the beginning of a name for it too (getopt_long).
func lookUp(arg string) (option, string, error) {
	short := map[string]string{"-4": "ipv4", "-6": "ipv6"}
	name := strings.TrimPrefix(arg, "--")
	if long, ok := short[arg]; ok {
		name = long
	} else if name == arg {
		name = strings.TrimPrefix(arg, "-")
	}
	o, ok := options[name]
	switch {
	case ok && (strings.HasPrefix(arg, "--") || short[arg] != ""):
		return o, name, nil
	case !optionRE.MatchString(arg):
		return o, "", adit.InvalidField("cliArgs", "it has a word that is no option of XMRig: write options like --randomx-no-numa")
	case instead[name] != "":
		return o, "", adit.InvalidField("cliArgs", "%s is refused: %s", arg, instead[name])
	}
	return o, "", adit.InvalidField("cliArgs", "%s is refused: it is none of the options that are safe to hand to XMRig", arg)
}

func whole(key string, at func(*device.Settings) **int) option {
	return option{key: key, value: true, set: func(_ *build, s *device.Settings, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil {
			return adit.InvalidField("cliArgs", "the option for %s needs a whole number", key)
		}
		*at(s) = &n
		return nil
	}}
}

func flag(key string, at func(*device.Settings) **bool) option {
	return option{key: key, set: func(_ *build, s *device.Settings, _ string) error {
		on := true
		*at(s) = &on
		return nil
	}}
}

func words(key string, at func(*device.Settings) *string) option {
	return option{key: key, value: true, set: func(_ *build, s *device.Settings, v string) error {
		if v == "" {
			return adit.InvalidField("cliArgs", "the option for %s needs a value", key)
		}
		*at(s) = v
		return nil
	}}
}

func ranged(lo, hi int, put func(*build, int)) option {
	return option{value: true, set: func(b *build, _ *device.Settings, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < lo || n > hi {
			return adit.InvalidField("cliArgs", "a hint must be a whole number from %d to %d", lo, hi)
		}
		put(b, n)
		return nil
	}}
}

var platformRE = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,32}$`)

// platform is a number, or a vendor's name (src/core/config/ConfigTransform.cpp).
func platform(b *build, _ *device.Settings, v string) error {
	if n, err := strconv.ParseUint(v, 10, 6); err == nil {
		b.c.OpenCL.Platform = n
		return nil
	}
	if !platformRE.MatchString(v) {
		return adit.InvalidField("cliArgs", "--opencl-platform needs a number, or AMD, NVIDIA or INTEL")
	}
	b.c.OpenCL.Platform = v
	return nil
}
