package proc

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/smallfile"
)

// reading is one temperature sensor now; Value nil = it is there but gives no plausible number.
type reading struct {
	Key   string // stable across boots and renumbering: "coretemp/Package id 0"
	Class string // classCPU, classGPU, classSpot
	Value *adit.Celsius
	Raw   int64 // as the kernel gives it
}

// The classes of sensors; each has a limit of its own.
const (
	classCPU  = "cpu"
	classGPU  = "gpu"
	classSpot = "spot" // a graphics card's memory or hottest spot
)

// fanReading is one fan's speed.
type fanReading struct {
	Key   string
	Class string // classGPU: a graphics card's own; else classCPU
	RPM   int64
}

// sysfs reads sensors below <root>/sys, so that tests may hand in a folder.
type sysfs struct{ root string }

// cpuChips are the hwmon chips and thermal zone types that measure the CPU (kernel Documentation/hwmon, and the zone
// types of common boards). Others, such as disks or wireless cards, say nothing about a CPU miner.
var cpuChips = []string{"coretemp", "k10temp", "k8temp", "zenpower", "cpu_thermal", "cpu-thermal", "soc_thermal", "soc-thermal",
	"x86_pkg_temp", "cpu0-thermal", "cpu1-thermal", "bigcore0-thermal", "bigcore1-thermal", "littlecore-thermal", "scpi_sensors"}

// gpuChips are the hwmon chips of graphics cards.
var gpuChips = []string{"amdgpu", "radeon", "nouveau", "i915", "xe"}

// temperatures returns the sensors of the CPU and of graphics cards; where no chip is known as the CPU's, the firmware's
// zone (acpitz) stands for it.
// Other chips are not asked: that of a disk wakes the disk for its answer.
func (s sysfs) temperatures() []reading {
	all := append(s.hwmon(), s.zones()...)
	cpu := only(all, cpuChips, classCPU)
	if len(cpu) == 0 {
		cpu = only(all, []string{zoneChip}, classCPU)
	}
	return append(cpu, only(all, gpuChips, classGPU)...)
}

// zoneChip is the firmware's own zone.
const zoneChip = "acpitz"

// matters reports whether a chip's temperature can say anything about a program.
func matters(chip string) bool {
	return chip == zoneChip || slices.Contains(cpuChips, chip) || slices.Contains(gpuChips, chip)
}

// only picks the readings of chips. A card's junction and memory are its hottest spots (kernel
// Documentation/gpu/amdgpu/thermal).
func only(all []reading, chips []string, class string) []reading {
	var out []reading
	for _, r := range all {
		chip, label, _ := strings.Cut(r.Key, "/")
		if !slices.Contains(chips, chip) {
			continue
		}
		r.Class = class
		if class == classGPU && (strings.HasPrefix(label, "junction") || strings.HasPrefix(label, "mem") || strings.HasPrefix(label, "vram")) {
			r.Class = classSpot
		}
		out = append(out, r)
	}
	return out
}

// fans reads the speeds (kernel Documentation/hwmon/sysfs-interface: fan[1-*]_input in revolutions per minute).
func (s sysfs) fans() []fanReading {
	var out []fanReading
	for _, dir := range s.entries("hwmon") {
		chip := word(filepath.Join(dir, "name"))
		files, _ := filepath.Glob(filepath.Join(dir, "fan*_input"))
		for _, f := range files {
			rpm, err := strconv.ParseInt(word(f), 10, 64)
			if err != nil || rpm < 0 {
				continue
			}
			label := word(strings.TrimSuffix(f, "_input") + "_label")
			if label == "" {
				label = strings.TrimSuffix(filepath.Base(f), "_input")
			}
			r := fanReading{Key: filepath.Base(dir) + "/" + chip + "/" + label, Class: classCPU, RPM: rpm}
			if slices.Contains(gpuChips, chip) {
				r.Class = classGPU
			}
			out = append(out, r)
		}
	}
	return out
}

