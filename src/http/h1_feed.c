#include "base/limits.h"
#include "base/mem.h"
#include "http/h1_int.h"

/* What one large head made grow is given back before the next message. */
#define KEEP_BYTES 4096
#define KEEP_SLOTS 32

struct h1_limits h1_limits_default(void) {
    return (struct h1_limits){
        .target_bytes = (uint32_t)LIMIT_HTTP_TARGET_BYTES,
        .head_bytes = (uint32_t)LIMIT_HTTP_HEAD_BYTES,
        .fields = (uint32_t)LIMIT_HTTP_FIELDS,
        .trailer_bytes = (uint32_t)LIMIT_HTTP_TRAILER_BYTES,
        .chunk_ext_bytes = (uint32_t)LIMIT_HTTP_CHUNK_EXT_BYTES,
        .body_bytes = LIMIT_HTTP_BODY_BYTES,
    };
}

void h1_init(struct h1 *p, enum h1_kind kind, const struct h1_limits *limits) {
    *p = (struct h1){.kind = kind, .limits = limits, .state = H1_S_START};
}

void h1_free(struct h1 *p) {
    buf_free(&p->own);
    mem_free(p->slots);
    p->slots = NULL;
    p->slots_cap = p->slots_count = 0;
    p->state = H1_S_CLOSED;
}

void h1_answers_head(struct h1 *p) { p->head_request = true; }

enum h1_event h1_fail(struct h1 *p, int status, const char *sentence) {
    p->state = H1_S_ERROR;
    p->status = p->kind == H1_RESPONSE ? 502 : status;
    p->sentence = sentence;
    return H1_ERROR;
}

/* --- between messages --- */

static void begin_section(struct h1 *p, enum h1_state state) {
    if (p->own.cap > KEEP_BYTES) buf_free(&p->own);
    if (p->slots_cap > KEEP_SLOTS) {
        mem_free(p->slots);
        p->slots = NULL;
        p->slots_cap = 0;
    }
    p->own.len = 0;
    p->slots_count = 0;
    p->line = p->section = 0;
    p->state = (uint8_t)state;
}

static void begin_message(struct h1 *p) {
    begin_section(p, H1_S_LINE);
    p->head = (struct h1_head){0};
    p->trailers = HTTP_FIELDS_NONE;
    p->host = SPAN_NONE;
    p->hosts = p->lengths = p->codings = p->connection = p->crlfs = 0;
    p->left = p->body_seen = 0;
    p->digits = p->ext = p->exts = 0;
}

void h1_begin_trailers(struct h1 *p) {
    begin_section(p, H1_S_TRAILERS);
    p->head.fields = HTTP_FIELDS_NONE; /* the array is used again */
}

static enum h1_event end_message(struct h1 *p) {
    if (p->kind == H1_RESPONSE && p->head.status >= 200) p->head_request = false;
    p->crlfs = 0;
    p->state = p->head.should_close && !p->head.upgrade ? H1_S_CLOSED : H1_S_START;
    return H1_END;
}

/* Empty lines before a message (RFC 9112 section 2.2). Returns how many bytes they are. */
static size_t skip_empty_lines(struct h1 *p, struct span input) {
    size_t at = 0;
    for (; at < input.len; at++) {
        bool in_line = p->crlfs & 1;
        if (input.ptr[at] != (in_line ? '\n' : '\r')) {
            if (in_line) h1_fail(p, 400, "a line ends with a bare CR");
            break;
        }
        if (p->crlfs == 2 * H1_EMPTY_LINES) {
            h1_fail(p, 400, "there are too many empty lines before the message");
            break;
        }
        p->crlfs++;
    }
    return at;
}

/* --- sections: the head, the trailers --- */

static size_t section_limit(const struct h1 *p) {
    switch (p->state) {
    case H1_S_LINE: return (size_t)p->limits->target_bytes + H1_METHOD_BYTES + sizeof "  HTTP/1.1\r\n" - 1;
    case H1_S_FIELDS: return p->limits->head_bytes;
    default: return p->limits->trailer_bytes;
    }
}

static void push_field(struct h1 *p, const struct http_field *f) {
    if (p->slots_count == p->slots_cap) {
        p->slots_cap = p->slots_cap ? p->slots_cap * 2 : 16;
        p->slots = mem_resize(p->slots, p->slots_cap * sizeof *p->slots);
    }
    p->slots[p->slots_count++] = *f;
}

