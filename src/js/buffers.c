#include "js/room.h"

#include "base/check.h"
#include "base/mem.h"
#include <stdlib.h>

/* --- Memory of C's, given to JavaScript --------------------------------------------------------------------------- */

struct owner { /* what the engine's deallocator gets */
    void (*free_fn)(void *memory, void *data);
    void *data;
};

static void deallocate(void *memory, void *data) {
    struct owner *owner = data;
    if (owner->free_fn) owner->free_fn(memory, owner->data);
    mem_free(owner);
}

static void free_bytes(void *memory, void *data) {
    (void)memory;
    bytes_unref(data);
}

static void free_malloc(void *memory, void *data) {
    (void)data;
    free(memory);
}

static js_obj over(js_ctx c, bool as_uint8, void *memory, size_t size, void (*free_fn)(void *, void *),
                   void *data, js_val *exc) {
    static char nothing[8];
    struct owner *owner = NEW(struct owner);
    *owner = (struct owner){free_fn, data};
    if (!memory) memory = nothing;
    js_obj o = as_uint8 ? JSObjectMakeTypedArrayWithBytesNoCopy(c, kJSTypedArrayTypeUint8Array, memory, size,
                                                                deallocate, owner, exc)
                        : JSObjectMakeArrayBufferWithBytesNoCopy(c, memory, size, deallocate, owner, exc);
    /* The engine calls the deallocator itself when it fails. */
    return *exc ? NULL : o;
}

js_obj js_buffer_over(js_ctx c, void *memory, size_t size_bytes, void (*free_fn)(void *memory, void *data),
                      void *data, js_val *exc) {
    return over(c, false, memory, size_bytes, free_fn, data, exc);
}

js_obj js_buffer_take_bytes(js_ctx c, struct bytes *owned, js_val *exc) {
    struct span s = bytes_span(owned);
    return over(c, false, (void *)(uintptr_t)s.ptr, s.len, free_bytes, owned, exc);
}

js_obj js_uint8_take_bytes(js_ctx c, struct bytes *owned, js_val *exc) {
    struct span s = bytes_span(owned);
    return over(c, true, (void *)(uintptr_t)s.ptr, s.len, free_bytes, owned, exc);
}

js_obj js_buffer_take_malloc(js_ctx c, void *owned, size_t size_bytes, js_val *exc) {
    return over(c, false, owned, size_bytes, owned ? free_malloc : NULL, NULL, exc);
}

js_obj js_buffer_copy(js_ctx c, struct span bytes, js_val *exc) {
    return js_buffer_take_bytes(c, bytes_copy(bytes), exc);
}
js_obj js_uint8_copy(js_ctx c, struct span bytes, js_val *exc) {
    return js_uint8_take_bytes(c, bytes_copy(bytes), exc);
}

js_obj js_uint8_of_buffer(js_ctx c, js_obj buffer, size_t offset, size_t length, js_val *exc) {
    return JSObjectMakeTypedArrayWithArrayBufferAndOffset(c, kJSTypedArrayTypeUint8Array, buffer, offset,
                                                          length, exc);
}

js_obj js_int32_of_buffer(js_ctx c, js_obj buffer, size_t offset, size_t count, js_val *exc) {
    return JSObjectMakeTypedArrayWithArrayBufferAndOffset(c, kJSTypedArrayTypeInt32Array, buffer, offset,
                                                          count, exc);
}

/* --- Memory of JavaScript's, read by C ------------------------------------------------------------------------------ */

static JSTypedArrayType array_type(js_ctx c, js_val v) {
    return js_is_object(c, v) ? JSValueGetTypedArrayType(c, v, NULL) : kJSTypedArrayTypeNone;
}

bool js_is_buffer(js_ctx c, js_val v) { return array_type(c, v) == kJSTypedArrayTypeArrayBuffer; }

bool js_is_buffer_view(js_ctx c, js_val v) {
    JSTypedArrayType type = array_type(c, v);
    if (type != kJSTypedArrayTypeNone) return type != kJSTypedArrayTypeArrayBuffer;
    js_val exc = NULL;
    js_val u8 = js_is_object(c, v)
                    ? js_call(c, isolate_current()->helpers[JS_HELPER_as_uint8], NULL, 1, &v, &exc)
                    : NULL;
    return u8 && js_is_object(c, u8);
}

/* A typed array over the same bytes: itself, or one made for the purpose (helper as_uint8 in core.js, which throws the
 * TypeError too). */
static js_obj as_typed_array(js_ctx c, js_val v, js_val *exc) {
    JSTypedArrayType type = array_type(c, v);
    if (type != kJSTypedArrayTypeNone && type != kJSTypedArrayTypeArrayBuffer) return js_as_object(v);
    return js_as_object(js_call(c, isolate_current()->helpers[JS_HELPER_as_uint8], NULL, 1, &v, exc));
}

bool js_bytes_writable(js_ctx c, js_val v, char **ret_ptr, size_t *ret_len, js_val *exc) {
    char *ptr = NULL;
    if (!v) return js_throw_type(c, exc, "bytes are needed: an ArrayBuffer or a view of one"), false;
    js_lock(c);
    js_obj array = as_typed_array(c, v, exc);
    size_t len = array ? JSObjectGetTypedArrayByteLength(c, array, exc) : 0;
    if (array && len && js_caps.view_layout)
        memcpy(&ptr, (const char *)array + 16, sizeof ptr); /* engine.c, test_view_layout */
    else if (array && len) /* the start of the whole buffer, which this pins */
        ptr = (char *)JSObjectGetTypedArrayBytesPtr(c, array, exc) +
              JSObjectGetTypedArrayByteOffset(c, array, exc);
    js_unlock(c);
    if (*exc) return false;
    *ret_ptr = ptr;
    *ret_len = ptr ? len : 0;
    return true;
}

bool js_bytes_of(js_ctx c, js_val v, struct span *ret, js_val *exc) {
    char *ptr;
    size_t len;
    if (!js_bytes_writable(c, v, &ptr, &len, exc)) return false;
    return *ret = span_make(ptr, len), true;
}
