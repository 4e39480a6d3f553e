// Package verify hashes for others over a pipe: a program that must not link generated code (hub, coordinator, practice)
// starts `adit-miner verify` as its child and asks it. A crash of the hash library then never takes the asker along.
//
// Both ends are here: Serve is what the child runs, Client is what the asker holds. The
// protocol is one JSON object per line (wire.go):
//
//	> {"id":1,"algo":"rx/0","seed":"<64 hex>","blobs":["<hex>","<hex>"]}
//	< {"id":1,"hashes":["<64 hex>","<64 hex>"]}
//	< {"id":1,"error":"why not"}
//
// Answers may come in another order than requests, of which several may be under way: while the memory of one seed is made,
// requests of another are answered. The child ends when its input ends.
//
// It may import the root package and pow/engine. Start reading at Client.Hash, then flight.go and Serve.
package verify
