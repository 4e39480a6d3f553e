// Package backup is the noun for copies of what adit remembers: one .tar.gz with a manifest, the database, the settings
// files, what belongs to this computer alone (consent, token, what should run), a crew's coordinator with its ledger and
// certificates, and, if wished, the time series.
//
// Making one does not disturb a running adit. Restoring needs one that does not run: the archive is unpacked beside what
// is there, checked wholly, and only then put in its place; what was there before stays aside, and comes back where the
// change did not end.
//
// It imports store, link/pki and internal/. Start reading at manifest.go (what an archive is), then make.go and restore.go.
package backup
