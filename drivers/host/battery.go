package host

import (
	"os"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// battery reads Documentation/ABI/testing/sysfs-class-power. nil where the system has no such class.
// A mouse's or a phone's battery (scope "Device") is not this computer's.
func (r root) battery() *device.Battery {
	const class = "sys/class/power_supply"
	list, err := os.ReadDir(r.path(class))
	if err != nil {
		return nil
	}
	var b device.Battery
	var own, mainsSeen, mainsOn, discharging, ups bool
	var sum, counted, upsSum, upsCounted int64
	for _, e := range list {
		dir := class + "/" + e.Name()
		switch r.line(dir + "/type") {
		case "Mains", "USB", "Wireless":
			online, ok := r.number(dir + "/online")
			mainsSeen = mainsSeen || ok
			mainsOn = mainsOn || online > 0
		case "UPS": // known to the kernel; one that only a daemon knows does not show here
			b.Present, b.UPS = true, true
			ups = ups || r.line(dir+"/status") == "Discharging"
			if c, ok := r.number(dir + "/capacity"); ok && c >= 0 && c <= 100 {
				upsSum, upsCounted = upsSum+c, upsCounted+1
			}
		case "Battery":
			if present, ok := r.number(dir + "/present"); r.line(dir+"/scope") == "Device" || ok && present == 0 {
				continue
			}
			b.Present, own = true, true
			discharging = discharging || r.line(dir+"/status") == "Discharging"
			if c, ok := r.number(dir + "/capacity"); ok && c >= 0 && c <= 100 {
				sum, counted = sum+c, counted+1
			}
		}
	}
	if b.UPS = b.UPS && !own; b.UPS {
		sum, counted = upsSum, upsCounted
	}
	if counted > 0 {
		p := adit.Percent(float64(sum) / float64(counted))
		b.Percent = &p
	}
	b.OnBattery = ups || b.Present && !mainsOn && (discharging || mainsSeen)
	return &b
}
