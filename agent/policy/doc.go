// Package policy is what the owner lets mining do on this computer beside consent and pause: the file policy.json, and a
// look at whether somebody uses the computer.
//
// The file is the truth on its computer. It is 0600 and written atomically; a damaged one counts as the safe defaults,
// and that is said. Users are looked for in three sources: logind, X11 and terminals. One that never was there says
// nothing; one that was there and has vanished counts as a user, because nobody can tell any more.
//
// It imports the root package, link/wire, internal/atomicfile and, on Linux, the D-Bus and X11 libraries. Agent and shims
// use it. Start at Read and Watcher.
package policy
