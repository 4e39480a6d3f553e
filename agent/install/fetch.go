package install

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/wording"
)

const (
	stallAfter   = 30 * time.Second // without a byte
	tries        = 5                // in a row that bring nothing new
	firstWait    = time.Second      // before the next try, doubled each time
	maxRedirects = 10
	userAgent    = "adit"
)

// fetcher downloads archives into a folder. A download that is cut short goes on where it ended.
type fetcher struct {
	client *http.Client
	dir    string
	stall  time.Duration
	wait   time.Duration

	reserve int64 // see bounds
}

// newFetcher takes proxies from the environment. tr nil = the standard transport.
func newFetcher(dir string, tr http.RoundTripper, stall, wait time.Duration, reserve int64) *fetcher {
	if tr == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.DisableCompression = true // the digest is of the archive as it is
		t.ResponseHeaderTimeout = stall
		t.DialContext = (&net.Dialer{Timeout: stall}).DialContext
		tr = t
	}
	return &fetcher{dir: dir, stall: stall, wait: wait, reserve: reserve, client: &http.Client{Transport: tr, CheckRedirect: checkRedirect}}
}

// checkRedirect follows to https only, and to this computer itself only from there.
func checkRedirect(r *http.Request, via []*http.Request) error {
	switch {
	case len(via) >= maxRedirects:
		return adit.Errorf(adit.Refused, "the download is redirected more than %d times", maxRedirects)
	case r.URL.Scheme == "https":
		return nil
	case r.URL.Scheme == "http" && isLoopback(r.URL.Hostname()) && isLoopback(via[0].URL.Hostname()):
		return nil
	}
	return adit.Errorf(adit.Refused, "the download is redirected to %s without encryption (%s), which adit does not follow", r.URL.Host, r.URL.Scheme)
}

// validator is what a server calls the version of a file it serves, kept beside a partial download.
type validator struct {
	URL  string `json:"url"`
	ETag string `json:"etag,omitempty"`
	Date string `json:"date,omitempty"` // Last-Modified
}

// download is one archive on its way.
type download struct {
	f     *fetcher
	e     Entry
	part  *os.File
	hash  hash.Hash
	have  int64
	each  func(done int64, total *int64)
	total *int64
	moved bool // this try brought something new
	fresh bool // the file was begun anew, so that a wrong digest is the server's
}

func (f *fetcher) partPath(e Entry) string { return filepath.Join(f.dir, e.SHA256+".part") }
func (f *fetcher) metaPath(e Entry) string { return filepath.Join(f.dir, e.SHA256+".json") }

// drop forgets what was downloaded of an entry.
func (f *fetcher) drop(e Entry) {
	_ = os.Remove(f.partPath(e))
	_ = os.Remove(f.metaPath(e))
}

// fetch returns the path of an entry's archive, whose digest is right. What is there already is not fetched again.
func (f *fetcher) fetch(ctx context.Context, e Entry, each func(done int64, total *int64)) (string, error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return "", diskError("the archive", err)
	}
	part, err := os.OpenFile(f.partPath(e), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", diskError("the archive", err)
	}
	defer part.Close()
	d := &download{f: f, e: e, part: part, each: each, total: e.Size}
	if err := d.resume(); err != nil {
		return "", err
	}
	if d.have > 0 && d.right() {
		return part.Name(), nil
	}
	if err := d.run(ctx); err != nil {
		if isFull(err) {
			f.drop(e) // on a full disk a partial file helps nobody
		}
		return "", err
	}
	return part.Name(), nil
}

