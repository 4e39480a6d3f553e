// Package proc starts, watches, stops and adopts mining programs, each under a small shim process of its own.
//
// The shim (RunShim, the hidden `adit shim` subcommand) is the parent of one program: it owns the program's session,
// stdin and output, restarts it with back-off inside a budget, and holds its consent, pause, battery and thermal
// limits while hub and agent are gone. The Supervisor is the agent's side: it starts shims, finds those that are
// still there after a restart or an upgrade, and hands out a Process for each. The two sides talk line JSON over a
// Unix socket (protocol.go) and keep what must survive in a folder per program: spec.json, state.json, log.
//
// It imports package adit, agent/consent and internal/ only. Start reading at spec.go, then supervisor.go (agent's
// side), then shim.go and runner.go (shim's side). watchdog.go is pure logic that the agent feeds with readings.
//
// Linux is the platform; elsewhere everything compiles and says that it is not supported.
package proc
