#include "base/mem.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"

void *mem_alloc(size_t size_bytes) { return mem_array(1, size_bytes); }

void *mem_array(size_t count, size_t size_bytes) {
    void *ptr = calloc(count ? count : 1, size_bytes ? size_bytes : 1);
    check(ptr != NULL);
    return ptr;
}

void *mem_resize(void *old, size_t size_bytes) {
    void *ptr = realloc(old, size_bytes ? size_bytes : 1);
    check(ptr != NULL);
    return ptr;
}

void mem_free(void *ptr) { free(ptr); }

char *mem_cstr(struct span s) {
    char *copy = mem_alloc(s.len + 1);
    if (s.len) memcpy(copy, s.ptr, s.len);
    return copy;
}

void *mem_pages(size_t size_bytes) {
    void *pages = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(pages != MAP_FAILED);
    return pages;
}

void mem_pages_clear(void *pages, size_t size_bytes) {
    check(madvise(pages, size_bytes, MADV_DONTNEED) == 0);
}

void mem_pages_free(void *pages, size_t size_bytes) {
    if (pages) check(munmap(pages, size_bytes) == 0);
}
