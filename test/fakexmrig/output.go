package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// output writes lines as XMRig does: to standard output, unless that is a plain file (ConsoleLog::isSupported), and to a
// log file of its own.
type output struct {
	mu sync.Mutex
	to []io.Writer
}

func (o *output) open(logFile *string) error {
	if st, err := os.Stdout.Stat(); err == nil && !st.Mode().IsRegular() {
		o.to = append(o.to, os.Stdout)
	}
	if logFile == nil {
		return nil
	}
	f, err := os.OpenFile(*logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		o.to = append(o.to, f)
	}
	return err
}

func (o *output) write(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, w := range o.to {
		_, _ = io.WriteString(w, text+"\n")
	}
}

func (o *output) banner(name, text string) { o.write(fmt.Sprintf(" * %-13s%s", name, text)) }

func (o *output) line(tag, text string) {
	o.write(fmt.Sprintf("[%s]  %-8s %s", time.Now().Format("2006-01-02 15:04:05.000"), tag, text))
}
