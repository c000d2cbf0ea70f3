/* JavaScript values for C: the thin layer that every native function uses.
 *
 * What this is. `js_val` is any JavaScript value, `js_obj` an object, `js_ctx` the realm the call runs in.
 * They are the engine's own words under our names, so there is no wrapping and no allocation; the engine's
 * headers stay in this room. A native function has exactly the engine's callback signature (JS_NATIVE), so
 * there is no trampoline.
 *
 * Thread. All calls need the isolate entered on this thread (js/isolate.h); inside a native that is always
 * so.
 *
 * Lifetime. A js_val is kept alive by being on the C stack or in registers, or reachable from JavaScript. A
 * value that you store in C memory (heap, struct in an arena) must be js_protect()ed until you forget it, or
 * the collector frees it. Values of one isolate never go to another.
 *
 * Failure. Whatever may run user code (getters, toString, calls) takes `js_val *exc`. On failure it sets *exc
 * and returns NULL/false; a native then returns NULL at once (js_throw_x return NULL, so `return
 * js_throw_type(...)`). exc must not be NULL and *exc must be NULL before the call (in a native it is).
 *
 * Cost (measured, ns): native call from JS 80, a direct one (JS_DIRECT below) 10; each engine call inside a native
 * 60-120 of which 50 is a lock, which a direct one holds already: when another makes three or more, bracket them with
 * js_lock()/js_unlock(). Numbers, booleans, undefined are free (they are inline and touch no lock).
 *
 * Example: natives.add(a, b) and natives.hello(name)
 *
 *     static JS_NATIVE(native_add) {
 *         double a, b;
 *         if (!js_arg_number(c, argc, argv, 0, &a, exc) || !js_arg_number(c, argc, argv, 1, &b, exc)) return
 * NULL; return js_number(c, a + b);
 *     }
 *     static JS_NATIVE(native_hello) {
 *         char room[256];
 *         struct span name;
 *         if (argc < 1) return js_throw_type(c, exc, "hello: a name is needed");
 *         if (!js_to_utf8(c, argv[0], room, sizeof room, &name, exc)) return NULL;
 *         ...
 *     }
 *     const struct js_native_row natives_demo[] = {{"add", native_add, 2}, {"hello", native_hello, 1}, {0}};
 */
#ifndef JS_VALUE_H
#define JS_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "js/engine.h"
#include "js/names.h"

typedef const struct OpaqueJSValue *js_val;
typedef struct OpaqueJSValue *js_obj;
typedef const struct OpaqueJSContext *js_ctx;

typedef js_val (*js_native)(js_ctx c, js_obj callee, js_obj self, size_t argc, const js_val argv[],
                            js_val *exc);
/* Declares a native; its parameters have these names everywhere. Returning NULL means undefined, or the
 * exception when *exc is set. */
#define JS_NATIVE(name)                                                                                      \
    js_val name(js_ctx c, js_obj callee, js_obj self, size_t argc, const js_val argv[], js_val *exc)

/* How the engine's own C++ functions are called: with the frame of the call, in the engine's words. */
typedef js_val (*js_entry)(js_ctx c, const js_val frame[]);

struct js_native_row {
    const char *name;
    js_native fn;
    int length;     /* the function's `length` property; 0 leaves the engine's default, which is 0 too */
    js_entry entry; /* JS_DIRECT_OF(fn), for one that is called often; else left out */
};

/* A direct native: the engine calls it as it calls its own functions, without giving up its lock first and without a copy
 * of the arguments, which saves 70 ns a call. Behind its body stands JS_DIRECT(fn), and its row ends with JS_DIRECT_OF(fn);
 * nothing else is different, except that `self` is whatever JavaScript passed, perhaps undefined. Making one takes 1 us
 * more, so only natives of hot paths are. Where the engine is not as expected (js_caps.direct) the row's `fn` is used. */
