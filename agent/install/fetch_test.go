package install

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// bigArchive is honest, and big enough to be cut.
func bigArchive(t testing.TB, version string) []byte {
	return tarGz(t, append(honest(version), item{name: "xmrig-" + version + "/data", mode: 0o644, body: noise(300_000)}))
}

func TestDownload(t *testing.T) {
	w := newWorkbench(t)
	w.catalogue(w.entry("6.26.0", bigArchive(t, "6.26.0")))
	j, err := w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
	if j.Phase != wire.JobDone || j.Version != "6.26.0" || j.Code != "" {
		t.Errorf("%+v", j)
	}
	p, err := w.i.Store().Find("xmrig")
	must(t, err)
	content, err := os.ReadFile(p.Binary)
	must(t, err)
	if sum(content) != p.Digest || p.Version != "6.26.0" {
		t.Errorf("%+v", p)
	}
	w.tidy()
	if left, _ := os.ReadDir(filepath.Join(w.dir, fetchDir)); len(left) != 0 {
		t.Errorf("the archive was kept: %v", left)
	}
	r := w.requests()
	if len(r) != 1 || r[0].Header.Get("Accept-Encoding") != "identity" || r[0].Header.Get("User-Agent") != userAgent || r[0].Header.Get("Range") != "" {
		t.Errorf("requests: %+v", r)
	}
	var phases []string
	for _, j := range w.told {
		if len(phases) == 0 || phases[len(phases)-1] != j.Phase {
			phases = append(phases, j.Phase)
		}
	}
	if got := strings.Join(phases, " "); got != "downloading unpacking done" {
		t.Errorf("told: %s", got)
	}
}

func TestDownloadRefused(t *testing.T) {
	archive := bigArchive(t, "1.0")
	other := bigArchive(t, "6.66")
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		change func(*Entry)
		code   adit.Code
		words  []string
	}{
		{"wrong digest", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(other) }, nil, adit.Refused, []string{"not the one of the catalogue", sum(other), sum(archive), "Nothing was installed"}},
		{"gone", http.NotFound, nil, adit.NotFound, []string{"any more"}},
		{"forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, nil, adit.Refused, []string{"403"}},
		{"broken server", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, nil, adit.Unreachable, []string{"503"}},
		{"redirect to http", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.invalid/x.tar.gz", http.StatusFound)
		}, nil, adit.Refused, []string{"redirected to example.invalid without encryption"}},
		{"redirect to a file", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		}, nil, adit.Refused, []string{"redirected"}},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}, nil, adit.Refused, []string{"more than 10 times"}},
		{"announces too much", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(MaxArchive+1))
			w.WriteHeader(200)
		}, nil, adit.Refused, []string{"more than any mining program"}},
		{"another size", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(other[:100]) }, func(e *Entry) { n := int64(len(archive)); e.Size = &n }, adit.Refused, []string{"100 bytes", "Nothing was installed"}},
		{"sends more than its size", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Transfer-Encoding", "chunked")
			_, _ = w.Write(bytes.Repeat([]byte{1}, 2*len(archive)))
		}, func(e *Entry) { n := int64(len(archive)); e.Size = &n }, adit.Refused, []string{"more than it announced"}},
		{"always cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(archive)))
		}, nil, adit.Unreachable, []string{"could not be downloaded", "kept"}},
		{"a page instead", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>please log in</html>") }, nil, adit.Refused, []string{"not the one of the catalogue"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkbench(t)
			e := w.entry("1.0", archive)
			if c.change != nil {
				c.change(&e)
			}
			w.catalogue(e)
			w.handler = c.serve
			j, err := w.run(wire.InstallArgs{Program: "xmrig"})
			refused(t, err, c.code, c.words...)
			if j.Phase != wire.JobFailed || j.Reason == "" {
				t.Errorf("the job says %+v", j)
			}
			w.nothing("xmrig")
		})
	}
}

