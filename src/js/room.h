/* Private to the room: what its .c files share. */
#ifndef JS_ROOM_H
#define JS_ROOM_H

#include "js/engine.h"
#include "js/isolate.h"
#include "js/jsc.h"
#include "js/memory.h"
#include "js/traps.h"
#include <stdatomic.h>

/* --- Exported C++ functions, and how C sees them (direct.c). A Ref<> or RefPtr<> comes back where the first points. ---- */
struct direct_room { /* std::span */
    unsigned char *ptr;
    size_t count;
};
struct direct_symbols {
    js_obj (*make)(JSContextGroupRef machine, js_ctx c, unsigned length, const void *name, js_entry entry,
                   uint8_t visibility, uint8_t intrinsic, const void *as_constructor, const void *signature);
    const void *as_constructor;
    void (*throw_value)(JSContextGroupRef machine, js_ctx c, js_val thrown);
    void (*narrow_room)(void **ret_impl, size_t count, struct direct_room *ret_room);
    void (*hold_impl)(JSStringRef *ret, void **impl);
};

/* --- The process (engine.c). Written once by js_engine_init, before threads. ---------------------------------- */
struct js_engine {
    JSStringRef names[JS_NAME_COUNT];
    JSClassRef handle_class, closure_class;
    void (*drain)(JSContextGroupRef); /* NULL where the engine does not have them */
    void (*release_memory)(void);
    struct direct_symbols direct; /* direct.c */
    void (*delete_code)(JSContextGroupRef, int effort);
    int statm_fd;                    /* /proc/self/statm, opened before a sandbox closes the file system */
    atomic_uint_fast64_t trimmed_ms; /* when memory was given back last, by the monotonic clock; 0: never */
    bool ready;
};
extern struct js_engine js_engine;

/* --- Helpers in JavaScript (core.js), one set an isolate. The order is that of the array core.js returns. -------- */
#define JS_HELPERS(X)                                                                                        \
    X(type_error)                                                                                            \
    X(range_error)                                                                                           \
    X(syntax_error)                                                                                          \
    X(is_error)                                                                                              \
    X(then) X(as_uint8) X(lazy_globals) X(namespace) X(evaluate) X(evaluate_commonjs) X(poll) X(begin)
enum js_helper {
#define X(name) JS_HELPER_##name,
    JS_HELPERS(X)
#undef X
        JS_HELPER_COUNT
};

struct isolate_kept {
    struct isolate_kept *next;
    struct bytes *bytes;
};

/* What memory.c knows of one isolate. */
struct meter {
    void *heap;           /* JSC::Heap, for the hooks; NULL where they do not work */
    uint64_t alive_bytes; /* at the last collection */
    uint64_t taken_bytes; /* since then */
    uint64_t page_bytes;  /* memories of WebAssembly, resizable buffers */
    uint64_t collections;
    uint64_t look_at_bytes; /* alive and taken: measure when they come to this */
    uint64_t look_at_collections;
    /* the running entry, from the first look at it on */
    uint64_t entry_rss_bytes;     /* of the process; 0: not looked yet */
    uint64_t entry_touched_bytes; /* by its thread, first */
    uint64_t looked_touched_bytes;
    atomic_bool give_up; /* isolate_memory_give_up() */
    struct isolate_memory_verdict verdict;
};

struct isolate {
    JSContextGroupRef group;
    JSGlobalContextRef ctx;
    char *name;
    struct isolate_config config;
    js_obj entry_fn;                 /* protected, as all js_obj here */
    js_obj helpers[JS_HELPER_COUNT]; /* */
    js_obj dom_exception;            /* may be NULL */
    /* entering */
    struct isolate *outer; /* what this thread had entered before */
    uint64_t outer_clock_ns;
    uint32_t enter_depth;
    /* the running entry */
    uint32_t entry_depth;
    isolate_fn entry_call;
    void *entry_data;
    uint32_t entry_limit_ms;
    uint64_t entry_cpu_ns; /* thread CPU clock at its start */
    uint32_t entry_looks;
    struct isolate *entry_outer; /* monitor.c: the entry below it on this thread */
    struct trap trap;            /* bits NULL: the engine's own timer is used */
    _Atomic uint64_t look_cpu_ns,
        trap_handled_ns;     /* thread CPU clock: when to look, when the last look ended */
    atomic_bool trap_fired;  /* by the monitor; the engine has not called back yet */
    enum js_verdict verdict; /* not JS_FINE: condemned */
    atomic_bool abort;
    /* accounting */
    uint64_t cpu_ns, cpu_enter_ns;
    struct meter memory;
    struct isolate_kept *kept;
    bool profiled;
    /* built-ins */
    js_obj internal, primordials;
    js_obj *exports; /* one a source, NULL until loaded */
    bool *loading;
};

uint64_t thread_cpu_ns(void);

/* --- memory.c ------------------------------------------------------------------------------------------------- */
void memory_begin(struct isolate *iso); /* birth and death, entered */
void memory_end(struct isolate *iso);
void memory_enter(struct isolate *iso); /* the outermost isolate_enter and isolate_leave */
void memory_leave(struct isolate *iso);
void memory_entry_begins(struct isolate *iso);
/* A look at the running entry, from its own thread where the engine may be called. */
bool memory_exceeded(struct isolate *iso);
bool memory_given_up(struct isolate *iso);
/* The start of the process, in this order, around the making of its first context. */
void memory_hook(void);
bool memory_try_meter(JSContextRef c);
bool memory_try_refusal(JSContextRef c, JSValueRef (*evaluate)(JSContextRef c, const char *text));
void memory_hooked(void);

/* --- strings.c ------------------------------------------------------------------------------------------------ */
JSStringRef jsc_string(struct span utf8); /* release it */
JSStringRef jsc_string_utf16(const uint16_t *units, size_t count);
bool js_chars_look(struct js_chars *s); /* fills the rest from s->held */

/* --- direct.c ------------------------------------------------------------------------------------------------------- */
void direct_find(void); /* the symbols */
bool direct_test_calls(JSContextRef c,
                       JSValueRef (*evaluate)(JSContextRef c, const char *text)); /* js_caps.direct */
bool direct_test_strings(void);                                                   /* js_caps.narrow_strings */
js_obj js_direct_function(js_ctx c, const char *name, int length, js_entry entry);
/* An 8-bit string of the engine: one copy, no conversion. Not empty. */
JSStringRef direct_narrow(struct span latin1);

/* --- handles.c ------------------------------------------------------------------------------------------------ */
void handles_start(void); /* makes the two classes */

/* --- builtins.c ------------------------------------------------------------------------------------------------- */
MUST_USE enum err builtins_start(struct isolate *iso, struct problem *p); /* inside an entry */
void builtins_forget(struct isolate *iso);
/* Evaluates ASCII text that outlives the isolate. */
js_val script_immortal(struct isolate *iso, struct span ascii, const char *url, js_val *exc);
/* Any text. */
js_val script_text(struct isolate *iso, struct span source, struct span url, js_val *exc);

#endif
