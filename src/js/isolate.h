/* An isolate: one running copy of a Worker. One virtual machine of the engine with one global object, its own
 * heap, nothing shared with its neighbours.
 *
 * Thread. One thread at a time: enter, use, leave. Any thread may be the next one; an isolate may be made on
 * one thread (a pool that pre-warms) and be used and freed on another. Entering an isolate that another
 * thread is inside of waits for it; do not count on that.
 *
 * Entering. isolate_call()/isolate_run() enter by themselves. isolate_enter()/isolate_leave() around several
 * of them (a batch of requests) saves about 0.1 us each and two CPU-clock readings, and is needed to touch
 * js_ functions outside of an entry (to root values, to build arguments). It freezes the wall clock of the
 * thread.
 *
 * An entry is a call from C into JavaScript that started with no JavaScript below it on the stack. Each has a
 * CPU limit, and ends with all microtasks run, inside the limit. Nested calls (a native that calls back) use
 * js_call().
 *
 * Outcome. JS_TERMINATED: the CPU or memory limit was hit; no catch or finally of the user has run. The
 * isolate is then condemned: every later entry returns JS_CONDEMNED at once; answer its other requests and
 * free it.
 *
 * Example
 *     struct isolate_config config = {.name = "hello", .cpu_limit_ms = 50, .builtins = &api_builtins};
 *     struct isolate *iso;
 *     if (isolate_new(&config, &iso, &problem) != ERR_OK) ...
 *     isolate_enter(iso);
 *     js_val args[] = {js_int(isolate_ctx(iso), 7)}, result;
 *     switch (isolate_call(iso, handler, NULL, 1, args, 0, &result)) {
 *     case JS_OK: break;                                        // result is the return value
 *     case JS_EXCEPTION: js_error_describe(iso, result, &arena, &info); break;   // result is what was thrown
 *     case JS_TERMINATED: case JS_CONDEMNED: kill = true; break; // result is untouched
 *     }
 *     isolate_leave(iso);
 */
#ifndef JS_ISOLATE_H
#define JS_ISOLATE_H

#include "base/buf.h"
#include "js/value.h"

struct isolate;
struct js_builtins;

enum js_outcome { JS_OK, JS_EXCEPTION, JS_TERMINATED, JS_CONDEMNED };
enum js_verdict { JS_FINE, JS_CPU_LIMIT, JS_MEMORY_LIMIT, JS_ABORTED }; /* why it was terminated */

struct isolate_config {
    const char *name;            /* for problems and messages; copied */
    uint32_t cpu_limit_ms;       /* of one entry when the call says 0; 0 here: LIMIT_WORKER_CPU_MOST_MS */
    uint64_t memory_limit_bytes; /* js/memory.h says how it is kept; 0: none */
    bool allow_eval;             /* eval, new Function; when false they throw EvalError */
    bool running_clock;          /* leave the wall clock running (benches, trusted code) */
    const struct js_builtins *builtins; /* js/builtins.h; NULL: the bare language */
    /* A promise that was rejected and had no handler when the microtasks ran out. Inside the entry; may use
     * js_ calls; NULL: ignored. */
    void (*on_rejection)(struct isolate *iso, js_ctx c, js_val promise, js_val reason);
    /* The running entry has used some ms of CPU since the last look (now_ns: this thread's CPU clock). How much more it may use (ns)
     * before the next; 0 ends it as JS_CPU_LIMIT. Called in the middle of whatever runs, every 5 ms at least: no js_ calls. NULL:
     * only the entry's own limit holds. */
    uint64_t (*on_look)(struct isolate *iso, uint64_t now_ns);
    void *data; /* isolate_data() */
};

/* About 1 ms and 0.7 MB plus the eager built-ins. ERR_INTERNAL with *p when a built-in throws (a bug of
 * ours). */
MUST_USE enum err isolate_new(const struct isolate_config *config, struct isolate **ret, struct problem *p);
/* Runs all finalizers. Not while entered. NULL is fine; condemned is fine. */
void isolate_free(struct isolate *iso);

