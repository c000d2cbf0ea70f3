#include "js/room.h"

#include "base/limits.h"
#include "base/mem.h"
#include "js/guard.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <jsc/jsc.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct js_caps js_caps;
struct js_engine js_engine = {.statm_fd = -1};

/* --- Options ------------------------------------------------------------------------------------------------- */

/* The engine obeys any JSC_x it finds: those of whoever started us are not ours. */
static void scrub_environment(void) {
    for (size_t i = 0; environ[i];) {
        const char *equals = strchr(environ[i], '=');
        if (equals && strncmp(environ[i], "JSC_", 4) == 0) {
            char *key = mem_cstr(span_make(environ[i], (size_t)(equals - environ[i])));
            unsetenv(key);
            mem_free(key);
        } else {
            i++;
        }
    }
    setenv("GIGACAGE_ENABLED", "no", 1); /* big buffers by mmap, where the guard can refuse them */
    setenv("HOME", "/",
           0); /* newer GLib wants one, and would read the users' list for it, behind the sandbox */
}

static void set_options(const struct js_engine_options *options) {
    scrub_environment();
    JSConfigureSignalForGC(SIGRTMIN + 6); /* the default, SIGUSR1, is the operator's */
    jsc_options_set_uint("numberOfGCMarkers",
                         1); /* small heaps: waking helper threads costs more than they do */
    jsc_options_set_boolean("usePollingTraps", TRUE); /* a CPU limit that ends loops within milliseconds */
    jsc_options_set_boolean("useWasmFastMemory",
                            FALSE); /* no 4 GB reservations, no SIGSEGV as control flow */
    uint64_t hint = options && options->ram_hint_bytes ? options->ram_hint_bytes : 1024u << 20;
    jsc_options_set_size("forceRAMSize", (gsize)hint);
    JSDisableGCTimer(); /* it would need a GLib run loop */
    mmap_guard_set_cap(options && options->mmap_cap_bytes ? options->mmap_cap_bytes : 1ull << 30);
}

/* --- Self-tests: each fact that no header promises ------------------------------------------------------------- */

static bool same_bits(JSContextRef c, double n) {
    js_caps.nan_box = true;
    js_val inline_made = js_number((js_ctx)c, n);
    js_caps.nan_box = false;
    return inline_made == JSValueMakeNumber(c, n);
}

static bool test_nan_box(JSContextRef c) {
    static const double numbers[] = {0,   1,    -1,    42,     2147483647, -2147483648.0, 2147483648.0,
                                     0.5, -0.0, 1e308, -1e-300};
    if (sizeof(void *) != 8) return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!same_bits(c, numbers[i])) return false;
    return same_bits(c, NAN) && same_bits(c, INFINITY) && js_bits(JSValueMakeUndefined(c)) == JS_BOX_UNDEF &&
           js_bits(JSValueMakeNull(c)) == JS_BOX_NULL &&
           js_bits(JSValueMakeBoolean(c, true)) == JS_BOX_TRUE &&
           js_bits(JSValueMakeBoolean(c, false)) == JS_BOX_FALSE &&
           !(js_bits((js_val)JSContextGetGlobalObject(c)) & JS_BOX_CELL);
}

/* OpaqueJSString: u32 references; StringImpl* at 8. StringImpl: u32 references; u32 length; data at 8; u32 flags at 16,
 * bit 2 says 8-bit. Read only after the public interface has confirmed the length. */
static bool test_string_layout(void) {
    static const JSChar wide[] = {'w', 0x20ac, 'x'};
    JSStringRef narrow_text = JSStringCreateWithUTF8CString("narrow text"),
                wide_text = JSStringCreateWithCharacters(wide, 3);
    js_caps.string_layout = true;
    struct js_chars a = {.held = narrow_text}, b = {.held = wide_text};
    bool fits = js_chars_look(&a) && a.latin1 && a.count == 11 && memcmp(a.latin1, "narrow text", 11) == 0 &&
                js_chars_look(&b) && b.utf16 && b.count == 3 && memcmp(b.utf16, wide, sizeof wide) == 0;
    js_caps.string_layout = false;
    JSStringRelease(narrow_text);
    JSStringRelease(wide_text);
    return fits;
}

static JSValueRef evaluate(JSContextRef c, const char *text) {
    JSStringRef source = JSStringCreateWithUTF8CString(text);
    JSValueRef v = JSEvaluateScript(c, source, NULL, NULL, 1, NULL);
    JSStringRelease(source);
    return v;
}

static unsigned char cell_type(JSValueRef v) { return ((const unsigned char *)v)[5]; }

