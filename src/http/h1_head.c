#include "http/h1_int.h"

#define GO_ON H1_NEED_MORE

/* --- the target --- */

static enum h1_event take_absolute_target(struct h1 *p) {
    struct h1_head *h = &p->head;
    struct span rest = h->target, scheme = span_cut(&rest, ':');
    bool known = span_eq_nocase(scheme, SPAN("http")) || span_eq_nocase(scheme, SPAN("https"));
    if (!known || !span_starts(rest, SPAN("//")))
        return h1_fail(p, 400, "the request target has none of the four forms");
    rest = span_make(rest.ptr + 2, rest.len - 2);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') end++;
    struct span authority = span_first(rest, end);
    if (span_index(authority, '@') < authority.len)
        return h1_fail(p, 400, "the request target holds user information");
    if (!h1_authority_valid(authority)) return h1_fail(p, 400, "the host in the request target is malformed");
    h->form = H1_FORM_ABSOLUTE;
    h->scheme = scheme;
    h->authority = authority;
    h->path = span_make(rest.ptr + end, rest.len - end);
    return GO_ON;
}

static enum h1_event take_authority_target(struct h1 *p) {
    struct span target = p->head.target;
    bool has_port = target.len && target.ptr[target.len - 1] != ':' && target.ptr[target.len - 1] != ']' &&
                    span_index(target, ':') < target.len;
    if (!has_port || !h1_authority_valid(target))
        return h1_fail(p, 400, "the target of CONNECT is not host:port");
    return h1_fail(p, 501, "CONNECT is not supported");
}

enum h1_event h1_take_request_line(struct h1 *p) {
    struct h1_head *h = &p->head;
    if (h->method.len > H1_METHOD_BYTES) return h1_fail(p, 501, "the method is too long");
    if (h->target.len > p->limits->target_bytes)
        return h1_fail(p, 414, "the request target is longer than the limit");
    if (h->method_id == HTTP_CONNECT) return take_authority_target(p);
    if (h->target.ptr[0] == '/') {
        h->form = H1_FORM_ORIGIN;
        h->path = h->target;
        return GO_ON;
    }
    if (h->target.ptr[0] != '*' || h->target.len != 1) return take_absolute_target(p);
    if (h->method_id != HTTP_OPTIONS) return h1_fail(p, 400, "the target * is for OPTIONS only");
    h->form = H1_FORM_ASTERISK;
    h->path = h->target;
    return GO_ON;
}

/* --- fields --- */

static enum h1_event take_host(struct h1 *p, struct span value) {
    if (p->kind == H1_RESPONSE) return GO_ON;
    if (p->hosts++) return h1_fail(p, 400, "there is more than one Host");
    if (!h1_authority_valid(value)) return h1_fail(p, 400, "the value of Host is malformed");
    p->host = value;
    return GO_ON;
}

static enum h1_event take_length(struct h1 *p, struct span value) {
    if (p->lengths++) return h1_fail(p, 400, "there is more than one Content-Length");
    if (p->codings) return h1_fail(p, 400, "Content-Length and Transfer-Encoding stand together");
    if (!span_to_u64(value, &p->head.length))
        return h1_fail(p, 400, "the value of Content-Length is malformed");
    return GO_ON;
}

static enum h1_event take_codings(struct h1 *p, struct span value) {
    if (p->lengths) return h1_fail(p, 400, "Content-Length and Transfer-Encoding stand together");
    size_t members = 0;
    struct span rest = value, member = SPAN_NONE;
    for (; http_list_next(&rest, &member); members++) {
        struct span parameters = member, coding = span_trim(span_cut(&parameters, ';'));
        if (!http_token_valid(coding)) return h1_fail(p, 400, "the value of Transfer-Encoding is malformed");
        if (p->codings & H1_CODING_CHUNKED) p->codings |= H1_CODING_AFTER_CHUNKED;
        bool chunked = span_eq_nocase(coding, SPAN("chunked"));
        if (chunked && parameters.ptr) return h1_fail(p, 400, "the value of Transfer-Encoding is malformed");
        p->codings |= chunked ? H1_CODING_CHUNKED : H1_CODING_OTHER;
    }
    /* empty members are legal in lists, but not every peer reads ",chunked" as chunked */
    if (!members || (members == 1 && member.len != value.len))
        return h1_fail(p, 400, "the value of Transfer-Encoding is malformed");
    p->codings |= H1_CODING_ANY;
    return GO_ON;
}

static enum h1_event take_connection(struct h1 *p, struct span value) {
    struct span rest = value, member;
    while (http_list_next(&rest, &member)) {
        if (span_eq_nocase(member, SPAN("close")))
            p->connection |= H1_CONN_CLOSE;
        else if (span_eq_nocase(member, SPAN("keep-alive")))
            p->connection |= H1_CONN_KEEP_ALIVE;
        else if (span_eq_nocase(member, SPAN("upgrade")))
            p->connection |= H1_CONN_UPGRADE;
    }
    return GO_ON;
}

