/* One request and its response on a curl handle. curl calls us back in the middle of its work, and must not be
 * entered again from there: so we unpause from the loop (deferred) and hear of the end through egress.c. */
#include "edge/egress.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "http/h1.h"
#include "http/status.h"

/* -- Up: the request's body -- */

static size_t up_room(void *arg) {
    const struct transfer *t = arg;
    size_t held = t->up_held.len - t->up_at;
    return held < LIMIT_EDGE_AHEAD_BYTES ? LIMIT_EDGE_AHEAD_BYTES - held : 0;
}

static void go_on_sending(struct transfer *t) {
    if (t->up_paused) loop_defer(t->egress->edge->loop, &t->unpause);
}

static void up_take(void *arg, struct span bytes) {
    struct transfer *t = arg;
    buf_add(&t->up_held, bytes);
    go_on_sending(t);
}

static void up_end(void *arg, enum err why) {
    struct transfer *t = arg;
    t->up = NULL;
    t->up_ended = true;
    t->up_why = why;
    go_on_sending(t);
}

static const struct body_sink up_sink = {up_room, up_take, up_end};

static size_t send_held(struct transfer *t, char *to, size_t cap) {
    struct span held = span_make(t->up_held.ptr + t->up_at, t->up_held.len - t->up_at);
    held = span_first(held, cap);
    memcpy(to, held.ptr, held.len);
    t->up_at += held.len;
    if (t->up_at == t->up_held.len) t->up_held.len = t->up_at = 0;
    if (t->up) loop_defer(t->egress->edge->loop, &t->unpause); /* there is room: pull, but not from in here */
    return held.len;
}

static size_t on_up(char *to, size_t size, size_t count, void *arg) {
    struct transfer *t = arg;
    size_t cap = size * count;
    if (!t->up_streams) {
        struct span rest = span_first(span_from(t->up_bytes, t->up_sent), cap);
        if (rest.len) memcpy(to, rest.ptr, rest.len);
        t->up_sent += rest.len;
        return rest.len;
    }
    if (t->up_held.len > t->up_at) return send_held(t, to, cap);
    if (t->up_ended && t->up_why) {
        t->fault = t->up_why;
        return CURL_READFUNC_ABORT;
    }
    if (t->up_ended) return 0;
    t->up_paused = true;
    return CURL_READFUNC_PAUSE;
}

