//go:build randomx && cgo

#define _GNU_SOURCE
#include "glue.h"
#include <fenv.h>
#include <sys/mman.h>
#include <unistd.h>

int adit_probe_jit(void) {
	size_t n = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 0;
	int kind = 0;
	if (mprotect(p, n, PROT_READ | PROT_WRITE | PROT_EXEC) == 0)
		kind = 2;
	else if (mprotect(p, n, PROT_READ | PROT_EXEC) == 0)
		kind = 1;
	munmap(p, n);
	return kind;
}

void adit_first(randomx_vm *vm, const void *in, size_t n) {
	fenv_t was;
	fegetenv(&was);
	randomx_calculate_hash_first(vm, in, n);
	fesetenv(&was);
}

void adit_next(randomx_vm *vm, const void *in, size_t n, void *out) {
	fenv_t was;
	fegetenv(&was);
	randomx_calculate_hash_next(vm, in, n, out);
	fesetenv(&was);
}

void adit_last(randomx_vm *vm, void *out) {
	fenv_t was;
	fegetenv(&was);
	randomx_calculate_hash_last(vm, out);
	fesetenv(&was);
}

void adit_fill(randomx_dataset *d, randomx_cache *c, unsigned long first, unsigned long count) {
	randomx_init_dataset(d, c, first, count);
}
