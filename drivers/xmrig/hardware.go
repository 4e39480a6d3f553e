package xmrig

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// avs is [hashes at once, with the CPU's AES] of each "algorithm variation". Source: src/crypto/cn/CnHash.h and
// src/core/config/ConfigTransform.cpp.
var avs = [...]struct {
	ways int
	aes  bool
}{1: {1, true}, 2: {2, true}, 3: {1, false}, 4: {2, false}, 5: {3, true}, 6: {4, true}, 7: {5, true}, 8: {3, false}, 9: {4, false}, 10: {5, false}}

func (b *build) av() error {
	n := *b.s.AV
	switch {
	case n == 0: // automatic
	case n < 0 || n >= len(avs):
		return adit.InvalidField("av", "it must be from 0 to %d", len(avs)-1)
	case b.r.Threads == nil && len(b.r.Affinity) == 0:
		return adit.InvalidField("av", "XMRig takes it only with a number of threads: give threads too, or leave it out")
	default:
		b.hashWays, b.c.CPU.HwAES = avs[n].ways, &avs[n].aes
	}
	return nil
}

func (b *build) maxThreads() error {
	if b.r.Threads != nil || len(b.r.Affinity) > 0 {
		return adit.InvalidField("cpuMaxThreadsHint", "XMRig passes over it where threads or cpuAffinity are given: keep one of them")
	}
	b.c.CPU.MaxThreads = *b.s.CPUMaxThreadsHint
	return nil
}

func (b *build) pageSize() error {
	n := *b.s.HugepageSize
	switch {
	case n >= 1048576: // src/backend/cpu/CpuConfig.cpp turns it into 2048
		return adit.InvalidField("hugepageSize", "XMRig uses pages of 1 GiB for the RandomX dataset only: set randomX1GBPages instead")
	case b.r.HugePages != nil && !*b.r.HugePages:
		return adit.InvalidField("hugepageSize", "hugePages is off: keep one of them")
	}
	b.c.CPU.HugePages = n
	return nil
}

func (b *build) asm() error {
	switch b.s.ASM {
	case "auto", "none":
		b.c.CPU.ASM = b.s.ASM == "auto"
	default:
		b.c.CPU.ASM = b.s.ASM
	}
	return nil
}

func (b *build) oneGB() error {
	if *b.s.RandomX1GBPages && runtime.GOOS != "linux" {
		return adit.InvalidField("randomX1GBPages", "XMRig has it on Linux only")
	}
	b.c.RandomX.OneGB = *b.s.RandomX1GBPages
	return nil
}

func (b *build) wrmsr() error {
	switch v := b.s.RandomXWrmsr; v {
	case "auto", "off":
		b.c.RandomX.Wrmsr = v == "auto"
	default:
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 15 {
			return adit.InvalidField("randomXWrmsr", "it must be auto, off or a number from 0 to 15")
		}
		b.c.RandomX.Wrmsr = n
	}
	return nil
}

func (b *build) gpuAlgo() error {
	if b.s.GPUAlgo != string(b.r.Algorithm) {
		return adit.InvalidField("gpuAlgo", "XMRig hashes one algorithm with CPU and GPUs: leave it out, or start a second XMRig with noCpu")
	}
	return nil
}

// graphics decides what GPUs there are to be, once every key is known.
func (b *build) graphics() error {
	if b.s == nil {
		return nil
	}
	off := b.s.GPUEnabled != nil && !*b.s.GPUEnabled
	switch {
	case off && b.gpu:
		return adit.InvalidField("gpuEnabled", "it is false, and opencl or cuda are asked for: keep one of them")
	case b.s.Devices != "" && !b.gpu:
		return adit.InvalidField("devices", "no GPU is asked for: set gpuEnabled, opencl or cuda too")
	case !b.c.CPU.Enabled && !b.gpu:
		return adit.InvalidField("noCpu", "then nothing would mine: set gpuEnabled, opencl or cuda too")
	}
	if b.gpu && b.s.OpenCL == nil && b.s.CUDA == nil {
		b.c.OpenCL.Enabled, b.c.CUDA.Enabled = true, true
	}
	if b.gpu && !b.c.OpenCL.Enabled && !b.c.CUDA.Enabled {
		return adit.InvalidField("gpuEnabled", "opencl and cuda are both off: leave one of them to XMRig")
	}
	return nil
}

// threads gives every hashing thread its place.
func (b *build) threads() error {
	n := len(b.r.Affinity)
	if b.r.Threads != nil {
		n = *b.r.Threads
	}
	if n == 0 {
		return nil
	}
	if !b.c.CPU.Enabled {
		return adit.InvalidField("threads", "noCpu is set: keep one of them")
	}
	for i := range n {
		cpu := -1
		if k := len(b.r.Affinity); k > 0 {
			cpu = b.r.Affinity[i%k]
		}
		b.c.CPU.All = append(b.c.CPU.All, [2]int{max(b.hashWays, 1), cpu})
	}
	return nil
}

// expands reports what XMRig would replace by the value of an environment variable (src/base/io/Env.cpp).
func expands(s string) bool { return strings.Contains(s, "${") }

func field(i int, name string) string { return fmt.Sprintf("pools[%d].%s", i, name) }
