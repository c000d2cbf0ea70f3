/* Two ways past the engine's C interface, by functions that the library exports and no header declares: natives that are
 * called as the engine calls its own functions (JSFunction, instead of a callback object around which its lock is given up),
 * and 8-bit strings made by one copy. Looked up by their full C++ names, which hold the types of what they take; tried out
 * before they are used. */
#include "js/room.h"

#include <dlfcn.h>

#define FUNCTION_POINTER                                                                                     \
    "NS5_11FunctionPtrILNS5_6PtrTagE1EFlS4_PNS_9CallFrameEELNS5_18FunctionAttributesE2EEE"

void direct_find(void) {
    struct direct_symbols *d = &js_engine.direct;
    /* JSFunction::create(VM&, JSGlobalObject*, unsigned, String const&, NativeFunction, ImplementationVisibility, Intrinsic,
     * NativeFunction, DOMJIT::Signature const*) */
    *(void **)&d->make =
        dlsym(RTLD_DEFAULT,
              "_ZN3JSC10JSFunction6createERNS_2VMEPNS_14JSGlobalObjectEjRKN3WTF6StringE" FUNCTION_POINTER
              "NS_24ImplementationVisibilityENS_9IntrinsicESF_PKNS_6DOMJIT9SignatureE");
    d->as_constructor =
        dlsym(RTLD_DEFAULT, "_ZN3JSC29callHostFunctionAsConstructorEPNS_14JSGlobalObjectEPNS_9CallFrameE");
    *(void **)&d->throw_value =
        dlsym(RTLD_DEFAULT, "_ZN3JSC2VM14throwExceptionEPNS_14JSGlobalObjectENS_7JSValueE");
    /* StringImpl::createUninitialized(size_t, std::span<unsigned char>&), OpaqueJSString::tryCreate(String&&) */
    *(void **)&d->narrow_room =
        dlsym(RTLD_DEFAULT, "_ZN3WTF10StringImpl19createUninitializedEmRSt4spanIhLm18446744073709551615EE");
    *(void **)&d->hold_impl = dlsym(RTLD_DEFAULT, "_ZN14OpaqueJSString9tryCreateEON3WTF6StringE");
}

/* --- Calls -------------------------------------------------------------------------------------------------------- */

js_obj js_direct_function(js_ctx c, const char *name, int length, js_entry entry) {
    enum { PUBLIC = 0, NO_INTRINSIC = 0 };
    JSStringRef text = jsc_string(span_of(name));
    /* The WTF::String that a JSStringRef holds is at 8 (js_caps.string_layout). */
    js_obj made = js_engine.direct.make(JSContextGetGroup(c), c, (unsigned)length, (const char *)text + 8,
                                        entry, PUBLIC, NO_INTRINSIC, js_engine.direct.as_constructor, NULL);
    JSStringRelease(text);
    return made;
}

js_val js_direct_threw(js_ctx c, js_val exc) {
    js_engine.direct.throw_value(JSContextGetGroup(c), c, exc);
    return NULL;
}

/* sum(...numbers), or throws the first argument that is no number; undefined without arguments. */
static JS_NATIVE(native_test_direct) {
    double sum = 0;
    (void)callee, (void)self;
    for (size_t i = 0; i < argc; i++) {
        if (!JSValueIsNumber(c, argv[i])) return *exc = argv[i], NULL;
        sum += JSValueToNumber(c, argv[i], exc);
    }
    return argc ? JSValueMakeNumber(c, sum) : NULL;
}
JS_DIRECT(native_test_direct)

bool direct_test_calls(JSContextRef c, JSValueRef (*evaluate)(JSContextRef c, const char *text)) {
    const struct direct_symbols *d = &js_engine.direct;
    if (!d->make || !d->as_constructor || !d->throw_value) return false;
    JSStringRef name = JSStringCreateWithUTF8CString("directTest");
    js_obj fn = js_direct_function(c, "directTest", 2, JS_DIRECT_OF(native_test_direct));
    JSObjectSetProperty(c, JSContextGetGlobalObject(c), name, fn, kJSPropertyAttributeNone, NULL);
    JSStringRelease(name);
    /* Often enough to be compiled. */
    JSValueRef v = evaluate(c, "(() => { const f = directTest; let n = 0, caught = 0;"
                               "for (let i = 0; i < 3000; i++) { n += f(i, 0.5, 1);"
                               "try { f(i, 'thrown', 2); } catch (e) { if (e === 'thrown') caught++; } }"
                               "try { new f(); } catch { caught++; }"
                               "return n === 4503000 && caught === 3001 && f() === undefined && f.name === "
                               "'directTest' && f.length === 2;})()");
    return v && JSValueToBoolean(c, v);
}

/* --- Strings ------------------------------------------------------------------------------------------------------ */

JSStringRef direct_narrow(struct span latin1) {
    void *impl;
    struct direct_room room;
    JSStringRef made;
    js_engine.direct.narrow_room(&impl, latin1.len, &room);
    memcpy(room.ptr, latin1.ptr, latin1.len);
    js_engine.direct.hold_impl(&made, &impl); /* moved */
    return made;
}

bool direct_test_strings(void) {
    static const char text[] = "caf\xe9 \xff narrow";
    if (!js_engine.direct.narrow_room || !js_engine.direct.hold_impl) return false;
    JSStringRef made = direct_narrow(span_make(text, sizeof text - 1));
    bool equal = made && JSStringGetLength(made) == sizeof text - 1 &&
                 JSStringIsEqualToUTF8CString(made, "caf\xc3\xa9 \xc3\xbf narrow");
    JSStringRelease(made);
    return equal;
}
