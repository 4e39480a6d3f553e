// Package worker is a machine of the crew: it joins a coordinator over gRPC, hands its work to a mining engine on this
// computer through a small Stratum bridge on loopback, and hands in what the engine finds.
//
// Who does what:
//
//   - Worker (worker.go) registers, again and again where it must, and keeps one identity through all of it.
//   - session.go is one registration: the stream of jobs and the heartbeats.
//   - bridge.go gives jobs to the engine; queue.go keeps found shares until the coordinator has judged them.
//   - helm.go makes the engine follow: no work, an order to pause, another number of threads.
//   - Engine (options.go) is what runs the program; cmd fills it with a shim, so that consent, pause, heat, battery and
//     idle rules hold. This package knows none of them.
//
// It may import the root package, internal/, stratum and coop/coopv1. Start reading at Worker.Run.
package worker
