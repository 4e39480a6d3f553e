// Package jsonline is what both dialects of Stratum have in common: lines of JSON, and the connection to a pool that
// speaks them. What the lines mean is the dialects' own.
//
// It may import the root package, internal/ and stratum/port. Start reading at Message and Conn.
package jsonline
