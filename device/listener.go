package device

import "time"

// Line is one line of a program's output, without its end, free of control characters.
type Line struct {
	At   time.Time // when it was read
	Text string
}

// Listener is software that tells in its output what its API does not. Whoever runs the program hands the lines in.
type Listener interface {
	// Listen takes lines in the order in which they were written, each once. The first lines ever handed in need not be
	// the program's first; missed says that lines before these were lost since the last call. It waits for nothing.
	Listen(lines []Line, missed bool)
}

// Ported is software that tells only in its output which port its API took.
type Ported interface {
	// Port is the loopback port of this run's API; 0 = it has not been told.
	Port() int
}
