/* The two interpositions of libc, as the rest of the room sees them (mmap_guard.c, clock_freeze.c). Per thread. */
#ifndef JS_GUARD_H
#define JS_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* Sanitizers replace mmap themselves and need to see every mapping: the guard is compiled out there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define JS_MMAP_GUARD 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define JS_MMAP_GUARD 0
#endif
#endif
#ifndef JS_MMAP_GUARD
#define JS_MMAP_GUARD 1
#endif

/* Between enter and leave, on this thread, an anonymous mapping above the cap fails with ENOMEM. They nest. */
void mmap_guard_enter(void);
void mmap_guard_leave(void);
/* Once, before threads. */
void mmap_guard_set_cap(uint64_t cap_bytes);
/* True when calls of mmap from libraries really arrive here. */
bool mmap_guard_works(void);

/* What CLOCK_REALTIME says on this thread from now on; 0: the truth again. */
void clock_freeze(uint64_t unix_ns);
uint64_t clock_frozen(void); /* 0 when it runs */
uint64_t clock_real_ns(void);
bool clock_freeze_works(void);

#endif
