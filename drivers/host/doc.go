// Package host reads the computer an agent runs on: system, processor, memory, huge pages, temperature, fans and
// battery.
//
// On Linux everything comes from /proc and /sys under a root that tests replace; elsewhere only what Go itself knows,
// all else stays unknown. It may import the root package, device and internal/. Start reading at host.go.
package host
