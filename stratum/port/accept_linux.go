package port

import (
	"context"
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
)

// pollable says that plain connections are served by pollers here.
const pollable = true

// sendBuffer bounds what the kernel keeps for a reader that is slow, on top of maxBacklog; it doubles the number.
const sendBuffer = 64 << 10

const (
	mostPollers = 4
	sweepEach   = time.Second // at most between two looks at the time-outs
)

// servePolled takes connections straight from the listening socket, so that none costs more than its descriptor.
func (h *hall) servePolled(ln *net.TCPListener) error {
	door, raw, err := doorOf(ln)
	if err != nil {
		return adit.Errorf(adit.Internal, "the Stratum listener: %w", err)
	}
	defer door.Close()
	stop := context.AfterFunc(h.ctx, func() { door.Close() })
	defer stop()
	defer h.stopPollers()
	for range min(runtime.GOMAXPROCS(0), mostPollers) {
		p, err := newPoller(h)
		if err != nil {
			return err
		}
		h.pollers = append(h.pollers, p)
		h.wait.Go(p.run)
	}
	h.wait.Go(h.sweeps)
	return h.accept(func() error {
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			for {
				conn, from, err := unix.Accept4(int(fd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
				switch err {
				case nil:
					h.admitRaw(conn, address(from))
				case unix.EAGAIN:
					return false
				case unix.EINTR, unix.ECONNABORTED:
				default:
					failed = os.NewSyscallError("accept4", err)
					return true
				}
			}
		})
		if failed != nil {
			return failed
		}
		return err
	})
}

// doorOf is the listening socket once more: package net accepts no raw connections from its own.
func doorOf(ln *net.TCPListener) (*os.File, syscall.RawConn, error) {
	raw, err := ln.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	var door *os.File
	var failed error
	err = raw.Control(func(fd uintptr) {
		// Accepted sockets inherit both.
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		copied, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			failed = os.NewSyscallError("dup", err)
			return
		}
		door = os.NewFile(uintptr(copied), "listener") // not blocking, as the original: the runtime waits for it
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, nil, err
	}
	raw, err = door.SyscallConn()
	if err != nil {
		door.Close()
	}
	return door, raw, err
}

// admitRaw gives a socket to the next poller.
func (h *hall) admitRaw(fd int, from netip.AddrPort) {
	if !h.room(from) {
		unix.Close(fd)
		return
	}
	p := h.pollers[h.next%len(h.pollers)]
	h.next++
	now := h.now()
	c := &Conn{hall: h, remote: from, since: now, poll: p, fd: int32(fd)}
	c.deadline = now.after(h.o.LoginTime)
	c.mu.Lock() // the poller must not end it before it stands there whole
	defer c.mu.Unlock()
	if err := p.add(c); err != nil {
		unix.Close(fd)
		h.conns.Add(-1)
		h.o.Log.Warn("cannot serve a connection", "remote", from, "reason", err)
		return
	}
	if left := h.o.Guard.Banned(from.Addr()); left > 0 {
		c.refused(banned(left))
	}
}

// stopPollers makes each close its connections and end.
func (h *hall) stopPollers() {
	for _, p := range h.pollers {
		p.mu.Lock()
		p.stop = true
		p.ring()
		p.mu.Unlock()
	}
}

// sweeps has the pollers look at their time-outs now and then.
func (h *hall) sweeps() {
	each := max(min(sweepEach, h.o.LoginTime/4, h.o.IdleTime/4, h.o.WriteTime/4), 5*time.Millisecond)
	t := time.NewTicker(each)
	defer t.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-t.C:
			for _, p := range h.pollers {
				p.mu.Lock()
				p.sweep = true
				p.ring()
				p.mu.Unlock()
			}
		}
	}
}

// address reads a socket's far end; an IPv4 address mapped into IPv6 becomes IPv4.
func address(sa unix.Sockaddr) netip.AddrPort {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))
	}
	return netip.AddrPort{}
}
