/* Threads with names. Any thread. */
#ifndef LOOP_THREAD_H
#define LOOP_THREAD_H

#include "base/err.h"

struct thread;

/* `name` is cut to 15 characters (top, gdb). Signals for the process are left to the main thread (all blocked
 * here but those that a thread causes itself: SIGSEGV, SIGSYS and such). stack_bytes 0: the system's default. */
MUST_USE enum err thread_start(const char *name, size_t stack_bytes, void (*run)(void *arg), void *arg,
                               struct thread **ret_thread);
/* Waits for its end and frees it. Every thread must be joined. */
void thread_join(struct thread *t);
/* CPUs this process may use (affinity), at least 1. */
unsigned thread_cpu_count(void);

#endif
