// Command fakeminer is a mining program for tests of supervision: it mines nothing and misbehaves on demand. It floods
// its log, ignores SIGTERM, exits at once, starts children, holds memory, and notices when it runs twice.
// Build it with `go build`; it imports the standard library only. Start at main.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

type behaviour struct {
	only, starts      string
	say               string
	long              int
	flood, echo, deaf bool
	exit              int
	after             time.Duration
	children          int
	away, sleep       bool
	memory            int
	reads             []string
	held              []byte
}

func main() {
	var b behaviour
	flag.StringVar(&b.only, "only", "", "lock this `file`; where it is locked already, write file.twice and exit 9")
	flag.StringVar(&b.starts, "starts", "", "append the PID to this `file`")
	flag.StringVar(&b.say, "say", "", "print this `text` at the start")
	flag.IntVar(&b.long, "long", 0, "print one line of this many bytes")
	flag.BoolVar(&b.flood, "flood", false, "print lines as fast as possible")
	flag.BoolVar(&b.echo, "echo", false, "print what comes on standard input")
	flag.BoolVar(&b.deaf, "ignore-term", false, "do not end on SIGTERM")
	flag.IntVar(&b.exit, "exit", -1, "exit with this status")
	flag.DurationVar(&b.after, "after", 0, "... after this long")
	flag.IntVar(&b.children, "children", 0, "start this many children that sleep")
	flag.BoolVar(&b.away, "away", false, "... each in a session of its own, ignoring SIGTERM")
	flag.BoolVar(&b.sleep, "sleep", false, "be such a child")
	flag.IntVar(&b.memory, "memory", 0, "hold this many MiB")
	flag.Func("read", "say whether this `file` can be read; may be given more than once", func(s string) error {
		b.reads = append(b.reads, s)
		return nil
	})
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "fakeminer:", err)
		os.Exit(1)
	}
}

func (b *behaviour) run() error {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	if b.only != "" {
		f, err := lock(b.only)
		if err != nil {
			return err
		}
		defer f.Close()
	}
	if err := b.begin(); err != nil {
		return err
	}
	if b.flood {
		go flood()
	}
	if b.echo {
		go echo()
	}
	var end <-chan time.Time
	if b.exit >= 0 {
		end = time.After(b.after)
	}
	for {
		select {
		case <-end:
			os.Exit(b.exit)
		case <-term:
			if !b.deaf {
				fmt.Println("bye")
				return nil
			}
			fmt.Println("I do not hear SIGTERM")
		}
	}
}

func (b *behaviour) begin() error {
	b.held = make([]byte, b.memory<<20)
	for i := 0; i < len(b.held); i += 4096 {
		b.held[i] = 1 // touched, so that it counts
	}
	for range b.children {
		if err := b.bear(); err != nil {
			return err
		}
	}
	if b.starts != "" {
		if err := appendTo(b.starts, fmt.Sprintln(os.Getpid())); err != nil {
			return err
		}
	}
	for _, path := range b.reads {
		if _, err := os.ReadFile(path); err != nil {
			fmt.Println("closed:", path)
			continue
		}
		fmt.Println("open:", path)
	}
	if b.say != "" {
		fmt.Println(b.say)
	}
	if b.long > 0 {
		fmt.Println(strings.Repeat("x", b.long))
	}
	return nil
}

// bear starts a child that sleeps until it is killed.
func (b *behaviour) bear() error {
	args := []string{"-sleep"}
	if b.away {
		args = append(args, "-ignore-term")
	}
	c := exec.Command(os.Args[0], args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr // keeps the shim's pipe open, as daemons do
	c.SysProcAttr = apart(b.away)
	if err := c.Start(); err != nil {
		return err
	}
	go func() { _ = c.Wait() }()
	return nil
}

func flood() {
	w := bufio.NewWriter(os.Stdout)
	for i := 0; ; i++ {
		_, _ = fmt.Fprintf(w, "flood %d: %s\n", i, strings.Repeat("0123456789", 8))
	}
}

func echo() {
	s := bufio.NewScanner(os.Stdin)
	for s.Scan() {
		fmt.Println("heard", s.Text())
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}
