#include "js/room.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/pulse.h"
#include "js/builtins.h"
#include "js/guard.h"
#include "js/monitor.h"
#include <time.h>

_Thread_local struct isolate *isolate_tls;

/* A running entry is looked at after LOOK_MS of CPU, and then every LOOK_MS. Where the monitor cannot interrupt (js_caps.interrupt),
 * the engine's own timer does: the first time late, because each time it goes off costs, now and then the process (traps.h). */
enum { LOOK_MS = 5, TIMER_FIRST_MS = 250 };

#define NS_PER_MS 1000000ull

uint64_t thread_cpu_ns(void) {
    struct timespec at;
    check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at) == 0);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

js_ctx isolate_ctx(const struct isolate *iso) { return iso->ctx; }
const char *isolate_name(const struct isolate *iso) { return iso->name; }
void *isolate_data(const struct isolate *iso) { return iso->config.data; }
void isolate_set_data(struct isolate *iso, void *data) { iso->config.data = data; }
bool isolate_condemned(const struct isolate *iso) { return iso->verdict != JS_FINE; }
enum js_verdict isolate_verdict(const struct isolate *iso) { return iso->verdict; }
void isolate_abort(struct isolate *iso) {
    atomic_store(&iso->abort, true);
    monitor_hurry();
}

/* --- Looking at a running entry ---------------------------------------------------------------------------------- */

/* Its limits. When to look again goes to look_cpu_ns. */
static enum js_verdict look_at_entry(struct isolate *iso) {
    uint64_t now = thread_cpu_ns(), next = LOOK_MS * NS_PER_MS, limit = iso->entry_limit_ms * NS_PER_MS;
    uint64_t used = now - iso->entry_cpu_ns;
    if (atomic_load_explicit(&iso->abort, memory_order_relaxed)) return JS_ABORTED;
    if (limit && used >= limit) return JS_CPU_LIMIT;
    if (limit && limit - used < next) next = limit - used;
    if (iso->config.on_look) {
        uint64_t wish = iso->config.on_look(iso, now);
        if (!wish) return JS_CPU_LIMIT;
        if (wish < next) next = wish;
    }
    atomic_store_explicit(&iso->look_cpu_ns, now + next, memory_order_relaxed);
    return memory_exceeded(iso) ? JS_MEMORY_LIMIT : JS_FINE;
}

static bool on_look(JSContextRef c, void *data);

static void arm_timer(struct isolate *iso, uint32_t ms) {
    JSContextGroupSetExecutionTimeLimit(iso->group, ms / 1000.0, on_look, iso);
}

/* Called by the engine, in the middle of whatever runs. */
static bool on_look(JSContextRef c, void *data) {
    struct isolate *iso = data;
    pulse_step(pulse_here());
    (void)c;
    if (iso->verdict == JS_FINE && iso->entry_depth) iso->verdict = look_at_entry(iso);
    iso->entry_looks++;
    if (iso->trap.bits) {
        trap_handled(&iso->trap);
        /* Looked at again also when this ends the entry: a native below it may call into JavaScript once more. */
        uint64_t now = thread_cpu_ns();
        if (iso->verdict != JS_FINE)
            atomic_store_explicit(&iso->look_cpu_ns, now + LOOK_MS * NS_PER_MS, memory_order_relaxed);
        atomic_store_explicit(&iso->trap_handled_ns, now, memory_order_release);
        atomic_store_explicit(&iso->trap_fired, false, memory_order_release);
    } else {
        arm_timer(iso, LOOK_MS);
    }
    return iso->verdict != JS_FINE;
}

/* --- Entries ------------------------------------------------------------------------------------------------------- */

void isolate_drain(struct isolate *iso) {
    if (!js_engine.drain || iso->verdict != JS_FINE)
        return; /* without it they run when the lock is given back */
    JSLock(iso->ctx);
    js_engine.drain(iso->group);
    JSUnlock(iso->ctx);
}

