#include "js/room.h"

bool js_deferred_make(js_ctx c, struct js_deferred *ret, js_val *exc) {
    struct js_deferred d;
    js_lock(c);
    d.promise = JSObjectMakeDeferredPromise(c, &d.resolve, &d.reject, exc);
    if (d.promise) {
        JSValueProtect(c, d.resolve);
        JSValueProtect(c, d.reject);
        *ret = d;
    }
    js_unlock(c);
    return d.promise != NULL;
}

static void settle(js_ctx c, struct js_deferred *d, js_obj with, js_val v) {
    js_val exc = NULL; /* resolving functions do not throw; a termination shows at the end of the entry */
    if (!js_deferred_pending(d)) return;
    if (!v) v = js_undefined(c);
    js_lock(c);
    js_call(c, with, NULL, 1, &v, &exc);
    js_deferred_drop(c, d);
    js_unlock(c);
}

void js_deferred_resolve(js_ctx c, struct js_deferred *d, js_val v) { settle(c, d, d->resolve, v); }
void js_deferred_reject(js_ctx c, struct js_deferred *d, js_val reason) { settle(c, d, d->reject, reason); }

void js_deferred_drop(js_ctx c, struct js_deferred *d) {
    if (!js_deferred_pending(d)) return;
    js_lock(c);
    JSValueUnprotect(c, d->resolve);
    JSValueUnprotect(c, d->reject);
    js_unlock(c);
    *d = (struct js_deferred){0};
}

static js_val settled(js_ctx c, js_val v, bool rejected, js_val *exc) {
    js_obj resolve, reject;
    js_lock(c);
    js_obj promise = JSObjectMakeDeferredPromise(c, &resolve, &reject, exc);
    if (!v) v = js_undefined(c);
    if (promise) js_call(c, rejected ? reject : resolve, NULL, 1, &v, exc);
    js_unlock(c);
    return *exc ? NULL : promise;
}

js_val js_promise_resolved(js_ctx c, js_val v, js_val *exc) { return settled(c, v, false, exc); }
js_val js_promise_rejected(js_ctx c, js_val reason, js_val *exc) { return settled(c, reason, true, exc); }

js_val js_promise_then(js_ctx c, js_val v, js_obj ok, js_obj fail, js_val *exc) {
    js_val none = js_undefined(c), args[] = {v ? v : none, ok ? ok : none, fail ? fail : none};
    return js_call(c, isolate_current()->helpers[JS_HELPER_then], NULL, 3, args, exc);
}
