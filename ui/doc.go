// Package ui is the window: it carries the web app inside the program.
//
// The app itself is TypeScript (React, built by Vite) in ui/src; what the build
// writes to ui/dist is embedded when the build tag "ui" is set. Without the tag
// the package carries one committed page that says so, which is why a fresh
// clone builds and passes its tests without Node.
//
// The package imports nothing of adit. The server that shows these files is
// package api; the contract between the two is ui/src/api/types.ts (what the
// browser reads) and ui/src/api/rest.ts (what it asks for).
//
// Start reading at files.go, then ui/src/main.tsx.
package ui
