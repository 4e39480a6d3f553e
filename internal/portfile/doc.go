// Package portfile reads the file in which a mining program writes the port that it took. It imports the standard library
// and golang.org/x/sys only. Start at Read.
package portfile
