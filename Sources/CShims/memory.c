#define _GNU_SOURCE
#include <malloc.h>
#include "shims.h"
#include <stdlib.h>
#include <sys/mman.h>

static const size_t huge_page = 2 << 20;

void *shims_allocate_large(size_t count) {
    void *memory = NULL;
    if (posix_memalign(&memory, huge_page, count) == 0) {
        madvise(memory, count, MADV_HUGEPAGE);       // advice only: without huge pages all works, more slowly
    }
    if (!memory) abort();
    return memory;
}

void shims_free_large(void *memory) { free(memory); }

void shims_return_free_memory(void) { malloc_trim(0); }
