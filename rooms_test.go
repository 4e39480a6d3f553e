package adit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const mod = "github.com/adit-mining/adit"

// rooms is the plan of the house: what each room may import besides the root package and internal/.
// The longest matching pattern wins; a last element of "*" makes every sub-folder a room of its own.
var rooms = map[string][]string{
	".":           {},
	"internal":    {},
	"device":      {},
	"pow":         {},
	"stratum":     {},
	"store":       {},
	"ui":          {},
	"link":        {"device"},
	"drivers":     {"device"},
	"drivers/*":   {"device", "drivers/internal"},                                  // no driver knows another; families share through drivers/internal
	"drivers/all": {"device", "drivers"},                                           // the parts list
	"agent":       {"device", "link", "store"},                                     // gets a registry handed in, never imports drivers
	"fleet":       {},                                                              // doc.go alone
	"fleet/*":     {"device", "link", "store", "fleet/account", "fleet/inventory"}, // a noun knows two neighbours; others by small interfaces
	"coop":        {"link", "store", "stratum"},                                    // hashes are checked through an interface, filled in cmd
	"api":         {"coop", "fleet", "link"},
	"cmd":         {"*"}, // the door and the wiring
	"test":        {"*"}, // whole-house tests
	"tools":       {"*"},
}

// wall finds the rule for a package folder: itself, then ever shorter prefixes, "dir/*" before "dir".
func wall(dir string) (room string, may []string, ok bool) {
	for p := dir; p != "."; p = path.Dir(p) {
		if may, ok = rooms[p]; ok {
			return p, may, true
		}
		if may, ok = rooms[path.Dir(p)+"/*"]; ok {
			return p, may, true
		}
	}
	may, ok = rooms["."], dir == "."
	return ".", may, ok
}

// within reports whether folder p is room r or lies inside it.
func within(p, r string) bool { return p == r || strings.HasPrefix(p, r+"/") }

// goFile is one parsed source file, tests left out.
type goFile struct {
	path, dir string // slash-separated, from the repository's root
	ast       *ast.File
}

// sources parses the package clauses, comments and imports of every Go file. It reads the sources itself: the test
// cache then sees every change, which it would not through `go list`.
func sources(t *testing.T) []goFile {
	t.Helper()
	skip := []string{"node_modules", "testdata", ".git", ".cache", "bin", "dist"}
	var out []goFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skip, d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		out = append(out, goFile{p, path.Dir(p), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRooms keeps the plan of the house true.
func TestRooms(t *testing.T) {
	for _, f := range sources(t) {
		room, may, ok := wall(f.dir)
		if !ok {
			t.Errorf("%s: %q is not on the plan", f.path, f.dir)
		}
		for _, s := range f.ast.Imports {
			imp, _ := strconv.Unquote(s.Path.Value)
			to, ours := strings.CutPrefix(imp, mod+"/")
			allowed := func(r string) bool { return r == "*" || within(to, r) }
			if !ours || within(to, room) || within(to, "internal") || slices.ContainsFunc(may, allowed) {
				continue
			}
			t.Errorf("%s imports %s; %q may import only %v", f.path, to, room, may)
		}
	}
}

// TestRoomsHaveDoc asks of every package what it is for, what it may import and where to start reading.
func TestRoomsHaveDoc(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t) {
		documented[f.dir] = documented[f.dir] || f.ast.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment: write %s/doc.go", dir, dir)
		}
	}
}

// TestCgoStaysInTheForge keeps cgo in pow/randomx, so that every other program builds with CGO_ENABLED=0.
func TestCgoStaysInTheForge(t *testing.T) {
	for _, f := range sources(t) {
		for _, s := range f.ast.Imports {
			if s.Path.Value == `"C"` && !within(f.dir, "pow/randomx") {
				t.Errorf("%s uses cgo; only pow/randomx may", f.path)
			}
		}
	}
}
