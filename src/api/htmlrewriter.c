/* The C side of htmlrewriter.js: html/rewriter.h. A handle is one document on its way. */
#include "api/builtins.h"
#include "api/core.h"
#include "api/scratch.h"
#include "html/rewriter.h"
#include "html/selector.h"
#include "text/utf8.h"

struct rewriting {
    struct html_rewriter *rw;
    char pending[4]; /* of a content stream: a code point that a chunk has cut */
    uint32_t pending_len;
};

static void rewriting_gone(void *data) {
    struct rewriting *r = data;
    html_rewriter_free(r->rw);
    mem_free(r);
}
static const struct js_kind rewriting_kind = {"HTMLRewriter", rewriting_gone};

static struct rewriting *rewriting_arg(js_ctx c, size_t argc, const js_val argv[], js_val *exc) {
    struct rewriting *r = js_handle_get(c, js_arg(c, argc, argv, 0), &rewriting_kind);
    if (!r) js_throw_type(c, exc, "Illegal invocation");
    return r;
}
#define REWRITER(name)                                                                                       \
    struct rewriting *r = rewriting_arg(c, argc, argv, exc);                                                 \
    if (!r) return NULL;                                                                                     \
    struct html_rewriter *name = r->rw

static js_val parser_error(js_ctx c, js_val *exc, const char *text) {
    return js_throw_type(c, exc, "Parser error: %s", text);
}

/* Bytes of the document as a string. */
static js_val text_of(js_ctx c, struct html_rewriter *rw, struct span bytes) {
    const struct charset *charset = html_charset(rw);
    if (charset_is_utf8(charset)) return js_str(c, bytes);
    struct decoder d;
    size_t count = 0;
    decoder_init(&d, charset->encoding, false, true);
    uint16_t *units = mem_array(decoder_room(&d, bytes.len), sizeof *units);
    (void)!decoder_add(&d, bytes, true, units, &count);
    js_val v = js_str_utf16(c, units, count);
    mem_free(units);
    return v;
}
static js_val lower_of(js_ctx c, struct html_rewriter *rw, struct span bytes) {
    char room[64];
    if (bytes.len > sizeof room) {
        struct buf lower = BUF_INIT;
        buf_add(&lower, bytes);
        for (size_t i = 0; i < lower.len; i++) lower.ptr[i] = ascii_lower(lower.ptr[i]);
        js_val v = text_of(c, rw, buf_span(&lower));
        buf_free(&lower);
        return v;
    }
    for (size_t i = 0; i < bytes.len; i++) room[i] = ascii_lower(bytes.ptr[i]);
    return text_of(c, rw, span_make(room, bytes.len));
}

/* --- Selectors, handlers --- */

/* check(selector): throws when it is none. */
static JS_NATIVE(native_check) {
    SCRATCH(room);
    struct span text;
    struct arena arena = ARENA_INIT;
    struct selector_compound *list;
    struct problem p;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 0), &text, exc)) return NULL;
    if (selector_parse(text, &arena, &list, &p) != ERR_OK) parser_error(c, exc, p.text);
    arena_free(&arena);
    scratch_free(&room);
    return NULL;
}

/* make(charset) -> handle */
static JS_NATIVE(native_make) {
    SCRATCH(room);
    struct span label;
    struct html_rewriter *rw;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 0), &label, exc)) return NULL;
    enum err e = html_rewriter_new(label, &rw);
    scratch_free(&room);
    if (e == ERR_NOT_FOUND) return parser_error(c, exc, "Unknown character encoding has been provided.");
    if (e) return parser_error(c, exc, "Expected ASCII-compatible encoding.");
    struct rewriting *r = NEW(struct rewriting);
    r->rw = rw;
    return js_handle_new(c, &rewriting_kind, r);
}

/* on(handle, selector or null: the document, enum html_what) */
static JS_NATIVE(native_on) {
    REWRITER(rw);
    int32_t what;
    SCRATCH(room);
    struct span text;
    struct problem p;
    if (!js_arg_int(c, argc, argv, 2, &what, exc)) return NULL;
    if (js_is_null(c, argv[1])) return html_on_document(rw, (unsigned)what), NULL;
    if (!scratch_utf8(c, &room, argv[1], &text, exc)) return NULL;
    if (html_on(rw, text, (unsigned)what, &p) != ERR_OK) parser_error(c, exc, p.text);
    scratch_free(&room);
    return NULL;
}

