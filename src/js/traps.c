#include "js/traps.h"

#include "base/mem.h"
#include "js/interpose.h"
#include "js/room.h"
#include <fcntl.h>
#include <math.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TIMER_NS 200000u

/* What the words of a machine mean. Learned; written once, before threads. */
static struct {
    size_t watchdog_at; /* in the machine: pointer to its watchdog */
    size_t traps_at;    /* in the machine: struct VMTraps */
    size_t bits_at;     /* in the machine: what is asked of it, in that struct */
    uint32_t bit;       /* "ask the watchdog" */
} known;

/* struct Watchdog: references and flags, the machine, limit, CPU deadline, wall deadline, ... */
enum { WATCHDOG_VM = 1, WATCHDOG_LIMIT = 2, WATCHDOG_CPU = 3, WATCHDOG_WALL = 4, WATCHDOG_WORDS = 5 };
/* In struct VMTraps: u32 bits, of which the low four or five are asynchronous; from there u8 at 8: code must be thrown away; u8 at 11:
 * stop requested; lock at 16. The bits are its first word, or (2.54) come after what stops a stack. */
enum { TRAPS_DIRTY = 8, TRAPS_STOP = 11, TRAPS_LOCK = 16, TRAPS_ASYNC = 31, TRAPS_HEAD_MOST = 256 };

/* --- The engine's own function that makes a machine look at its bits --------------------------------------------- */

/* Named so up to 2.52, and otherwise in 2.54. Ours come first (interpose.h): what the engine hands them is where struct VMTraps
 * begins. */
#define REQUEST_STOP "_ZN3JSC7VMTraps25requestThreadStopIfNeededEj"
#define UPDATE_STOP  "_ZN3JSC7VMTraps31updateThreadStopRequestIfNeededEv"

static struct {
    _Atomic(void *) request, update; /* the engine has one of them, or neither */
    _Atomic(void *) told;            /* struct VMTraps of the last call while `listening` */
    atomic_bool listening;
} stop;

static void stop_told(void *traps) {
    if (atomic_load_explicit(&stop.listening, memory_order_relaxed)) atomic_store(&stop.told, traps);
}

void engine_request_stop(void *traps, uint32_t bit) REPLACES(REQUEST_STOP);
void engine_request_stop(void *traps, uint32_t bit) {
    void (*real)(void *, uint32_t);
    *(void **)&real = function_behind(&stop.request, REQUEST_STOP);
    stop_told(traps);
    real(traps, bit);
}

void engine_update_stop(void *traps) REPLACES(UPDATE_STOP);
void engine_update_stop(void *traps) {
    void (*real)(void *);
    *(void **)&real = function_behind(&stop.update, UPDATE_STOP);
    stop_told(traps);
    real(traps);
}

/* --- Reading memory that may not be there ----------------------------------------------------------------------- */

enum { PAGE = 4096, MACHINE_BYTES = 256 * 1024 };

struct reader {
    int fds[2];
};

static bool read_at(struct reader *r, const void *from, void *to, size_t n) {
    /* Not by libc: a sanitizer would look at `from` itself, the kernel says EFAULT. */
    return syscall(SYS_write, r->fds[1], from, n) == (long)n &&
           syscall(SYS_read, r->fds[0], to, n) == (long)n;
}

/* As much of the machine as can be read. */
static size_t look(struct reader *r, const void *machine, unsigned char *to) {
    size_t at = 0;
    while (at < MACHINE_BYTES && read_at(r, (const char *)machine + at, to + at, PAGE)) at += PAGE;
    return at;
}

/* --- Learning ----------------------------------------------------------------------------------------------------- */

struct lesson {
    struct reader reader;
    JSContextGroupRef group;
    JSContextRef context;
    unsigned char *before, *after;
    size_t size;
    _Atomic int calls;
    bool learned_bits;
};