// run tries until the archive is whole and right. A file that was put together from several tries and is wrong is
// fetched once more from its beginning.
func (d *download) run(ctx context.Context) error {
	wait := d.f.wait
	for failed := 0; ; {
		d.moved = false
		err := d.try(ctx)
		switch {
		case err == nil && d.right():
			return nil
		case err == nil && d.fresh:
			got := hex.EncodeToString(d.hash.Sum(nil))
			d.f.drop(d.e)
			return adit.Errorf(adit.Refused, "the archive from %s is not the one of the catalogue: its sha256 is %s, expected was %s (%s). Nothing was installed",
				hostOf(d.e.URL), got, d.e.SHA256, d.e.DigestSource)
		case err == nil:
			if err := d.restart(); err != nil {
				return err
			}
			continue
		case ctx.Err() != nil:
			return adit.Errorf(adit.Timeout, "the download was interrupted; what came is kept for the next try")
		case !transient(err):
			return err
		}
		if failed++; d.moved {
			failed, wait = 1, d.f.wait
		}
		if failed >= tries {
			return adit.Errorf(adit.Unreachable, "%s could not be downloaded from %s: %w. What came is kept, so that the next try goes on from there", d.e.archiveName(), hostOf(d.e.URL), cause(err))
		}
		if err := pause(ctx, wait); err != nil {
			return adit.Errorf(adit.Timeout, "the download was interrupted; what came is kept for the next try")
		}
		wait *= 2
	}
}

// passing marks an error that another try may overcome.
type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

func transient(err error) bool {
	var p passing
	return errors.As(err, &p)
}

// cause is an error without the address, which is said already.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "its server"
	}
	return u.Host
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// resume reads what an earlier try left.
func (d *download) resume() error {
	d.hash = sha256.New()
	if _, err := d.part.Seek(0, io.SeekStart); err != nil {
		return adit.Errorf(adit.Internal, "the archive cannot be read: %w", err)
	}
	n, err := io.Copy(d.hash, d.part)
	if err != nil {
		return adit.Errorf(adit.Internal, "the archive cannot be read: %w", err)
	}
	d.have, d.fresh = n, n == 0
	return nil
}

// restart empties the file.
func (d *download) restart() error {
	if err := d.part.Truncate(0); err != nil {
		return adit.Errorf(adit.Internal, "the archive cannot be written: %w", err)
	}
	_ = os.Remove(d.f.metaPath(d.e))
	return d.resume()
}

func (d *download) right() bool { return hex.EncodeToString(d.hash.Sum(nil)) == d.e.SHA256 }

// try asks the server once for what is missing.
func (d *download) try(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := adit.Errorf(adit.Timeout, "nothing came for %s", wording.Length(d.f.stall))
	watch := time.AfterFunc(d.f.stall, func() { cancel(stalled) })
	defer watch.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.e.URL, nil)
	if err != nil {
		return adit.Errorf(adit.Invalid, "the catalogue's address cannot be used: %w", err)
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept-Encoding", "identity")
	d.askRange(req)
	res, err := d.f.client.Do(req)
	if err != nil {
		return d.failed(ctx, err)
	}
	defer res.Body.Close()
	if err := d.begin(res); err != nil {
		return err
	}
	if err := d.receive(res.Body, watch); err != nil {
		return d.failed(ctx, err)
	}
	if d.total != nil && d.have < *d.total {
		return passing{adit.Errorf(adit.Unreachable, "it ended after %d of %d bytes", d.have, *d.total)}
	}
	return nil
}