enum { JS_FRAME_CALLEE = 3, JS_FRAME_COUNT = 4, JS_FRAME_THIS = 5, JS_FRAME_ARGS = 6 };
/* Makes exc what the call ends with. */
js_val js_direct_threw(js_ctx c, js_val exc);
static inline js_val js_direct_run(js_native fn, js_ctx c, const js_val frame[]) {
    js_val exc = NULL;
    size_t count = (uint32_t)(uintptr_t)frame[JS_FRAME_COUNT] - 1; /* `this` is counted */
    js_val v = fn(c, (js_obj)(uintptr_t)frame[JS_FRAME_CALLEE], (js_obj)(uintptr_t)frame[JS_FRAME_THIS],
                  count, frame + JS_FRAME_ARGS, &exc);
    if (exc) return js_direct_threw(c, exc);
    return v ? v : (js_val)(uintptr_t)0x0a; /* undefined, as js_caps.nan_box has it */
}
#define JS_DIRECT(fn)                                                                                        \
    static js_val fn##_entry(js_ctx c, const js_val frame[]) { return js_direct_run(fn, c, frame); }
#define JS_DIRECT_OF(fn) fn##_entry

/* Take and give back the engine's lock around several calls in a native. Always in pairs; they nest. */
void js_lock(js_ctx c);
void js_unlock(js_ctx c);

/* --- Numbers, booleans, undefined, null. Inline when the engine's self-test has confirmed the encoding.
 * ----- */
js_val js_slow_undefined(js_ctx c);
js_val js_slow_null(js_ctx c);
js_val js_slow_bool(js_ctx c, bool b);
js_val js_slow_number(js_ctx c, double n);
/* 0 undefined, 1 null, 2 boolean, 3 number, 4 string, 5 object, 6 symbol, 7 bigint */
enum js_type { JS_UNDEFINED, JS_NULL, JS_BOOLEAN, JS_NUMBER, JS_STRING, JS_OBJECT, JS_SYMBOL, JS_BIGINT };
enum js_type js_slow_type(js_ctx c, js_val v);
bool js_slow_to_bool(js_ctx c, js_val v);
bool js_slow_to_number(js_ctx c, js_val v, double *ret, js_val *exc);

#define JS_BOX_INT   0xfffe000000000000ull
#define JS_BOX_CELL  0xfffe000000000002ull /* none of these bits: a pointer to a heap cell */
#define JS_BOX_SHIFT 0x0002000000000000ull /* added to the bits of a double */
#define JS_BOX_NULL  0x02ull
#define JS_BOX_FALSE 0x06ull
#define JS_BOX_TRUE  0x07ull
#define JS_BOX_UNDEF 0x0aull
static inline uint64_t js_bits(js_val v) { return (uint64_t)(uintptr_t)v; }
static inline js_val js_from_bits(uint64_t bits) { return (js_val)(uintptr_t)bits; }

static inline js_val js_undefined(js_ctx c) {
    return js_caps.nan_box ? js_from_bits(JS_BOX_UNDEF) : js_slow_undefined(c);
}
static inline js_val js_null(js_ctx c) {
    return js_caps.nan_box ? js_from_bits(JS_BOX_NULL) : js_slow_null(c);
}
static inline js_val js_bool(js_ctx c, bool b) {
    return js_caps.nan_box ? js_from_bits(b ? JS_BOX_TRUE : JS_BOX_FALSE) : js_slow_bool(c, b);
}
static inline js_val js_int(js_ctx c, int32_t n) {
    return js_caps.nan_box ? js_from_bits(JS_BOX_INT | (uint32_t)n) : js_slow_number(c, n);
}
/* Any double; integers become the engine's integers, every NaN becomes the one NaN. */
js_val js_number(js_ctx c, double n);

