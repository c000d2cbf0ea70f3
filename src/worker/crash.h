/* A lane that crashes writes it down in its pulse (base/pulse.h) before it dies, so that with several lanes at work the parent
 * knows which of them it was.
 *
 * First thing in a worker process, before the engine takes SIGSEGV and SIGBUS for its own traps: it hands on what is not its own.
 * The process then dies of the same signal as it would have without this. */
#ifndef WORKER_CRASH_H
#define WORKER_CRASH_H

void crash_watch(void);

#endif