/* The monitor has asked and the engine has not noticed yet: it does now, or a later entry would start with somebody else's question. */
static void answer_monitor(struct isolate *iso) {
    if (!iso->trap.bits || !atomic_load_explicit(&iso->trap_fired, memory_order_acquire)) return;
    if (iso->verdict != JS_FINE || !iso->helpers[JS_HELPER_poll]) return;
    js_val ignored = NULL;
    js_call(iso->ctx, iso->helpers[JS_HELPER_poll], NULL, 0, NULL, &ignored);
    if (iso->verdict == JS_FINE && atomic_load_explicit(&iso->trap_fired, memory_order_acquire))
        iso->verdict = JS_ABORTED;
}

/* What an ended entry has queued would run when the lock is given back: as hostile as the entry was, and under no limit. The engine has
 * no way to empty its queue but this: a drain that is ended drops what is left, and with the trap set it is ended at its first task.
 * Nobody else fires here: the monitor has been told that the entry is over, the engine has long come back from its last stop. */
static void drop_leftovers(struct isolate *iso) {
    if (iso->verdict == JS_FINE || !iso->trap.bits || !js_engine.drain) return;
    if (!trap_pending(&iso->trap)) trap_fire(&iso->trap);
    js_engine.drain(iso->group);
    js_val ignored = NULL; /* nothing was queued: the question is answered all the same */
    if (trap_pending(&iso->trap)) js_call(iso->ctx, iso->helpers[JS_HELPER_poll], NULL, 0, NULL, &ignored);
}

/* The bottom of every entry. Being called by the engine puts all that happens in it, the microtasks too, into one
 * stay in the machine, which the monitor can interrupt. */
static JS_NATIVE(native_entry) {
    struct isolate *iso = isolate_tls;
    js_val thrown = NULL;
    JSLock(c);
    monitor_entry_begins(iso);
    js_val result = iso->entry_call(c, iso->entry_data, &thrown);
    isolate_drain(iso);
    monitor_entry_ends(iso);
    answer_monitor(iso);
    drop_leftovers(iso);
    JSUnlock(c);
    if (thrown) *exc = thrown;
    return result;
}

static enum js_outcome nested_run(struct isolate *iso, isolate_fn fn, void *data, js_val *ret) {
    js_val thrown = NULL, result = fn(iso->ctx, data, &thrown);
    if (iso->verdict != JS_FINE) return JS_TERMINATED;
    if (ret) *ret = thrown ? thrown : result ? result : js_undefined(iso->ctx);
    return thrown ? JS_EXCEPTION : JS_OK;
}

static void start_entry(struct isolate *iso, isolate_fn fn, void *data, uint32_t cpu_limit_ms) {
    bool just_entered = iso->enter_depth == 1;
    iso->entry_depth = 1;
    iso->entry_call = fn;
    iso->entry_data = data;
    iso->entry_limit_ms = cpu_limit_ms ? cpu_limit_ms : iso->config.cpu_limit_ms;
    iso->entry_cpu_ns = just_entered ? iso->cpu_enter_ns : thread_cpu_ns();
    uint32_t first_ms = iso->entry_limit_ms && iso->entry_limit_ms < LOOK_MS ? iso->entry_limit_ms : LOOK_MS;
    atomic_store_explicit(&iso->look_cpu_ns, iso->entry_cpu_ns + first_ms * NS_PER_MS, memory_order_relaxed);
    atomic_store_explicit(&iso->trap_handled_ns, 0, memory_order_relaxed);
    if (!iso->trap.bits && iso->entry_looks) arm_timer(iso, TIMER_FIRST_MS);
    iso->entry_looks = 0;
    memory_entry_begins(iso);
}

