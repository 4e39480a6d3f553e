//go:build linux

package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

// fakeBin holds adit beside a fake adit-miner and a fake XMRig; TestMain builds all three.
var fakeBin string

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == egressWord {
		if err := watchEgress(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "adit-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	for out, pkg := range map[string]string{"adit": "./cmd/adit", "adit-miner": "./test/fakeminer", "xmrig": "./test/fakexmrig"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, out), pkg)
		build.Dir = ".."
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if b, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s cannot be built: %v\n%s", pkg, err, b)
			return 1
		}
	}
	fakeBin = dir
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue { // these tests wait more than they compute
		_ = f.Value.Set("4")
	}
	return m.Run()
}

// realBin is the folder with the real adit and adit-miner; the test is skipped where there is none.
func realBin(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("ADIT_BIN")
	if dir == "" {
		t.Skip("ADIT_BIN is not set: make test sets it to the folder with the real adit-miner")
	}
	if _, err := os.Stat(filepath.Join(dir, "adit-miner")); err != nil {
		t.Skip("there is no adit-miner in ADIT_BIN: make build makes it (needs librandomx)")
	}
	return dir
}

// home is a data directory with the programs that run on it. Everything under it is ended with the test.
type home struct {
	t   *testing.T
	bin string
	dir string
	env []string // beside what every command gets
}

func newHome(t *testing.T, bin string) *home {
	t.Helper()
	h := &home{t: t, bin: bin, dir: filepath.Join(t.TempDir(), "adit")}
	t.Cleanup(h.sweep)
	return h
}

// sweep kills what a failed test left.
func (h *home) sweep() {
	for range 50 {
		left := h.processes()
		if len(left) == 0 {
			return
		}
		for _, p := range left {
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
		time.Sleep(20 * time.Millisecond) // forbidden elsewhere: here nothing can tell us
	}
}

func (h *home) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(h.bin, "adit"), args...)
	cmd.Env = []string{"HOME=" + h.t.TempDir(), "PATH=" + os.Getenv("PATH"), "ADIT_DATA_DIR=" + h.dir, "NO_COLOR=1"}
	cmd.Env = append(cmd.Env, h.env...)
	return cmd
}

// adit runs a command to its end and returns what it prints and its exit code.
func (h *home) adit(args ...string) (out, errs string, code int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	cmd := h.command(ctx, args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// server is a running `adit up`.
type server struct {
	*home
	cmd    *exec.Cmd
	out    *output
	ended  chan error
	url    string
	link   string
	client *client.Client
}

// output collects what a process prints and wakes who waits for a word.
type output struct {
	mu   sync.Mutex
	text []byte
	news chan struct{}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	close(o.news)
	o.news = make(chan struct{})
	return len(b), nil
}

func (o *output) now() (string, chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text), o.news
}

func (o *output) String() string { s, _ := o.now(); return s }

var linkRE = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/#token=[A-Za-z0-9_-]+`)

var stopsRE = regexp.MustCompile("adit stops")

// up starts `adit up` on a free port and waits for its greeting.
func (h *home) up(args ...string) *server {
	h.t.Helper()
	s := h.launch(append([]string{"up", "--listen", "127.0.0.1:0"}, args...)...)
	said := s.says(linkRE)
	s.link, s.url = said[0], said[1]
	token, err := os.ReadFile(filepath.Join(h.dir, "token"))
	if err != nil {
		h.t.Fatal(err)
	}
	if s.client, err = client.New(s.url, strings.TrimSpace(string(token))); err != nil {
		h.t.Fatal(err)
	}
	return s
}

// launch starts a command of adit in the background.
func (h *home) launch(args ...string) *server {
	h.t.Helper()
	return h.begin(h.command(context.Background(), args...))
}

// program starts another program of the folder in the background.
func (h *home) program(name string, args ...string) *server {
	h.t.Helper()
	cmd := h.command(context.Background(), args...)
	cmd.Path = filepath.Join(h.bin, name)
	cmd.Args[0] = cmd.Path
	return h.begin(cmd)
}

func (h *home) begin(cmd *exec.Cmd) *server {
	h.t.Helper()
	s := &server{home: h, cmd: cmd, out: &output{news: make(chan struct{})}, ended: make(chan error, 1)}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.WaitDelay = time.Second
	if err := s.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	return s
}

// says waits until the output matches.
func (s *server) says(re *regexp.Regexp) []string {
	s.t.Helper()
	late := time.After(soon)
	for {
		text, news := s.out.now()
		if m := re.FindStringSubmatch(text); m != nil {
			return m
		}
		select {
		case <-news:
		case err := <-s.ended:
			s.ended <- err
			if m := re.FindStringSubmatch(s.out.String()); m != nil {
				return m
			}
			s.t.Fatalf("adit ended (%v) without saying %v:\n%s", err, re, s.out)
		case <-late:
			s.t.Fatalf("adit did not say %v:\n%s", re, s.out)
		}
	}
}

// kill ends adit without a chance to tidy up, and waits until it is gone.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-s.ended
}

