//go:build !linux

package port

import (
	"errors"
	"net"
)

// pollable says that every connection has a goroutine here.
const pollable = false

type poller struct{}

func (*poller) push(*Conn) {}

func (c *Conn) post([]byte) bool { return false }

func (c *Conn) write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func (h *hall) servePolled(*net.TCPListener) error { return errors.ErrUnsupported }
