// Package service makes adit a service of systemd: a user's own unit, or a system unit that runs as the unprivileged user
// "adit". It renders the units, puts them in place, takes them away, and keeps a list of what it changed on the system.
//
// It imports the root package and internal/. It runs systemctl, loginctl and systemd-sysusers through a function that
// tests replace. Start reading at unit.go (what is rendered), then install.go (what is changed), changes.go (the list).
package service
