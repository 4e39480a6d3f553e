// Package nodework is what work from any node has in common: following its chain by asking, handing a block in until it
// is judged, and doing so once. coop/monerod and coop/bitcoind say what their nodes are asked.
//
// It may import coop/noderpc, stratum and the root package. Start reading at Follower.
package nodework
