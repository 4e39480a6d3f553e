package port

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// clerk answers by Reply, some of it from a goroutine of its own, as a ledger does.
type clerk struct {
	echo
	later sync.WaitGroup
}

func (k *clerk) Line(c *Conn, line []byte) {
	switch text := string(line); text {
	case "mixed": // what is sent does not overtake what was replied
		for i := range 50 {
			if i%3 == 1 {
				c.Send(fmt.Appendln(nil, i))
			} else {
				c.Reply(fmt.Appendln(nil, i))
			}
		}
	case "last": // what was replied before a polite end is still written
		c.Reply([]byte("last words\n"))
		c.Close(errors.New("asked for"), true)
		c.Reply([]byte("too late\n"))
	case "cut": // and nothing after an impolite one
		c.Close(errors.New("cut"), false)
		if c.Reply([]byte("never\n")) {
			c.Send([]byte("never\n"))
		}
	case "much": // more than the miner takes at once
		for range 10 {
			c.Reply([]byte(strings.Repeat("x", 6000) + "\n"))
		}
	default:
		said := text + "\n"
		k.later.Go(func() { c.Reply([]byte(said)) })
	}
}

func TestReply(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		k := &clerk{echo: *newEcho()}
		defer k.later.Wait()
		_, address := open(t, wrap, Options{Handler: k})

		c := visit(t, address)
		c.say("mixed")
		for i := range 50 {
			c.expect(t, fmt.Sprint(i))
		}
		c.say("much")
		for range 10 {
			c.expect(t, strings.Repeat("x", 6000))
		}
		c.say("last")
		c.expect(t, "last words")
		if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
			t.Errorf("after the last words: %q, %v", rest, err)
		}

		cut := visit(t, address)
		cut.say("cut")
		if rest, _ := io.ReadAll(cut); len(rest) > 0 {
			t.Errorf("after a cut: %q", rest)
		}

		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				c := visit(t, address)
				for j := range 50 {
					c.say("%d.%d", i, j)
					c.expect(t, fmt.Sprintf("%d.%d", i, j))
				}
			})
		}
		all.Wait()
	})
}
