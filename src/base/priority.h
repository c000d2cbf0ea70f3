/* How a thread that works for long shares the processor with those that somebody waits for.
 *
 *     first thing in the thread: priority_behind(nice)
 *
 * It gives way by its niceness (at 10 it has a tenth of the weight of one at 0) and asks the scheduler for longer turns than others
 * have (Linux 6.12 and later: sched_setattr(2), sched_runtime of a normal thread; before, that is ignored). A thread that wakes is let
 * on at once where the one that runs has longer turns; otherwise it may have to wait until that one's turn is over, 1 to 3 ms, however
 * low its niceness. Shorter turns for the threads somebody waits for were tried instead and were worse: what such a thread is owed
 * while it sleeps is bounded by its turn.
 *
 * Wishes: without them all is well too, only later. For the calling thread alone; threads that it starts inherit. A policy that
 * somebody chose for the process (batch, idle, real time) stays. Any thread, also below the sandbox (sandbox/calls.c names the
 * calls). */
#ifndef BASE_PRIORITY_H
#define BASE_PRIORITY_H

void priority_behind(int nice);

#endif