static enum h1_event take_expect(struct h1 *p, struct span value) {
    if (p->kind == H1_RESPONSE || p->head.minor == 0) return GO_ON;
    struct span rest = value, member;
    while (http_list_next(&rest, &member)) {
        if (!span_eq_nocase(member, SPAN("100-continue")))
            return h1_fail(p, 417, "the expectation is not 100-continue");
        p->connection |= H1_CONN_CONTINUE;
    }
    return GO_ON;
}

enum h1_event h1_take_field(struct h1 *p, const struct http_field *f) {
    switch (f->id) {
    case HTTP_NAME_HOST: return take_host(p, f->value);
    case HTTP_NAME_CONTENT_LENGTH: return take_length(p, f->value);
    case HTTP_NAME_TRANSFER_ENCODING: return take_codings(p, f->value);
    case HTTP_NAME_CONNECTION: return take_connection(p, f->value);
    case HTTP_NAME_EXPECT: return take_expect(p, f->value);
    case HTTP_NAME_UPGRADE:
        if (f->value.len) p->connection |= H1_CONN_HAS_UPGRADE;
        return GO_ON;
    default: return GO_ON;
    }
}

/* --- the end of the head --- */

static enum h1_event request_body(struct h1 *p) {
    struct h1_head *h = &p->head;
    if (p->codings) {
        if (h->minor == 0) return h1_fail(p, 400, "Transfer-Encoding stands in a message of HTTP/1.0");
        if (p->codings & H1_CODING_AFTER_CHUNKED)
            return h1_fail(p, 400, "chunked is not the last transfer coding");
        if (p->codings & H1_CODING_OTHER) return h1_fail(p, 501, "the transfer coding is not supported");
        h->body = H1_BODY_CHUNKED;
    } else if (p->lengths) {
        if (h->length > p->limits->body_bytes) return h1_fail(p, 413, "the body is larger than the limit");
        h->body = h->length ? H1_BODY_LENGTH : H1_BODY_NONE;
    }
    return GO_ON;
}

static enum h1_event finish_request(struct h1 *p) {
    struct h1_head *h = &p->head;
    if (!p->hosts && h->minor && !p->limits->host_optional) return h1_fail(p, 400, "there is no Host");
    if (h->form != H1_FORM_ABSOLUTE) h->authority = p->host;
    if (request_body(p) == H1_ERROR) return H1_ERROR;
    h->expect_continue = h->body != H1_BODY_NONE && (p->connection & H1_CONN_CONTINUE);
    bool upgrade = (p->connection & H1_CONN_UPGRADE) && (p->connection & H1_CONN_HAS_UPGRADE);
    h->upgrade = upgrade && h->minor;
    return GO_ON;
}

/* RFC 9112 section 6.3 */
static enum h1_event finish_response(struct h1 *p) {
    struct h1_head *h = &p->head;
    h->upgrade = h->status == 101;
    if (p->codings && h->minor == 0)
        return h1_fail(p, 502, "Transfer-Encoding stands in a message of HTTP/1.0");
    bool bodiless = p->head_request || h->status < 200 || h->status == 204 || h->status == 304;
    if (bodiless) return GO_ON;
    bool chunked_last = (p->codings & H1_CODING_CHUNKED) && !(p->codings & H1_CODING_AFTER_CHUNKED);
    if (chunked_last && (p->codings & H1_CODING_OTHER))
        return h1_fail(p, 502, "the transfer coding is not supported");
    if (chunked_last)
        h->body = H1_BODY_CHUNKED;
    else if (p->codings || !p->lengths)
        h->body = H1_BODY_UNTIL_CLOSE;
    else if (h->length)
        h->body = H1_BODY_LENGTH;
    if (h->body == H1_BODY_LENGTH && h->length > p->limits->body_bytes) {
        return h1_fail(p, 502, "the body is larger than the limit");
    }
    return GO_ON;
}

static enum h1_state body_state(enum h1_body_kind body) {
    switch (body) {
    case H1_BODY_LENGTH: return H1_S_LENGTH;
    case H1_BODY_CHUNKED: return H1_S_SIZE;
    case H1_BODY_UNTIL_CLOSE: return H1_S_UNTIL_CLOSE;
    default: return H1_S_END;
    }
}

enum h1_event h1_finish_head(struct h1 *p) {
    struct h1_head *h = &p->head;
    h->fields = (struct http_fields){p->slots, p->slots_count, p->slots_cap};
    enum h1_event event = p->kind == H1_REQUEST ? finish_request(p) : finish_response(p);
    if (event == H1_ERROR) return H1_ERROR;
    bool persistent = h->minor ? !(p->connection & H1_CONN_CLOSE)
                               : (p->connection & (H1_CONN_CLOSE | H1_CONN_KEEP_ALIVE)) == H1_CONN_KEEP_ALIVE;
    bool interim = p->kind == H1_RESPONSE && h->status < 200;
    h->should_close = !interim && (!persistent || h->body == H1_BODY_UNTIL_CLOSE);
    p->left = h->length;
    p->state = (uint8_t)body_state(h->body);
    return H1_HEAD;
}
