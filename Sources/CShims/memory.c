#define _GNU_SOURCE
#include <malloc.h>
#include "shims.h"
#include <stdint.h>
#include <sys/mman.h>

static const size_t huge_page = 2 << 20;

void *shims_reserve(size_t count) {
    char *start = mmap(NULL, count + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return NULL;
    size_t before = -(uintptr_t)start & (huge_page - 1);
    if (before) munmap(start, before);
    munmap(start + before + count, huge_page - before);
    madvise(start + before, count, MADV_HUGEPAGE);      // advice only: without huge pages all works, more slowly
    return start + before;
}

void shims_release(void *memory, size_t count) { munmap(memory, count); }

void shims_discard(void *memory, size_t count) { madvise(memory, count, MADV_DONTNEED); }

void shims_keep_free_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 32 << 20);
    mallopt(M_ARENA_MAX, 2);
}

void shims_return_free_memory(void) { malloc_trim(0); }
