#include "js/errors.h"

#include "base/check.h"
#include "js/room.h"
#include "js/sourcemap.h"

enum { MAX_FRAMES = 64, MAX_CAUSES = 8, DESCRIBE_LIMIT_MS = 50, MAX_TEXT_BYTES = 16 * 1024 };

/* --- Stack text ---------------------------------------------------------------------------------------------------- */

/* Takes ":digits" from the end. */
static bool take_number(struct span *s, uint32_t *ret) {
    size_t start = s->len;
    uint64_t n;
    while (start && ascii_is_digit(s->ptr[start - 1])) start--;
    if (!start || s->ptr[start - 1] != ':' || !span_to_u64(span_from(*s, start), &n) || n > UINT32_MAX)
        return false;
    *ret = (uint32_t)n;
    *s = span_first(*s, start - 1);
    return true;
}

/* "name@url:line:col", "@url:line:col", "name@[native code]", "name" */
static struct js_frame parse_frame(struct span line) {
    struct js_frame f = {0};
    size_t at = span_index(line, '@');
    f.function = at < line.len ? span_first(line, at) : SPAN_NONE;
    struct span rest = at < line.len ? span_from(line, at + 1) : line;
    uint32_t last, before;
    if (span_eq(rest, SPAN("[native code]"))) return f;
    if (!take_number(&rest, &last)) {
        if (at >= line.len)
            f.function = line;
        else
            f.url = rest;
        return f;
    }
    if (take_number(&rest, &before))
        f.line = before, f.column = last;
    else
        f.line = last;
    f.url = rest;
    static const struct span top_level[] = {{"global code", 11}, {"module code", 11}, {"eval code", 9}};
    for (size_t i = 0; i < 3; i++)
        if (span_eq(f.function, top_level[i])) f.function = SPAN_NONE;
    return f;
}

size_t js_stack_parse(struct span stack, struct js_frame *frames, size_t max) {
    size_t n = 0;
    while (stack.ptr && stack.len && n < max) {
        struct span line = span_cut(&stack, '\n');
        if (line.len) frames[n++] = parse_frame(line);
    }
    return n;
}

/* --- Reading a thrown value ------------------------------------------------------------------------------------------ */

/* A property as text; "" when it is absent, throws, or is no string (numbers are converted). */
static struct span read_text(js_ctx c, js_obj o, enum js_name name, struct arena *a) {
    js_val exc = NULL, v = js_get(c, o, name, &exc);
    struct span s = SPAN_NONE;
    if (!v || !(js_is_string(c, v) || js_is_number(c, v))) return s;
    return js_to_utf8_arena(c, v, a, &s, &exc) ? span_first(s, MAX_TEXT_BYTES) : SPAN_NONE;
}

static uint32_t read_number(js_ctx c, js_obj o, enum js_name name) {
    js_val exc = NULL, v = js_get(c, o, name, &exc);
    double n = 0;
    if (!v || !js_is_number(c, v) || !js_to_number(c, v, &n, &exc)) return 0;
    return n >= 1 && n < UINT32_MAX ? (uint32_t)n : 0;
}

static void read_other(js_ctx c, js_val v, struct arena *a, struct js_error_info *ret) {
    js_val exc = NULL;
    struct buf json = BUF_INIT;
    ret->name = SPAN("Error");
    if (js_is_object(c, v) && !js_is_function(c, v) && js_json_stringify(c, v, &json, &exc)) {
        ret->message = arena_copy(a, span_first(buf_span(&json), MAX_TEXT_BYTES));
    } else {
        exc = NULL;
        if (!js_to_utf8_arena(c, v, a, &ret->message, &exc))
            ret->message = SPAN("(a value that cannot be shown)");
        ret->message = span_first(ret->message, MAX_TEXT_BYTES);
    }
    buf_free(&json);
}

static void read_frames(js_ctx c, js_obj o, struct arena *a, struct js_error_info *ret) {
    struct js_frame *frames = arena_zero(a, MAX_FRAMES * sizeof *frames);
    ret->frames = frames;
    ret->frame_count = js_stack_parse(read_text(c, o, JS_NAME_stack, a), frames, MAX_FRAMES);
    if (ret->frame_count) return;
    /* a SyntaxError has no stack */
    frames[0] = (struct js_frame){SPAN_NONE, read_text(c, o, JS_NAME_sourceURL, a),
                                  read_number(c, o, JS_NAME_line), read_number(c, o, JS_NAME_column)};
    ret->frame_count = frames[0].url.len || frames[0].line;
}

