package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// newLimits is a guard with all limits of a PC over a fake sysfs.
func newLimits(t *testing.T) *heatTest {
	h := newHeat(t)
	card := adit.Celsius(90)
	h.g.g.GPUMax, h.g.g.FanStop = &card, true
	tree(t, h.root, map[string]string{"sys/class/hwmon/hwmon3/name": "coretemp", packageTemp: "50000"})
	return h
}

func (h *heatTest) set(name, text string) {
	h.t.Helper()
	tree(h.t, h.root, map[string]string{name: text})
}

// TestStandingFan is row 5.10: a fan that turned and stands still while it is hot stops mining.
func TestStandingFan(t *testing.T) {
	const fan = "sys/class/hwmon/hwmon5/fan1_input"
	h := newLimits(t)
	h.want(0, "", "")
	if !strings.Contains(h.g.sensor().Words, "no fan sensor") {
		t.Errorf("%+v", h.g.sensor())
	}
	h.set("sys/class/hwmon/hwmon5/name", "nct6775")
	h.set(fan, "0") // a connector without a fan
	h.set(packageTemp, "80000")
	for range 5 {
		h.want(time.Second, "", "")
	}
	h.set(fan, "1200")
	h.want(time.Second, "", "")
	if !strings.Contains(h.g.sensor().Words, "1 fans watched") {
		t.Errorf("%+v", h.g.sensor())
	}
	h.set(fan, "0")
	h.want(time.Second, "", "")
	h.want(time.Second, "", "")
	h.want(time.Second, HoldFan, "hwmon5/nct6775/fan1")
	h.set(packageTemp, "74000")
	h.want(time.Second, "", "") // cool: fans may rest
	h.set(packageTemp, "80000")
	h.want(time.Second, "", "")
	h.set(fan, "900")
	h.want(time.Second, "", "")
	h.g.g.FanStop = false
	h.set(fan, "0")
	for range 5 {
		h.want(time.Second, "", "")
	}
}

// TestFanOfACard: a card's fan is judged by the card's heat, not by the CPU's.
func TestFanOfACard(t *testing.T) {
	h := newLimits(t)
	for name, text := range map[string]string{"name": "amdgpu", "temp1_label": "edge", "temp1_input": "40000", "fan1_input": "800"} {
		h.set("sys/class/hwmon/hwmon1/"+name, text)
	}
	h.want(0, "", "")
	h.set("sys/class/hwmon/hwmon1/fan1_input", "0")
	h.set(packageTemp, "85000")
	for range 5 {
		h.want(time.Second, "", "")
	}
	h.set("sys/class/hwmon/hwmon1/temp1_input", "80000")
	h.want(time.Second, "", "")
	h.want(time.Second, "", "")
	h.want(time.Second, HoldFan, "amdgpu/fan1")
}

// TestCeilingPerClass is row 5.10: a graphics card has limits of its own, and its hottest spot another.
func TestCeilingPerClass(t *testing.T) {
	h := newLimits(t)
	const card = "sys/class/hwmon/hwmon1/"
	for name, text := range map[string]string{"name": "amdgpu", "temp1_label": "edge", "temp1_input": "60000", "temp2_label": "junction", "temp2_input": "104000"} {
		h.set(card+name, text)
	}
	h.want(0, "", "")
	h.set(card+"temp2_input", "105000")
	h.want(time.Second, HoldThermal, "105 °C at amdgpu/junction, the limit is 105 °C; starts again at 95 °C")
	h.set(card+"temp2_input", "96000")
	h.want(time.Hour, HoldThermal, "")
	h.set(card+"temp2_input", "94000")
	h.want(time.Second, "", "")
	h.set(card+"temp1_input", "91000")
	h.want(time.Second, HoldThermal, "at amdgpu/edge, the limit is 90 °C")
	// A card that is nearly hot and falls silent is a reason to stop, one that was switched off while cold is none.
	h.set(card+"temp1_input", "79000")
	h.want(time.Hour, "", "")
	h.set(card+"temp1_input", "")
	h.set(card+"temp2_input", "")
	h.want(time.Second, "", "")
	h.want(time.Second, "", "")
	h.want(time.Second, HoldSensor, "amdgpu/")
	h.set(card+"temp1_input", "30000")
	h.set(card+"temp2_input", "30000")
	h.want(time.Second, "", "")
	h.set(card+"temp1_input", "")
	h.set(card+"temp2_input", "")
	for range 5 {
		h.want(time.Second, "", "")
	}
}

// loadFor lets the CPUs be busy to a share for a while, in steps of ten seconds.
func (h *heatTest) loadFor(ticks *[2]uint64, share float64, d time.Duration, hold Hold, each func()) {
	h.t.Helper()
	for left := d; left > 0; left -= 10 * time.Second {
		ticks[0] += uint64(share * 1000)
		ticks[1] += 1000
		h.set("proc/stat", fmt.Sprintf("cpu  %d 0 0 %d 0 0 0 0 0 0\nintr 1", ticks[0], ticks[1]-ticks[0]))
		if each != nil {
			each()
		}
		h.want(10*time.Second, hold, "")
	}
}

// TestFrozenSensor is row 5.10: a sensor that hangs stops mining; one at a steady load, or one that was never alive, does
// not.
func TestFrozenSensor(t *testing.T) {
	h, ticks := newLimits(t), [2]uint64{1000, 2000}
	n := 50000
	moving := func() { n += 1000; h.set(packageTemp, fmt.Sprint(50000+n%9000)) }
	h.loadFor(&ticks, 0.1, 3*time.Minute, "", moving)
	h.set(packageTemp, "61000")
	h.loadFor(&ticks, 1, 2*time.Hour, "", nil) // whole degrees at a steady load
	h.loadFor(&ticks, 0.05, 2*time.Minute, "", nil)
	h.loadFor(&ticks, 0.05, 30*time.Second, HoldSensor, nil) // two minutes of rest, and it still shows the heat of work
	h.set(packageTemp, "40000")
	h.want(time.Second, "", "")
}

