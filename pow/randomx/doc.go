// Package randomx computes RandomX (rx/0) with the system's librandomx (Debian 1.1.10 and later); it is the only cgo of
// the house and needs the build tag "randomx". Without the tag it compiles too, and Open says what to do.
//
// It may import pow/engine, whose interface Library it fills in, and the root package. Start reading at Open.
//
// What it takes care of:
//
//   - reserved huge pages are tried first, then ordinary memory aligned to huge pages with madvise(MADV_HUGEPAGE), see
//     alloc.c; nothing has to be set in the environment.
//   - code that may not be both writable and executable: a probe chooses JIT, secure JIT or the interpreter.
//   - librandomx leaves the FPU's rounding mode changed after a pipelined hash; the calls here put it back, since Go
//     code runs on the same thread.
package randomx
