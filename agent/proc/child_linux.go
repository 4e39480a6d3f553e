package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
)

// forge launches the program. The kernel kills the program when the thread that forked it ends (PR_SET_PDEATHSIG),
// so all forks happen on one thread that lives as long as the shim: however the shim dies, the program dies with it.
type forge struct {
	root string // the file system for limits; processes are always the real ones
	dir  string // the program's folder
	ring *ring
	fork chan func()

	current int // PID of the program; only the runner's loop touches what follows
	group   string
	held    []Limit
}

func newForge(root, dir string, r *ring) *forge {
	f := &forge{root: root, dir: dir, ring: r, fork: make(chan func())}
	go func() { // ends at close, and its thread with it
		runtime.LockOSThread()
		for do := range f.fork {
			do()
		}
	}()
	return f
}

// close ends the thread, and with it a program that still runs.
func (f *forge) close() { close(f.fork) }

func (f *forge) limits() []Limit { return f.held }
func (f *forge) cgroup() string  { return f.group }

// run is one run of the program.
type run struct {
	proc    procfs
	process *os.Process
	id      ident
	marker  string
	input   *os.File
	output  *os.File
	exit    chan Exit

	mu     sync.Mutex
	reaped bool
}

func (r *run) ident() ident      { return r.id }
func (r *run) done() <-chan Exit { return r.exit }

func (f *forge) launch(s Spec) (child, error) {
	digest, file, err := verify(s.Path, s.Digest)
	if err != nil {
		return nil, err
	}
	r := &run{proc: procfs{"/"}, marker: marker(s.ID), exit: make(chan Exit, 1)}
	file, err = f.start(r, s, file)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	f.current = r.process.Pid
	r.id, err = r.proc.identify(r.process.Pid)
	if err != nil { // it has ended already; the wait below says how
		r.id = ident{PID: r.process.Pid}
	}
	r.id.Digest = digest
	swapped := err == nil && !executes(r.proc, r.id, s.Path, file)
	if swapped {
		r.kill()
	}
	f.confine(s, r.process.Pid)
	go r.wait(began, f.ring) // ends when the program has; the runner waits for its Exit
	if swapped {
		<-r.exit
		return nil, adit.Errorf(adit.Refused, "%s was exchanged while it was being started; it was ended at once", s.Path)
	}
	return r, nil
}

// start forks the program on the forge's thread, with that thread's niceness.
func (f *forge) start(r *run, s Spec, file fs.FileInfo) (fs.FileInfo, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, inR.Close(), inW.Close())
	}
	dir := s.Dir
	if dir == "" {
		dir = f.dir
	}
	attr := &os.ProcAttr{
		Dir: dir, Env: childEnv(os.Environ(), s), Files: []*os.File{inR, outW, outW},
		Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL},
	}
	berth, err := f.berth(s, attr, file)
	if err != nil {
		return nil, errors.Join(err, inR.Close(), inW.Close(), outR.Close(), outW.Close())
	}
	defer berth.close()
	group, limits := cgroups{f.root, f.dir}.limit(s)
	f.group, f.held = group, limits
	if berth.limit.Name != "" {
		f.held = append(f.held, berth.limit)
	}
	forked := make(chan error)
	f.fork <- func() {
		niced := setNice(s.Nice)
		var err error
		berth.bind()
		r.process, err = os.StartProcess(berth.path, append([]string{s.Path}, s.Args...), attr)
		berth.after()
		if s.Nice != 0 {
			f.held = append(f.held, niced)
		}
		forked <- err
	}
	err = <-forked
	_, _ = inR.Close(), outW.Close()
	if err != nil {
		_, _ = inW.Close(), outR.Close()
		return nil, startError(s, dir, err)
	}
	r.input, r.output = inW, outR
	return berth.file, nil
}

