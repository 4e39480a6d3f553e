package proc

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// reading is one temperature sensor now; Value nil = it is there but gives no plausible number.
type reading struct {
	Key   string // stable across boots and renumbering: "coretemp/Package id 0"
	Value *adit.Celsius
}

// sysfs reads sensors below <root>/sys, so that tests may hand in a folder.
type sysfs struct{ root string }

// cpuChips are the hwmon chips and thermal zone types that measure the CPU (kernel Documentation/hwmon, and the zone
// types of common boards). Others, such as disks or wireless cards, say nothing about a CPU miner.
var cpuChips = []string{"coretemp", "k10temp", "k8temp", "zenpower", "cpu_thermal", "cpu-thermal", "soc_thermal", "soc-thermal",
	"x86_pkg_temp", "cpu0-thermal", "cpu1-thermal", "bigcore0-thermal", "bigcore1-thermal", "littlecore-thermal", "scpi_sensors"}

// temperatures returns the CPU's sensors; where no chip is known as the CPU's, the firmware's zone (acpitz).
func (s sysfs) temperatures() []reading {
	all := append(s.hwmon(), s.zones()...)
	if cpu := only(all, cpuChips); len(cpu) > 0 {
		return cpu
	}
	return only(all, []string{"acpitz"})
}

func only(all []reading, chips []string) []reading {
	var out []reading
	for _, r := range all {
		if chip, _, _ := strings.Cut(r.Key, "/"); slices.Contains(chips, chip) {
			out = append(out, r)
		}
	}
	return out
}

// hwmon reads sys/class/hwmon (kernel Documentation/hwmon/sysfs-interface: temp[1-*]_input in millidegrees).
func (s sysfs) hwmon() []reading {
	var out []reading
	for _, dir := range s.entries("hwmon") {
		chip := word(filepath.Join(dir, "name"))
		files, _ := filepath.Glob(filepath.Join(dir, "temp*_input"))
		for _, f := range files {
			label := word(strings.TrimSuffix(f, "_input") + "_label")
			if label == "" {
				label = strings.TrimSuffix(filepath.Base(f), "_input")
			}
			out = append(out, reading{Key: chip + "/" + label, Value: milli(f)})
		}
	}
	return distinct(out)
}

// zones reads sys/class/thermal (kernel Documentation/driver-api/thermal/sysfs-api: temp in millidegrees).
func (s sysfs) zones() []reading {
	var out []reading
	for _, dir := range s.entries("thermal") {
		if strings.HasPrefix(filepath.Base(dir), "thermal_zone") {
			out = append(out, reading{Key: word(filepath.Join(dir, "type")) + "/zone", Value: milli(filepath.Join(dir, "temp"))})
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

// onBattery reports whether the computer has a mains connector and none of them is on (sys/class/power_supply; kernel
// Documentation/ABI/testing/sysfs-class-power). A computer without a battery, or without the class, is on mains.
func (s sysfs) onBattery() bool {
	mains, battery := false, false
	for _, dir := range s.entries("power_supply") {
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
	b, err := os.ReadFile(path)
	if err != nil || len(b) > 4096 {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// milli reads millidegrees; a number no living CPU has counts as none.
func milli(path string) *adit.Celsius {
	n, err := strconv.ParseInt(word(path), 10, 64)
	if err != nil || n <= -50_000 || n >= 200_000 || n == 0 {
		return nil
	}
	c := adit.Celsius(float64(n) / 1000)
	return &c
}