func (s sysfs) path(parts ...string) string {
	return filepath.Join(append([]string{s.root}, parts...)...)
}

// hwmon reads sys/class/hwmon (kernel Documentation/hwmon/sysfs-interface: temp[1-*]_input in millidegrees).
func (s sysfs) hwmon() []reading {
	var out []reading
	for _, dir := range s.entries("hwmon") {
		chip := word(filepath.Join(dir, "name"))
		if !matters(chip) {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(dir, "temp*_input"))
		for _, f := range files {
			label := word(strings.TrimSuffix(f, "_input") + "_label")
			if label == "" {
				label = strings.TrimSuffix(filepath.Base(f), "_input")
			}
			value, raw := milli(f)
			out = append(out, reading{Key: chip + "/" + label, Value: value, Raw: raw})
		}
	}
	return distinct(out)
}

// zones reads sys/class/thermal (kernel Documentation/driver-api/thermal/sysfs-api: temp in millidegrees).
func (s sysfs) zones() []reading {
	var out []reading
	for _, dir := range s.entries("thermal") {
		if !strings.HasPrefix(filepath.Base(dir), "thermal_zone") {
			continue
		}
		if kind := word(filepath.Join(dir, "type")); matters(kind) {
			value, raw := milli(filepath.Join(dir, "temp"))
			out = append(out, reading{Key: kind + "/zone", Value: value, Raw: raw})
		}
	}
	return distinct(out)
}

// distinct tells sensors of one name (two sockets) apart by their order.
func distinct(list []reading) []reading {
	seen := map[string]int{}
	for i, r := range list {
		seen[r.Key]++
		if n := seen[r.Key]; n > 1 {
			list[i].Key += " " + strconv.Itoa(n)
		}
	}
	return list
}

// onBattery reports whether the computer has a mains connector and none of them is on, or a UPS known to the kernel that
// gives its power (sys/class/power_supply; kernel Documentation/ABI/testing/sysfs-class-power). A computer without a
// battery, or without the class, is on mains.
func (s sysfs) onBattery() bool {
	supplies := s.entries("power_supply")
	mains, battery := false, false
	for _, dir := range supplies {
		if word(filepath.Join(dir, "type")) == "UPS" && word(filepath.Join(dir, "status")) == "Discharging" {
			return true // the mains that it replaces may still read as online
		}
	}
	for _, dir := range supplies {
		switch word(filepath.Join(dir, "type")) {
		case "Mains", "USB":
			mains = true
			if word(filepath.Join(dir, "online")) == "1" {
				return false
			}
		case "Battery":
			if word(filepath.Join(dir, "scope")) != "Device" && word(filepath.Join(dir, "status")) == "Discharging" {
				battery = true // a mouse's battery has the scope Device
			}
		}
	}
	return battery || mains && s.hasBattery()
}

func (s sysfs) hasBattery() bool {
	for _, dir := range s.entries("power_supply") {
		if word(filepath.Join(dir, "type")) == "Battery" && word(filepath.Join(dir, "scope")) != "Device" {
			return true
		}
	}
	return false
}

func (s sysfs) entries(class string) []string {
	dir := filepath.Join(s.root, "sys", "class", class)
	list, _ := os.ReadDir(dir)
	var out []string
	for _, e := range list {
		out = append(out, filepath.Join(dir, e.Name()))
	}
	return out
}

func word(path string) string {
	b, err := smallfile.Read(path, 4096)
	if err != nil || len(b) > 4096 {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// milli reads millidegrees; a number no living CPU has counts as none.
func milli(path string) (*adit.Celsius, int64) {
	n, err := strconv.ParseInt(word(path), 10, 64)
	if err != nil || n <= -50_000 || n >= 200_000 || n == 0 {
		return nil, 0
	}
	c := adit.Celsius(float64(n) / 1000)
	return &c, n
}
