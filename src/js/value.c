#include "js/room.h"

#include "base/check.h"
#include <math.h>

void js_lock(js_ctx c) { JSLock(c); }
void js_unlock(js_ctx c) { JSUnlock(c); }

/* --- Primitives --------------------------------------------------------------------------------------------- */

js_val js_slow_undefined(js_ctx c) { return JSValueMakeUndefined(c); }
js_val js_slow_null(js_ctx c) { return JSValueMakeNull(c); }
js_val js_slow_bool(js_ctx c, bool b) { return JSValueMakeBoolean(c, b); }
js_val js_slow_number(js_ctx c, double n) { return JSValueMakeNumber(c, n); }
bool js_slow_to_bool(js_ctx c, js_val v) { return JSValueToBoolean(c, v); }

js_val js_number(js_ctx c, double n) {
    if (!js_caps.nan_box) return js_slow_number(c, n);
    if (n >= INT32_MIN && n <= INT32_MAX && n == (int32_t)n && !(n == 0 && signbit(n)))
        return js_from_bits(JS_BOX_INT | (uint32_t)(int32_t)n);
    uint64_t bits = 0x7ff8000000000000ull; /* the engine's only NaN: others would look like pointers */
    if (!isnan(n)) memcpy(&bits, &n, sizeof bits);
    return js_from_bits(bits + JS_BOX_SHIFT);
}

enum js_type js_slow_type(js_ctx c, js_val v) {
    switch (JSValueGetType(c, v)) {
    case kJSTypeUndefined: return JS_UNDEFINED;
    case kJSTypeNull: return JS_NULL;
    case kJSTypeBoolean: return JS_BOOLEAN;
    case kJSTypeNumber: return JS_NUMBER;
    case kJSTypeString: return JS_STRING;
    case kJSTypeObject: return JS_OBJECT;
    case kJSTypeSymbol: return JS_SYMBOL;
    default: return JS_BIGINT;
    }
}

enum js_type js_type(js_ctx c, js_val v) {
    if (js_is_undefined(c, v)) return JS_UNDEFINED;
    if (js_is_number(c, v)) return JS_NUMBER;
    return js_slow_type(c, v);
}

bool js_slow_to_number(js_ctx c, js_val v, double *ret, js_val *exc) {
    double n = v ? JSValueToNumber(c, v, exc) : NAN;
    if (*exc) return false;
    return *ret = n, true;
}

bool js_is_function(js_ctx c, js_val v) {
    return js_is_object(c, v) && JSObjectIsFunction(c, js_as_object(v));
}
bool js_is_array(js_ctx c, js_val v) { return js_is_cell(v) && JSValueIsArray(c, v); }
bool js_is_date(js_ctx c, js_val v) { return js_is_cell(v) && JSValueIsDate(c, v); }
bool js_same(js_ctx c, js_val a, js_val b) { return JSValueIsStrictEqual(c, a, b); }

bool js_is_error(js_ctx c, js_val v) {
    if (!js_is_object(c, v)) return false;
    js_val exc = NULL, answer = js_call(c, isolate_current()->helpers[JS_HELPER_is_error], NULL, 1, &v, &exc);
    return answer && js_to_bool(c, answer);
}

bool js_arg_number(js_ctx c, size_t argc, const js_val argv[], size_t i, double *ret, js_val *exc) {
    if (i >= argc) return *ret = NAN, true;
    return js_to_number(c, argv[i], ret, exc);
}

bool js_arg_int(js_ctx c, size_t argc, const js_val argv[], size_t i, int32_t *ret, js_val *exc) {
    double n;
    if (i < argc && js_is_int(argv[i], ret)) return true;
    if (!js_arg_number(c, argc, argv, i, &n, exc)) return false;
    if (!(n > -2147483649.0 && n < 2147483648.0)) /* NaN too */
        return js_throw_type(c, exc, "argument %zu is not a 32-bit integer", i + 1), false;
    return *ret = (int32_t)n, true;
}

bool js_arg_u64(js_ctx c, size_t argc, const js_val argv[], size_t i, uint64_t *ret, js_val *exc) {
    double n;
    if (!js_arg_number(c, argc, argv, i, &n, exc)) return false;
    if (!(n >= 0 && n <= 9007199254740991.0))
        return js_throw_type(c, exc, "argument %zu is not an integer between 0 and 2^53-1", i + 1), false;
    return *ret = (uint64_t)n, true;
}

/* --- Objects ------------------------------------------------------------------------------------------------- */

js_obj js_object(js_ctx c) { return JSObjectMake(c, NULL, NULL); }

js_obj js_bare_object(js_ctx c) {
    js_obj o = JSObjectMake(c, NULL, NULL);
    JSObjectSetPrototype(c, o, JSValueMakeNull(c));
    return o;
}

js_obj js_array(js_ctx c, size_t count, const js_val items[], js_val *exc) {
    return JSObjectMakeArray(c, count, items, exc);
}
js_obj js_global(js_ctx c) { return JSContextGetGlobalObject(c); }

js_val js_get(js_ctx c, js_obj o, enum js_name name, js_val *exc) {
    js_val v = JSObjectGetProperty(c, o, js_engine.names[name], exc);
    return *exc ? NULL : v;
}

bool js_set(js_ctx c, js_obj o, enum js_name name, js_val v, js_val *exc) {
    JSObjectSetProperty(c, o, js_engine.names[name], v, kJSPropertyAttributeNone, exc);
    return !*exc;
}

