#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/admin_inside.h"
#include "http/date.h"
#include "http/h1_write.h"
#include "loop/clock.h"

enum {
    QUEUE_BYTES = 256 * 1024,
    PIECE_BYTES = 64 * 1024,
    PIECES = 8 /* before other connections get a turn */
};

static void on_closed(void *arg) {
    struct admin_conn *c = arg;
    deferred_cancel(&c->more);
    h1_free(&c->h1);
    arena_free(&c->arena);
    buf_free(&c->out);
    buf_free(&c->text);
    mem_free(c);
}

static void conn_end(struct admin_conn *c, bool politely) {
    if (c->finishing) return;
    struct admin *a = c->admin;
    c->finishing = true;
    deadline_clear(&c->due);
    deferred_cancel(&c->more);
    if (c->reply) c->reply->conn = NULL;
    metrics_shot_free(c->shot);
    c->shot = NULL;
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    list_remove(&c->node);
    if (a->count-- == LIMIT_ADMIN_CONNECTIONS && a->listener) tcp_listener_resume(a->listener);
    if (politely)
        stream_close_lingering(c->stream);
    else
        stream_close(c->stream);
}

/* -- The answer --------------------------------------------------------------------------------------------------- */

static void write_piece(struct admin_conn *c, struct span bytes) {
    char open[H1_CHUNK_OPEN_MAX];
    if (!bytes.len || c->method == HTTP_HEAD) return;
    size_t open_len = c->chunked ? h1_chunk_open(open, bytes.len) : 0;
    struct span parts[] = {span_make(open, open_len), bytes, c->chunked ? H1_CHUNK_CLOSE : SPAN_NONE};
    stream_write(c->stream, parts, 3);
}

/* The next piece of the body in c->out; false: there is no more. */
static bool next_piece(struct admin_conn *c) {
    c->out.len = 0;
    if (c->shot) {
        if (!metrics_text(c->shot, &c->out)) {
            metrics_shot_free(c->shot);
            c->shot = NULL;
        }
        return true;
    }
    if (c->text_at < c->text.len) {
        buf_add(&c->out, span_first(span_from(buf_span(&c->text), c->text_at), PIECE_BYTES));
        c->text_at += c->out.len;
        return true;
    }
    if (c->fd < 0 || c->fd_at == c->fd_end) return false;
    size_t want = c->fd_end - c->fd_at < PIECE_BYTES ? (size_t)(c->fd_end - c->fd_at) : PIECE_BYTES;
    ssize_t got = pread(c->fd, buf_reserve(&c->out, want), want, (off_t)c->fd_at);
    if (got <= 0) { /* shorter than promised: the connection must not look whole */
        tcp_set_reset_on_close(c->stream);
        conn_end(c, false);
        return false;
    }
    buf_added(&c->out, (size_t)got);
    c->fd_at += (uint64_t)got;
    return true;
}

static void send_more(void *arg) {
    struct admin_conn *c = arg;
    for (int i = 0; i < PIECES; i++) {
        if (stream_queued_bytes(c->stream) > QUEUE_BYTES) return; /* on_drain goes on */
        if (!next_piece(c)) {
            if (c->finishing) return;
            if (c->chunked && c->method != HTTP_HEAD) {
                struct span last = SPAN("0\r\n\r\n");
                stream_write(c->stream, &last, 1);
            }
            conn_end(c, true);
            return;
        }
        write_piece(c, buf_span(&c->out));
    }
    loop_defer(c->admin->config.loop, &c->more);
}

void admin_answer(struct admin_conn *c, int status, const char *content_type, const char *file_name,
                  uint64_t length) {
    char date[HTTP_DATE_LEN];
    struct buf head = BUF_INIT;
    struct http_field list[5];
    size_t n = 0;
    if (c->finishing || c->answered) return;
    c->answered = true;
    http_date_format(date, clock_realtime_ms() / 1000);
    list[n++] = (struct http_field){SPAN("Content-Type"), span_of(content_type), HTTP_NAME_CONTENT_TYPE};
    list[n++] = (struct http_field){SPAN("Cache-Control"), SPAN("no-store"), HTTP_NAME_OTHER};
    if (status == 401)
        list[n++] = (struct http_field){SPAN("WWW-Authenticate"), SPAN("Bearer"), HTTP_NAME_OTHER};
    if (status == 405)
        list[n++] = (struct http_field){SPAN("Allow"), SPAN("GET, HEAD, POST"), HTTP_NAME_ALLOW};
    struct span name = SPAN_NONE;
    if (file_name) {
        name = arena_printf(&c->arena, "attachment; filename=\"%s\"", file_name);
        list[n++] = (struct http_field){SPAN("Content-Disposition"), name, HTTP_NAME_OTHER};
    }
    struct http_fields fields = {list, n, n};
    struct h1_response r = {.status = status, .fields = &fields, .date = span_make(date, sizeof date)};
    h1_response_frame_for(&r, c->method == HTTP_HEAD, c->minor, length, true);
    c->chunked = r.framing == H1_FRAME_CHUNKED;
    check(h1_write_head(&head, &r) == ERR_OK);
    struct span bytes = buf_span(&head);
    stream_write(c->stream, &bytes, 1);
    buf_free(&head);
    deadline_set(c->admin->sending, &c->due);
}

