// Package inventory knows which rigs and devices there are, and which rigs can be heard. Presence lives in memory; first
// and last sightings are written sparingly. It may import device, link, store and the root package. Start at service.go.
package inventory