static uint64_t word_at(const unsigned char *p) {
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static uint64_t bits_of(double d) {
    uint64_t w;
    memcpy(&w, &d, sizeof w);
    return w;
}

static bool on_lesson(JSContextRef c, void *data) {
    (void)c;
    atomic_fetch_add(&((struct lesson *)data)->calls, 1);
    return true;
}

/* The watchdog is made when the first limit is set: which word of the machine changed into a pointer to it? */
static bool learn_watchdog(struct lesson *l) {
    const double limit = 12345.25;
    size_t found = 0;
    l->size = look(&l->reader, l->group, l->before);
    JSContextGroupSetExecutionTimeLimit(l->group, limit, on_lesson, l);
    if (look(&l->reader, l->group, l->after) != l->size) return false;
    for (size_t at = 0; at + 8 <= l->size; at += 8) {
        uint64_t words[WATCHDOG_WORDS], pointer = word_at(l->after + at);
        if (pointer == word_at(l->before + at) || pointer & 7 || !pointer) continue;
        if (!read_at(&l->reader, (const void *)(uintptr_t)pointer, words, sizeof words)) continue;
        if (words[WATCHDOG_VM] != (uint64_t)(uintptr_t)l->group || words[WATCHDOG_LIMIT] != bits_of(limit) ||
            words[WATCHDOG_CPU] != bits_of(INFINITY) || words[WATCHDOG_WALL] != bits_of(INFINITY))
            continue;
        known.watchdog_at = at;
        found++;
    }
    l->size = known.watchdog_at + 8; /* from here on only what is surely the machine's */
    return found == 1;
}

/* Where does the struct begin that the word at known.bits_at is of? */
static bool learn_traps(const struct lesson *l) {
    uintptr_t told = (uintptr_t)atomic_load(&stop.told), bits = (uintptr_t)l->group + known.bits_at;
    if (told > bits || bits - told > TRAPS_HEAD_MOST) return false;
    known.traps_at = told - (uintptr_t)l->group;
    return true;
}

/* Which word did the engine's timer change, and nothing else? */
static bool learn_bits(struct lesson *l) {
    size_t found = 0;
    for (size_t at = 0; at + 24 <= l->size; at += 8) {
        const unsigned char *a = l->before + at, *b = l->after + at;
        uint32_t was, is;
        memcpy(&was, a, 4);
        memcpy(&is, b, 4);
        bool one = is && !(is & (is - 1)) && is <= TRAPS_ASYNC;
        if (was || !one || a[TRAPS_DIRTY] || a[TRAPS_STOP] || b[TRAPS_DIRTY] != 1 || b[TRAPS_STOP] != 1 ||
            !word_at(b + TRAPS_LOCK))
            continue;
        known.bits_at = at;
        known.bit = is;
        found++;
    }
    return found == 1 && learn_traps(l);
}

/* Called by JavaScript: nothing happens in the machine but the timer. At the end it spins, so that the limit has passed in CPU time
 * when the machine looks: otherwise the engine would post another timer. */
static JS_NATIVE(native_wait_for_timer) {
    (void)exc;
    struct lesson *l = JSObjectGetPrivate(self);
    uint64_t start = thread_cpu_ns();
    memcpy(l->before, (const void *)l->group, l->size);
    for (int tries = 0; tries < 2000 && !l->learned_bits; tries++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        memcpy(l->after, (const void *)l->group, l->size);
        l->learned_bits = learn_bits(l);
    }
    while (thread_cpu_ns() - start < 2 * TIMER_NS) {
    }
    return JSValueMakeUndefined(c);
}

/* --- Trying it out -------------------------------------------------------------------------------------------------- */

static JS_NATIVE(native_fire) {
    (void)exc;
    trap_fire(JSObjectGetPrivate(self));
    return JSValueMakeUndefined(c);
}

/* An object whose property `call` is the native, with `data` behind it. */
static JSObjectRef make_native(JSContextRef c, JSObjectCallAsFunctionCallback native, void *data) {
    JSClassDefinition definition = kJSClassDefinitionEmpty;
    JSClassRef class = JSClassCreate(&definition);
    JSStringRef name = JSStringCreateWithUTF8CString("call");
    JSObjectRef object = JSObjectMake(c, class, data);
    JSObjectSetProperty(c, object, name, JSObjectMakeFunctionWithCallback(c, NULL, native), 0, NULL);
    JSStringRelease(name);
    JSClassRelease(class);
    return object;
}

static JSValueRef run(JSContextRef c, JSObjectRef this_object, const char *text) {
    JSStringRef source = JSStringCreateWithUTF8CString(text);
    JSValueRef v = JSEvaluateScript(c, source, this_object, NULL, 1, NULL);
    JSStringRelease(source);
    return v;
}

/* A loop that would go on for seconds ends, and the machine lives on. */
static bool try_out(void) {
    struct lesson l = {.group = JSContextGroupCreate()};
    JSGlobalContextRef c = JSGlobalContextCreateInGroup(l.group, NULL);
    JSContextGroupRelease(l.group);
    struct trap t;
    bool ok = trap_open(&t, l.group, on_lesson, &l);
    if (ok) {
        JSValueRef ended =
            run(c, make_native(c, native_fire, &t), "this.call(); for (var i = 0; i < 1e9; i++); i");
        trap_handled(&t);
        JSValueRef after = run(c, NULL, "20 + 22");
        ok = !ended && atomic_load(&l.calls) == 1 && after && JSValueToNumber(c, after, NULL) == 42;
    }
    JSGlobalContextRelease(c);
    return ok;
}

static bool learn(struct lesson *l) {
    if (!learn_watchdog(l)) return false;
    atomic_store(&stop.listening, true);
    JSContextGroupSetExecutionTimeLimit(l->group, TIMER_NS / 1e9, on_lesson, l);
    run(l->context, make_native(l->context, native_wait_for_timer, l), "this.call()");
    atomic_store(&stop.listening, false);
    return l->learned_bits;
}

bool trap_learn(void) {
    struct lesson l = {.group = JSContextGroupCreate()};
    JSGlobalContextRef context = JSGlobalContextCreateInGroup(l.group, NULL);
    JSContextGroupRelease(l.group);
    l.context = context;
    bool ok = false;
    if (pipe2(l.reader.fds, O_CLOEXEC | O_NONBLOCK) == 0) {
        l.before = mem_alloc(MACHINE_BYTES);
        l.after = mem_alloc(MACHINE_BYTES);
        ok = learn(&l);
        mem_free(l.before);
        mem_free(l.after);
        close(l.reader.fds[0]);
        close(l.reader.fds[1]);
    }
    JSGlobalContextRelease(context);
    return ok && try_out();
}

/* --- Use ------------------------------------------------------------------------------------------------------------ */

bool trap_open(struct trap *t, JSContextGroupRef group, JSShouldTerminateCallback callback, void *data) {
    JSContextGroupSetExecutionTimeLimit(group, INFINITY, callback, data);
    char *machine = (char *)(uintptr_t)group;
    uint64_t *watchdog;
    memcpy(&watchdog, machine + known.watchdog_at, sizeof watchdog);
    t->watchdog = (_Atomic uint64_t *)watchdog;
    t->traps = machine + known.traps_at;
    t->bits = (_Atomic uint32_t *)(void *)(machine + known.bits_at);
    return watchdog[WATCHDOG_VM] == (uint64_t)(uintptr_t)group &&
           watchdog[WATCHDOG_LIMIT] == bits_of(INFINITY);
}

void trap_fire(const struct trap *t) {
    atomic_store(&t->watchdog[WATCHDOG_CPU], bits_of(0));
    atomic_store(&t->watchdog[WATCHDOG_WALL], bits_of(0));
    atomic_store(&t->watchdog[WATCHDOG_LIMIT], bits_of(1e9)); /* finite: the engine asks nobody otherwise */
    atomic_fetch_or(t->bits, known.bit);
    if (atomic_load_explicit(&stop.update, memory_order_relaxed))
        engine_update_stop(t->traps);
    else
        engine_request_stop(t->traps, known.bit);
}

void trap_handled(const struct trap *t) { atomic_store(&t->watchdog[WATCHDOG_LIMIT], bits_of(INFINITY)); }

bool trap_pending(const struct trap *t) { return atomic_load(t->bits) & known.bit; }