/* curl begins again when a kept connection turns out to be dead. A stream cannot. */
static int on_seek(void *arg, curl_off_t offset, int origin) {
    struct transfer *t = arg;
    if (t->up_streams || origin != SEEK_SET || offset < 0 || (size_t)offset > t->up_bytes.len)
        return CURL_SEEKFUNC_CANTSEEK;
    t->up_sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* -- Down: the response -- */

static void down_resume(void *arg) {
    struct transfer *t = arg;
    if (t->down_paused) loop_defer(t->egress->edge->loop, &t->unpause);
}

/* Nobody wants the rest: what is little is read to its end, so that the connection can be used again. */
static void down_stop(void *arg) {
    struct transfer *t = arg;
    t->down = NULL;
    t->discarding = true;
    if (t->down_paused) loop_defer(t->egress->edge->loop, &t->unpause);
}

static const struct body_source down_source = {down_resume, NULL, down_stop};

static uint64_t content_length(const struct http_fields *fields) {
    uint64_t length;
    struct span field = http_fields_get(fields, HTTP_NAME_CONTENT_LENGTH);
    return field.ptr && span_to_u64(field, &length) ? length : BODY_LENGTH_UNKNOWN;
}

static void head_complete(struct transfer *t) {
    t->head_done = true;
    if (!t->owner->head(t->arg)) {
        t->discarding = true;
        return;
    }
    t->down = body_new(&down_source, t, content_length(&t->fields));
    t->owner->body(t->arg, t->down);
}

static size_t refuse_head(struct transfer *t) {
    t->fault = ERR_PROTOCOL;
    return 0;
}

/* "HTTP/1.1 404 Not Found" */
static void status_line(struct transfer *t, struct span line) {
    span_cut(&line, ' ');
    uint64_t status = 0;
    struct span digits = span_cut(&line, ' ');
    if (!span_to_u64(digits, &status)) status = 0;
    t->status = status > 999 ? 0 : (int)status;
    t->reason = arena_copy(t->arena, span_trim(line));
    t->fields.count = 0;
    t->head_bytes = 0;
}

/* A line that begins with a blank goes on with the value before it (obs-fold, RFC 9112 section 5.2). */
static bool fold(struct transfer *t, struct span line) {
    if (!t->fields.count) return false;
    struct http_field *last = &t->fields.items[t->fields.count - 1];
    last->value = arena_printf(t->arena, "%.*s %.*s", SPAN_FMT(last->value), SPAN_FMT(span_trim(line)));
    return true;
}

static bool field_line(struct transfer *t, struct span line) {
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') return fold(t, line);
    struct span rest = line, name = span_cut(&rest, ':');
    if (!rest.ptr || !http_token_valid(name)) return false;
    if (http_name_is_hop_by_hop(http_name_of(name))) return true;
    return t->fields.count < LIMIT_HTTP_FIELDS &&
           !http_fields_append(&t->fields, t->arena, arena_copy(t->arena, name),
                               arena_copy(t->arena, span_trim(rest)));
}

static size_t on_head(char *ptr, size_t size, size_t count, void *arg) {
    struct transfer *t = arg;
    size_t all = size * count;
    if (t->head_done) return all; /* trailers: no API shows them */
    struct span line = span_make(ptr, all);
    while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r')) line.len--;
    t->head_bytes += all;
    if (t->head_bytes > LIMIT_HTTP_HEAD_BYTES) return refuse_head(t);
    if (span_starts(line, SPAN("HTTP/"))) {
        status_line(t, line);
    } else if (line.len) {
        if (!field_line(t, line)) return refuse_head(t);
    } else if (t->status >= 200) {
        head_complete(t);
    }
    return all;
}

static size_t on_down(char *ptr, size_t size, size_t items, void *arg) {
    struct transfer *t = arg;
    size_t all = size * items;
    count(&t->egress->edge->count->bytes_in, all);
    count(&t->egress->edge->count->egress_in, all);
    if (t->discarding) {
        t->discarded += all;
        return t->discarded > LIMIT_EDGE_DISCARD_BYTES ? 0 : all;
    }
    if (t->down_paused) return CURL_WRITEFUNC_PAUSE;
    if (!body_push(t->down, span_make(ptr, all)) && t->down)
        t->down_paused = true; /* from the next piece on */
    return all;
}

/* Both directions that wait go on. curl may call on_up() and on_down() from in here. */
static void on_unpause(void *arg) {
    struct transfer *t = arg;
    if (t->up) body_pull(t->up);
    bool up = t->up_paused && (t->up_ended || t->up_held.len > t->up_at);
    bool paused = up || t->down_paused;
    if (up) t->up_paused = false;
    t->down_paused = false;
    if (paused && t->easy) curl_easy_pause(t->easy, t->up_paused ? CURLPAUSE_SEND : CURLPAUSE_CONT);
}

/* -- The request -- */

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address) {
    struct transfer *t = arg;
    if (!t->to_origin && !egress_policy_allows(t->egress->policy, &address->addr)) {
        t->fault = ERR_PERMISSION;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool to_address(const char *ip, int port, struct sockaddr_storage *ret) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)ret;
    *ret = (struct sockaddr_storage){.ss_family = strchr(ip, ':') ? AF_INET6 : AF_INET};
    bool is_v6 = ret->ss_family == AF_INET6;
    if (is_v6)
        v6->sin6_port = htons((uint16_t)port);
    else
        v4->sin_port = htons((uint16_t)port);
    return inet_pton(ret->ss_family, ip, is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1;
}

/* Before each request: a kept connection may have been opened for somebody whom the policy does not bind. */
static int on_request(void *arg, char *ip, char *local_ip, int port, int local_port) {
    struct transfer *t = arg;
    struct sockaddr_storage address;
    bool allowed = t->to_origin || (to_address(ip, port, &address) &&
                                    egress_policy_allows(t->egress->policy, (struct sockaddr *)&address));
    if (!allowed) t->fault = ERR_PERMISSION;
    return allowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void add_line(struct transfer *t, struct span line) {
    t->lines = curl_slist_append(t->lines, line.ptr); /* copies; arena text ends with NUL */
}

static bool is_ours(enum http_name id) {
    return id == HTTP_NAME_HOST || id == HTTP_NAME_CONTENT_LENGTH || id == HTTP_NAME_EXPECT ||
           http_name_is_hop_by_hop(id);
}

/* False: a field that may not go on a wire. */
static bool add_fields(struct transfer *t, const struct http_fields *fields) {
    bool accept = false, type = false;
    HTTP_FIELDS_EACH(f, fields) {
        if (!http_token_valid(f->name) || !http_value_strict(f->value)) return false;
        enum http_name id = http_name_of(f->name);
        if (is_ours(id)) continue;
        accept |= id == HTTP_NAME_ACCEPT;
        type |= id == HTTP_NAME_CONTENT_TYPE;
        /* "Name;" is curl's way to send an empty value. */
        add_line(t, f->value.len ? arena_printf(t->arena, "%.*s: %.*s", SPAN_FMT(f->name), SPAN_FMT(f->value))
                                 : arena_printf(t->arena, "%.*s;", SPAN_FMT(f->name)));
    }
    if (!accept) add_line(t, SPAN("Accept:")); /* "Name:" leaves out what curl would add */
    if (!type) add_line(t, SPAN("Content-Type:"));
    add_line(t, SPAN("Expect:"));
    return true;
}

static void set_body(struct transfer *t, const struct transfer_request *r) {
    CURL *easy = t->easy;
    if (!r->has_body) {
        bool wants_length = span_eq(r->method, SPAN("POST")) || span_eq(r->method, SPAN("PUT"));
        if (wants_length) add_line(t, SPAN("Content-Length: 0"));
        return;
    }
    uint64_t length = r->body ? r->length : r->bytes.len;
    t->up_streams = r->body != NULL;
    t->up_bytes = r->bytes;
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_up);
    curl_easy_setopt(easy, CURLOPT_READDATA, t);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, t);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                     length > INT64_MAX ? (curl_off_t)-1 : (curl_off_t)length);
    if (r->body) {
        t->up = r->body;
        body_attach(r->body, &up_sink, t);
    }
}