/* --- The flow --- */

/* feed(handle, bytes) */
static JS_NATIVE(native_feed) {
    REWRITER(rw);
    struct span bytes;
    if (!js_bytes_of(c, js_arg(c, argc, argv, 1), &bytes, exc)) return NULL;
    html_feed(rw, bytes);
    return NULL;
}

static JS_NATIVE(native_finish) {
    REWRITER(rw);
    html_finish(rw);
    return NULL;
}

/* feedFlow(handle, body's handle): true, false at its end (which is told), or the number of an operation to wait for. */
static JS_NATIVE(native_feed_flow) {
    REWRITER(rw);
    struct buf bytes = BUF_INIT;
    uint32_t op;
    struct flow *s = flow_arg(c, argc, argv, 1, exc);
    if (!s) return NULL;
    js_val answer = NULL;
    switch (flow_take(c, s, &bytes, &op, exc)) {
    case FLOW_BYTES:
        html_feed_buf(rw, &bytes);
        answer = js_bool(c, true);
        break;
    case FLOW_END:
        html_finish(rw);
        answer = js_bool(c, false);
        break;
    case FLOW_WAIT: answer = js_int(c, (int32_t)op); break;
    case FLOW_THREW: break;
    }
    buf_free(&bytes);
    return answer;
}

/* next(handle): enum html_event | number << 4 */
static JS_NATIVE(native_next) {
    REWRITER(rw);
    uint32_t number = 0;
    enum html_event event = html_next(rw, &number);
    if (event == HTML_FAILED) return parser_error(c, exc, html_problem(rw)->text);
    return js_int(c, (int32_t)(event | (number & 0x7FFFFFF) << 4));
}

/* waiting(handle): is there output? */
static JS_NATIVE(native_waiting) {
    REWRITER(rw);
    return js_bool(c, html_output(rw)->len > 0);
}

/* output(handle): what waits as a Uint8Array, or null. */
static JS_NATIVE(native_output) {
    REWRITER(rw);
    struct buf *out = html_output(rw), all = *out;
    if (!out->len) return js_null(c);
    *out = BUF_INIT;
    if (all.cap > 4096 && all.cap / 2 > all.len) all.ptr = mem_resize(all.ptr, all.len);
    js_obj buffer = js_buffer_take_malloc(c, all.ptr, all.len, exc);
    return buffer ? js_uint8_of_buffer(c, buffer, 0, all.len, exc) : NULL;
}

/* send(handle, body's handle): what waits goes out there. As send() of the core: true, false: wait for sendable(), null: nobody
 * wants it any more. */
static JS_NATIVE(native_send_output) {
    REWRITER(rw);
    struct flow *s = flow_arg(c, argc, argv, 1, exc);
    if (!s) return NULL;
    if (s->out_cancelled || !s->out_open) return js_null(c);
    struct buf *out = html_output(rw);
    if (out->len) {
        event_flush(s->api);
        flow_send(s, buf_span(out));
        out->len = 0;
    }
    return js_bool(c, !flow_full(s));
}

/* close(handle): frees it now; every later call throws. */
static JS_NATIVE(native_close) {
    void *r = js_handle_close(c, js_arg(c, argc, argv, 0), &rewriting_kind);
    if (r) rewriting_gone(r);
    return NULL;
}

/* --- Content --- */

/* insert(handle, enum html_place, text, is HTML) */
static JS_NATIVE(native_insert) {
    REWRITER(rw);
    int32_t place;
    SCRATCH(room);
    struct span text;
    if (!js_arg_int(c, argc, argv, 1, &place, exc)) return NULL;
    if (place < 0 || place > HTML_INNER) return js_throw_type(c, exc, "no such place");
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 2), &text, exc)) return NULL;
    if (html_insert(rw, (enum html_place)place, text, js_to_bool(c, js_arg(c, argc, argv, 3))) != ERR_OK)
        js_throw_range(c, exc, "The handlers of this HTMLRewriter have inserted too much.");
    scratch_free(&room);
    return NULL;
}