static void read_head(js_ctx c, js_val v, struct arena *a, struct js_error_info *ret) {
    struct span name = SPAN_NONE, message = SPAN_NONE;
    if (js_is_object(c, v)) {
        name = read_text(c, js_as_object(v), JS_NAME_name, a);
        message = read_text(c, js_as_object(v), JS_NAME_message, a);
    }
    if (js_is_error(c, v) || (name.len && message.len)) {
        ret->name = name.len ? name : SPAN("Error");
        ret->message = message;
    } else {
        read_other(c, v, a, ret);
    }
}

static void read_causes(js_ctx c, js_val v, struct arena *a, struct js_error_info *ret) {
    struct buf text = BUF_INIT;
    for (int i = 0; i < MAX_CAUSES && js_is_object(c, v); i++) {
        js_val exc = NULL;
        if (!js_has(c, js_as_object(v), JS_NAME_cause)) break;
        v = js_get(c, js_as_object(v), JS_NAME_cause, &exc);
        if (!v || js_is_undefined(c, v)) break;
        struct js_error_info link = {0};
        read_head(c, v, a, &link);
        buf_printf(&text, "caused by %.*s: %.*s\n", SPAN_FMT(link.name), SPAN_FMT(link.message));
    }
    ret->causes = arena_copy(a, buf_span(&text));
    buf_free(&text);
}

void js_error_read(js_ctx c, js_val thrown, struct arena *a, struct js_error_info *ret) {
    *ret = (struct js_error_info){0};
    read_head(c, thrown, a, ret);
    if (!js_is_object(c, thrown)) return;
    read_frames(c, js_as_object(thrown), a, ret);
    read_causes(c, thrown, a, ret);
}

struct describe {
    js_val thrown;
    struct arena *arena;
    struct js_error_info *ret;
};

static js_val run_describe(js_ctx c, void *data, js_val *exc) {
    struct describe *d = data;
    (void)exc;
    js_error_read(c, d->thrown, d->arena, d->ret);
    return NULL;
}

void js_error_describe(struct isolate *iso, js_val thrown, struct arena *a, struct js_error_info *ret) {
    struct describe d = {thrown, a, ret};
    *ret = (struct js_error_info){.name = SPAN("Error")};
    if (!thrown) return;
    if (isolate_run(iso, run_describe, &d, DESCRIBE_LIMIT_MS, NULL) != JS_OK && !ret->message.len)
        ret->message = SPAN("(the error cannot be read)");
}

/* --- Source positions and text ---------------------------------------------------------------------------------------- */

void js_frames_map(struct js_frame *frames, size_t count, struct span url, const struct sourcemap *map,
                   uint32_t prologue_columns, struct arena *a) {
    struct sourcemap_place place;
    for (size_t i = 0; i < count; i++) {
        struct js_frame *f = &frames[i];
        if (!f->line || !span_eq(f->url, url)) continue;
        if (f->line == 1 && f->column > prologue_columns) f->column -= prologue_columns;
        /* the engine points at the parenthesis after the call: one to the left is inside the name */
        if (!map || !sourcemap_find(map, f->line, f->column > 1 ? f->column - 1 : 1, &place)) continue;
        f->url = arena_copy(a, place.source);
        f->line = place.line;
        f->column = place.column;
        if (place.name.len && !f->function.len) f->function = arena_copy(a, place.name);
    }
}

static void add_frame(struct buf *b, const struct js_frame *f) {
    if (!f->url.len && !f->function.len) return;
    buf_lit(b, "\n    at ");
    if (f->function.len) buf_add(b, f->function);
    if (!f->url.len) return;
    if (f->function.len) buf_lit(b, " (");
    buf_add(b, f->url);
    if (f->line) buf_printf(b, ":%u", f->line);
    if (f->line && f->column) buf_printf(b, ":%u", f->column);
    if (f->function.len) buf_lit(b, ")");
}

struct span js_error_text(const struct js_error_info *info, struct arena *a) {
    struct buf b = BUF_INIT;
    buf_add(&b, info->name);
    if (info->message.len) buf_lit(&b, ": "), buf_add(&b, info->message);
    for (size_t i = 0; i < info->frame_count; i++) add_frame(&b, &info->frames[i]);
    if (info->causes.len) buf_lit(&b, "\n"), buf_add(&b, span_first(info->causes, info->causes.len - 1));
    struct span text = arena_copy(a, buf_span(&b));
    buf_free(&b);
    return text;
}
