/* Private to the room: how a running entry is interrupted from another thread.
 *
 * The engine has one public way to be asked "shall this go on?": a time limit with a callback
 * (JSContextGroupSetExecutionTimeLimit). Its timers are posted to a queue and never taken back. Two of one virtual machine that go off
 * close to each other can abort the process: the second sets its bit while the first is being handled, the machine's thread clears
 * both bits, the second finds none although a stop is still on record, and a release assertion in
 * VMTraps::requestThreadStopIfNeeded() fails. (The mirror image is in cancelThreadStopIfNeeded().) A busy isolate re-arms that timer
 * all the time, so it is a matter of luck.
 *
 * So the engine's timers are not used. The callback is registered with an infinite limit, which arms nothing, and the monitor
 * (monitor.h) does what the timer would have done, once at a time: it makes the limit finite and past, sets the bit, calls the engine's
 * requestThreadStopIfNeeded() (updateThreadStopRequestIfNeeded() in 2.54, which has no such assertions). The machine's thread notices at its next poll (loops, calls from C++) and calls back.
 *
 * The rule that keeps both assertions out of reach, and the caller's to keep: trap_fire() again only when the callback of the last one
 * has been called, and TRAP_GAP_NS of CPU time of that thread have passed since the callback returned. What the engine still does for
 * the last one after the callback is some dozens of instructions of that same thread.
 *
 * Where the words lie is learned at start from a scratch machine (trap_learn): the engine's own timer is let go off once, and what it
 * changed is looked at. When anything is not as expected, js_caps.interrupt stays false and the engine's timer is used after all, with a
 * first tick so long that it goes off rarely. */
#ifndef JS_TRAPS_H
#define JS_TRAPS_H

#include "js/jsc.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TRAP_GAP_NS 1000000u

struct trap {
    _Atomic uint64_t *watchdog; /* limit, CPU deadline, wall deadline: doubles in seconds */
    void *traps;                /* the engine's struct VMTraps */
    _Atomic uint32_t *bits;     /* in it: what the machine is asked for */
};

/* Before threads, with a scratch machine that is not used for anything else. */
bool trap_learn(void);
/* From here on `callback` is called on the machine's thread after each trap_fire(); true ends the entry. Holding the machine's lock.
 * False: this machine is not as the scratch one was. */
bool trap_open(struct trap *t, JSContextGroupRef group, JSShouldTerminateCallback callback, void *data);
/* From any thread, while the machine is inside an entry and cannot leave it. */
void trap_fire(const struct trap *t);
/* In the callback, always: disarms. */
void trap_handled(const struct trap *t);
/* The bit of a fire is still set: the machine has not looked yet. */
bool trap_pending(const struct trap *t);

#endif