/* No conversion, no user code, no exception. NULL (a missing argument) counts as undefined. */
static inline bool js_is_undefined(js_ctx c, js_val v) {
    return !v || (js_caps.nan_box ? js_bits(v) == JS_BOX_UNDEF : js_slow_type(c, v) == JS_UNDEFINED);
}
static inline bool js_is_null(js_ctx c, js_val v) {
    return v && (js_caps.nan_box ? js_bits(v) == JS_BOX_NULL : js_slow_type(c, v) == JS_NULL);
}
static inline bool js_is_nullish(js_ctx c, js_val v) { return js_is_undefined(c, v) || js_is_null(c, v); }
static inline bool js_is_bool(js_ctx c, js_val v) {
    return v && (js_caps.nan_box ? (js_bits(v) & ~1ull) == JS_BOX_FALSE : js_slow_type(c, v) == JS_BOOLEAN);
}
static inline bool js_is_number(js_ctx c, js_val v) {
    return v && (js_caps.nan_box ? (js_bits(v) & JS_BOX_INT) != 0 : js_slow_type(c, v) == JS_NUMBER);
}
/* True for any heap cell: string, object, symbol, bigint. False needs no engine call. */
static inline bool js_is_cell(js_val v) { return v && (!js_caps.nan_box || !(js_bits(v) & JS_BOX_CELL)); }
enum js_type js_type(js_ctx c, js_val v);
static inline bool js_is_string(js_ctx c, js_val v) {
    return js_is_cell(v) && js_slow_type(c, v) == JS_STRING;
}
static inline bool js_is_object(js_ctx c, js_val v) {
    return js_is_cell(v) && js_slow_type(c, v) == JS_OBJECT;
}
bool js_is_function(js_ctx c, js_val v);
bool js_is_array(js_ctx c, js_val v);
bool js_is_date(js_ctx c, js_val v);
/* instanceof the engine's own Error: false for look-alikes, true for subclasses. Runs no user code. */
bool js_is_error(js_ctx c, js_val v);
bool js_same(js_ctx c, js_val a, js_val b); /* === */

/* ToBoolean. Never fails. */
static inline bool js_to_bool(js_ctx c, js_val v) {
    if (!v) return false;
    if (js_caps.nan_box && (js_bits(v) & ~1ull) == JS_BOX_FALSE) return js_bits(v) & 1;
    return js_slow_to_bool(c, v);
}
/* ToNumber: may run valueOf. */
static inline bool js_to_number(js_ctx c, js_val v, double *ret, js_val *exc) {
    if (v && js_caps.nan_box && (js_bits(v) & JS_BOX_INT) == JS_BOX_INT)
        return *ret = (int32_t)js_bits(v), true;
    if (v && js_caps.nan_box && (js_bits(v) & JS_BOX_INT)) {
        uint64_t bits = js_bits(v) - JS_BOX_SHIFT;
        return memcpy(ret, &bits, sizeof bits), true;
    }
    return js_slow_to_number(c, v, ret, exc);
}
/* An argument that the built-in JavaScript passes and has converted already: no user code. `ok` form: 0 and
 * false when it isn't an int32. */
static inline bool js_is_int(js_val v, int32_t *ret) {
    if (v && js_caps.nan_box && (js_bits(v) & JS_BOX_INT) == JS_BOX_INT)
        return *ret = (int32_t)js_bits(v), true;
    return false;
}
/* ToNumber of argv[i] (missing: NaN); into int32 range with TypeError outside; into 0..2^53-1 with TypeError.
 */
bool js_arg_number(js_ctx c, size_t argc, const js_val argv[], size_t i, double *ret, js_val *exc);
bool js_arg_int(js_ctx c, size_t argc, const js_val argv[], size_t i, int32_t *ret, js_val *exc);
bool js_arg_u64(js_ctx c, size_t argc, const js_val argv[], size_t i, uint64_t *ret, js_val *exc);
static inline js_val js_arg(js_ctx c, size_t argc, const js_val argv[], size_t i) {
    return i < argc ? argv[i] : js_undefined(c);
}

/* --- Strings in
 * ---------------------------------------------------------------------------------------------- */
/* From UTF-8; malformed sequences become U+FFFD as in the Encoding standard. ~70 ns + 0.3 ns a byte. */
js_val js_str(js_ctx c, struct span utf8);
js_val js_str_latin1(js_ctx c, struct span latin1); /* every byte is one code unit: HTTP fields */
js_val js_str_utf16(js_ctx c, const uint16_t *units, size_t count);
#define js_str_lit(c, literal) js_str((c), SPAN(literal))
/* A property name from the table (js/names.h) as a string value. */
js_val js_str_name(js_ctx c, enum js_name name);