// TestRedirectHere: on this computer alone, http may lead to http.
func TestRedirectHere(t *testing.T) {
	w := newWorkbench(t)
	archive := bigArchive(t, "1.0")
	e := w.entry("1.0", archive)
	w.catalogue(e)
	w.files["/elsewhere"] = archive
	w.handler = func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/elsewhere" {
			http.Redirect(rw, r, "/elsewhere", http.StatusFound)
			return
		}
		_, _ = rw.Write(archive)
	}
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
}

// cutter serves an archive and breaks off after so many bytes of each answer, as long as there are cuts left.
func cutter(archive []byte, ranges bool, etag func() string, cuts ...int) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1)) - 1
		from := 0
		if ranges {
			w.Header().Set("ETag", etag())
			if rng := r.Header.Get("Range"); rng != "" && (r.Header.Get("If-Range") == "" || r.Header.Get("If-Range") == etag()) {
				from, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(rng, "bytes="), "-"))
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(archive)-1, len(archive)))
			}
		}
		rest := archive[from:]
		w.Header().Set("Content-Length", strconv.Itoa(len(rest)))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		if i < len(cuts) {
			_, _ = w.Write(rest[:min(cuts[i], len(rest))])
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(rest)
	}
}

func same() string { return `"one"` }

func TestDownloadResumes(t *testing.T) {
	archive := bigArchive(t, "1.0")
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		ranges int // requests that ask for a part
	}{
		{"cut three times", cutter(archive, true, same, 50_000, 60_000, 70_000), 3},
		{"server that knows no ranges", cutter(archive, false, nil, 50_000), 1},
		{"cut at the first byte", cutter(archive, true, same, 0, 0), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkbench(t)
			w.catalogue(w.entry("1.0", archive))
			w.handler = c.serve
			_, err := w.run(wire.InstallArgs{Program: "xmrig"})
			must(t, err)
			asked := 0
			for _, r := range w.requests() {
				if r.Header.Get("Range") != "" {
					asked++
				}
			}
			if asked != c.ranges {
				t.Errorf("%d requests for a part, want %d", asked, c.ranges)
			}
		})
	}
}

// TestDownloadOfAChangedFile: the file on the server is replaced while it is fetched; the new one is fetched whole.
func TestDownloadOfAChangedFile(t *testing.T) {
	old, archive := bigArchive(t, "0.9"), bigArchive(t, "1.0")
	w := newWorkbench(t)
	w.catalogue(w.entry("1.0", archive))
	first, second := cutter(old, true, func() string { return `"old"` }, 150_000), cutter(archive, true, func() string { return `"new"` })
	var n atomic.Int32
	w.handler = func(rw http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			first(rw, r)
			return
		}
		second(rw, r)
	}
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
	if r := w.requests(); len(r) != 2 || r[1].Header.Get("If-Range") != `"old"` {
		t.Errorf("%d requests", len(r))
	}
}

// TestDownloadPutTogetherWrongly: a server without a mark of versions gave parts of two files; the whole is fetched anew.
func TestDownloadPutTogetherWrongly(t *testing.T) {
	old, archive := bigArchive(t, "0.9"), bigArchive(t, "1.0")
	w := newWorkbench(t)
	w.catalogue(w.entry("1.0", archive))
	none := func() string { return "" }
	first, second := cutter(old, true, none, 150_000), cutter(archive, true, none)
	var n atomic.Int32
	w.handler = func(rw http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			first(rw, r)
			return
		}
		second(rw, r)
	}
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
	if r := w.requests(); len(r) != 3 || r[1].Header.Get("Range") == "" || r[2].Header.Get("Range") != "" {
		t.Errorf("%d requests", len(r))
	}
}