static enum h1_event take_field(struct h1 *p, const struct http_field *f) {
    if (p->slots_count == p->limits->fields) return h1_fail(p, 431, "there are too many header lines");
    bool trailer = p->state == H1_S_TRAILERS;
    if (trailer && http_name_is_barred_from_trailers(f->id)) return H1_NEED_MORE;
    push_field(p, f);
    return trailer || f->id == HTTP_NAME_OTHER ? H1_NEED_MORE : h1_take_field(p, f);
}

static enum h1_event take_start_line(struct h1 *p) {
    p->state = H1_S_FIELDS;
    p->section = 0;
    return p->kind == H1_REQUEST ? h1_take_request_line(p) : H1_NEED_MORE;
}

static enum h1_event finish_section(struct h1 *p) {
    if (p->state == H1_S_FIELDS) return h1_finish_head(p);
    p->trailers = (struct http_fields){p->slots, p->slots_count, p->slots_cap};
    return end_message(p);
}

/* Reads one line and does what it says. Returns where the next starts and sets *ret_event; NULL when the line is
 * bad or not all there, with nothing changed but what the next try fills again. */
static const char *read_line(struct h1 *p, const char *at, const char *end, enum h1_event *ret_event) {
    struct http_field field = {SPAN_NONE, SPAN_NONE, HTTP_NAME_OTHER};
    bool start = p->state == H1_S_LINE, blank = false;
    const char *next;
    if (start) {
        next = p->kind == H1_REQUEST ? h1_read_request_line(&p->head, at, end)
                                     : h1_read_status_line(&p->head, at, end);
    } else if (end - at >= 2 && at[0] == '\r' && at[1] == '\n') {
        blank = true;
        next = at + 2;
    } else {
        next = h1_read_field(&field, at, end);
    }
    if (!next) return NULL;
    p->section += (size_t)(next - at);
    if (p->section > section_limit(p))
        *ret_event = h1_line_too_long(p, span_make(at, (size_t)(next - at)));
    else if (start)
        *ret_event = take_start_line(p);
    else
        *ret_event = blank ? finish_section(p) : take_field(p, &field);
    return next;
}

/* --- in pieces: lines are gathered in `own` --- */

static void move_span(struct span *s, const char *from, size_t len, const char *to) {
    uintptr_t offset = (uintptr_t)s->ptr - (uintptr_t)from;
    if (s->ptr && offset <= len) s->ptr = to + offset;
}

/* The bytes of the section have moved: so must every span into them. */
static void move_spans(struct h1 *p, const char *from, size_t len, const char *to) {
    struct h1_head *h = &p->head;
    struct span *spans[] = {&h->method, &h->target, &h->scheme, &h->authority,
                            &h->path,   &h->reason, &p->host};
    if (p->state != H1_S_TRAILERS) {
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) move_span(spans[i], from, len, to);
    }
    for (size_t i = 0; i < p->slots_count; i++) {
        move_span(&p->slots[i].name, from, len, to);
        move_span(&p->slots[i].value, from, len, to);
    }
}

static void gather(struct h1 *p, struct span piece) {
    if (p->own.cap - p->own.len < piece.len) {
        const char *old = p->own.ptr;
        size_t len = p->own.len;
        buf_reserve(&p->own, piece.len);
        if (len && p->own.ptr != old) move_spans(p, old, len, p->own.ptr);
    }
    buf_add(&p->own, piece);
}

/* A CR that is not followed by LF, among the last `fresh` bytes of the line and the one before them. */
static bool has_bare_cr(struct span line, size_t fresh) {
    size_t from = line.len > fresh ? line.len - fresh - 1 : 0;
    struct span tail = span_from(line, from);
    const char *cr = memchr(tail.ptr, '\r', tail.len);
    return cr && cr + 1 < tail.ptr + tail.len && cr[1] != '\n';
}

/* `fresh` bytes were added to the line in `own`. The order of the tests follows the order of the bytes they look
 * at, so that the verdict does not depend on how the line was cut. */