bool js_has(js_ctx c, js_obj o, enum js_name name) {
    return JSObjectHasProperty(c, o, js_engine.names[name]);
}

js_val js_get_span(js_ctx c, js_obj o, struct span name, js_val *exc) {
    JSStringRef key = jsc_string(name);
    js_val v = JSObjectGetProperty(c, o, key, exc);
    JSStringRelease(key);
    return *exc ? NULL : v;
}

bool js_set_span(js_ctx c, js_obj o, struct span name, js_val v, js_val *exc) {
    JSStringRef key = jsc_string(name);
    JSObjectSetProperty(c, o, key, v, kJSPropertyAttributeNone, exc);
    JSStringRelease(key);
    return !*exc;
}

js_val js_get_at(js_ctx c, js_obj o, uint32_t index, js_val *exc) {
    js_val v = JSObjectGetPropertyAtIndex(c, o, index, exc);
    return *exc ? NULL : v;
}

bool js_set_at(js_ctx c, js_obj o, uint32_t index, js_val v, js_val *exc) {
    JSObjectSetPropertyAtIndex(c, o, index, v, exc);
    return !*exc;
}

bool js_define(js_ctx c, js_obj o, struct span name, js_val v, unsigned attributes, js_val *exc) {
    unsigned flags = (attributes & JS_ENUMERABLE ? 0 : kJSPropertyAttributeDontEnum) |
                     (attributes & JS_WRITABLE ? 0 : kJSPropertyAttributeReadOnly) |
                     (attributes & JS_CONFIGURABLE ? 0 : kJSPropertyAttributeDontDelete);
    JSStringRef key = jsc_string(name);
    /* With attributes the engine defines instead of assigning, but only a property that is not there yet. */
    if (JSObjectHasProperty(c, o, key)) JSObjectDeleteProperty(c, o, key, exc);
    if (!*exc) JSObjectSetProperty(c, o, key, v, flags, exc);
    JSStringRelease(key);
    return !*exc;
}

bool js_each_key(js_ctx c, js_obj o, bool (*each)(void *data, js_ctx c, js_obj o, js_val key), void *data) {
    JSPropertyNameArrayRef keys = JSObjectCopyPropertyNames(c, o);
    size_t count = JSPropertyNameArrayGetCount(keys);
    bool more = true;
    for (size_t i = 0; i < count && more; i++)
        more = each(data, c, o, JSValueMakeString(c, JSPropertyNameArrayGetNameAtIndex(keys, i)));
    JSPropertyNameArrayRelease(keys);
    return more;
}

/* --- Functions ------------------------------------------------------------------------------------------------- */

js_obj js_function(js_ctx c, const char *name, js_native fn) {
    JSStringRef text = jsc_string(span_of(name));
    js_obj made = JSObjectMakeFunctionWithCallback(c, text, fn);
    JSStringRelease(text);
    return made;
}

bool js_natives_install(js_ctx c, js_obj o, const struct js_native_row *rows, js_val *exc) {
    js_lock(c);
    for (; rows->name && !*exc; rows++) {
        bool direct = rows->entry && js_caps.direct;
        js_obj fn = direct ? js_direct_function(c, rows->name, rows->length, rows->entry)
                           : js_function(c, rows->name, rows->fn);
        if (rows->length && !direct)
            js_define(c, fn, SPAN("length"), js_int(c, rows->length), JS_CONFIGURABLE, exc);
        if (!*exc) js_define(c, o, span_of(rows->name), fn, JS_HIDDEN, exc);
    }
    js_unlock(c);
    return !*exc;
}

js_val js_call(js_ctx c, js_obj fn, js_obj self, size_t argc, const js_val argv[], js_val *exc) {
    js_val v = JSObjectCallAsFunction(c, fn, self, argc, argv, exc);
    if (!v && !*exc) return js_throw_type(c, exc, "the value is not a function");
    return *exc ? NULL : v;
}

js_obj js_construct(js_ctx c, js_obj fn, size_t argc, const js_val argv[], js_val *exc) {
    js_obj o = JSObjectCallAsConstructor(c, fn, argc, argv, exc);
    if (!o && !*exc) js_throw_type(c, exc, "the value is not a constructor");
    return *exc ? NULL : o;
}

/* --- Rooting --------------------------------------------------------------------------------------------------- */

void js_protect(js_ctx c, js_val v) {
    if (js_is_cell(v)) JSValueProtect(c, v);
}

void js_unprotect(js_ctx c, js_val v) {
    if (js_is_cell(v)) JSValueUnprotect(c, v);
}

js_weak js_weak_new(js_ctx c, js_obj o) { return JSWeakCreate(JSContextGetGroup(c), o); }
js_obj js_weak_get(js_ctx c, js_weak w) {
    (void)c;
    return JSWeakGetObject(w);
}
void js_weak_free(js_ctx c, js_weak w) {
    if (w) JSWeakRelease(JSContextGetGroup(c), w);
}
void js_extra_memory(js_ctx c, size_t bytes) { JSReportExtraMemoryCost(c, bytes); }

/* globalThis is a proxy of the engine's own; what is behind it is not for JavaScript to see. */
bool js_proxy_target(js_ctx c, js_val v, js_obj *ret) {
    if (!js_is_object(c, v) || v == js_global(c)) return false;
    js_obj target = JSObjectGetProxyTarget(js_as_object(v));
    if (target) *ret = target;
    return target != NULL;
}
