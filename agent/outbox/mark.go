package outbox

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
)

// mark is what is known about the stream besides its records.
type mark struct {
	epoch string
	acked uint64
	boot  string // of the system, while the outbox was open
	clean bool   // it was closed well
}

const markName = "mark"

// The file: epoch (16, zero-padded) · boot (36, zero-padded) · acked u64 · clean u8 · CRC-32C of what precedes.
const (
	maxBoot  = 36
	markSize = 16 + maxBoot + 8 + 1 + 4
)

func readMark(path string) (m mark, ok bool) {
	b, err := os.ReadFile(path)
	if err != nil || len(b) != markSize || binary.LittleEndian.Uint32(b[markSize-4:]) != crc32.Checksum(b[:markSize-4], castagnoli) {
		return mark{}, false
	}
	return mark{epoch: string(trimZero(b[:16])), boot: string(trimZero(b[16 : 16+maxBoot])),
		acked: binary.LittleEndian.Uint64(b[16+maxBoot:]), clean: b[markSize-5] == 1}, true
}

// writeMark notes how far the hub is, where that has changed. A full disk is no harm: the file keeps its size and is
// written in place, and a stale mark only makes the hub see some frames twice, which it knows by their numbers.
func (b *Outbox) writeMark(clean, sync bool) {
	m := mark{epoch: b.epoch, acked: b.acked, boot: b.o.Boot, clean: clean}
	if len(m.boot) > maxBoot {
		m.boot = m.boot[:maxBoot]
	}
	if m == b.marked {
		return
	}
	raw := make([]byte, markSize)
	copy(raw[:16], m.epoch)
	copy(raw[16:16+maxBoot], m.boot)
	binary.LittleEndian.PutUint64(raw[16+maxBoot:], m.acked)
	if clean {
		raw[markSize-5] = 1
	}
	binary.LittleEndian.PutUint32(raw[markSize-4:], crc32.Checksum(raw[:markSize-4], castagnoli))
	f, err := os.OpenFile(filepath.Join(b.o.Dir, markName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		b.log.Warn("outbox: the mark cannot be written", "err", err)
		return
	}
	defer f.Close()
	if _, err := f.WriteAt(raw, 0); err != nil {
		b.log.Warn("outbox: the mark cannot be written", "err", err)
		return
	}
	if sync {
		_ = f.Sync() // best effort: without it a power cut renews the epoch
	}
	b.marked = m
}
