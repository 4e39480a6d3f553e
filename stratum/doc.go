// Package stratum speaks Stratum to pools and to miners: lines of JSON over TCP or TLS. It is pure protocol: it knows
// no store, no bus, no hashing and no user, so that engine, practice and coordinator all stand on it.
//
// It may import the root package adit and its own sub-packages.
//
// What is here is the XMR dialect (login, job, submit, keepalived), as miners of RandomX and pools of Monero speak it.
// The facts were read from XMRig 6.26 (src/base/net/stratum: Client.cpp, Job.cpp, Tls.cpp), xmrig-proxy and p2pool;
// a comment names the place where one of them decides a number.
//
// Where to start reading:
//   - target.go: the one place where a target becomes a difficulty and back;
//   - job.go, share.go: the two things that travel;
//   - client.go: one connection to one pool; failover.go: an ordered list of pools that looks like one;
//   - server.go, serve.go, session.go: the other end of the line, on a port (package port), with a Handler that decides;
//   - jobline.go, quick.go: a job encoded once for many, a share read without encoding/json;
//   - package jsonline: lines of JSON and the connection to a pool, of both dialects;
//   - vardiff.go: how difficulty follows a miner.
//
// A line is one JSON object of at most MaxLine bytes. Every wait has a bound, every goroutine ends with its context.
package stratum