// startError says what another try cannot mend.
func startError(s Spec, dir string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isDir(dir):
		return adit.Errorf(adit.Refused, "the working folder %s does not exist", dir)
	case errors.Is(err, syscall.ENOEXEC), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return adit.Errorf(adit.Refused, "%s cannot be run on this computer: %w", s.Path, err)
	}
	return adit.Errorf(adit.Internal, "%s could not be started: %w", s.Path, err)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// executes reports whether the process runs the very file that was checked. A script runs its interpreter instead.
func executes(p procfs, id ident, path string, checked fs.FileInfo) bool {
	got, err := os.Stat(p.path(strconv.Itoa(id.PID), "exe"))
	if err != nil || os.SameFile(got, checked) {
		return true // ended, or another user's (set-uid)
	}
	b := make([]byte, 2)
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, _ = f.Read(b)
	return bytes.Equal(b, []byte("#!"))
}

// setNice sets the calling thread's niceness, which a forked program inherits (Linux keeps it per thread).
func setNice(n int) Limit {
	if n == 0 {
		return Limit{}
	}
	words := fmt.Sprintf("niceness %d", n)
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, n); err != nil {
		return Limit{Name: "nice", Words: fmt.Sprintf("%s is not held: %v", words, err)}
	}
	return Limit{Name: "nice", Holds: true, Words: words}
}

// confine puts the running program into its control group and gives its session's autogroup the niceness: with
// autogroups the kernel compares niceness only within a session (sched(7)), and the program has one of its own.
func (f *forge) confine(s Spec, pid int) {
	if f.group != "" {
		if err := join(f.group, pid); err != nil && !errors.Is(err, syscall.ESRCH) {
			f.held = unheld(f.held, err)
		}
	}
	if s.Nice != 0 {
		path := filepath.Join(f.root, "proc", strconv.Itoa(pid), "autogroup")
		if h, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			_, _ = h.WriteString(strconv.Itoa(s.Nice)) // refused only where it would raise the priority
			_ = h.Close()
		}
	}
}

// childEnv is a small environment: what a program needs to find its home, the spec's entries, and our mark.
func childEnv(env []string, s Spec) []string {
	own := map[string]bool{}
	if s.User != nil { // its home is where it works; a path there it could not walk
		s.Env = append([]string{"HOME=/proc/self/cwd", "USER=" + s.User.Name, "LOGNAME=" + s.User.Name}, s.Env...)
	}
	for _, e := range s.Env {
		k, _, _ := strings.Cut(e, "=")
		own[k] = true
	}
	var out []string
	for _, e := range env {
		switch k, _, _ := strings.Cut(e, "="); k {
		case "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR":
			if !own[k] {
				out = append(out, e)
			}
		}
	}
	return append(append(out, s.Env...), marker(s.ID))
}

func (r *run) stdin(data []byte) error {
	_ = r.input.SetWriteDeadline(time.Now().Add(writeTimeout / 2))
	if _, err := r.input.Write(data); err != nil {
		return adit.Errorf(adit.Refused, "the program does not take input: %w", err)
	}
	return nil
}

// wait takes the program's end, ends what it left behind, reads the rest of its output and reports.
func (r *run) wait(began time.Time, ring *ring) {
	read := make(chan struct{})
	go func() {
		defer close(read)
		_ = readOutput(r.output, ring)
	}()
	ps, err := r.process.Wait()
	ran := time.Since(began)
	r.mu.Lock()
	r.reaped = true
	r.mu.Unlock()
	r.sweep()
	_ = r.input.Close()
	_ = r.output.SetReadDeadline(time.Now().Add(time.Second)) // what is in the pipe still comes
	<-read
	_ = r.output.Close()
	e := Exit{At: time.Now(), Ran: ran}
	if err != nil {
		e.Words = "ended: " + err.Error()
		r.exit <- e
		return
	}
	if ws, ok := ps.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		e.Signal = ws.Signal().String()
	} else {
		code := ps.ExitCode()
		e.Code = &code
	}
	e.Words = exitWords(e.Code, e.Signal, ran)
	r.exit <- e
}
