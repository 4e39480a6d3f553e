package port

import (
	"bytes"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
)

// poller serves plain connections from one goroutine with one buffer. Its epoll instance stands itself in the runtime's,
// so that waiting costs no thread.
//
// Connections are registered once, edge-triggered, for both directions: epoll_ctl is called once in their life.
type poller struct {
	hall   *hall
	file   *os.File // of the epoll instance
	raw    syscall.RawConn
	ep     int
	bell   int // eventfd: somebody stands in the list
	buf    []byte
	events []unix.EpollEvent
	conns  []*Conn // of events, resolved
	all    []*Conn // for sweeps
	got    int     // events of the last harvest
	mail   mail

	mu    sync.Mutex
	byFD  []*Conn // open connections
	list  []*Conn // resumed, ended, or to be looked at
	rung  bool
	sweep bool // look at the time-outs
	stop  bool // close every connection and end
	ended bool // the bell is gone
}

const (
	readBuffer = 64 << 10
	mostEvents = 256
	mostReads  = 16 // of one connection before others have their turn
)

func newPoller(h *hall) (*poller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(ep)
		return nil, os.NewSyscallError("eventfd", err)
	}
	p := &poller{
		hall: h, ep: ep, bell: bell, buf: make([]byte, readBuffer),
		events: make([]unix.EpollEvent, mostEvents), conns: make([]*Conn, mostEvents),
	}
	err = unix.SetNonblock(ep, true) // so that os.NewFile hands it to the runtime's poller
	p.file = os.NewFile(uintptr(ep), "epoll")
	if err == nil {
		p.raw, err = p.file.SyscallConn()
	}
	if err == nil {
		err = unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, bell, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: -1})
	}
	if err != nil {
		p.close()
		return nil, adit.Errorf(adit.Internal, "the poller of the port: %w", err)
	}
	return p, nil
}

func (p *poller) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.file.Close()
	unix.Close(p.bell)
}

// add takes over a non-blocking socket.
func (p *poller) add(c *Conn) error {
	p.mu.Lock()
	for len(p.byFD) <= int(c.fd) {
		p.byFD = append(p.byFD, nil)
	}
	p.byFD[c.fd] = c
	p.mu.Unlock()
	err := unix.EpollCtl(p.ep, unix.EPOLL_CTL_ADD, int(c.fd), &unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: c.fd,
	})
	if err != nil {
		p.mu.Lock()
		p.byFD[c.fd] = nil
		p.mu.Unlock()
	}
	return os.NewSyscallError("epoll_ctl", err)
}

// push puts a connection on the list. It is called with Conn.mu held.
func (p *poller) push(c *Conn) {
	if c.queued {
		return
	}
	c.queued = true
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, c)
	p.ring()
}