/* JSCell: its type is the byte at 5. JSString: the word at 8 is its text, or a rope (bit 0). After test_string_layout(). */
static bool test_string_cell(JSContextRef c) {
    JSStringRef source = JSStringCreateWithUTF8CString("narrow text");
    JSValueRef narrow = JSValueMakeString(c, source);
    JSStringRelease(source);
    JSValueRef others[] = {
        evaluate(c, "({})"), evaluate(c, "Symbol('s')"), evaluate(c, "12345678901234567890n"),
        evaluate(c, "[]"),   evaluate(c, "(() => {})"),  evaluate(c, "/x/")};
    JSValueRef wide = evaluate(c, "'\\u20ac'.repeat(20).toUpperCase()"),
               rope = evaluate(c, "((a, b) => a + b)('a long piece of text, ', 'and another one behind it')");
    uintptr_t fiber;
    if (!wide || !rope || cell_type(wide) != cell_type(narrow) || cell_type(rope) != cell_type(narrow))
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!others[i] || cell_type(others[i]) == cell_type(narrow)) return false;
    memcpy(&fiber, (const char *)rope + 8, sizeof fiber);
    if (!(fiber & 1)) return false;
    js_caps.string_layout = js_caps.string_cell = true;
    js_caps.string_type = cell_type(narrow);
    struct js_chars a, b, d;
    bool fits = js_chars_in_place(narrow, &a) && a.latin1 && a.count == 11 &&
                memcmp(a.latin1, "narrow text", 11) == 0 && js_chars_in_place(wide, &b) && b.utf16 &&
                b.count == 20 && b.utf16[19] == 0x20ac && !js_chars_in_place(rope, &d) &&
                !js_chars_in_place(others[0], &d);
    js_caps.string_layout = js_caps.string_cell = false;
    return fits;
}

/* JSArrayBufferView: the address of its first byte is the word at 16, also for small arrays inside the heap. */
static bool test_view_layout(JSContextRef c) {
    static unsigned char outside[64] = {9, 8, 7};
    JSObjectRef over = JSObjectMakeTypedArrayWithBytesNoCopy(c, kJSTypedArrayTypeUint8Array, outside,
                                                             sizeof outside, NULL, NULL, NULL);
    JSValueRef small = evaluate(c, "new Uint8Array([5,6,7,8])"),
               part = evaluate(c, "new Uint8Array(new Uint8Array([0,3,4]).buffer,1)");
    if (!over || !small || !part) return false;
    const unsigned char *a, *b, *d;
    memcpy(&a, (const char *)over + 16, sizeof a);
    memcpy(&b, (const char *)small + 16, sizeof b);
    memcpy(&d, (const char *)part + 16, sizeof d);
    /* The outside pointer comes first: when it is not there, the others are not pointers to follow. */
    return a == outside && memcmp(b, "\5\6\7\10", 4) == 0 && memcmp(d, "\3\4", 2) == 0;
}

static JS_NATIVE(native_test_drain) {
    JSLock(c); /* callbacks run without it */
    js_engine.drain(JSContextGetGroup(c));
    JSUnlock(c);
    return JSValueMakeUndefined(c);
}

static bool test_drain(JSContextRef c) {
    if (!js_engine.drain) return false;
    JSStringRef name = JSStringCreateWithUTF8CString("drainNow");
    JSObjectSetProperty(c, JSContextGetGlobalObject(c), name,
                        JSObjectMakeFunctionWithCallback(c, name, native_test_drain), 0, NULL);
    JSStringRelease(name);
    JSValueRef v =
        evaluate(c, "var ran = 0; Promise.resolve().then(() => ran++).then(() => ran++); drainNow(); ran");
    return v && JSValueToNumber(c, v, NULL) == 2;
}

static void test_all(void) {
    *(void **)&js_engine.drain = dlsym(RTLD_DEFAULT, "_ZN3JSC2VM15drainMicrotasksEv");
    *(void **)&js_engine.release_memory = dlsym(RTLD_DEFAULT, "_ZN3WTF27releaseFastMallocFreeMemoryEv");
    direct_find();
    *(void **)&js_engine.delete_code =
        dlsym(RTLD_DEFAULT, "_ZN3JSC2VM13deleteAllCodeENS_19DeleteAllCodeEffortE");
    memory_hook();
    JSContextGroupRef group = JSContextGroupCreate();
    JSGlobalContextRef c = JSGlobalContextCreateInGroup(group, NULL);
    JSContextGroupRelease(group);
    struct js_caps caps = {.drain_inside = test_drain(c),
                           .forget_code = js_engine.delete_code != NULL,
                           .release_memory = js_engine.release_memory != NULL,
                           .string_layout = test_string_layout(),
                           .string_cell = test_string_layout() && test_nan_box(c) && test_string_cell(c),
                           .string_type = js_caps.string_type,
                           .narrow_strings = direct_test_strings(),
                           .direct =
                               test_nan_box(c) && test_string_layout() && direct_test_calls(c, evaluate),
                           .view_layout = test_view_layout(c),
                           .nan_box = test_nan_box(c),
                           .mmap_guard = mmap_guard_works(),
                           .clock_freeze = clock_freeze_works(),
                           .heap_meter = memory_try_meter(c),
                           .large_refused = memory_try_refusal(c, evaluate),
                           .interrupt = trap_learn()};
    memory_hooked();
    js_caps = caps;
    JSGlobalContextRelease(c);
}