/* insertStream(handle, enum html_place, number) */
static JS_NATIVE(native_insert_stream) {
    REWRITER(rw);
    int32_t place, number;
    if (!js_arg_int(c, argc, argv, 1, &place, exc) || !js_arg_int(c, argc, argv, 2, &number, exc))
        return NULL;
    if (place < 0 || place > HTML_INNER) return js_throw_type(c, exc, "no such place");
    html_insert_stream(rw, (enum html_place)place, (uint32_t)number);
    return NULL;
}

/* UTF-8 in pieces: false when it is malformed. */
static bool write_utf8(struct rewriting *r, struct span bytes, bool is_html) {
    struct buf joined = BUF_INIT;
    if (r->pending_len) {
        buf_add(&joined, span_make(r->pending, r->pending_len));
        buf_add(&joined, bytes);
        bytes = buf_span(&joined);
    }
    size_t valid = utf8_valid_prefix(bytes), left = bytes.len - valid;
    struct charset utf8 = {.encoding = TEXT_UTF_8};
    bool fine = charset_cut(&utf8, bytes) == left;
    r->pending_len = fine ? (uint32_t)left : 0;
    if (fine && left) memcpy(r->pending, bytes.ptr + valid, left);
    if (fine) html_write(r->rw, span_first(bytes, valid), is_html);
    buf_free(&joined);
    return fine;
}

/* write(handle, bytes or null: the end, is HTML): false when they are not UTF-8. */
static JS_NATIVE(native_write) {
    REWRITER(rw);
    (void)rw;
    struct span bytes;
    if (js_is_null(c, js_arg(c, argc, argv, 1))) {
        bool whole = !r->pending_len;
        r->pending_len = 0;
        return js_bool(c, whole);
    }
    if (!js_bytes_of(c, js_arg(c, argc, argv, 1), &bytes, exc)) return NULL;
    return js_bool(c, write_utf8(r, bytes, js_to_bool(c, js_arg(c, argc, argv, 2))));
}

static JS_NATIVE(native_remove) {
    REWRITER(rw);
    html_remove(rw);
    return NULL;
}
static JS_NATIVE(native_remove_keep) {
    REWRITER(rw);
    html_remove_keep(rw);
    return NULL;
}
static JS_NATIVE(native_removed) {
    REWRITER(rw);
    return js_bool(c, html_removed(rw));
}

/* --- Tags --- */

static JS_NATIVE(native_name) {
    REWRITER(rw);
    return lower_of(c, rw, html_name(rw));
}
static JS_NATIVE(native_set_name) {
    REWRITER(rw);
    SCRATCH(room);
    struct span name;
    struct problem p;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 1), &name, exc)) return NULL;
    if (html_name_set(rw, name, &p) != ERR_OK) parser_error(c, exc, p.text);
    scratch_free(&room);
    return NULL;
}
static JS_NATIVE(native_namespace) {
    REWRITER(rw);
    return js_str(c, span_of(html_namespace(rw)));
}
/* onEndTag(handle, number): false when the element has no end tag. */
static JS_NATIVE(native_on_end_tag) {
    REWRITER(rw);
    int32_t number;
    if (!js_arg_int(c, argc, argv, 1, &number, exc)) return NULL;
    return js_bool(c, html_on_end_tag(rw, (uint32_t)number));
}

/* attribute(handle, index) -> [name, value], null behind the last */
static JS_NATIVE(native_attribute) {
    REWRITER(rw);
    int32_t index;
    if (!js_arg_int(c, argc, argv, 1, &index, exc)) return NULL;
    if (index < 0 || (size_t)index >= html_attr_count(rw)) return js_null(c);
    struct span name, value;
    html_attr_at(rw, (size_t)index, &name, &value);
    js_val pair[2] = {lower_of(c, rw, name), text_of(c, rw, value)};
    return js_array(c, 2, pair, exc);
}

