//go:build !ui

package ui

import "embed"

//go:embed placeholder
var tree embed.FS

const built = false

var files = sub(tree, "placeholder")
