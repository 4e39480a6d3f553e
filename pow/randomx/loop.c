//go:build randomx && cgo

#define _GNU_SOURCE
#include "glue.h"
#include <fenv.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The blob and nonce place of xmrig's benchmark: 112 zero bytes, nonce at 39.
enum { BLOB = 112, NONCE = 39 };

struct run {
	atomic_uint_fast64_t next;
	uint64_t end;
	atomic_uint_fast64_t sum;
};

struct arg {
	struct run *run;
	randomx_vm *vm;
};

static int put(struct run *r, unsigned char *blob) {
	uint64_t n = atomic_fetch_add(&r->next, 1);
	if (n >= r->end)
		return 0;
	uint32_t v = (uint32_t)n;
	memcpy(blob + NONCE, &v, 4);
	return 1;
}

static void *work(void *p) {
	struct arg *a = p;
	unsigned char blob[BLOB] = {0};
	uint64_t hash[4], sum = 0;
	fenv_t was;
	fegetenv(&was);
	if (put(a->run, blob)) {
		randomx_calculate_hash_first(a->vm, blob, BLOB);
		while (put(a->run, blob)) {
			randomx_calculate_hash_next(a->vm, blob, BLOB, hash);
			sum ^= hash[3];
		}
		randomx_calculate_hash_last(a->vm, hash);
		sum ^= hash[3];
	}
	fesetenv(&was);
	atomic_fetch_xor(&a->run->sum, sum);
	return NULL;
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int adit_loop(int flags, int huge, randomx_cache *c, randomx_dataset *d, int threads, uint32_t first, uint32_t nonces, uint64_t *sum, double *seconds) {
	struct run run = {0};
	run.next = first;
	run.end = (uint64_t)first + nonces;
	struct arg *args = calloc((size_t)threads, sizeof *args);
	pthread_t *ids = calloc((size_t)threads, sizeof *ids);
	int made = 0, bad = args == NULL || ids == NULL;
	for (int i = 0; !bad && i < threads; i++) {
		args[i].run = &run;
		args[i].vm = adit_create_vm(flags, c, d, huge);
		if (args[i].vm == NULL) // no reserved huge page left
			args[i].vm = adit_create_vm(flags & ~RANDOMX_FLAG_LARGE_PAGES, c, d, huge);
		bad = args[i].vm == NULL;
	}
	double began = now();
	for (; !bad && made < threads; made++)
		if (pthread_create(&ids[made], NULL, work, &args[made]) != 0) {
			bad = 1;
			break;
		}
	for (int i = 0; i < made; i++)
		pthread_join(ids[i], NULL);
	*seconds = now() - began;
	*sum = run.sum;
	for (int i = 0; args != NULL && i < threads; i++)
		if (args[i].vm != NULL)
			randomx_destroy_vm(args[i].vm);
	free(args);
	free(ids);
	return bad ? -1 : 0;
}