/* --- The engine's words at its start --------------------------------------------------------------------------------

 * It prints "Warning: disabling gigacage because GIGACAGE_ENABLED=no!", which is our wish and nobody's concern. While the first
 * context is made, stderr is a memory file; whatever else was said is then passed on. No path is opened, so this works behind
 * Landlock too; where there is no memory file, the line is printed. Before threads. */

struct hush {
    int saved, file; /* -1: stderr is as it was */
};

static struct hush hush_begin(void) {
    struct hush h = {-1, -1};
#if JS_MMAP_GUARD /* off with sanitizers: what a sanitizer says on its way down must be seen */
    h.file = memfd_create("cusp engine start", MFD_CLOEXEC);
    h.saved = h.file < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (h.saved >= 0) dup2(h.file, STDERR_FILENO);
#endif
    return h;
}

static void hush_end(struct hush h) {
    char text[4096];
    if (h.saved >= 0) {
        fflush(stderr);
        dup2(h.saved, STDERR_FILENO);
        ssize_t n = pread(h.file, text, sizeof text, 0);
        struct span rest = span_make(text, n > 0 ? (size_t)n : 0);
        while (rest.len) {
            struct span line = span_cut(&rest, '\n');
            if (line.len && span_find(line, SPAN("disabling gigacage")) == line.len)
                fprintf(stderr, "%.*s\n", SPAN_FMT(line));
        }
        close(h.saved);
    }
    if (h.file >= 0) close(h.file);
}

/* --- Start -------------------------------------------------------------------------------------------------------- */

static void make_names(void) {
    static const char *const texts[] = {
#define X(identifier, text) text,
        JS_NAMES(X)
#undef X
    };
    for (size_t i = 0; i < JS_NAME_COUNT; i++) js_engine.names[i] = JSStringCreateWithUTF8CString(texts[i]);
}

enum err js_engine_init(const struct js_engine_options *options, struct problem *p) {
    if (js_engine.ready) return ERR_OK;
    struct hush hush = hush_begin();
    set_options(options);
    js_engine.statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    make_names();
    test_all();
    hush_end(hush);
    handles_start();
    js_engine.ready = true;
    return ERR_OK;
}

struct span js_engine_caps_text(char *room, size_t cap) {
    int n = snprintf(
        room, cap,
        "nan_box=%d drain_inside=%d forget_code=%d release_memory=%d string_layout=%d string_cell=%d "
        "narrow_strings=%d direct=%d view_layout=%d mmap_guard=%d "
        "clock_freeze=%d interrupt=%d heap_meter=%d large_refused=%d",
        js_caps.nan_box, js_caps.drain_inside, js_caps.forget_code, js_caps.release_memory,
        js_caps.string_layout, js_caps.string_cell, js_caps.narrow_strings, js_caps.direct,
        js_caps.view_layout, js_caps.mmap_guard, js_caps.clock_freeze, js_caps.interrupt, js_caps.heap_meter,
        js_caps.large_refused);
    return span_make(room, (size_t)n < cap ? (size_t)n : cap ? cap - 1 : 0);
}

void js_engine_version(char *room, size_t cap) {
    snprintf(room, cap, "%u.%u.%u", jsc_get_major_version(), jsc_get_minor_version(),
             jsc_get_micro_version());
}

void js_engine_trim(void) {
    if (js_caps.release_memory) js_engine.release_memory();
    malloc_trim(0); /* ICU, and all that is ours */
}

void js_engine_trim_at_times(void) {
    struct timespec at;
    if (clock_gettime(CLOCK_MONOTONIC, &at)) return;
    uint64_t now_ms = (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
    uint64_t last_ms = atomic_load_explicit(&js_engine.trimmed_ms, memory_order_relaxed);
    if (last_ms && now_ms - last_ms < LIMIT_TRIM_PAUSE_MS) return;
    if (atomic_compare_exchange_strong(&js_engine.trimmed_ms, &last_ms, now_ms)) js_engine_trim();
}

uint64_t js_clock_real_ns(void) { return clock_real_ns(); }

uint64_t js_engine_rss_bytes(void) {
    char text[128];
    ssize_t n = js_engine.statm_fd < 0 ? -1 : pread(js_engine.statm_fd, text, sizeof text - 1, 0);
    if (n <= 0) return 0;
    struct span s = span_make(text, (size_t)n);
    uint64_t pages;
    span_cut(&s, ' ');
    return span_to_u64(span_cut(&s, ' '), &pages) ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