// ring wakes the poller. It is called with mu held.
func (p *poller) ring() {
	if !p.rung && !p.ended {
		p.rung = true
		unix.Write(p.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

// wait returns how many events there are; none where it was woken for nothing.
func (p *poller) wait() int {
	if p.harvest(0) || !p.mail.rest() {
		return p.got
	}
	defer p.mail.work()
	if err := p.raw.Read(p.ready); err != nil {
		p.harvest(-1) // this kernel cannot poll an epoll instance
	}
	return p.got
}

func (p *poller) ready(uintptr) bool { return p.harvest(0) }

// harvest fetches events and reports whether there are any.
func (p *poller) harvest(timeout int) bool {
	for {
		n, err := unix.EpollWait(p.ep, p.events, timeout)
		if err == unix.EINTR {
			continue
		}
		p.got = max(n, 0)
		return n > 0
	}
}

// run is the poller's goroutine. It returns after it closed every connection.
func (p *poller) run() {
	defer p.close()
	for {
		n := p.wait()
		p.deliver()
		now := p.hall.now()
		p.mu.Lock()
		for i, e := range p.events[:n] {
			p.conns[i] = nil
			if fd := int(e.Fd); fd >= 0 && fd < len(p.byFD) {
				p.conns[i] = p.byFD[fd]
			}
		}
		p.mu.Unlock()
		for i, c := range p.conns[:n] {
			// A connection that was closed earlier in this turn has no descriptor any more; a new one that got its number
			// only reads for nothing.
			if c != nil && c.fd >= 0 {
				p.event(c, p.events[i].Events, now)
			}
		}
		clear(p.conns[:n])
		runtime.Gosched() // whoever writes the shares down gets ahead of those still to be read
		if p.settle(now) {
			return
		}
	}
}

// event reads and writes what can be.
func (p *poller) event(c *Conn, what uint32, now tick) {
	if what&unix.EPOLLOUT != 0 {
		p.flush(c)
	}
	gone := what&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	if what&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		p.read(c, gone, now)
	}
}

// read reads until nothing is there, which a short read tells unless the other side has closed.
func (p *poller) read(c *Conn, gone bool, now tick) {
	for range mostReads {
		over, paused, _ := c.state()
		if c.fd < 0 || over && !c.leaving {
			return // settle sees to it
		}
		if paused {
			if gone {
				c.Close(errLeft, false)
			}
			return // Resume reads on
		}
		n, err := recv(c.fd, p.buf)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case err != nil:
			p.lost(c, os.NewSyscallError("read", err))
			return
		case n == 0:
			p.lost(c, errLeft)
			return
		}
		if !c.leaving && !p.feed(c, p.buf[:n], now) {
			return
		}
		if n < len(p.buf) && !gone {
			return
		}
	}
	c.mu.Lock() // others first
	p.push(c)
	c.mu.Unlock()
}

// lost ends a connection whose other side is away.
func (p *poller) lost(c *Conn, cause error) {
	if c.leaving {
		p.drop(c)
		return
	}
	c.Close(cause, false)
}

// feed cuts what was read into lines. It reports false where no more may be read now.
func (p *poller) feed(c *Conn, chunk []byte, now tick) bool {
	if !c.sniffed && len(chunk) > 0 {
		c.sniffed = true
		if chunk[0] == tlsHello {
			p.secure(c, chunk)
			return false
		}
	}
	data, seen := chunk, 0
	if h := c.half; h != nil {
		h.bytes = append(h.bytes, chunk...)
		data, seen = h.bytes, h.searched
	}
	on := true
	for on {
		end := bytes.IndexByte(data[seen:], '\n')
		if end < 0 {
			break
		}
		end += seen
		line := bytes.TrimSpace(data[:end])
		if end > c.hall.o.MaxLine {
			c.refuse(tooLong(c.hall.o.MaxLine))
			return false
		}
		data, seen = data[end+1:], 0
		c.begun = 0
		on = c.take(line, now)
	}
	over, paused, settled := c.state()
	if over {
		c.half = nil
		return false
	}
	if len(data) > c.hall.o.MaxLine && !paused {
		c.refuse(tooLong(c.hall.o.MaxLine))
		return false
	}
	c.keep(data, on)
	c.deadline = c.patience(now, settled, len(data) > 0)
	if paused {
		c.deadline = now.after(2 * c.hall.o.LoginTime) // the handler has its own patience
	}
	return on
}

// keep holds what is left of a read; nothing left, nothing held. searched says that no line ends in it.
func (c *Conn) keep(rest []byte, searched bool) {
	if len(rest) == 0 {
		c.half = nil
		return
	}
	h := c.half
	if h == nil {
		h = &half{bytes: append([]byte(nil), rest...)}
		c.half = h
	} else {
		h.bytes = h.bytes[:copy(h.bytes, rest)] // rest is the end of them
	}
	h.searched = 0
	if searched {
		h.searched = len(rest)
	}
}

// flush writes what waits.
func (p *poller) flush(c *Conn) {
	err := c.drain()
	if err != nil {
		p.lost(c, adit.Errorf(adit.Unreachable, "cannot write to the miner: %w", err))
	}
}

// drain writes what waits as far as the miner takes it.
func (c *Conn) drain() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.out
	if o == nil || c.fd < 0 {
		return nil
	}
	n, err := c.write(o.bytes)
	switch {
	case err != nil:
		c.out = nil
	case n == len(o.bytes):
		c.out = nil
		if c.over {
			c.poll.push(c)
		}
	case n > 0:
		o.bytes = o.bytes[:copy(o.bytes, o.bytes[n:])]
		o.since = c.hall.now()
	}
	return err
}

