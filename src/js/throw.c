#include "js/room.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_BYTES = 1024 }; /* longer ones are cut */

/* Constructed in JavaScript, so that it has the right prototype and the stack of the caller. */
static js_obj construct(js_ctx c, js_obj constructor, struct span message, js_val *exc) {
    js_val text = js_str(c, message);
    return constructor ? js_construct(c, constructor, 1, &text, exc) : JSObjectMakeError(c, 1, &text, exc);
}

js_obj js_error(js_ctx c, enum js_error_class class, struct span message) {
    static const enum js_helper helpers[] = {[JS_TYPE_ERROR] = JS_HELPER_type_error,
                                             [JS_RANGE_ERROR] = JS_HELPER_range_error,
                                             [JS_SYNTAX_ERROR] = JS_HELPER_syntax_error};
    const struct isolate *iso = isolate_current();
    js_val exc = NULL;
    js_obj o = construct(c, class == JS_ERROR || !iso ? NULL : iso->helpers[helpers[class]], message, &exc);
    return o ? o : js_as_object(exc); /* out of stack, terminated: that is thrown instead */
}

js_obj js_dom_error(js_ctx c, const char *name, struct span message) {
    const struct isolate *iso = isolate_current();
    js_val exc = NULL, made, args[] = {js_str(c, message), js_str(c, span_of(name))};
    if (iso && iso->dom_exception) {
        made = js_call(c, iso->dom_exception, NULL, 2, args, &exc);
        return js_as_object(made ? made : exc);
    }
    js_obj o = js_error(c, JS_ERROR, message);
    if (js_is_object(c, o)) js_define(c, o, SPAN("name"), args[1], JS_HIDDEN, &exc);
    return o;
}

js_obj js_err_error(js_ctx c, enum err e, struct span detail) {
    char text[MESSAGE_BYTES];
    snprintf(text, sizeof text, "%s%s%.*s", err_sentence(e), detail.len ? ": " : "", SPAN_FMT(detail));
    const char *class = err_js_class(e);
    if (strcmp(class, "TypeError") == 0) return js_error(c, JS_TYPE_ERROR, span_of(text));
    if (strcmp(class, "RangeError") == 0) return js_error(c, JS_RANGE_ERROR, span_of(text));
    if (strcmp(class, "Error") == 0 || !*class) return js_error(c, JS_ERROR, span_of(text));
    return js_dom_error(c, class, span_of(text));
}

js_val js_throw(js_ctx c, js_val *exc, enum js_error_class class, const char *format, ...) {
    char text[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *exc = js_error(c, class, span_of(text));
    return NULL;
}

js_val js_throw_dom(js_ctx c, js_val *exc, const char *name, const char *format, ...) {
    char text[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *exc = js_dom_error(c, name, span_of(text));
    return NULL;
}

js_val js_throw_err(js_ctx c, js_val *exc, enum err e, const char *detail) {
    *exc = js_err_error(c, e, span_of(detail));
    return NULL;
}