// end sends a signal and returns how long adit took to end.
func (s *server) end(sig syscall.Signal) time.Duration {
	s.t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("adit ended badly after %v: %v\n%s", sig, err, s.out)
		}
	case <-time.After(15 * time.Second):
		s.t.Fatalf("adit does not end after %v:\n%s", sig, s.out)
	}
	return time.Since(began)
}

// eventually asks until fn is content; the test fails with fn's last words after d.
func eventually(t *testing.T, d time.Duration, fn func() error) {
	t.Helper()
	eventuallyBut(t, d, func() (bool, error) { return false, fn() })
}

// eventuallyBut is eventually where d does not count the time in which fn is held up, nor more than four times d of it.
func eventuallyBut(t *testing.T, d time.Duration, fn func() (heldUp bool, err error)) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	var spent time.Duration
	for last := began; ; {
		heldUp, err := fn()
		if err == nil {
			return
		}
		now := time.Now()
		if !heldUp {
			spent += now.Sub(last)
		}
		last = now
		if spent > d || now.Sub(began) > 5*d {
			t.Fatalf("not within %v of %v: %v", spent, now.Sub(began), err)
		}
		<-tick.C
	}
}

// miner is the one mining program, once there is exactly one and ok is content with it. The time in which adit says that
// other work keeps it from a processor does not count: practice is what goes last.
func (s *server) miner(d time.Duration, ok func(body.Miner) bool) body.Miner {
	s.t.Helper()
	var m body.Miner
	eventuallyBut(s.t, d, func() (bool, error) {
		ms, err := s.client.Miners(s.t.Context())
		if err != nil {
			return false, err
		}
		if len(ms) != 1 {
			return false, fmt.Errorf("%d miners", len(ms))
		}
		if m = ms[0]; !ok(m) {
			b, _ := json.Marshal(m)
			return strings.Contains(m.Why, "waits for its turn"), fmt.Errorf("%s\nadit said:\n%s", b, s.out)
		}
		return false, nil
	})
	return m
}

// accepts is content with a program that hashes and has more accepted shares than n.
func accepts(n uint64) func(body.Miner) bool {
	return func(m body.Miner) bool {
		return m.Running && m.PID != nil && m.Hashrate != nil && *m.Hashrate > 0 && m.Shares != nil && *m.Shares > n
	}
}

// practicePort is the port practice listens on, once it does: an adopted engine shows its shares before that.
func (s *server) practicePort() (port string) {
	s.t.Helper()
	eventually(s.t, soon, func() error {
		st, err := s.client.State(s.t.Context())
		if err != nil {
			return err
		}
		if st.Practice == nil || st.Practice.Listen == nil {
			return fmt.Errorf("practice does not listen:\n%s", s.out)
		}
		_, port, err = net.SplitHostPort(strings.TrimPrefix(*st.Practice.Listen, "stratum+tcp://"))
		return err
	})
	return port
}

// runtime is what other programs of the user read.
func (h *home) runtime() app.Runtime {
	h.t.Helper()
	r, ok, err := app.ReadRuntime(h.dir)
	if err != nil || !ok {
		h.t.Fatalf("runtime file: %v, %v", ok, err)
	}
	return r
}