void admin_say(struct admin_conn *c, int status, const char *text) {
    struct span body[] = {span_of(text), SPAN("\n")};
    if (c->finishing || c->answered) return;
    admin_answer(c, status, "text/plain; charset=utf-8", NULL, body[0].len + 1);
    if (c->method != HTTP_HEAD) stream_write(c->stream, body, 2);
    conn_end(c, true);
}

/* -- Replies that come later -------------------------------------------------------------------------------------- */

void admin_reply_file(struct admin_reply *r, int fd, uint64_t size_bytes, const char *content_type,
                      const char *file_name) {
    struct admin_conn *c = r->conn;
    mem_free(r);
    if (!c) {
        close(fd);
        return;
    }
    c->reply = NULL;
    c->fd = fd;
    c->fd_end = size_bytes;
    admin_answer(c, 200, content_type, file_name, size_bytes);
    send_more(c);
}

void admin_reply_error(struct admin_reply *r, int status, const char *text) {
    struct admin_conn *c = r->conn;
    mem_free(r);
    if (!c) return;
    c->reply = NULL;
    admin_say(c, status, text);
}

/* -- The request ------------------------------------------------------------------------------------------------- */

static void on_head(struct admin_conn *c) {
    c->head_read = true;
    c->minor = c->h1.head.minor;
    c->method = c->h1.head.method_id;
    admin_take_head(c, &c->h1.head);
}

static void on_request(struct admin_conn *c) {
    stream_pause(c->stream);
    deadline_clear(&c->due);
    if (c->refused)
        admin_say(c, c->refused, c->why);
    else
        admin_route(c);
    if (c->answered && !c->finishing) send_more(c);
}

static void on_read(void *arg, struct span bytes) {
    struct admin_conn *c = arg;
    while (!c->finishing && !c->answered) {
        size_t used = 0;
        enum h1_event event = h1_feed(&c->h1, bytes, &used);
        bytes = span_from(bytes, used);
        switch (event) {
        case H1_NEED_MORE: return;
        case H1_HEAD: on_head(c); break;
        case H1_BODY: break; /* nobody asks for it */
        case H1_END: on_request(c); return;
        case H1_ERROR: admin_say(c, c->h1.status, c->h1.sentence); return;
        }
    }
}

static void on_end(void *arg, enum err why) {
    struct admin_conn *c = arg;
    if (why || (!c->answered && !c->reply)) conn_end(c, false);
}

static void on_drain(void *arg) {
    struct admin_conn *c = arg;
    if (!c->finishing && c->answered) send_more(c);
}

static const struct stream_events events = {
    .on_read = on_read, .on_end = on_end, .on_drain = on_drain, .on_closed = on_closed};

static void on_accept(void *arg, struct stream *stream) {
    struct admin *a = arg;
    struct admin_conn *c = NEW(struct admin_conn);
    *c = (struct admin_conn){.admin = a, .stream = stream, .arena = ARENA_INIT, .fd = -1};
    h1_init(&c->h1, H1_REQUEST, &a->limits);
    list_push(&a->conns, &c->node);
    deadline_init(&c->due);
    deferred_init(&c->more, send_more, c);
    if (++a->count == LIMIT_ADMIN_CONNECTIONS) tcp_listener_pause(a->listener);
    stream_start(stream, &events, c);
    deadline_set(a->arriving, &c->due);
}

static void on_late(void *arg, struct deadline *d) { conn_end(LIST_ITEM(d, struct admin_conn, due), false); }

/* -- The listener ------------------------------------------------------------------------------------------------ */

void admin_set_token(struct admin *a, struct span token) {
    mem_free(a->token);
    a->token = token.len ? mem_cstr(token) : NULL;
    a->token_len = token.len;
}

enum err admin_open(const struct admin_config *config, int fd, struct admin **ret, struct problem *p) {
    struct admin *a = NEW(struct admin);
    *a = (struct admin){.config = *config, .limits = h1_limits_default()};
    a->limits.head_bytes = LIMIT_ADMIN_HEAD_BYTES;
    a->limits.body_bytes = LIMIT_ADMIN_HEAD_BYTES;
    list_init(&a->conns);
    a->config.token = SPAN_NONE;
    enum err e = tcp_listener_open(config->loop, fd, on_accept, a, &a->listener, p);
    if (e) {
        mem_free(a);
        return e;
    }
    admin_set_token(a, config->token);
    a->arriving = deadline_queue_new(config->loop, LIMIT_ADMIN_HEAD_MS, on_late, a);
    a->sending = deadline_queue_new(config->loop, LIMIT_ADMIN_SEND_MS, on_late, a);
    *ret = a;
    return ERR_OK;
}

void admin_close(struct admin *a) {
    if (!a) return;
    tcp_listener_close(a->listener);
    a->listener = NULL;
    struct list *node;
    while ((node = list_first(&a->conns))) conn_end(LIST_ITEM(node, struct admin_conn, node), false);
    deadline_queue_free(a->arriving);
    deadline_queue_free(a->sending);
    mem_free(a->token);
    mem_free(a);
}
