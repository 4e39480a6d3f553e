// Package port is a TCP port that speaks lines to very many miners: plain and TLS on one port, with every bound a public
// port needs. What a line means is its Handler's matter; both dialects of Stratum stand on it.
//
// It may import the root package and internal/.
//
// On Linux the plain connections of a *net.TCPListener are served by a few pollers (epoll): a connection then costs its
// Conn and nothing else, no goroutine and no buffer, except while a line is half read or its reader is slow. Elsewhere,
// for TLS and for every other kind of listener (pipes of tests) each connection has a goroutine.
//
// Bounds: a time for the first line and the login, a time for each line that was begun (slow drips), a time without a
// line, a length of line, a rate of lines, a number of connections, a backlog and a time for slow readers, and bans of
// addresses by the part of their shares that were invalid.
//
// Where to start reading: port.go (Handler, Options, Server), conn.go (what a Handler does with a connection), then
// wire.go (a goroutine each) and poll_linux.go (shared).
package port