enum js_outcome isolate_run(struct isolate *iso, isolate_fn fn, void *data, uint32_t cpu_limit_ms,
                            js_val *ret) {
    if (iso->verdict == JS_FINE && atomic_load_explicit(&iso->abort, memory_order_relaxed))
        iso->verdict = JS_ABORTED;
    if (iso->verdict == JS_FINE && memory_given_up(iso)) iso->verdict = JS_MEMORY_LIMIT;
    if (iso->verdict != JS_FINE) return JS_CONDEMNED;
    if (iso->entry_depth) return nested_run(iso, fn, data, ret);
    isolate_enter(iso);
    start_entry(iso, fn, data, cpu_limit_ms);
    js_val thrown = NULL, result = JSObjectCallAsFunction(iso->ctx, iso->entry_fn, NULL, 0, NULL, &thrown);
    iso->entry_depth = 0;
    isolate_leave(iso);
    if (iso->verdict != JS_FINE) return JS_TERMINATED;
    if (ret) *ret = thrown ? thrown : result;
    return thrown ? JS_EXCEPTION : JS_OK;
}

struct call {
    js_obj fn, self;
    size_t argc;
    const js_val *argv;
};

static js_val run_call(js_ctx c, void *data, js_val *exc) {
    const struct call *call = data;
    return js_call(c, call->fn, call->self, call->argc, call->argv, exc);
}

enum js_outcome isolate_call(struct isolate *iso, js_obj fn, js_obj self, size_t argc, const js_val argv[],
                             uint32_t cpu_limit_ms, js_val *ret) {
    struct call call = {fn, self, argc, argv};
    return isolate_run(iso, run_call, &call, cpu_limit_ms, ret);
}

struct script {
    struct isolate *iso;
    struct span source, url;
};

static js_val run_script(js_ctx c, void *data, js_val *exc) {
    (void)c;
    struct script *s = data;
    return script_text(s->iso, s->source, s->url, exc);
}

enum js_outcome isolate_eval(struct isolate *iso, struct span source, struct span url, uint32_t cpu_limit_ms,
                             js_val *ret) {
    struct script s = {iso, source, url};
    return isolate_run(iso, run_script, &s, cpu_limit_ms, ret);
}

/* --- Entering -------------------------------------------------------------------------------------------------------- */

void isolate_enter(struct isolate *iso) {
    JSLock(iso->ctx);
    if (iso->enter_depth++ > 0) {
        check(isolate_tls == iso); /* last in, first out */
        return;
    }
    iso->outer = isolate_tls;
    iso->outer_clock_ns = clock_frozen();
    isolate_tls = iso;
    mmap_guard_enter();
    memory_enter(iso);
    if (!iso->config.running_clock) clock_freeze(clock_real_ns());
    iso->cpu_enter_ns = thread_cpu_ns();
}

void isolate_leave(struct isolate *iso) {
    check(iso->enter_depth > 0 && isolate_tls == iso);
    struct isolate *after = iso;
    if (iso->enter_depth == 1) memory_leave(iso);
    if (--iso->enter_depth == 0) {
        iso->cpu_ns += thread_cpu_ns() - iso->cpu_enter_ns;
        mmap_guard_leave();
        clock_freeze(iso->outer_clock_ns);
        after = iso->outer;
    }
    JSUnlock(iso->ctx); /* may run tasks of the engine, whose natives ask which isolate this is */
    isolate_tls = after;
}

void isolate_set_time(struct isolate *iso, uint64_t unix_ns) {
    check(isolate_tls == iso);
    if (!iso->config.running_clock) clock_freeze(unix_ns);
}

uint64_t isolate_clock_ns(void) { return thread_cpu_ns(); }
uint64_t isolate_entry_ns(const struct isolate *iso) { return iso->entry_cpu_ns; }

uint64_t isolate_cpu_ns(const struct isolate *iso) {
    return iso->enter_depth ? iso->cpu_ns + (thread_cpu_ns() - iso->cpu_enter_ns) : iso->cpu_ns;
}