// write hands bytes to the kernel as far as it takes them. It is called with mu held, which keeps the descriptor ours.
func (c *Conn) write(b []byte) (int, error) {
	for {
		n, err := send(c.fd, b)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, os.NewSyscallError("write", err)
		}
	}
}

// settle does what the list, the clock and the end ask for. It reports true at the end.
func (p *poller) settle(now tick) bool {
	p.mu.Lock()
	list, sweep, stop := p.list, p.sweep, p.stop
	p.list, p.sweep, p.rung = nil, false, false
	p.all = p.all[:0]
	if sweep || stop {
		for _, c := range p.byFD {
			if c != nil {
				p.all = append(p.all, c)
			}
		}
	}
	p.mu.Unlock()
	for _, c := range list {
		p.listed(c, now)
	}
	for _, c := range p.all {
		if stop {
			c.Close(errStopping, false)
			p.listed(c, now)
			p.drop(c)
		} else {
			p.expire(c, now)
		}
	}
	clear(p.all)
	return stop
}

// listed looks at a connection of the list.
func (p *poller) listed(c *Conn, now tick) {
	c.mu.Lock()
	c.queued = false
	over, polite, waits, paused := c.over, c.polite, c.out != nil || c.mailed > 0, c.paused
	cause := c.cause
	c.mu.Unlock()
	switch {
	case c.fd < 0 || paused && !over:
	case !over: // resumed, or had its turn
		if p.feed(c, nil, now) {
			p.read(c, false, now)
		}
	default:
		if !c.leaving {
			c.leaving, c.half = true, nil
			c.deadline = now.after(p.hall.o.WriteTime)
			p.closed(c, cause)
		}
		switch {
		case !polite:
			p.drop(c)
		case !waits:
			// Closing with unread input would throw the last words away (TCP reset).
			unix.Shutdown(int(c.fd), unix.SHUT_WR)
			c.deadline = now.after(lingerTime)
			p.read(c, false, now)
		}
	}
}

func (p *poller) closed(c *Conn, cause error) {
	if c.opened {
		p.hall.o.Handler.Closed(c, cause)
	}
	p.hall.o.Log.Debug("connection ended", "remote", c.remote, "reason", cause)
}

// drop closes the socket.
func (p *poller) drop(c *Conn) {
	c.mu.Lock()
	fd := c.fd
	c.fd, c.out = -1, nil
	c.mu.Unlock()
	if fd < 0 {
		return
	}
	p.mu.Lock()
	p.byFD[fd] = nil
	p.mu.Unlock()
	unix.Close(int(fd))
	p.hall.conns.Add(-1)
}

// secure hands a connection that begins TLS to a goroutine.
func (p *poller) secure(c *Conn, first []byte) {
	if p.hall.o.TLS == nil {
		c.Close(errPlain, false)
		return
	}
	fd := c.fd
	p.mu.Lock()
	p.byFD[fd] = nil
	p.mu.Unlock()
	unix.EpollCtl(p.ep, unix.EPOLL_CTL_DEL, int(fd), nil)
	f := os.NewFile(uintptr(fd), "tls")
	conn, err := net.FileConn(f)
	f.Close()
	c.fd = -1
	if err != nil {
		p.hall.conns.Add(-1)
		p.hall.o.Log.Warn("cannot serve TLS", "remote", c.remote, "reason", err)
		return
	}
	fresh := &Conn{hall: c.hall, remote: c.remote, since: c.since}
	p.hall.carry(fresh, conn, append([]byte(nil), first...))
}

// expire ends a connection that is late.
func (p *poller) expire(c *Conn, now tick) {
	c.mu.Lock()
	slow := c.out != nil && now > c.out.since.after(p.hall.o.WriteTime)
	settled := c.settled
	c.mu.Unlock()
	late := now > c.deadline
	switch {
	case c.leaving && (late || slow):
		p.drop(c)
	case c.leaving:
	case late:
		c.Close(c.late(settled), false)
	case slow:
		c.Close(errSlow, false)
	}
}
