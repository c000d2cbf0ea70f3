/* Allocation that cannot fail: when the process has no memory left there is nothing sane to do but stop (the
 * parent starts another), so these check() and callers stay free of untestable branches. What a tenant or a
 * client can make grow is bounded by base/limits.h long before. Memory is zeroed. Any thread. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/span.h"

void *mem_alloc(size_t size_bytes);
/* count * size_bytes, overflow checked. */
void *mem_array(size_t count, size_t size_bytes);
/* Like realloc: what is added is not zeroed. */
void *mem_resize(void *old, size_t size_bytes);
void mem_free(void *ptr);
/* NUL-terminated copy; mem_free() it. */
char *mem_cstr(struct span s);

/* Pages of their own, rounded up: what was never touched takes no memory. mem_pages_clear() gives back what was; it reads as zero then. */
void *mem_pages(size_t size_bytes);
void mem_pages_clear(void *pages, size_t size_bytes);
void mem_pages_free(void *pages, size_t size_bytes); /* NULL is fine */

#define NEW(type) ((type *)mem_alloc(sizeof(type)))

#endif
