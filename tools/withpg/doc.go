// Command withpg runs another command with a PostgreSQL server of its own and takes the server away afterwards:
//
//	go run ./tools/withpg -- go test ./store/... ./fleet/...
//
// It makes a temporary cluster, starts it on loopback with a random port and password, puts its address into
// ADIT_TEST_POSTGRES and ends with the command's exit code. No service and no file of the machine is touched, and
// nothing stays behind, also when it is interrupted. PostgreSQL refuses to run as root, so as root it runs as the user
// "postgres" or else "nobody". The programs are looked for in ADIT_POSTGRES_BIN, PATH and where distributions put them.
//
// A tool; it imports the standard library only. Linux only. Start reading at main.go.
package main