/* getAttribute(handle, name) -> string or null */
static JS_NATIVE(native_get_attribute) {
    REWRITER(rw);
    SCRATCH(room);
    struct span name, value;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 1), &name, exc)) return NULL;
    js_val v = html_attr(rw, name, &value) ? text_of(c, rw, value) : js_null(c);
    scratch_free(&room);
    return v;
}
static JS_NATIVE(native_has_attribute) {
    REWRITER(rw);
    SCRATCH(room);
    struct span name, value;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 1), &name, exc)) return NULL;
    bool has = html_attr(rw, name, &value);
    scratch_free(&room);
    return js_bool(c, has);
}
static JS_NATIVE(native_set_attribute) {
    REWRITER(rw);
    SCRATCH(room);
    SCRATCH(value_room);
    struct span name, value;
    struct problem p;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 1), &name, exc)) return NULL;
    if (scratch_utf8(c, &value_room, js_arg(c, argc, argv, 2), &value, exc) &&
        html_attr_set(rw, name, value, &p) != ERR_OK)
        parser_error(c, exc, p.text);
    scratch_free(&value_room);
    scratch_free(&room);
    return NULL;
}
static JS_NATIVE(native_remove_attribute) {
    REWRITER(rw);
    SCRATCH(room);
    struct span name;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 1), &name, exc)) return NULL;
    html_attr_remove(rw, name);
    scratch_free(&room);
    return NULL;
}

/* --- Text, comments, doctypes --- */

static JS_NATIVE(native_text) {
    REWRITER(rw);
    bool last;
    return text_of(c, rw, html_text(rw, &last));
}
static JS_NATIVE(native_last) {
    REWRITER(rw);
    bool last;
    (void)html_text(rw, &last);
    return js_bool(c, last);
}
static JS_NATIVE(native_comment) {
    REWRITER(rw);
    return text_of(c, rw, html_comment(rw));
}
static JS_NATIVE(native_set_comment) {
    REWRITER(rw);
    SCRATCH(room);
    struct span text;
    struct problem p;
    if (!scratch_utf8(c, &room, js_arg(c, argc, argv, 1), &text, exc)) return NULL;
    if (html_comment_set(rw, text, &p) != ERR_OK) parser_error(c, exc, p.text);
    scratch_free(&room);
    return NULL;
}

static struct span part(struct span raw, struct html_range r) {
    return span_first(span_from(raw, r.start), r.end - r.start);
}
/* doctype(handle) -> [name, public id, system id], each a string or null */
static JS_NATIVE(native_doctype) {
    REWRITER(rw);
    struct html_doctype d;
    struct span raw = html_doctype_raw(rw);
    html_doctype(raw, &d);
    js_val parts[3] = {d.has_name ? lower_of(c, rw, part(raw, d.name)) : js_null(c),
                       d.has_public ? text_of(c, rw, part(raw, d.public_id)) : js_null(c),
                       d.has_system ? text_of(c, rw, part(raw, d.system_id)) : js_null(c)};
    return js_array(c, 3, parts, exc);
}

const struct js_native_row api_natives_htmlrewriter[] = {
    {"check", native_check, 1},
    {"make", native_make, 1},
    {"on", native_on, 3},
    {"feed", native_feed, 2},
    {"feedFlow", native_feed_flow, 2},
    {"finish", native_finish, 1},
    {"next", native_next, 1},
    {"output", native_output, 1},
    {"waiting", native_waiting, 1},
    {"send", native_send_output, 2},
    {"close", native_close, 1},
    {"insert", native_insert, 4},
    {"insertStream", native_insert_stream, 3},
    {"write", native_write, 3},
    {"remove", native_remove, 1},
    {"removeKeep", native_remove_keep, 1},
    {"removed", native_removed, 1},
    {"name", native_name, 1},
    {"setName", native_set_name, 2},
    {"namespace", native_namespace, 1},
    {"onEndTag", native_on_end_tag, 2},
    {"attribute", native_attribute, 2},
    {"getAttribute", native_get_attribute, 2},
    {"hasAttribute", native_has_attribute, 2},
    {"setAttribute", native_set_attribute, 3},
    {"removeAttribute", native_remove_attribute, 2},
    {"text", native_text, 1},
    {"last", native_last, 1},
    {"comment", native_comment, 1},
    {"setComment", native_set_comment, 2},
    {"doctype", native_doctype, 1},
    {0},
};
