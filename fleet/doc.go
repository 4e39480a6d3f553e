// Package fleet is the office: the hub's side of everything, one folder per noun, each a whole slice.
//
//   - account: who asks; for now the local owner, by token file, one-time link and cookie.
//   - inventory: the rigs and devices there are, and which rigs can be heard.
//   - telemetry: readings in; live state, time series and the feed of the web app out.
//   - command: orders to agents and what became of them.
//   - sheet: profiles, saved ways to run a program, with their versions; recommended pools.
//   - setting: what people set about adit itself, and the feed that may bring figures.
//   - estimate: what a program would bring and cost a day, as far as is known.
//   - journal: the append-only, hash-chained log of what happened.
//
// A noun may import device, link, store, fleet/account and fleet/inventory; what it needs of another noun it asks for
// through a small interface that cmd fills. It never imports agent: between hub and agent there is only link/wire.
//
// Start reading at telemetry/service.go (the way of a reading) and command/order.go (the way of an order).
package fleet
