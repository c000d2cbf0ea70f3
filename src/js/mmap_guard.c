/* The build asks for 64-bit offsets, which renames mmap to mmap64 in the headers; both names are defined below. */
#undef _FILE_OFFSET_BITS
#include "js/guard.h"

#include "base/check.h"
#include <dlfcn.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The engine asks the kernel directly for big buffers (GIGACAGE_ENABLED=no makes that so) and turns a refusal into a
 * RangeError. Defining mmap in the executable puts us between. Small blocks come from larger mappings that the
 * engine's allocator keeps, so this is called rarely. */

static uint64_t cap_bytes = 1ull << 30; /* written once, before threads */
static _Thread_local int depth;

void mmap_guard_enter(void) { depth++; }
void mmap_guard_leave(void) { depth--; }
void mmap_guard_set_cap(uint64_t cap) { cap_bytes = cap; }

#if JS_MMAP_GUARD
__attribute__((visibility("default"))) void *mmap(void *address, size_t length, int protection, int flags,
                                                  int fd, off_t offset) {
    if (depth > 0 && length > cap_bytes && fd < 0 && protection != PROT_NONE) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
__attribute__((visibility("default"), alias("mmap"))) void *
mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset);

/* The engine's allocator asks that freed pages be left out of core dumps and used ones be put in again, 16 KB at a time.
 * To the kernel that is a difference between mappings: it cuts them in pieces, 50 for each isolate, of which a process may
 * have 65530 (vm.max_map_count). A worker process writes no core dumps, so nothing is asked of the kernel. */
__attribute__((visibility("default"))) int madvise(void *address, size_t length, int advice) {
    if (advice == MADV_DONTDUMP || advice == MADV_DODUMP) return 0;
    return (int)syscall(SYS_madvise, address, length, advice);
}

bool mmap_guard_works(void) {
    void *(*seen)(void *, size_t, int, int, int, off_t) = NULL;
    *(void **)&seen = dlsym(RTLD_DEFAULT, "mmap"); /* the one that shared libraries are bound to */
    if (!seen) return false;
    mmap_guard_enter();
    void *at = seen(NULL, cap_bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mmap_guard_leave();
    if (at == MAP_FAILED) return true;
    check(munmap(at, cap_bytes + 4096) == 0);
    return false;
}
#else
bool mmap_guard_works(void) { return false; }
#endif