/* --- Strings out
 * --------------------------------------------------------------------------------------------- */
/* ToString, then UTF-8; lone surrogates become U+FFFD. The span points into `room` when it fits there (a NUL
 * follows), else into memory of the arena. */
bool js_to_utf8_arena(js_ctx c, js_val v, struct arena *a, struct span *ret, js_val *exc);
bool js_to_utf8_buf(js_ctx c, js_val v, struct buf *append_to, js_val *exc);
/* Into the caller's room: RangeError when it needs more than cap - 1 bytes. */
bool js_to_utf8(js_ctx c, js_val v, char *room, size_t cap, struct span *ret, js_val *exc);
/* ByteString (Web IDL): TypeError when a code unit is above 255. Header names and values. */
bool js_to_latin1_buf(js_ctx c, js_val v, struct buf *append_to, js_val *exc);

/* The code units themselves, without a copy where the engine allows it. Close it before you return. */
struct js_chars {
    const uint8_t *latin1; /* one of the two is set */
    const uint16_t *utf16;
    size_t count;
    struct OpaqueJSString *held;
};
/* A string that is in one piece, where it is, without a call of the engine: valid while the value lives and no JavaScript runs.
 * Nothing to close. False: not a string, or a rope, or this engine is not as expected. */
bool js_chars_in_place(js_val v, struct js_chars *ret);
bool js_chars_open(js_ctx c, js_val v, struct js_chars *ret, js_val *exc);
void js_chars_close(struct js_chars *s);
/* Bytes it takes in UTF-8, and the conversion itself (returns bytes written; room must have that many). */
size_t js_chars_utf8_len(const struct js_chars *s);
size_t js_chars_utf8(const struct js_chars *s, char *room);

/* --- Objects
 * ------------------------------------------------------------------------------------------------- */
js_obj js_object(js_ctx c);
js_obj js_bare_object(
    js_ctx c); /* without a prototype: what user code has put on Object.prototype is not seen through it */
js_obj js_array(js_ctx c, size_t count, const js_val items[], js_val *exc);
/* ToObject without conversion: v must be an object (js_is_object). */
static inline js_obj js_as_object(js_val v) { return (js_obj)(uintptr_t)v; }

/* Names in the table are made once a process: prefer js_get to js_get_span. Getters and proxies may run. */
js_val js_get(js_ctx c, js_obj o, enum js_name name, js_val *exc);
bool js_set(js_ctx c, js_obj o, enum js_name name, js_val v, js_val *exc);
js_val js_get_span(js_ctx c, js_obj o, struct span name, js_val *exc);
bool js_set_span(js_ctx c, js_obj o, struct span name, js_val v, js_val *exc);
js_val js_get_at(js_ctx c, js_obj o, uint32_t index, js_val *exc);
bool js_set_at(js_ctx c, js_obj o, uint32_t index, js_val v, js_val *exc);
bool js_has(js_ctx c, js_obj o, enum js_name name);
/* Own property with attributes; replaces what is there. Runs no setter. */
enum {
    JS_ENUMERABLE = 1,
    JS_WRITABLE = 2,
    JS_CONFIGURABLE = 4,
    JS_HIDDEN = 6 /* as methods of a class are */
};
bool js_define(js_ctx c, js_obj o, struct span name, js_val v, unsigned attributes, js_val *exc);
/* Own and inherited enumerable string keys, in order; `each` returns false to stop. */
bool js_each_key(js_ctx c, js_obj o, bool (*each)(void *data, js_ctx c, js_obj o, js_val key), void *data);

/* --- Functions
 * ----------------------------------------------------------------------------------------------- */
js_obj js_function(js_ctx c, const char *name, js_native fn);
/* Puts the rows (ended by a row with name NULL) on o as hidden methods. o is a js_bare_object(): a setter that user code has put on
 * Object.prototype would get them. False: thrown, by a termination or for lack of stack or memory. */
MUST_USE bool js_natives_install(js_ctx c, js_obj o, const struct js_native_row *rows, js_val *exc);
/* Calls from inside an entry (a native, isolate_run). From outside use isolate_call(): it has the CPU limit
 * and the microtasks. self NULL is undefined. */
