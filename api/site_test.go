package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestSite(t *testing.T) {
	h := openHub(t)
	page := string(webApp["index.html"].Data)
	accept := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Accept-Encoding", v) }
	}
	for _, c := range []struct {
		path    string
		status  int
		kind    string
		keep    string
		content string
	}{
		{"/", 200, "text/html; charset=utf-8", "no-cache", page},
		{"/computer", 200, "text/html; charset=utf-8", "no-cache", page},
		{"/devices/rig1/m", 200, "text/html; charset=utf-8", "no-cache", page},
		{"/assets/app-1234.js", 200, "text/javascript; charset=utf-8", "immutable", "let a=1;"},
		{"/favicon.svg", 200, "image/svg+xml", "no-cache", "<svg/>"},
		{"/assets/gone-1.js", 404, "application/problem+json", "no-store", ""},
		{"/..%2f..%2fetc/passwd", 200, "text/html; charset=utf-8", "no-cache", page},
		{"/assets", 200, "text/html; charset=utf-8", "no-cache", page},
	} {
		status, header, text := h.request("GET", c.path, "", accept("identity"))
		if status != c.status || header.Get("Content-Type") != c.kind || !strings.Contains(header.Get("Cache-Control"), c.keep) || !strings.Contains(text, c.content) {
			t.Errorf("%s: %d %v", c.path, status, header)
		}
	}
	_, header, packed := h.request("GET", "/assets/app-1234.js", "", accept("br, gzip"))
	if header.Get("Content-Encoding") != "gzip" || header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%v", header)
	}
	z, err := gzip.NewReader(strings.NewReader(packed))
	must(t, err)
	if b, err := io.ReadAll(z); err != nil || string(b) != string(webApp["assets/app-1234.js"].Data) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if _, header, _ := h.request("GET", "/assets/app-1234.js", "", accept("gzip;q=0")); header.Get("Content-Encoding") != "" {
		t.Error("gzip for who does not want it")
	}
	status, _, _ := h.request("GET", "/", "", func(r *http.Request) { r.Header.Set("If-None-Match", header.Get("ETag")) })
	if status != 200 {
		t.Errorf("another file's tag: %d", status)
	}
	_, header, _ = h.request("GET", "/", "")
	if status, _, text := h.request("GET", "/", "", func(r *http.Request) { r.Header.Set("If-None-Match", header.Get("ETag")) }); status != 304 || text != "" {
		t.Errorf("%d %q", status, text)
	}
	if status, header, text := h.request("HEAD", "/", ""); status != 200 || text != "" || header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d %q", status, text)
	}
}
