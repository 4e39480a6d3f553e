package proc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxRate is how many lines a second are kept of a program that floods its output. The rest is read, so that the
// program never waits, but thrown away, so that the flood takes no core and no disk of those who mine.
const maxRate = 2000

// readOutput splits a program's output into lines for the ring until it ends. A line without an end in sight is cut
// at maxText bytes and its rest thrown away, so that it costs no memory.
func readOutput(r io.Reader, ring *ring) error {
	b := bufio.NewReaderSize(r, 8*maxText)
	flood := flood{ring: ring}
	defer flood.report()
	cut := false
	for {
		part, err := b.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if len(part) > 0 && !cut && flood.admits() {
			if !full {
				part = lastFrame(part)
			}
			ring.add(clean(string(part[:min(len(part), 2*maxText)]), maxText), false)
		}
		cut = full
		if err != nil && !full {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// flood counts lines per second.
type flood struct {
	ring   *ring
	second time.Time
	lines  int
	lost   int
}

func (f *flood) admits() bool {
	if f.lines >= maxRate && f.lines%64 != 0 { // the clock is not asked for every line of a flood
		f.lines++
		f.lost++
		return false
	}
	if now := f.ring.now(); now.Sub(f.second) >= time.Second || now.Before(f.second) {
		f.report()
		f.second, f.lines = now, 0
	}
	f.lines++
	if f.lines > maxRate {
		f.lost++
		return false
	}
	return true
}

// report says how much was thrown away.
func (f *flood) report() {
	if f.lost > 0 {
		f.ring.note(fmt.Sprintf("%d lines of the program were thrown away: more than %d a second", f.lost, maxRate))
		f.lost = 0
	}
}

// lastFrame drops the line's end and what a progress bar wrote over with carriage returns.
func lastFrame(line []byte) []byte {
	end := len(line)
	for end > 0 && (line[end-1] == '\n' || line[end-1] == '\r') {
		end--
	}
	line = line[:end]
	for i := len(line) - 1; i >= 0; i-- {
		if line[i] == '\r' {
			return line[i+1:]
		}
	}
	return line
}
