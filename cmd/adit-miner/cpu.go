package main

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit/pow/engine"
)

// cpuInfo reads /proc/cpuinfo's first processor; empty where there is none.
func cpuInfo() map[string]string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	first, _, _ := strings.Cut(string(b), "\n\n")
	out := map[string]string{}
	for line := range strings.Lines(first) {
		if k, v, ok := strings.Cut(line, ":"); ok {
			out[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return out
}

func cpuFlags() []string { return strings.Fields(cpuInfo()["flags"]) }

// has is whether the CPU has a feature, nil where its features are not known.
func has(all []string, name string) any {
	if len(all) == 0 {
		return nil
	}
	return slices.Contains(all, name)
}

// cpu has the keys of XMRig's "cpu"; what is not known here is null. Source: xmrig BasicCpuInfo::toJSON.
func cpu() object {
	info, allowed := cpuInfo(), engine.CPUs{}.Allowed()
	flags := strings.Fields(info["flags"])
	known := []string{}
	for _, f := range []string{"aes", "vaes", "avx", "avx2", "avx512f", "bmi2", "sse2", "ssse3", "sse4_1", "popcnt"} {
		if slices.Contains(flags, f) {
			known = append(known, f)
		}
	}
	number := func(key string) any {
		n, err := strconv.Atoi(info[key])
		if err != nil {
			return nil
		}
		return n
	}
	return object{
		"brand": orNil(info["model name"]), "family": number("cpu family"), "model": number("model"), "stepping": number("stepping"),
		"proc_info": nil, "aes": has(flags, "aes"), "avx2": has(flags, "avx2"), "x64": runtime.GOARCH == "amd64", "64_bit": strconv.IntSize == 64,
		"l2": engine.CPUs{}.Cache(2, allowed), "l3": engine.CPUs{}.Cache(3, allowed), "cores": number("cpu cores"), "threads": runtime.NumCPU(),
		"packages": nil, "nodes": nil, "backend": nil, "msr": nil, "assembly": nil, "arch": runtime.GOARCH, "flags": known,
	}
}
