/* A request as the Worker is told of it: URL, fields, request.cf. */
#include "edge/request.h"

#include "http/names.h"
#include "link/messages.h"

/* -- URL -- */

/* HTTP/1.0 may name no host: then it is the address that the client connected to. */
static void add_authority(struct request *r, const struct h1_head *head, struct buf *to) {
    if (head->authority.len) {
        buf_add(to, head->authority);
        return;
    }
    struct tcp_address local;
    if (!tcp_local(r->conn->stream, &local)) local = (struct tcp_address){"localhost", 80};
    bool v6 = strchr(local.host, ':') != NULL;
    buf_printf(to, v6 ? "[%s]:%u" : "%s:%u", local.host, local.port);
}

/* Bytes that a path and a query may have in a serialised URL as they are (WHATWG URL section 1.3). */
static bool is_plain(unsigned char c) {
    static const bool plain[256] = {
        ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true, ['.'] = true,
        ['_'] = true,         ['~'] = true,         ['!'] = true,         ['$'] = true, ['&'] = true,
        ['('] = true,         [')'] = true,         ['*'] = true,         ['+'] = true, [','] = true,
        [';'] = true,         ['='] = true,         [':'] = true,         ['@'] = true, ['/'] = true,
        ['%'] = true,         ['?'] = true};
    return plain[c];
}

/* Is it written as `new URL()` would write it? Dot segments begin with "/." or "/%"; such are not looked into. */
static bool target_is_normal(struct span target) {
    if (!target.len || target.ptr[0] != '/') return false;
    for (size_t i = 0; i < target.len; i++) {
        char c = target.ptr[i];
        if (!is_plain((unsigned char)c)) return false;
        if ((c == '.' || c == '%') && target.ptr[i - 1] == '/') return false;
    }
    return true;
}

/* The usual case: the same Host as in the request before, and a target that needs no change. */
static bool set_url_fast(struct request *r, const struct h1_head *head) {
    struct connection *c = r->conn;
    if (head->form != H1_FORM_ORIGIN || !c->base.len || !span_eq(buf_span(&c->authority), head->authority) ||
        !target_is_normal(head->path))
        return false;
    size_t len = c->base.len + head->path.len;
    char *url = arena_alloc(&r->arena, len);
    memcpy(url, c->base.ptr, c->base.len);
    memcpy(url + c->base.len, head->path.ptr, head->path.len);
    r->url = span_make(url, len);
    r->target_at = c->base.len;
    return true;
}

static void remember_authority(struct connection *c, struct span authority, const struct url *u) {
    c->authority.len = c->base.len = 0;
    buf_add(&c->authority, authority);
    buf_add(&c->base, span_first(url_href(u), u->path_start));
    c->host = span_make(c->base.ptr + u->host_start, u->host_end - u->host_start);
}

bool request_set_url(struct request *r, const struct h1_head *head) {
    if (set_url_fast(r, head)) return true;
    struct buf *text = &r->edge->scratch;
    text->len = 0;
    buf_add(text, r->secure ? SPAN("https://") : SPAN("http://"));
    add_authority(r, head, text);
    if (!head->path.len || head->path.ptr[0] != '/') buf_add_char(text, '/');
    buf_add(text, head->path);
    struct url *u = &r->edge->url;
    if (url_parse(buf_span(text), NULL, u)) return false;
    r->url = arena_copy(&r->arena, url_without_hash(u));
    r->target_at = u->path_start;
    remember_authority(r->conn, head->authority, u);
    return true;
}

/* -- Fields -- */

static bool is_cf(struct span name) {
    return name.len > 3 && (name.ptr[0] | 0x20) == 'c' && (name.ptr[1] | 0x20) == 'f' && name.ptr[2] == '-';
}

/* What is the connection's business, and what only this edge may say. */
static bool is_dropped(const struct http_field *f) {
    switch (f->id) {
    case HTTP_NAME_EXPECT:
    case HTTP_NAME_PROXY_AUTHORIZATION:
    case HTTP_NAME_PROXY_AUTHENTICATE:
    case HTTP_NAME_X_FORWARDED_PROTO:
    case HTTP_NAME_X_FORWARDED_FOR: return true;
    case HTTP_NAME_OTHER: return is_cf(f->name) || span_eq_nocase(f->name, SPAN("x-real-ip"));
    default: return is_cf(f->name) || http_name_is_hop_by_hop(f->id);
    }
}