func TestSensorThatNeverMoves(t *testing.T) {
	h, ticks := newLimits(t), [2]uint64{1000, 2000}
	h.set("sys/class/hwmon/hwmon3/name", "acpitz") // a board's constant
	h.loadFor(&ticks, 0.1, 8*time.Minute, "", nil)
	h.loadFor(&ticks, 1, 8*time.Minute, "", nil)
	if w := h.g.sensor().Words; !strings.Contains(w, "never moves and counts as no sensor") {
		t.Error(w)
	}
}

// TestUPS is row 5.4: the power of a UPS is a battery's.
func TestUPS(t *testing.T) {
	root := t.TempDir()
	const ups = "sys/class/power_supply/ups/"
	tree(t, root, map[string]string{ups + "type": "UPS", ups + "status": "Full", "sys/class/power_supply/AC/type": "Mains", "sys/class/power_supply/AC/online": "1"})
	if (sysfs{root}).onBattery() {
		t.Error("a UPS that is full counts as a battery in use")
	}
	tree(t, root, map[string]string{ups + "status": "Discharging"})
	if !(sysfs{root}).onBattery() {
		t.Error("a UPS that gives the power counts as mains")
	}
}

// idleTest is a guard that rests for users of a fake computer.
type idleTest struct {
	*heatTest
	file string
}

func newIdle(t *testing.T) *idleTest {
	h := &idleTest{heatTest: &heatTest{t: t, root: t.TempDir(), at: time.Now()}}
	h.file = filepath.Join(h.root, "idle.json")
	h.g = newGuard(Guards{SensorRoot: h.root, AgentGrace: 5 * time.Second,
		Idle: &IdleGuard{File: h.file, After: time.Minute, Sources: []string{"terminals"}, Root: h.root, Alone: true}}, nil, h.at)
	t.Cleanup(h.g.close)
	return h
}

func (h *idleTest) word(w IdleWord) {
	h.t.Helper()
	if err := WriteIdleWord(h.file, w); err != nil {
		h.t.Fatal(err)
	}
}

func (h *idleTest) check(after time.Duration, agents int, running bool) (Hold, string) {
	h.at = h.at.Add(after)
	return h.g.check(h.at, agents, running)
}

// TestAgentsWordOnUsers: with an agent the shim obeys its word, and ends nothing that the agent can pause softly.
func TestAgentsWordOnUsers(t *testing.T) {
	h := newIdle(t)
	if hold, _ := h.check(0, 1, true); hold != "" {
		t.Errorf("no word: %q", hold)
	}
	h.word(IdleWord{Paused: true, Words: "user is active"})
	if hold, _ := h.check(time.Second, 1, true); hold != "" {
		t.Errorf("it is paused softly, yet held by %q", hold)
	}
	if hold, words := h.check(time.Second, 1, false); hold != HoldIdle || words != "user is active" {
		t.Errorf("it does not run: %q %q", hold, words)
	}
	h.word(IdleWord{})
	if hold, _ := h.check(time.Second, 1, false); hold != "" {
		t.Errorf("idle again: %q", hold)
	}
	h.word(IdleWord{Paused: true, Stop: true, Words: "user is active"})
	if hold, _ := h.check(time.Second, 1, true); hold != HoldIdle {
		t.Errorf("it cannot rest by itself: %q", hold)
	}
}

// TestShimLooksForUsers: without an agent the shim looks itself (rows 5.3 and 5.4: it works without a server).
func TestShimLooksForUsers(t *testing.T) {
	h := newIdle(t)
	pts := filepath.Join(h.root, "dev/pts/1")
	tree(t, h.root, map[string]string{"dev/pts/1": "x"})
	used := func(ago time.Duration) {
		t.Helper()
		if err := os.Chtimes(pts, h.at.Add(-ago), h.at); err != nil {
			t.Fatal(err)
		}
	}
	until := func(what string, want Hold) {
		t.Helper()
		var got Hold
		eventuallyTrue(t, what, func() bool { got, _ = h.check(0, 0, true); return got == want })
	}
	used(time.Hour)
	h.check(0, 1, true)
	h.at = h.at.Add(6 * time.Second)
	until("idle", "")
	used(0)
	until("somebody types", HoldIdle)
	used(2 * time.Minute)
	until("idle again", "")
	if err := os.RemoveAll(filepath.Join(h.root, "dev")); err != nil {
		t.Fatal(err)
	}
	until("the terminals vanished", HoldIdle)
	h.check(0, 1, true)
	if h.g.users.watcher != nil {
		t.Error("an agent is back and the shim still looks")
	}
}

// TestSoftPauseWithoutAgent: nobody could wake a program that a dead agent had paused: it is ended, and starts anew.
func TestSoftPauseWithoutAgent(t *testing.T) {
	h := newIdle(t)
	h.word(IdleWord{Paused: true, Words: "user is active", Seen: []string{"terminals"}})
	if hold, _ := h.check(time.Second, 1, true); hold != "" {
		t.Errorf("with the agent: %q", hold)
	}
	if hold, _ := h.check(6*time.Second, 0, true); hold != HoldIdle {
		t.Errorf("without: %q", hold)
	}
	eventuallyTrue(t, "the look finds that the terminals have vanished", func() bool {
		hold, words := h.check(0, 0, false)
		return hold == HoldIdle && strings.Contains(words, "vanished")
	})
}

func eventuallyTrue(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-late:
			t.Fatal("never: ", what)
		case <-time.After(time.Millisecond):
		}
	}
}
