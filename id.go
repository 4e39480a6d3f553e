package adit

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
)

// RigID names a computer that runs an agent; made once per data directory.
type RigID string

// DeviceID names one device within the fleet: "<rig>/<name>" for what an agent runs.
type DeviceID string

// NewID returns 16 random bytes as 32 hex digits.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// Device builds the ID of a device on this rig.
func (r RigID) Device(name string) DeviceID { return DeviceID(string(r) + "/" + name) }

var nameRE = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// ValidName reports whether s may name a program instance, rig or device: lower-case letters, digits, '.', '_', '-',
// at most 64, starting with a letter or digit. Names become file and subject parts, hence the narrow set.
func ValidName(s string) bool { return nameRE.MatchString(s) }