/* "Connection: close, x-secret" makes x-secret hop-by-hop too (RFC 9110 section 7.6.1). */
static bool connection_names_others(const struct http_fields *fields) {
    struct span value = http_fields_get(fields, HTTP_NAME_CONNECTION);
    return value.ptr && !span_eq_nocase(value, SPAN("keep-alive")) && !span_eq_nocase(value, SPAN("close"));
}

static void learn_client(struct connection *c) {
    c->has_peer = tcp_peer(c->stream, &c->peer);
    c->rtt_ms = (tcp_rtt_us(c->stream) + 500) / 1000;
    if (!c->has_peer) memcpy(c->peer.host, "0.0.0.0", sizeof "0.0.0.0");
}

/* The chain so far, then this client. */
static struct span forwarded_for(struct request *r, const struct http_fields *from, struct span client) {
    struct span before = http_fields_combined(from, SPAN("x-forwarded-for"), &r->arena);
    return before.len ? arena_printf(&r->arena, "%.*s, %.*s", SPAN_FMT(before), SPAN_FMT(client)) : client;
}

static struct http_field field(struct span name, struct span value) {
    return (struct http_field){name, value, HTTP_NAME_OTHER};
}

size_t request_fields(struct request *r, const struct http_fields *from, struct http_field *to) {
    size_t n = 0;
    bool others = !r->socket_key.ptr && connection_names_others(from);
    HTTP_FIELDS_EACH(f, from) {
        if (is_dropped(f) || n >= REQUEST_FIELDS - REQUEST_FIELDS_ADDED) continue;
        if (others && http_fields_list_has(from, HTTP_NAME_CONNECTION, f->name)) continue;
        to[n++] = *f;
    }
    struct span client = span_of(r->conn->peer.host);
    if (r->socket_key.ptr) { /* hop-by-hop, but how a Worker sees that it is asked for a WebSocket */
        to[n++] = field(SPAN("Upgrade"), SPAN("websocket"));
        to[n++] = field(SPAN("Connection"), SPAN("Upgrade"));
    }
    to[n++] = field(SPAN("CF-Connecting-IP"), client);
    to[n++] = field(SPAN("X-Real-IP"), client);
    to[n++] = field(SPAN("X-Forwarded-For"), forwarded_for(r, from, client));
    to[n++] = field(SPAN("X-Forwarded-Proto"), r->secure ? SPAN("https") : SPAN("http"));
    to[n++] = field(SPAN("CF-Ray"), request_id(r));
    to[n++] =
        field(SPAN("CF-Visitor"), r->secure ? SPAN("{\"scheme\":\"https\"}") : SPAN("{\"scheme\":\"http\"}"));
    return n;
}

/* -- request.cf -- */

/* A quoted JSON string. Field values are bytes: what is not ASCII is taken for Latin-1. */
static void add_json(struct buf *to, struct span s) {
    buf_add_char(to, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '"' || c == '\\' || c < 0x20 || c > 0x7e)
            buf_printf(to, "\\u%04x", c);
        else
            buf_add_char(to, (char)c);
    }
    buf_add_char(to, '"');
}

/* Made once a connection, as long as its client asks for the same encodings. */
static struct span cf_json(struct request *r, struct span encoding) {
    struct connection *c = r->conn;
    if (c->cf.len && c->cf_minor == r->minor && span_eq(buf_span(&c->cf_encoding), encoding))
        return buf_span(&c->cf);
    c->cf.len = c->cf_encoding.len = 0;
    c->cf_minor = r->minor;
    buf_add(&c->cf_encoding, encoding);
    buf_printf(&c->cf, "{\"httpProtocol\":\"HTTP/1.%d\",\"clientTcpRtt\":%u,\"colo\":", r->minor, c->rtt_ms);
    add_json(&c->cf, span_of(r->edge->config.colo));
    buf_lit(&c->cf, ",\"edgeRequestKeepAliveStatus\":1,\"requestPriority\":\"\"");
    if (encoding.ptr) {
        buf_lit(&c->cf, ",\"clientAcceptEncoding\":");
        add_json(&c->cf, encoding);
    }
    buf_add_char(&c->cf, '}');
    return buf_span(&c->cf);
}

