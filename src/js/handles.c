#include "js/room.h"

#include "base/mem.h"

/* Objects of the engine that carry a private pointer are made in this file only, so whatever JSObjectGetPrivate
 * returns is a struct handle. */
struct handle {
    const struct js_kind *kind;
    void *data; /* NULL: closed */
    js_native call;
};

static void finalize(JSObjectRef object) { /* during a collection: no engine calls but this one */
    struct handle *h = JSObjectGetPrivate(object);
    if (!h) return;
    JSObjectSetPrivate(object, NULL);
    if (h->data && h->kind->finalize) h->kind->finalize(h->data);
    mem_free(h);
}

static JS_NATIVE(call_closure) {
    struct handle *h = JSObjectGetPrivate(callee);
    return h->call(c, callee, self, argc, argv, exc);
}

void handles_start(void) {
    JSClassDefinition definition = kJSClassDefinitionEmpty;
    definition.attributes = kJSClassAttributeNoAutomaticPrototype;
    definition.className = "Object"; /* never shown to users; neutral if it were */
    definition.finalize = finalize;
    js_engine.handle_class = JSClassCreate(&definition);
    definition.className = "Function";
    definition.callAsFunction = call_closure;
    js_engine.closure_class = JSClassCreate(&definition);
}

static js_obj make(js_ctx c, JSClassRef class, js_native call, const struct js_kind *kind, void *data) {
    struct handle *h = NEW(struct handle);
    *h = (struct handle){kind, data, call};
    return JSObjectMake(c, class, h);
}

js_obj js_handle_new(js_ctx c, const struct js_kind *kind, void *data) {
    return make(c, js_engine.handle_class, NULL, kind, data);
}

js_obj js_closure(js_ctx c, js_native fn, const struct js_kind *kind, void *data) {
    return make(c, js_engine.closure_class, fn, kind, data);
}

static struct handle *look(js_ctx c, js_val v, const struct js_kind *kind) {
    struct handle *h = js_is_object(c, v) ? JSObjectGetPrivate(js_as_object(v)) : NULL;
    return h && h->kind == kind ? h : NULL;
}

void *js_handle_get(js_ctx c, js_val v, const struct js_kind *kind) {
    struct handle *h = look(c, v, kind);
    return h ? h->data : NULL;
}

void *js_handle_close(js_ctx c, js_val v, const struct js_kind *kind) {
    struct handle *h = look(c, v, kind);
    void *data = h ? h->data : NULL;
    if (h) h->data = NULL;
    return data;
}