static enum h1_event check_line(struct h1 *p, size_t fresh, bool complete) {
    struct span line = span_from(buf_span(&p->own), p->line);
    bool folded = p->state != H1_S_LINE && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
    if (folded) return h1_fail(p, 400, "a header line begins with a blank");
    if (has_bare_cr(line, fresh)) return h1_fail(p, 400, "a line has a bare CR");
    if (line.len > section_limit(p) - p->section) return h1_line_too_long(p, line);
    if (!complete) return H1_NEED_MORE;
    enum h1_event event = H1_NEED_MORE;
    if (!read_line(p, line.ptr, line.ptr + line.len, &event)) return h1_line_fault(p, line);
    p->line = p->own.len;
    return event;
}

static enum h1_event feed_pieces(struct h1 *p, struct span input, size_t *ret_used) {
    enum h1_event event = H1_NEED_MORE;
    size_t at = 0;
    while (at < input.len && event == H1_NEED_MORE) {
        size_t room = section_limit(p) - p->section - (p->own.len - p->line);
        struct span piece = span_first(span_from(input, at), room + 1);
        const char *lf = memchr(piece.ptr, '\n', piece.len);
        if (lf) piece.len = (size_t)(lf - piece.ptr) + 1;
        gather(p, piece);
        at += piece.len;
        event = check_line(p, piece.len, lf != NULL);
    }
    *ret_used = at;
    return event;
}

/* Straight from the input while its lines are whole and sound; any other line goes through `own`. */
static enum h1_event feed_section(struct h1 *p, struct span input, size_t *ret_used) {
    if (p->own.len || !input.len) return feed_pieces(p, input, ret_used);
    const char *at = input.ptr, *end = at + input.len;
    enum h1_event event = H1_NEED_MORE;
    while (at < end) {
        const char *next = read_line(p, at, end, &event);
        if (!next) break;
        at = next;
        if (event == H1_NEED_MORE) continue;
        *ret_used = (size_t)(at - input.ptr);
        return event;
    }
    size_t read = (size_t)(at - input.ptr), more = 0;
    if (read) {
        gather(p, span_make(input.ptr, read));
        move_spans(p, input.ptr, read, p->own.ptr);
        p->line = read;
    }
    event = feed_pieces(p, span_from(input, read), &more);
    *ret_used = read + more;
    return event;
}

/* --- the door --- */

static enum h1_event feed_start(struct h1 *p, struct span input, size_t *ret_used) {
    size_t skipped = skip_empty_lines(p, input), used = 0;
    enum h1_event event = p->state == H1_S_ERROR ? H1_ERROR : H1_NEED_MORE;
    if (event == H1_NEED_MORE && skipped < input.len) {
        if (p->state == H1_S_CLOSED) {
            event = h1_fail(p, 400, "there are bytes after the last message of the connection");
        } else {
            begin_message(p);
            event = feed_section(p, span_from(input, skipped), &used);
        }
    }
    *ret_used = skipped + used;
    return event;
}

static enum h1_event feed_body(struct h1 *p, struct span input, size_t *ret_used) {
    size_t used = 0, more = 0;
    enum h1_event event = h1_feed_chunked(p, input, &used);
    if (event == H1_NEED_MORE && p->state == H1_S_TRAILERS && used < input.len) {
        event = feed_section(p, span_from(input, used), &more);
    }
    *ret_used = used + more;
    return event;
}

enum h1_event h1_feed(struct h1 *p, struct span input, size_t *ret_used) {
    *ret_used = 0;
    switch (p->state) {
    case H1_S_START:
    case H1_S_CLOSED: return feed_start(p, input, ret_used);
    case H1_S_LINE:
    case H1_S_FIELDS:
    case H1_S_TRAILERS: return feed_section(p, input, ret_used);
    case H1_S_LENGTH: return h1_feed_length(p, input, ret_used);
    case H1_S_UNTIL_CLOSE: return h1_feed_until_close(p, input, ret_used);
    case H1_S_END: return end_message(p);
    case H1_S_ERROR: return H1_ERROR;
    default: return feed_body(p, input, ret_used);
    }
}

enum h1_event h1_eof(struct h1 *p) {
    switch (p->state) {
    case H1_S_START:
    case H1_S_CLOSED: return H1_NEED_MORE;
    case H1_S_END:
    case H1_S_UNTIL_CLOSE: return end_message(p);
    case H1_S_ERROR: return H1_ERROR;
    default: return h1_fail(p, 400, "the connection closed inside a message");
    }
}

bool h1_in_message(const struct h1 *p) {
    return p->state != H1_S_START && p->state != H1_S_CLOSED && p->state != H1_S_ERROR;
}
