/* The HTTP/1 parser must say the same however its input is cut: the whole input at once against pieces whose lengths
 * the input's own first bytes choose. What it accepts must also hold what h1.h promises. Input: one byte of flags,
 * one of seed, then the message bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "http/h1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record {
    struct buf said;
    bool in_body;
};

static void note(struct record *r, char what, struct span s) {
    if (r->in_body) buf_add_char(&r->said, '\n');
    r->in_body = false;
    buf_add_char(&r->said, what);
    buf_add(&r->said, s);
    buf_add_char(&r->said, '\n');
}

static void note_fields(struct record *r, const struct http_fields *fields) {
    HTTP_FIELDS_EACH(f, fields) {
        check(http_token_valid(f->name) && http_value_strict(f->value) && http_value_valid(f->value));
        check(f->id == http_name_of(f->name));
        note(r, 'n', f->name);
        note(r, 'v', f->value);
    }
}

static void note_head(struct record *r, const struct h1 *p) {
    const struct h1_head *h = &p->head;
    struct span parts[] = {h->method, h->target, h->scheme, h->authority, h->path, h->reason};
    char numbers[96];
    int n = snprintf(numbers, sizeof numbers, "%d %d %d %d %d %llu %d %d %d", (int)h->form, h->status,
                     h->minor, (int)h->body, (int)h->method_id, (unsigned long long)h->length,
                     h->should_close, h->upgrade, h->expect_continue);
    note(r, 'H', span_make(numbers, (size_t)n));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) note(r, 'p', parts[i]);
    note_fields(r, &h->fields);
    if (p->kind == H1_RESPONSE) return;
    check(h->method.len && h->target.len);
    check(h->minor == 0 || h->authority.len || p->limits->host_optional);
    check(http_fields_count(&h->fields, HTTP_NAME_CONTENT_LENGTH) <= 1);
    check(h->body != H1_BODY_CHUNKED || !http_fields_find_id(&h->fields, HTTP_NAME_CONTENT_LENGTH));
}

static void note_event(struct record *r, struct h1 *p, enum h1_event event) {
    if (event == H1_HEAD) note_head(r, p);
    if (event == H1_END) {
        note_fields(r, &p->trailers);
        note(r, 'E', SPAN_NONE);
    }
    if (event == H1_ERROR) {
        check(p->status >= 400 && p->status <= 599);
        note(r, '!', span_of(p->sentence));
    }
    if (event == H1_BODY) {
        check(p->body.len > 0);
        if (!r->in_body) buf_add_char(&r->said, 'b');
        r->in_body = true;
        buf_add(&r->said, p->body);
    }
}

/* False after an error. */
static bool feed_piece(struct record *r, struct h1 *p, struct span piece) {
    char *copy =
        malloc(piece.len + !piece.len); /* exact, and freed: AddressSanitizer sees what is kept or overrun */
    memcpy(copy, piece.ptr, piece.len);
    struct span rest = span_make(copy, piece.len);
    enum h1_event event;
    do {
        size_t used;
        event = h1_feed(p, rest, &used);
        check(used <= rest.len);
        check(event != H1_NEED_MORE || used == rest.len);
        rest = span_make(rest.ptr + used, rest.len - used);
        note_event(r, p, event);
    } while (event != H1_NEED_MORE && event != H1_ERROR);
    free(copy);
    return event != H1_ERROR;
}

static struct record run(enum h1_kind kind, const struct h1_limits *limits, bool head, struct span input,
                         unsigned seed) {
    struct record r = {0};
    struct h1 p;
    h1_init(&p, kind, limits);
    if (head) h1_answers_head(&p);
    bool more = true;
    while (more && input.len) {
        seed = seed * 1664525u + 1013904223u;
        size_t n = 1 + (seed >> 24) % (seed >> 8 & 3 ? 9 : 80);
        struct span piece = span_first(input, n);
        more = feed_piece(&r, &p, piece);
        input = span_from(input, piece.len);
    }
    if (h1_eof(&p) == H1_END) note(&r, 'F', SPAN_NONE);
    h1_free(&p);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    struct h1_limits limits = h1_limits_default();
    if (data[0] & 2) {
        limits = (struct h1_limits){.target_bytes = 20,
                                    .head_bytes = 60,
                                    .fields = 3,
                                    .trailer_bytes = 30,
                                    .chunk_ext_bytes = 6,
                                    .body_bytes = 40};
    }
    limits.host_optional = data[0] & 4;
    enum h1_kind kind = data[0] & 1 ? H1_RESPONSE : H1_REQUEST;
    struct span input = span_make(data + 2, size - 2);
    struct record whole = {0};
    struct h1 p;
    h1_init(&p, kind, &limits);
    if (data[0] & 8) h1_answers_head(&p);
    feed_piece(&whole, &p, input);
    if (h1_eof(&p) == H1_END) note(&whole, 'F', SPAN_NONE);
    h1_free(&p);
    struct record cut = run(kind, &limits, data[0] & 8, input, data[1] + 1u);
    check(span_eq(buf_span(&whole.said), buf_span(&cut.said)));
    buf_free(&whole.said);
    buf_free(&cut.said);
    return 0;
}
