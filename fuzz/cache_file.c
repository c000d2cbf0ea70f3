/* A cached object's file of arbitrary bytes. The footer's own checksum is put right, so that lengths that lie get past
 * it; every block of what is accepted is read. */
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "state/cache_object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_blocks(int fd, const struct cache_meta *m) {
    char *block = mem_alloc(CACHE_BLOCK_BYTES);
    size_t len;
    for (uint64_t i = 0; i * CACHE_BLOCK_BYTES < m->body_bytes; i++) {
        enum err e = cache_file_block(fd, m, i, block, &len);
        if (!e) check(len > 0 && len <= CACHE_BLOCK_BYTES);
    }
    mem_free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { FOOTER_BYTES = 72 };
    struct cache_meta m = {0};
    int fd = memfd_create("object", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    if (size >= FOOTER_BYTES) {
        uint64_t sum = span_hash(span_make(data + size - FOOTER_BYTES, FOOTER_BYTES - 8));
        check(pwrite(fd, &sum, 8, (off_t)size - 8) == 8);
    }
    if (cache_file_read(fd, &m) == ERR_OK) {
        check(m.zone.len + m.name.len + m.variant.len + m.head.len + m.body_bytes < size);
        read_blocks(fd, &m);
        cache_meta_free(&m);
    }
    close(fd);
    return 0;
}
