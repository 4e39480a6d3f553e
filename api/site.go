package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/adit-mining/adit/internal/problem"
)

// site serves the web app: files as they are, index.html for every page of the app.
type site struct {
	files fs.FS
	mu    sync.Mutex
	ready map[string]*file
}

// file is a file as it is sent.
type file struct {
	kind   string // media type
	etag   string
	plain  []byte
	packed []byte // gzip; nil where it does not pay
}

// packFrom is the size in bytes from which gzip pays.
const packFrom = 1024

func newSite(files fs.FS) (*site, error) {
	if _, err := fs.Stat(files, "index.html"); err != nil {
		return nil, fmt.Errorf("api: the web app has no index.html: %w", err)
	}
	return &site{files: files, ready: map[string]*file{}}, nil
}

// ServeHTTP implements http.Handler for GET and HEAD.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	f, err := s.file(name)
	switch {
	case err == nil && strings.HasPrefix(name, "assets/"):
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // the name carries a digest
	case err == nil:
		w.Header().Set("Cache-Control", "no-cache")
	case path.Ext(name) != "":
		problem.New(http.StatusNotFound, "there is no such file").Write(w)
		return
	default: // a page of the app
		if f, err = s.file("index.html"); err != nil {
			problem.Of(err).Write(w)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
	}
	f.send(w, r)
}

// file reads a file once; the tree is part of the program and does not change.
func (s *site) file(name string) (*file, error) {
	if name == "" {
		name = "index.html"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.ready[name]; f != nil {
		return f, nil
	}
	info, err := fs.Stat(s.files, name)
	if err != nil || info.IsDir() {
		return nil, fs.ErrNotExist
	}
	b, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	f := &file{kind: mediaType(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`, plain: b}
	if len(b) >= packFrom && packable(f.kind) {
		f.packed = packed(b)
	}
	s.ready[name] = f
	return f, nil
}

// mediaType knows the types of a web app by itself: what the system's tables say differs between systems.
func mediaType(name string) string {
	known := map[string]string{
		".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
		".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
		".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
	}
	ext := strings.ToLower(path.Ext(name))
	if t := known[ext]; t != "" {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

func packable(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "svg")
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		if _, err = z.Write(b); err == nil {
			err = z.Close()
		}
	}
	if err != nil || out.Len() >= len(b) {
		return nil
	}
	return out.Bytes()
}

func (f *file) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.etag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if f.packed != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may be gone
	}
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return strings.ReplaceAll(q, " ", "") != "q=0"
		}
	}
	return false
}
