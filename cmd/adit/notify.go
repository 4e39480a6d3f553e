package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"
)

// manager tells systemd how adit is. Source: sd_notify(3), "Notes": datagrams of NAME=value lines to the Unix socket that
// NOTIFY_SOCKET names. The zero value tells nobody.
type manager struct {
	socket string
	every  time.Duration // between two signs of life; 0 = none are wanted
	log    *slog.Logger
}

// underManager reads what systemd set, and takes it out of the environment: a mining program's keeper must not speak for
// adit.
func underManager(log *slog.Logger) manager {
	m := manager{socket: os.Getenv("NOTIFY_SOCKET"), log: log}
	usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	pid := os.Getenv("WATCHDOG_PID")
	if err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		m.every = time.Duration(usec) * time.Microsecond / 3
	}
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		_ = os.Unsetenv(name)
	}
	return m
}

func (m manager) tell(lines string) {
	if m.socket == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err == nil {
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // a full queue must not keep adit from ending
		_, err = conn.Write([]byte(lines))
		_ = conn.Close()
	}
	if err != nil {
		m.log.Warn("systemd could not be told how adit is", "err", err)
	}
}

// ready says that adit works, then gives signs of life as long as well says so, until ctx ends.
func (m manager) ready(ctx context.Context, status string, well func(context.Context) error) {
	m.tell("READY=1\nSTATUS=" + status)
	if m.socket == "" || m.every == 0 {
		<-ctx.Done()
		return
	}
	t := time.NewTicker(m.every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		wctx, cancel := context.WithTimeout(ctx, m.every)
		err := well(wctx)
		cancel()
		if err != nil && ctx.Err() == nil {
			m.log.ErrorContext(ctx, "adit does not answer itself; if that goes on systemd starts it anew", "err", err)
			continue
		}
		m.tell("WATCHDOG=1")
	}
}
