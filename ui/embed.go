//go:build ui

package ui

import "embed"

//go:embed all:dist
var tree embed.FS

const built = true

var files = sub(tree, "dist")
