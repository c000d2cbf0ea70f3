/* .dev.vars files: whatever is accepted must come back the same when it is written again with the quote that takes everything, and
 * refusals must name the line. */
#include "base/check.h"
#include "control/project_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err parse(struct arena *arena, struct span text, struct buf *ret, struct problem *p) {
    struct reading r = {.arena = arena, .p = p};
    enum err e = project_parse_dev_vars(&r, "f", text);
    *ret = r.bindings;
    return e;
}

/* "..." takes all bytes; backslashes and quotes with a backslash before them. */
static void write_again(const struct version_binding *b, struct buf *out) {
    buf_printf(out, "export %.*s=\"", SPAN_FMT(b->name));
    for (size_t i = 0; i < b->value.len; i++) {
        char c = b->value.ptr[i];
        if (c == '\r') {
            buf_lit(out, "\\r");
            continue;
        }
        if (c == '"' || c == '\\') buf_add_char(out, '\\');
        buf_add_char(out, c);
    }
    buf_lit(out, "\" # again\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct buf first, second, text = BUF_INIT;
    struct problem p = {0};
    enum err e = parse(&arena, span_make(data, size), &first, &p);
    if (e) check(span_starts(span_of(p.text), SPAN("f:")) && ascii_is_digit(p.text[2]));
    const struct version_binding *a = (const struct version_binding *)first.ptr;
    size_t count = first.len / sizeof *a;
    for (size_t i = 0; i < count; i++) write_again(&a[i], &text);
    check(parse(&arena, buf_span(&text), &second, &p) == ERR_OK && second.len == first.len);
    const struct version_binding *b = (const struct version_binding *)second.ptr;
    for (size_t i = 0; i < count; i++)
        check(span_eq(a[i].name, b[i].name) && span_eq(a[i].value, b[i].value));
    buf_free(&first);
    buf_free(&second);
    buf_free(&text);
    arena_free(&arena);
    return 0;
}
