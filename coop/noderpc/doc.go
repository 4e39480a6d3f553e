// Package noderpc asks a node of a chain over HTTP: JSON-RPC with basic or digest login, bounded answers, keep-alive
// connections, and errors that say in words what is wrong. coop/monerod and coop/bitcoind speak through it; what
// their work has in common is coop/nodework.
//
// It may import the root package. Start reading at Client.
package noderpc
