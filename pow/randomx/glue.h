// glue.h: librandomx as Go calls it.
#ifndef ADIT_GLUE_H
#define ADIT_GLUE_H
#include <randomx.h>
#include <stddef.h>
#include <stdint.h>

// 2: memory may be writable and executable; 1: it may become executable; 0: neither.
int adit_probe_jit(void);

// As librandomx's own, with huge = 1 on memory aligned for transparent huge pages and with the advice to use them.
randomx_cache *adit_alloc_cache(int flags, int huge);
randomx_dataset *adit_alloc_dataset(int flags, int huge);
randomx_vm *adit_create_vm(int flags, randomx_cache *c, randomx_dataset *d, int huge);

// The pipelined hash, with the FPU's state put back (librandomx does that only in randomx_calculate_hash).
void adit_first(randomx_vm *vm, const void *in, size_t n);
void adit_next(randomx_vm *vm, const void *in, size_t n, void *out);
void adit_last(randomx_vm *vm, void *out);
void adit_fill(randomx_dataset *d, randomx_cache *c, unsigned long first, unsigned long count);

// The bare loop: threads with a shared nonce, no Go between two hashes. Returns 0, or -1 without memory.
int adit_loop(int flags, int huge, randomx_cache *c, randomx_dataset *d, int threads, uint32_t first, uint32_t nonces, uint64_t *sum, double *seconds);
#endif
