// Package install puts mining programs onto this computer and keeps watch over what lies there.
//
// A catalogue (catalogue.go, built in; shelf.go, signed ones) says which archive of which version is the right one. An
// archive is fetched (fetch.go) or given by its owner, its digest is checked, it is unpacked by readers that trust
// nothing in it (unpack.go, tar.go, zip.go) into a temporary folder, and one rename makes it an installation. A manifest
// (manifest.go) records the digest of every file; they are checked before each start (store.go, check.go), and what was
// changed is quarantined. Jobs (installer.go, job.go) do this in the background and tell how far they are.
//
// It asks no server for anything but the archive that a person wants: what is new is told from the catalogue alone.
//
// It may import link/wire, the root package and internal/. Start reading at installer.go, then plan.go.
package install
