package port

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// crowdIn is what TestMain does in the process that TestCrowd starts: it connects so many to the address, all at once, and
// again each time a line comes in.
func crowdIn(address, number string) {
	n, err := strconv.Atoi(number)
	if err != nil {
		panic(err)
	}
	orders := bufio.NewReader(os.Stdin)
	for {
		var all sync.WaitGroup
		conns := make([]net.Conn, n)
		failed := make(chan error, n)
		for i := range conns {
			all.Go(func() {
				c, err := net.DialTimeout("tcp", address, 60*time.Second)
				if err != nil {
					failed <- err
					return
				}
				conns[i] = c
				c.SetDeadline(time.Now().Add(60 * time.Second))
				io.WriteString(c, "hello\n")
				var answer [9]byte
				if _, err := io.ReadFull(c, answer[:]); err != nil {
					failed <- err
				}
			})
		}
		all.Wait()
		select {
		case err := <-failed:
			fmt.Println("failed:", err)
		default:
			fmt.Println("in")
		}
		_, err := orders.ReadString('\n')
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
		if err != nil {
			return
		}
	}
}

// Ten thousand connect at once from a process of their own, break, and come back at once. Each costs well under a
// kilobyte, and none a goroutine.
func TestCrowd(t *testing.T) {
	n := crowd
	var most syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &most); err != nil || int(most.Cur) < n+500 {
		n = int(most.Cur)/2 - 200
	}
	e := newEcho()
	v, address := open(t, func(l net.Listener) net.Listener { return l }, Options{Handler: e, LoginTime: time.Minute})
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PORT_CROWD="+address, "PORT_CROWD_SIZE="+strconv.Itoa(n))
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	goroutines, heap := runtime.NumGoroutine(), inUse()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer orders.Close()
	in := bufio.NewScanner(said)
	for round := range 2 {
		if !in.Scan() || in.Text() != "in" {
			t.Fatalf("round %d: %q", round, in.Text())
		}
		until(t, "all are there", func() bool { return v.Conns() == n && len(e.all()) == n })
		if now := runtime.NumGoroutine(); now > goroutines+10 {
			t.Errorf("%d goroutines for %d connections", now-goroutines, n)
		}
		if each := (int64(inUse()) - int64(heap)) / int64(n); each > 700 {
			t.Errorf("%d bytes for each connection", each)
		}
		fmt.Fprintln(orders, "again")
	}
	if !in.Scan() || in.Text() != "in" {
		t.Fatalf("last: %q", in.Text())
	}
	orders.Close()
	until(t, "all have left", func() bool { return v.Conns() == 0 && len(e.all()) == 0 })
	if e.opened != 3*n {
		t.Errorf("%d opened", e.opened)
	}
}

// inUse is the heap that is alive.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
