// Package socket tells which processes of this computer hold which network sockets, from /proc: /proc/net/tcp, tcp6, udp
// and udp6 name each socket with its inode, /proc/PID/fd the inodes that a process has open (proc_pid_net(5)). It reads
// files only and opens no connection. Elsewhere than on Linux it finds nothing.
//
// It imports the standard library only. Start at List.
package socket
