package book

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// exempt are the methods of Service that take no actor, each with the reason.
var exempt = map[string]string{
	"TakeBlock": "the ledger's loop: hands over blocks",
	"Run":       "the coordinator's loop",
	"Close":     "lets go of files",
	"Rule":      "what the crew divides by; joiners see it before they are somebody",
}

// TestEveryMethodAsksItsActor: an exported method of Service takes an adit.Actor and asks it, or hands it on, in its first
// statement.
func TestEveryMethodAsksItsActor(t *testing.T) {
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, n := range names {
		if !strings.HasSuffix(n.Name(), ".go") || strings.HasSuffix(n.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), n.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || !ofService(fn) || exempt[fn.Name.Name] != "" {
				continue
			}
			checked++
			if !asksFirst(fn) {
				t.Errorf("%s: %s does not ask its actor first", n.Name(), fn.Name.Name)
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d methods were looked at", checked)
	}
}

func ofService(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return false
	}
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	id, ok := star.X.(*ast.Ident)
	return ok && id.Name == "Service"
}

func asksFirst(fn *ast.FuncDecl) (asks bool) {
	takes := false
	for _, p := range fn.Type.Params.List {
		sel, ok := p.Type.(*ast.SelectorExpr)
		takes = takes || ok && sel.Sel.Name == "Actor"
	}
	if !takes || len(fn.Body.List) == 0 {
		return false
	}
	ast.Inspect(fn.Body.List[0], func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "May" {
			asks = true
		}
		for _, a := range call.Args {
			if id, ok := a.(*ast.Ident); ok && id.Name == "actor" {
				asks = true
			}
		}
		return true
	})
	return asks
}