/* -- The whole -- */

/* CDN-Loop (RFC 8586): how often has this request come through a Cusp already? */
static uint32_t count_loops(const struct http_fields *fields) {
    struct span name = SPAN("cdn-loop");
    uint32_t loops = 0;
    HTTP_FIELDS_EACH(f, fields) {
        if (f->id != HTTP_NAME_OTHER || !span_eq_nocase(f->name, name)) continue;
        struct span rest = f->value, member;
        while (http_list_next(&rest, &member))
            loops += span_eq(span_trim(span_first(member, span_index(member, ';'))), SPAN("cusp"));
    }
    return loops;
}

void request_receive(struct request *r, const struct h1_head *head) {
    struct edge *edge = r->edge;
    struct connection *c = r->conn;
    char hex[16];
    edge_next_ray(edge, hex);
    memcpy(r->ray, hex, sizeof hex);
    r->ray[16] = '-';
    memcpy(r->ray + 17, edge->config.colo, strnlen(edge->config.colo, 3));
    if (!c->peer.host[0]) learn_client(c);
    r->method = arena_copy(&r->arena, head->method);
    r->minor = head->minor;
    r->head_only = head->method_id == HTTP_HEAD;
    r->close_after = head->should_close;
    r->expects_continue = head->expect_continue;
    r->fields = head->fields;
    r->loops = count_loops(&head->fields);
    upgrade_look(r, head);
    r->has_body = head->body != H1_BODY_NONE || http_fields_find_id(&head->fields, HTTP_NAME_CONTENT_LENGTH);
    r->length = head->body == H1_BODY_CHUNKED ? HEAD_LENGTH_UNKNOWN : head->length;
    bool here =
        head->body != H1_BODY_CHUNKED && r->length <= LIMIT_BODY_INLINE_BYTES && r->length <= c->input.len;
    struct span accept = http_fields_get(&head->fields, HTTP_NAME_ACCEPT);
    r->accepts_html = span_find(accept, SPAN("text/html")) < accept.len;
    if (here) r->expects_continue = false;
    if (r->has_body && here) r->inline_body = span_make(c->input.ptr, r->length);
    if (r->has_body && !here) {
        r->streams_body = true;
        r->x.to_worker = connection_body(c, r->length);
    }
    if (request_set_url(r, head))
        request_go(r, JOURNEY_ROUTE);
    else
        request_fail_with(r, ERR_INVALID, 400, SPAN("the host or the target makes no URL"));
}

void request_send(struct request *r, struct span inline_body) {
    struct http_field fields[REQUEST_FIELDS];
    struct link *link = r->worker->account->peer->link;
    struct head head = {.worker = r->worker->number,
                        .flags = r->secure ? HEAD_SECURE : 0,
                        .body_length = r->has_body ? r->length : 0,
                        .url = r->url,
                        .method = r->method,
                        .extra = cf_json(r, http_fields_get(&r->fields, HTTP_NAME_ACCEPT_ENCODING)),
                        .fields = fields};
    head.field_count = request_fields(r, &r->fields, fields);
    struct body *streamed = r->x.to_worker;
    exchange_open(&r->x, r->worker->account->peer, &request_owner, slab_add(&r->edge->requests, &r->x));
    r->x.to_worker = streamed;
    uint8_t flags = streamed ? MESSAGE_BODY_STREAM : r->has_body ? MESSAGE_BODY_INLINE : 0;
    size_t size = head_size(&head);
    char *payload = link_begin(link, MESSAGE_REQUEST, flags, r->x.stream, size + inline_body.len);
    char *to = head_write(&head, payload);
    if (inline_body.len) memcpy(to, inline_body.ptr, inline_body.len);
    request_remember(r, flags, span_make(payload, size + inline_body.len));
    link_commit(link, size + inline_body.len);
}