void isolate_keep(struct isolate *iso, struct bytes *b) {
    struct isolate_kept *k = NEW(struct isolate_kept);
    *k = (struct isolate_kept){iso->kept, bytes_ref(b)};
    iso->kept = k;
}

/* --- Birth and death -------------------------------------------------------------------------------------------------- */

static JS_NATIVE(native_rejected) {
    struct isolate *iso = isolate_tls;
    if (iso && iso->config.on_rejection && argc >= 2) iso->config.on_rejection(iso, c, argv[0], argv[1]);
    return NULL;
}

void isolate_allow_eval(struct isolate *iso, bool allow) {
    JSStringRef text =
        JSStringCreateWithUTF8CString("Code generation from strings disallowed for this context");
    JSGlobalContextSetEvalEnabled(iso->ctx, allow, text);
    JSStringRelease(text);
}

static void configure(struct isolate *iso) {
    js_val exc = NULL;
    js_ctx c = iso->ctx;
    iso->entry_fn = js_function(c, "", native_entry);
    js_protect(c, iso->entry_fn);
    JSGlobalContextSetUnhandledRejectionCallback(iso->ctx, js_function(c, "", native_rejected), &exc);
    check(!exc);
    if (!iso->config.allow_eval) isolate_allow_eval(iso, false);
    memory_begin(iso);
    if (!js_caps.interrupt || !trap_open(&iso->trap, iso->group, on_look, iso)) {
        iso->trap = (struct trap){0};
        arm_timer(iso, TIMER_FIRST_MS);
    }
}

enum err isolate_new(const struct isolate_config *config, struct isolate **ret, struct problem *p) {
    check(js_engine.ready);
    struct isolate *iso = NEW(struct isolate);
    iso->config = *config;
    if (!iso->config.cpu_limit_ms) iso->config.cpu_limit_ms = (uint32_t)LIMIT_WORKER_CPU_MOST_MS;
    iso->name = mem_cstr(span_of(config->name));
    iso->config.name = iso->name;
    iso->group = JSContextGroupCreate();
    iso->ctx = JSGlobalContextCreateInGroup(iso->group, NULL);
    JSContextGroupRelease(iso->group); /* the context keeps it, and takes it along when it goes */
    isolate_enter(iso);
    configure(iso);
    enum err e = builtins_start(iso, p);
    isolate_leave(iso);
    if (e != ERR_OK) return isolate_free(iso), e;
    return *ret = iso, ERR_OK;
}

static void unroot(struct isolate *iso) {
    js_ctx c = iso->ctx;
    for (size_t i = 0; i < JS_HELPER_COUNT; i++) js_unprotect(c, iso->helpers[i]);
    js_unprotect(c, iso->entry_fn);
    js_unprotect(c, iso->dom_exception);
    builtins_forget(iso);
}

void isolate_free(struct isolate *iso) {
    if (!iso) return;
    check(iso->enter_depth == 0);
    JSLock(iso->ctx);
    if (iso->verdict == JS_FINE) iso->verdict = JS_ABORTED; /* whatever still tries to run is stopped */
    unroot(iso);
    memory_end(iso);
    JSContextGroupClearExecutionTimeLimit(iso->group);
    JSContextGroupRetain(iso->group); /* the lock is inside of it: it must not go while we hold that */
    JSContextGroupRef group = iso->group;
    JSUnlock(iso->ctx);
    JSGlobalContextRelease(iso->ctx);
    JSContextGroupRelease(group);
    for (struct isolate_kept *k = iso->kept, *next; k; k = next) {
        next = k->next;
        bytes_unref(k->bytes);
        mem_free(k);
    }
    mem_free(iso->name);
    mem_free(iso);
}

void isolate_set_dom_exception(struct isolate *iso, js_obj fn) {
    js_protect(iso->ctx, fn);
    js_unprotect(iso->ctx, iso->dom_exception);
    iso->dom_exception = fn;
}
