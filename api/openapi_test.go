package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/adit-mining/adit/internal/httpx"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// TestOpenAPIDocument fails when the committed document is not the one the code makes.
func TestOpenAPIDocument(t *testing.T) {
	got, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.json is stale: run `make generate`")
	}
}

// operations walks the document.
func operations(t *testing.T) map[string]map[string]any {
	t.Helper()
	raw, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string                               `json:"openapi"`
		Paths   map[string]map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI[:3] != "3.1" {
		t.Errorf("the document is OpenAPI %s", doc.OpenAPI)
	}
	out := map[string]map[string]any{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			out[method+" "+path] = o
		}
	}
	return out
}

// public names every operation that needs nobody; a new one needs a reason here.
var public = map[string]string{
	"post /api/v1/session": "it is how one signs in",
	"get /health":          "it says only that adit runs, of a crew how many workers there are and whether it has work, as CoopMine does",
	"get /ready":           "it says only what adit waits for",
}

// TestEveryOperationNamesItsScope is the guard of rooms.md section 7.
func TestEveryOperationNamesItsScope(t *testing.T) {
	scopes := map[string]bool{"read": true, "control": true, "consent": true, "owner": true, "metrics": true}
	ops := operations(t)
	if len(ops) < 25 {
		t.Errorf("only %d operations were found", len(ops))
	}
	for name, o := range ops {
		scope, _ := o[httpx.ScopeKey].(string)
		switch {
		case scope == string(httpx.Public):
			if public[name] == "" {
				t.Errorf("%s is public without a reason in this test", name)
			}
		case !scopes[scope]:
			t.Errorf("%s names no scope (%q)", name, scope)
		}
		if o["operationId"] == "" || o["summary"] == "" {
			t.Errorf("%s has no id or no summary", name)
		}
	}
}

// TestPathParametersAreRead: a name in a path that no input struct reads would always be empty.
func TestPathParametersAreRead(t *testing.T) {
	for name, o := range operations(t) {
		read := map[string]bool{}
		params, _ := o["parameters"].([]any)
		for _, p := range params {
			if p := p.(map[string]any); p["in"] == "path" {
				read["{"+p["name"].(string)+"}"] = true
			}
		}
		for _, want := range paramRE.FindAllString(name, -1) {
			if !read[want] {
				t.Errorf("%s does not read %s", name, want)
			}
		}
	}
}