static void set_callbacks(struct transfer *t) {
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_down);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
}

static void set_options(struct transfer *t) {
    CURL *easy = t->easy;
    const char *ca = t->egress->edge->config.egress.ca_file;
    if (ca) curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    curl_easy_setopt(easy, CURLOPT_SHARE, t->egress->share);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even the environment's */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_FETCH_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)(LIMIT_FETCH_IDLE_MS / 1000));
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 64L * 1024);
}

/* What is wrong with it is told from the loop, like everything else. */
static void on_refused(void *arg) {
    struct transfer *t = arg;
    t->owner->done(t->arg, ERR_INVALID, SPAN("the method, the URL or a header field cannot be sent"));
}

void transfer_start(struct transfer *t, struct egress *e, struct arena *arena,
                    const struct transfer_request *r, const struct transfer_owner *owner, void *arg) {
    *t =
        (struct transfer){.egress = e, .arena = arena, .owner = owner, .arg = arg, .to_origin = r->to_origin};
    deferred_init(&t->unpause, on_unpause, t);
    t->easy = egress_take(e);
    set_callbacks(t);
    set_options(t);
    bool good = http_token_valid(r->method) && add_fields(t, r->fields);
    set_body(t, r);
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->lines);
    if (r->resolved.len) {
        t->resolved = curl_slist_append(NULL, r->resolved.ptr);
        curl_easy_setopt(t->easy, CURLOPT_RESOLVE, t->resolved);
    }
    curl_easy_setopt(t->easy, CURLOPT_URL, arena_copy(arena, r->url).ptr);
    if (span_eq(r->method, SPAN("HEAD")) && !r->has_body) curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, arena_copy(arena, r->method).ptr);
    t->started = good && curl_multi_add_handle(e->multi, t->easy) == CURLM_OK;
    if (t->started) return;
    deferred_init(&t->unpause, on_refused, t);
    loop_defer(e->edge->loop, &t->unpause);
}

/* -- The end -- */

static enum err err_of(CURLcode code) {
    switch (code) {
    case CURLE_OK: return ERR_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return ERR_DNS;
    case CURLE_COULDNT_CONNECT: return ERR_REFUSED;
    case CURLE_OPERATION_TIMEDOUT: return ERR_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE: return ERR_TLS;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_RECV_ERROR: return ERR_CLOSED;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return ERR_INVALID;
    default: return ERR_PROTOCOL;
    }
}

void transfer_finished(struct transfer *t, CURLcode code) {
    enum err why = t->fault && code ? t->fault : err_of(code);
    if (t->discarding && t->head_done) why = ERR_OK; /* we have what we wanted */
    struct span text = t->error[0] ? span_of(t->error) : span_of(curl_easy_strerror(code));
    if (t->fault == ERR_PERMISSION) text = SPAN("this address may not be reached from a Worker");
    text = arena_copy(t->arena, text);
    struct body *down = t->down;
    t->down = NULL;
    transfer_close(t);
    if (down) body_end(down, why);
    t->owner->done(t->arg, why, text);
}

void transfer_close(struct transfer *t) {
    if (!t->easy) return;
    deferred_cancel(&t->unpause);
    if (t->started) curl_multi_remove_handle(t->egress->multi, t->easy);
    egress_give(t->egress, t->easy);
    t->easy = NULL;
    curl_slist_free_all(t->lines);
    curl_slist_free_all(t->resolved);
    t->lines = t->resolved = NULL;
    struct body *up = t->up, *down = t->down;
    t->up = t->down = NULL;
    body_stop(up);
    buf_free(&t->up_held);
    if (down) body_end(down, ERR_CANCELLED);
}