// askRange asks for the rest where a part is there, and for all where the file on the server is another one by now.
// Source: RFC 9110 13.1.5 (If-Range) and 14.2 (Range).
func (d *download) askRange(req *http.Request) {
	if d.have == 0 {
		return
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
	b, err := os.ReadFile(d.f.metaPath(d.e))
	var v validator
	if err != nil || json.Unmarshal(b, &v) != nil || v.URL != d.e.URL {
		return // the digest over all will tell
	}
	if v.ETag != "" && !strings.HasPrefix(v.ETag, "W/") {
		req.Header.Set("If-Range", v.ETag)
	} else if v.Date != "" {
		req.Header.Set("If-Range", v.Date)
	}
}

// failed keeps our own words and takes an error of the network for one that passes.
func (d *download) failed(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil && adit.CodeOf(c) == adit.Timeout {
		return passing{c}
	}
	var p passing
	if errors.As(err, &p) {
		return err
	}
	if e, ours := adit.AsError(err); ours {
		return e
	}
	return passing{err}
}

// begin looks at the answer's head and puts the file where the body goes on.
func (d *download) begin(res *http.Response) error {
	var length *int64
	if res.ContentLength >= 0 {
		length = &res.ContentLength
	}
	switch {
	case res.StatusCode == http.StatusOK:
		if d.have > 0 {
			if err := d.restart(); err != nil {
				return err
			}
		}
		d.fresh = true
	case res.StatusCode == http.StatusPartialContent:
		from, total, ok := contentRange(res.Header.Get("Content-Range"))
		if !ok || from != d.have {
			if err := d.restart(); err != nil {
				return err
			}
			return passing{adit.Errorf(adit.Unreachable, "the server sent another part than it was asked for")}
		}
		d.fresh = d.fresh && d.have == 0
		if length = total; total == nil && res.ContentLength >= 0 {
			n := d.have + res.ContentLength
			length = &n
		}
	case res.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		if err := d.restart(); err != nil {
			return err
		}
		return passing{adit.Errorf(adit.Unreachable, "the server has less than was downloaded before")}
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return adit.Errorf(adit.NotFound, "%s has no %s any more (%s): install another version, or from an archive of yours", hostOf(d.e.URL), d.e.archiveName(), res.Status)
	case res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout:
		return passing{adit.Errorf(adit.Unreachable, "the server answers %s", res.Status)}
	default:
		return adit.Errorf(adit.Refused, "%s does not give %s away: it answers %s", hostOf(d.e.URL), d.e.archiveName(), res.Status)
	}
	return d.prepare(res, length)
}

// prepare checks sizes and room before the first byte is written.
func (d *download) prepare(res *http.Response, length *int64) error {
	switch {
	case length != nil && *length > MaxArchive:
		return adit.Errorf(adit.Refused, "the archive has %s, more than any mining program needs", mib(*length))
	case length != nil && d.e.Size != nil && *length != *d.e.Size:
		return adit.Errorf(adit.Refused, "the archive from %s has %d bytes, the one of the catalogue has %d. Nothing was installed", hostOf(d.e.URL), *length, *d.e.Size)
	}
	if length != nil {
		d.total = length
		if err := checkRoom(d.f.dir, *length-d.have, d.f.reserve); err != nil {
			return err
		}
	}
	v := validator{URL: d.e.URL, ETag: res.Header.Get("ETag"), Date: res.Header.Get("Last-Modified")}
	if err := atomicfile.WriteJSON(d.f.metaPath(d.e), v, 0o600); err != nil {
		return diskError("the archive", err)
	}
	return nil
}

// contentRange reads "bytes 5-9/10" or "bytes 5-9/*". Source: RFC 9110 14.4.
func contentRange(s string) (from int64, total *int64, ok bool) {
	span, ok := strings.CutPrefix(s, "bytes ")
	if !ok {
		return 0, nil, false
	}
	span, all, ok := strings.Cut(span, "/")
	first, last, ok2 := strings.Cut(span, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	end, err2 := strconv.ParseInt(last, 10, 64)
	if !ok || !ok2 || err != nil || err2 != nil || from < 0 || end < from {
		return 0, nil, false
	}
	if all == "*" {
		return from, nil, true
	}
	n, err := strconv.ParseInt(all, 10, 64)
	if err != nil || n <= end {
		return 0, nil, false
	}
	return from, &n, true
}

// receive writes the body behind what is there, and hashes it on the way.
func (d *download) receive(body io.Reader, watch *time.Timer) error {
	buf := make([]byte, copySize)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			watch.Reset(d.f.stall)
			if werr := d.write(buf[:n]); werr != nil {
				return werr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (d *download) write(b []byte) error {
	limit := int64(MaxArchive)
	if d.total != nil {
		limit = *d.total
	}
	if d.have+int64(len(b)) > limit {
		d.f.drop(d.e)
		return adit.Errorf(adit.Refused, "%s sends more than it announced, or more than any mining program needs: nothing was installed", hostOf(d.e.URL))
	}
	if _, err := d.part.WriteAt(b, d.have); err != nil {
		return diskError("the archive", err)
	}
	_, _ = d.hash.Write(b) // never fails
	d.have += int64(len(b))
	d.moved = true
	if d.each != nil {
		d.each(d.have, d.total)
	}
	return nil
}
