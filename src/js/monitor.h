/* Private to the room: the thread that watches the others.
 *
 * One a process, started with the first entry. It sleeps while nobody is inside JavaScript. While somebody is, it looks every few ms at
 * each lane (a thread that runs entries), reads the CPU clock of those that have been inside since its last look, and lets go off
 * the trap (traps.h) of an isolate whose entry has reached the CPU time at which it wants to be looked at
 * (struct isolate, look_cpu_ns). Everything else happens then on the lane itself, in isolate.c's on_look(): what the limit is, whose CPU
 * it was, whether memory has grown.
 *
 * A lane's lock is held for some instructions: by the monitor while it touches the isolate, by the lane while it begins and ends an
 * entry. So no isolate is touched outside of its entry, or after it was freed. */
#ifndef JS_MONITOR_H
#define JS_MONITOR_H

struct isolate;

/* The bottom of an entry, on the isolate's thread, holding its lock. Nest with entries of other isolates. */
void monitor_entry_begins(struct isolate *iso);
void monitor_entry_ends(struct isolate *iso);
/* Look at it soon, whatever it has used: isolate_abort(). Any thread. */
void monitor_hurry(void);

#endif
