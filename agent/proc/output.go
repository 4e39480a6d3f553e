package proc

import (
	"bufio"
	"errors"
	"io"
)

// readOutput splits a program's output into lines for the ring until it ends. A line without an end in sight is cut
// at maxText bytes and its rest thrown away, so that a flood costs no memory.
func readOutput(r io.Reader, ring *ring) error {
	b := bufio.NewReaderSize(r, 2*maxText)
	skipping := false
	for {
		part, err := b.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if !skipping {
				ring.add(clean(string(part), maxText), false)
			}
			skipping = true
			continue
		case len(part) > 0 && !skipping:
			ring.add(clean(lastFrame(part), maxText), false)
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		skipping = false
	}
}

// lastFrame drops the line's end and what a progress bar wrote over with carriage returns.
func lastFrame(line []byte) string {
	end := len(line)
	for end > 0 && (line[end-1] == '\n' || line[end-1] == '\r') {
		end--
	}
	line = line[:end]
	for i := len(line) - 1; i >= 0; i-- {
		if line[i] == '\r' {
			return string(line[i+1:])
		}
	}
	return string(line)
}
