// Package worker is a machine of the crew: it joins a coordinator over gRPC, hands its work to a mining engine on this
// computer through a small Stratum bridge on loopback, and hands in what the engine finds.
//
// Who does what:
//
//   - Worker (worker.go) is one run, and its end in good order.
//   - crew.go is what the connection to the coordinator (coop/rpc) asks of it and tells it.
//   - bridge.go gives jobs to the engine; queue.go keeps found shares until the coordinator has judged them.
//   - helm.go makes the engine follow: no work, an order to pause, another number of threads.
//   - Engine (options.go) is what runs the program; cmd fills it with a shim, so that consent, pause, heat, battery and
//     idle rules hold. This package knows none of them.
//
// It may import the root package, internal/, stratum, coop/coopv1 and coop/rpc. Start reading at Worker.Run.
package worker
