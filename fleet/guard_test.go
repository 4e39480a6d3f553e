package fleet

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// exempt names the exported methods of services that take no actor, each with the reason.
var exempt = map[string]string{
	"account.Authenticate": "it is what finds the actor",
	"account.Redeem":       "it is how one becomes an actor",
	"inventory.Met":        "the hub's loop: what an agent says of itself",
	"inventory.Heard":      "the hub's loop: a sign of life",
	"inventory.Flush":      "the hub's loop: writes sightings",
	"inventory.Known":      "the hub's loop: what an agent says of its devices",
	"inventory.Online":     "for the hub's loops; tells presence only",
	"inventory.All":        "for the hub's loops; Rigs is for people",
	"inventory.Home":       "for the hub's loops and for finding a target",
	"inventory.Ping":       "/ready: whether the database answers",
	"journal.Append":       "for nouns; Note carries the actor",
	"journal.Note":         "for nouns that have asked the actor; here it is who did it",
	"journal.Record":       "the hub's loop: what agents report",
	"account.Ended":        "it watches a secret that Authenticate let in",
	"fee.Run":              "the hub's loop: keeps the ledger",
	"upload.Sweep":         "the hub's loop: removes what has run out",
	"estimate.Run":         "the hub's loop: remembers what programs do",
	"setting.Run":          "the hub's loop: asks the feed",
	"sheet.Run":            "the hub's loop: autostart",
	"telemetry.Run":        "the hub's loop",
}

// TestEveryServiceMethodChecksItsActor: an exported method of a Service takes an adit.Actor and asks it, or hands it on,
// in its first statements; those that do not are listed above.
func TestEveryServiceMethodChecksItsActor(t *testing.T) {
	used := map[string]bool{}
	checked := 0
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || !onService(fn) {
				continue
			}
			name := f.Name.Name + "." + fn.Name.Name
			if exempt[name] != "" {
				used[name] = true
				continue
			}
			checked++
			if why := missing(fn); why != "" {
				t.Errorf("%s: %s %s (or list it as exempt, with the reason)", p, name, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range exempt {
		if !used[name] {
			t.Errorf("%s is exempt and does not exist", name)
		}
	}
	if checked < 25 {
		t.Errorf("only %d methods were looked at", checked)
	}
}

func onService(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return false
	}
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	id, ok := star.X.(*ast.Ident)
	return ok && id.Name == "Service"
}

func missing(fn *ast.FuncDecl) string {
	actor := ""
	for _, p := range fn.Type.Params.List {
		if sel, ok := p.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Actor" && len(p.Names) == 1 {
			actor = p.Names[0].Name
		}
	}
	if actor == "" {
		return "takes no adit.Actor"
	}
	if len(fn.Body.List) == 0 || !mentions(fn.Body.List[0], actor) {
		return "does not ask its actor in its first statement"
	}
	return ""
}

// mentions reports whether a statement calls actor.May or hands the actor to another method, which is looked at itself.
func mentions(stmt ast.Stmt, actor string) (found bool) {
	ast.Inspect(stmt, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "May" {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == actor {
				found = true
			}
		}
		for _, arg := range call.Args {
			if id, ok := arg.(*ast.Ident); ok && id.Name == actor {
				found = true
			}
		}
		return true
	})
	return found
}