js_val js_call(js_ctx c, js_obj fn, js_obj self, size_t argc, const js_val argv[], js_val *exc);
js_obj js_construct(js_ctx c, js_obj fn, size_t argc, const js_val argv[], js_val *exc);
js_obj js_global(js_ctx c); /* globalThis */

/* --- Rooting
 * ------------------------------------------------------------------------------------------------- */
/* Counted: as many unprotects as protects. Numbers and NULL are fine. */
void js_protect(js_ctx c, js_val v);
void js_unprotect(js_ctx c, js_val v);
/* Weak: does not keep the object alive. get returns NULL once it is collected. */
typedef struct OpaqueJSWeak *js_weak;
js_weak js_weak_new(js_ctx c, js_obj o);
js_obj js_weak_get(js_ctx c, js_weak w);
void js_weak_free(js_ctx c, js_weak w);
/* Tells the collector that an object owns this much C memory, so that it runs in time. */
void js_extra_memory(js_ctx c, size_t bytes);

/* --- Exceptions
 * ---------------------------------------------------------------------------------------------- */
enum js_error_class { JS_ERROR, JS_TYPE_ERROR, JS_RANGE_ERROR, JS_SYNTAX_ERROR, JS_ERROR_CLASSES };
/* With the stack of the caller. The constructors are the original ones: user code cannot replace them. */
js_obj js_error(js_ctx c, enum js_error_class class, struct span message);
/* A DOMException by way of the maker that api registered (isolate_set_dom_exception); before that an Error
 * with this name. */
