package ui

import "io/fs"

// Files returns the web app as a read-only tree whose root holds index.html.
// Paths under "assets/" carry a digest in their name and never change their
// content, so they may be cached for ever; all other paths may change with
// every build. A path that is not in the tree is a page of the app: answer it
// with index.html.
func Files() fs.FS { return files }

// Built says whether Files is the real web app. False means the program was
// built without the tag "ui" and Files holds only a page that says so.
func Built() bool { return built }

// sub is fs.Sub for a directory that is known at compile time.
func sub(tree fs.FS, dir string) fs.FS {
	s, err := fs.Sub(tree, dir)
	if err != nil {
		panic("ui: " + err.Error()) // the embed directive names dir: only a typing error gets here
	}
	return s
}