/* Nest; in pairs, last in first out, also with different isolates. Do not block while entered. */
void isolate_enter(struct isolate *iso);
void isolate_leave(struct isolate *iso);

/* The isolate that this thread has entered last, NULL outside. Natives find their isolate (and its data) by
 * it. */
extern _Thread_local struct isolate *isolate_tls;
static inline struct isolate *isolate_current(void) { return isolate_tls; }
js_ctx isolate_ctx(const struct isolate *iso);
const char *isolate_name(const struct isolate *iso);
void *isolate_data(const struct isolate *iso);
void isolate_set_data(struct isolate *iso, void *data);

/* --- Entries. Limit 0: the configured one. An entry is looked at when it reaches its limit, and every 5 ms of CPU: it ends
 * late by some ms, and by the length of one built-in operation (a sort of 5 million numbers: 0.2 s). ret may be NULL.
 * ------------- */
enum js_outcome isolate_call(struct isolate *iso, js_obj fn, js_obj self, size_t argc, const js_val argv[],
                             uint32_t cpu_limit_ms, js_val *ret);
/* Runs C code as an entry: several js_ calls, settling promises. Microtasks run after fn has returned,
 * whether it set *exc or not. */
typedef js_val (*isolate_fn)(js_ctx c, void *data, js_val *exc);
enum js_outcome isolate_run(struct isolate *iso, isolate_fn fn, void *data, uint32_t cpu_limit_ms,
                            js_val *ret);
/* A classic script of the host's (tests, tools); allowed even where eval is not. */
enum js_outcome isolate_eval(struct isolate *iso, struct span source, struct span url, uint32_t cpu_limit_ms,
                             js_val *ret);
/* Inside an entry: run the microtasks now. The dispatch loop of a batch calls it between requests. */
void isolate_drain(struct isolate *iso);

bool isolate_condemned(const struct isolate *iso);
enum js_verdict isolate_verdict(const struct isolate *iso);
/* From any thread: the running or the next entry ends as JS_TERMINATED within some ms of CPU (a wall-clock
 * deadline of the host). */
void isolate_abort(struct isolate *iso);

/* --- Accounting
 * ---------------------------------------------------------------------------------------------- */
/* CPU the isolate has used in all, by the thread's CPU clock, counted from enter to leave. While it is
 * entered, up to now. Take it before and after to bill one event. */
uint64_t isolate_cpu_ns(const struct isolate *iso);
/* This thread's CPU clock now (0.2 us), and when the running entry began. */
uint64_t isolate_clock_ns(void);
uint64_t isolate_entry_ns(const struct isolate *iso);
/* --- CPU profile ------------------------------------------------------------------------------------------------ */
/* The engine samples this isolate every millisecond in which JavaScript runs, about 10 % slower meanwhile. On the
 * isolate's thread, not inside an entry; it may move to another thread while it is sampled. ERR_IN_USE: it is being
 * sampled already; ERR_UNSUPPORTED: the engine cannot. */
MUST_USE enum err isolate_profile_start(struct isolate *iso);
/* Appends what was sampled since the last take, as the engine's JSON (js/cpuprofile.h reads it). */
void isolate_profile_take(struct isolate *iso, struct buf *to);
void isolate_profile_stop(struct isolate *iso); /* fine when it is not sampled */

/* --- Clock
 * --------------------------------------------------------------------------------------------------- */
/* What Date.now() says until the next isolate_enter (which sets it to the real time). ns since 1970. While
 * entered. */
void isolate_set_time(struct isolate *iso, uint64_t unix_ns);

/* --- For the rooms that build on this
 * ----------------------------------------------------------------------- */
/* eval() and new Function() work from now on, or throw EvalError. An isolate begins as its config says. */
void isolate_allow_eval(struct isolate *iso, bool allow);
/* fn(message, name) returns a DOMException: api registers it once its class exists. */
void isolate_set_dom_exception(struct isolate *iso, js_obj fn);
/* Keeps the bytes (one more reference) until the isolate is freed: source text that the engine points into.
 */
void isolate_keep(struct isolate *iso, struct bytes *b);

#endif