js_obj js_dom_error(js_ctx c, const char *name, struct span message);
/* The right class for a failure of ours: err_js_class, err_sentence and ": detail" when there is one. */
js_obj js_err_error(js_ctx c, enum err e, struct span detail);
/* Fill *exc and return NULL. */
js_val js_throw(js_ctx c, js_val *exc, enum js_error_class class, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
js_val js_throw_dom(js_ctx c, js_val *exc, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
js_val js_throw_err(js_ctx c, js_val *exc, enum err e, const char *detail);
#define js_throw_type(c, exc, ...)  js_throw((c), (exc), JS_TYPE_ERROR, __VA_ARGS__)
#define js_throw_range(c, exc, ...) js_throw((c), (exc), JS_RANGE_ERROR, __VA_ARGS__)
#define js_throw_error(c, exc, ...) js_throw((c), (exc), JS_ERROR, __VA_ARGS__)

/* --- Promises
 * ------------------------------------------------------------------------------------------------ */
/* A promise that C settles later. Holds its two functions protected until it is settled or dropped, so it may
 * live in any C memory; settle or drop it before the isolate is freed. Settling queues microtasks: do it
 * inside isolate_run() so that they run.
 *
 *     struct op { struct isolate *iso; struct js_deferred d; };            // start, in a native:
 *     if (!js_deferred_make(c, &op->d, exc)) return NULL;
 *     return op->d.promise;
 *     static js_val op_finish(js_ctx c, void *data, js_val *exc) {         // later, from the loop:
 *         struct op *op = data; js_deferred_resolve(c, &op->d, js_int(c, 42)); return NULL; }
 *     isolate_run(op->iso, op_finish, op, limit_ms, NULL);
 */
struct js_deferred {
    js_obj promise, resolve, reject; /* promise is not protected: it is JavaScript's */
};
bool js_deferred_make(js_ctx c, struct js_deferred *ret, js_val *exc);
void js_deferred_resolve(js_ctx c, struct js_deferred *d, js_val v);
void js_deferred_reject(js_ctx c, struct js_deferred *d, js_val reason);
void js_deferred_drop(js_ctx c, struct js_deferred *d); /* it stays pending for ever */
static inline bool js_deferred_pending(const struct js_deferred *d) { return d->resolve != NULL; }
js_val js_promise_resolved(js_ctx c, js_val v, js_val *exc);
js_val js_promise_rejected(js_ctx c, js_val reason, js_val *exc);
/* What a Proxy stands for, also when it is revoked. False: v is no Proxy. Runs no traps. */
bool js_proxy_target(js_ctx c, js_val v, js_obj *ret);
/* The original Promise.resolve(v).then(ok, fail): user code cannot intercept it. ok or fail may be NULL. */
js_val js_promise_then(js_ctx c, js_val v, js_obj ok, js_obj fail, js_val *exc);

/* --- Bytes
 * --------------------------------------------------------------------------------------------------- */
/* ArrayBuffer / Uint8Array with a copy. */
js_obj js_buffer_copy(js_ctx c, struct span bytes, js_val *exc);
js_obj js_uint8_copy(js_ctx c, struct span bytes, js_val *exc);
/* Without a copy. The tenant may WRITE to the memory and read it until its isolate ends, so nobody else may
 * hold it: take_bytes is for a buffer that you filled for this isolate alone (its one reference passes over,
 * also on failure), never for bytes that a cache or another isolate shares. take_malloc: free()d. */
js_obj js_buffer_take_bytes(js_ctx c, struct bytes *owned, js_val *exc);
js_obj js_buffer_take_malloc(js_ctx c, void *owned, size_t size_bytes, js_val *exc);
js_obj js_uint8_take_bytes(js_ctx c, struct bytes *owned, js_val *exc);
/* Over memory that outlives the isolate (tables shared between C and JS); free_fn may be NULL. */
js_obj js_buffer_over(js_ctx c, void *memory, size_t size_bytes, void (*free_fn)(void *memory, void *data),
                      void *data, js_val *exc);
js_obj js_uint8_of_buffer(js_ctx c, js_obj buffer, size_t offset, size_t length, js_val *exc);
js_obj js_int32_of_buffer(js_ctx c, js_obj buffer, size_t offset, size_t count, js_val *exc);

bool js_is_buffer(js_ctx c, js_val v);      /* ArrayBuffer */
bool js_is_buffer_view(js_ctx c, js_val v); /* typed array or DataView */
/* The bytes of a BufferSource (ArrayBuffer, typed array, DataView). TypeError when it is something else; a
 * detached one is empty. The span is valid until JavaScript may run again or you return; keep v alive. Trap:
 * where js_caps.view_layout does not hold, this pins the buffer for ever: a later transfer() of it by the
 * user copies and does not detach. */
bool js_bytes_of(js_ctx c, js_val v, struct span *ret, js_val *exc);
/* As above but writable: for read(into) natives. */
bool js_bytes_writable(js_ctx c, js_val v, char **ret_ptr, size_t *ret_len, js_val *exc);

/* --- Handles: objects that stand for something in C
 * ---------------------------------------------------------- */
/* A kind is a constant that names a C type. Handles of all kinds share one class in the engine, and every
 * read checks the kind: a handle of another kind, any other object, or a closed handle gives NULL, never a
 * crash.
 *
 *     static void body_finalize(void *data) { body_unref(data); }    // in a GC, or when the isolate ends:
 *     static const struct js_kind body_kind = {"Body", body_finalize}; // no js_ call is allowed in it
 *     js_obj h = js_handle_new(c, &body_kind, body);
 *     struct body *body = js_handle_get(c, argv[0], &body_kind);
 *     if (!body) return js_throw_type(c, exc, "Illegal invocation");
 */
struct js_kind {
    const char *name;
    void (*finalize)(void *data); /* may be NULL */
};
js_obj js_handle_new(js_ctx c, const struct js_kind *kind, void *data);
void *js_handle_get(js_ctx c, js_val v, const struct js_kind *kind);
/* Takes the data out; the finalizer will not run; later gets give NULL. NULL when there is none. */
void *js_handle_close(js_ctx c, js_val v, const struct js_kind *kind);
/* A function with C data: in `fn`, js_handle_get(c, callee, kind) gives the data. For promise reactions. */
js_obj js_closure(js_ctx c, js_native fn, const struct js_kind *kind, void *data);

/* JSON.parse / JSON.stringify by the engine, no user-visible hooks but toJSON. */
js_val js_json_parse(js_ctx c, struct span utf8, js_val *exc);
bool js_json_stringify(js_ctx c, js_val v, struct buf *append_to, js_val *exc);

#endif
