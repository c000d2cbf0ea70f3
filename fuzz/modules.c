/* Any text as a module: the rewriter must not read or write out of bounds, and what it accepts keeps its line breaks
 * (positions depend on it). The first byte chooses the kind. */
#include "js/modules.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t newlines(struct span s) {
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) n += s.ptr[i] == '\n';
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct js_rewritten r;
    struct problem p;
    if (!size) return 0;
    struct span source = span_make(data + 1, size - 1);
    enum js_module_kind kind = data[0] & 1 ? JS_MODULE_COMMONJS : JS_MODULE_ESM;
    if (js_module_rewrite(source, kind, &r, &p) != ERR_OK) return 0;
    struct span text = bytes_span(r.text);
    struct span body = span_make(text.ptr + r.prologue_columns, text.len - r.prologue_columns);
    check(newlines(body) == newlines(source) + 1);
    js_rewritten_free(&r);
    return 0;
}