// TestDownloadOddAnswers: servers that answer a request for a part in their own way.
func TestDownloadOddAnswers(t *testing.T) {
	archive := bigArchive(t, "1.0")
	for name, odd := range map[string]http.HandlerFunc{
		"another part": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 5-9/%d", len(archive)))
			w.WriteHeader(206)
			_, _ = w.Write(archive[5:10])
		},
		"a part without saying which": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(206) },
		"no such part":                func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(416) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkbench(t)
			w.catalogue(w.entry("1.0", archive))
			cut := cutter(archive, true, same, 150_000)
			w.handler = func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					odd(rw, r)
					return
				}
				cut(rw, r)
			}
			_, err := w.run(wire.InstallArgs{Program: "xmrig"})
			must(t, err)
		})
	}
}

// TestDownloadGoesOnAfterARestart: what an earlier agent fetched is not fetched again.
func TestDownloadGoesOnAfterARestart(t *testing.T) {
	archive := bigArchive(t, "1.0")
	w := newWorkbench(t)
	e := w.entry("1.0", archive)
	w.catalogue(e)
	w.handler = cutter(archive, true, same, 200_000, 0, 0, 0, 0, 0, 0, 0)
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	refused(t, err, adit.Unreachable, "kept")
	w.open()
	w.catalogue(e)
	w.handler = nil
	before := len(w.requests())
	_, err = w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
	r := w.requests()[before:]
	if len(r) != 1 || r[0].Header.Get("Range") != "bytes=200000-" {
		t.Errorf("%d requests, the first for %q", len(r), r[0].Header.Get("Range"))
	}
}

func TestDownloadStalls(t *testing.T) {
	archive := bigArchive(t, "1.0")
	w := newWorkbench(t, func(o *Options) { o.Stall = 50 * time.Millisecond })
	w.catalogue(w.entry("1.0", archive))
	var n atomic.Int32
	w.handler = func(rw http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 2 {
			cutter(archive, true, same)(rw, r)
			return
		}
		rw.Header().Set("ETag", same())
		rw.Header().Set("Content-Length", strconv.Itoa(len(archive)))
		_, _ = rw.Write(archive[:1000])
		_ = http.NewResponseController(rw).Flush()
		<-r.Context().Done() // until the client gives up
	}
	_, err := w.run(wire.InstallArgs{Program: "xmrig"})
	must(t, err)
	if got := n.Load(); got < 3 {
		t.Errorf("%d requests", got)
	}
}

func TestCancelDownload(t *testing.T) {
	archive := bigArchive(t, "1.0")
	w := newWorkbench(t)
	w.catalogue(w.entry("1.0", archive))
	here := make(chan struct{})
	w.handler = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Length", strconv.Itoa(len(archive)))
		_, _ = rw.Write(archive[:1000])
		_ = http.NewResponseController(rw).Flush()
		close(here)
		<-r.Context().Done()
	}
	j, err := w.i.Start(context.Background(), wire.InstallArgs{Program: "xmrig"})
	must(t, err)
	<-here
	_, err = w.i.Start(context.Background(), wire.InstallArgs{Program: "xmrig"})
	refused(t, err, adit.Conflict, "being installed already", "downloading")
	_, err = w.i.Uninstall("xmrig", "")
	refused(t, err, adit.Conflict, "being installed")
	must(t, w.i.Cancel(j.ID))
	j, err = w.end(j)
	refused(t, err, adit.Conflict, "cancelled")
	if j.Phase != wire.JobCancelled {
		t.Errorf("%+v", j)
	}
	refused(t, w.i.Cancel(j.ID), adit.Conflict, "ended already")
	refused(t, w.i.Cancel("nope"), adit.NotFound)
	w.nothing("xmrig")
}

func TestContentRange(t *testing.T) {
	for s, want := range map[string]int64{"bytes 5-9/10": 5, "bytes 0-0/*": 0, "bytes 5-9/9": -1, "bytes 9-5/10": -1, "bytes */10": -1, "5-9/10": -1, "": -1, "bytes a-b/c": -1, "bytes -5-9/10": -1} {
		from, _, ok := contentRange(s)
		if ok != (want >= 0) || ok && from != want {
			t.Errorf("%q: %d %v", s, from, ok)
		}
	}
}
