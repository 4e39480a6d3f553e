//go:build randomx && cgo

#define _GNU_SOURCE
#include "glue.h"
#include <errno.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

// librandomx gets caches, datasets and scratchpads from posix_memalign, aligned to 64 bytes, and gives no way to hand
// in better memory. So this program has a posix_memalign of its own, which the dynamic linker prefers to libc's. While
// one of the calls below is under way on a thread it aligns big blocks to huge pages and asks for them; otherwise it
// does what libc's does. Blocks come from memalign in both cases, so free takes them.
//
// The malloc tunable glibc.malloc.hugetlb=1 is not enough: it leaves scratchpads that come from a thread's arena on
// 4 KiB pages (seen in smaps with glibc 2.36), which costs a tenth of the speed.
static _Thread_local int want_huge;

enum { HUGE_PAGE = 2 << 20 };

static void advise(void *p, size_t n) {
#ifdef MADV_HUGEPAGE
	(void)madvise(p, n & ~(size_t)(HUGE_PAGE - 1), MADV_HUGEPAGE); // an advice: slower without
#else
	(void)p;
	(void)n;
#endif
}

int posix_memalign(void **out, size_t align, size_t n) {
	if (align % sizeof(void *) != 0 || (align & (align - 1)) != 0 || align == 0)
		return EINVAL;
	int was = errno, huge = want_huge && n >= HUGE_PAGE;
	void *p = memalign(huge && align < HUGE_PAGE ? HUGE_PAGE : align, n);
	if (p == NULL) {
		errno = was;
		return ENOMEM;
	}
	if (huge)
		advise(p, n);
	errno = was;
	*out = p;
	return 0;
}

randomx_cache *adit_alloc_cache(int flags, int huge) {
	want_huge = huge;
	randomx_cache *c = randomx_alloc_cache((randomx_flags)flags);
	want_huge = 0;
	return c;
}

randomx_dataset *adit_alloc_dataset(int flags, int huge) {
	want_huge = huge;
	randomx_dataset *d = randomx_alloc_dataset((randomx_flags)flags);
	want_huge = 0;
	return d;
}

randomx_vm *adit_create_vm(int flags, randomx_cache *c, randomx_dataset *d, int huge) {
	want_huge = huge;
	randomx_vm *vm = randomx_create_vm((randomx_flags)flags, c, d);
	want_huge = 0;
	return vm;
}
