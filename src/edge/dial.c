#include "edge/dial.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/check.h"
#include "crypto/tls.h"
#include "edge/egress_policy.h"
#include "edge/fetch.h"
#include "edge/names.h"

enum { PLAIN_BYTES = 64 * 1024, KEEPALIVE_S = 60 };

struct dial {
    struct edge *edge;
    struct list node; /* edge->dials */
    const struct dial_events *events;
    void *arg; /* events NULL: the caller has let go */
    struct buf host, alpn, addresses;
    size_t address_at; /* the next one to try */
    uint16_t port;
    bool wants_tls, to_origin, refused;
    uint32_t account;
    struct name_wait wait;
    struct deferred later; /* the answer, when it is known at once */
    struct deadline due;
    enum err why;

    struct stream *stream;
    struct tls *tls;
    bool open, closing, peer_ended;
    bool tls_wire; /* what goes out is TLS */
    bool secures;  /* dial_secure() is under way */
    bool down_taken, down_paused, up_given, pulling;
    struct body *down, *up;
    struct buf plain, wire; /* decrypted and not taken; of one call */
    size_t plain_at;
    unsigned busy;
};

/* --- Life --- */

static uintptr_t count_of(const struct dial *d) {
    return (uintptr_t)map_get_u64(d->edge->dials_of, d->account);
}

static void set_count(struct dial *d, uintptr_t n) {
    if (n)
        map_put_u64(d->edge->dials_of, d->account, (void *)n);
    else
        map_remove_u64(d->edge->dials_of, d->account);
}

static void destroy(struct dial *d) {
    list_remove(&d->node);
    set_count(d, count_of(d) - 1);
    deferred_cancel(&d->later);
    deadline_clear(&d->due);
    names_leave(&d->wait);
    tls_free(d->tls);
    buf_free(&d->host);
    buf_free(&d->alpn);
    buf_free(&d->addresses);
    buf_free(&d->plain);
    buf_free(&d->wire);
    struct edge *edge = d->edge;
    mem_free(d);
    edge_look_drained(edge);
}

static void enter(struct dial *d) { d->busy++; }

static void close_stream(struct dial *d) {
    d->closing = true;
    if (d->stream) stream_close(d->stream);
}

/* Gone once nobody holds it: the caller, a body, the socket (on_closed). */
static void leave(struct dial *d) {
    if (--d->busy) return;
    bool held = d->events || d->down || d->up;
    if (held) return;
    if (d->stream && !d->closing) {
        enter(d);
        close_stream(d);
        d->busy--;
    }
    if (!d->stream) destroy(d);
}

static void break_bodies(struct dial *d, enum err why) {
    struct body *down = d->down, *up = d->up;
    bool nobodys = !d->down_taken; /* no dial_body() yet: nobody else can let go of it */
    d->down = d->up = NULL;
    if (down) body_end(down, why);
    if (down && nobodys) body_stop(down);
    body_stop(up);
}

static void fail(struct dial *d, enum err why, struct span text) {
    const struct dial_events *events = d->events;
    d->events = NULL;
    deadline_clear(&d->due);
    if (d->stream && !d->closing) {
        tcp_set_reset_on_close(d->stream);
        close_stream(d);
    }
    break_bodies(d, why);
    if (events) events->failed(d->arg, why, text);
}

static void opened(struct dial *d) {
    deadline_clear(&d->due);
    d->open = true;
    d->secures = false;
    if (d->events) d->events->opened(d->arg);
}

/* --- To the peer --- */

static void send_wire(struct dial *d) {
    tls_out(d->tls, &d->wire);
    struct span s = buf_span(&d->wire);
    if (s.len && d->stream && !d->closing) stream_write(d->stream, &s, 1);
    d->wire.len = 0;
    if (d->wire.cap > PLAIN_BYTES) buf_free(&d->wire);
}

static size_t up_room(void *arg) {
    const struct dial *d = arg;
    bool handshake = d->tls_wire && !tls_is_open(d->tls);
    if (!d->stream || d->closing || handshake) return 0;
    size_t queued = stream_queued_bytes(d->stream);
    return queued < LIMIT_EDGE_CLIENT_BYTES ? LIMIT_EDGE_CLIENT_BYTES - queued : 0;
}

static void up_take(void *arg, struct span bytes) {
    struct dial *d = arg;
    count(&d->edge->count->bytes_out, bytes.len);
    if (d->tls_wire) {
        tls_write(d->tls, bytes);
        send_wire(d);
    } else {
        stream_write(d->stream, &bytes, 1);
    }
}

void dial_write(struct dial *d, struct span bytes) {
    if (d->stream && !d->closing) up_take(d, bytes);
}

static void up_end(void *arg, enum err why) {
    struct dial *d = arg;
    enter(d);
    d->up = NULL;
    if (why && d->stream && !d->closing) {
        tcp_set_reset_on_close(d->stream);
        close_stream(d);
        break_bodies(d, why);
    } else if (d->stream && !d->closing) {
        if (d->tls_wire) {
            tls_end(d->tls);
            send_wire(d);
        }
        stream_shutdown(d->stream);
    }
    leave(d);
}

static const struct body_sink up_sink = {up_room, up_take, up_end};

void dial_send(struct dial *d, struct body *body) {
    check(!d->up && !d->up_given);
    enter(d);
    d->up_given = true;
    d->up = body;
    if (!d->stream || d->closing) {
        d->up = NULL;
        body_stop(body);
    } else {
        body_attach(body, &up_sink, d);
    }
    leave(d);
}

/* --- From the peer --- */

static void push_down(struct dial *d, struct span bytes) {
    count(&d->edge->count->bytes_in, bytes.len);
    if (d->down && !body_push(d->down, bytes)) d->down_paused = d->down != NULL;
}

static void end_down(struct dial *d, enum err why) {
    struct body *b = d->down;
    d->down = NULL;
    d->down_taken = true;
    if (b) body_end(b, why);
}

static void pace(struct dial *d) {
    if (!d->stream || d->closing) return;
    bool nobody = !d->down && d->down_taken;
    if (d->down_paused && !nobody)
        stream_pause(d->stream);
    else
        stream_resume(d->stream);
}

/* Decrypts as far as somebody takes it. */
static void run_tls(struct dial *d) {
    bool was_open = tls_is_open(d->tls);
    for (;;) {
        if (was_open && d->down_paused) break;
        d->plain.len = 0;
        enum err e = tls_run(d->tls, &d->plain, was_open ? PLAIN_BYTES : 0);
        send_wire(d);
        if (e) {
            fail(d, e, span_of(tls_fault(d->tls)));
            return;
        }
        if (!was_open) {
            if (!tls_is_open(d->tls)) return;
            was_open = true;
            opened(d);
            if (d->up) body_pull(d->up);
            if (d->closing) return;
            continue;
        }
        if (!d->plain.len) break;
        push_down(d, buf_span(&d->plain));
    }
    if (d->plain.cap > PLAIN_BYTES) buf_free(&d->plain);
    if (!d->down_paused && (tls_is_ended(d->tls) || d->peer_ended))
        end_down(d, tls_is_ended(d->tls) ? ERR_OK : ERR_TLS);
}

static void on_read(void *arg, struct span bytes) {
    struct dial *d = arg;
    enter(d);
    if (d->tls) {
        tls_feed(d->tls, bytes);
        if (d->tls_wire) run_tls(d);
    } else {
        push_down(d, bytes);
    }
    pace(d);
    leave(d);
}

static void down_resume(void *arg) {
    struct dial *d = arg;
    enter(d);
    d->down_paused = false;
    if (d->tls_wire && tls_is_open(d->tls) && !d->pulling) {
        d->pulling = true;
        run_tls(d);
        d->pulling = false;
    }
    if (!d->tls && d->peer_ended && !d->down_paused) end_down(d, ERR_OK);
    pace(d);
    leave(d);
}

static void down_stop(void *arg) {
    struct dial *d = arg;
    enter(d);
    d->down = NULL;
    d->down_taken = true;
    d->down_paused = false;
    pace(d);
    leave(d);
}

static const struct body_source down_source = {down_resume, NULL, down_stop};

struct body *dial_body(struct dial *d) {
    check(!d->down_taken);
    struct body *b = d->down;
    d->down_taken = true;
    return b;
}

/* Reading the system's authorities takes some milliseconds: the first connection with TLS pays for it. NULL: they can't be read. */
static struct tls_trust *trust(struct edge *edge) {
    if (!edge->trust && tls_trust_new(edge->config.egress.ca_file, &edge->trust)) return NULL;
    return edge->trust;
}

/* --- TLS later --- */

static void begin_tls(struct dial *d) {
    if (!d->secures || d->tls_wire || (d->up && body_waits(d->up))) return;
    d->tls_wire = true;
    run_tls(d);
}

enum err dial_secure(struct dial *d, struct span host) {
    if (d->tls || !d->open || !d->stream || d->closing || !trust(d->edge)) return ERR_INVALID;
    enum err e = tls_new(d->edge->trust, host, SPAN_NONE, &d->tls);
    if (e) return e;
    enter(d);
    deadline_set(d->edge->dial_timeout, &d->due);
    d->secures = true;
    if (d->up) body_pull(d->up);
    begin_tls(d);
    leave(d);
    return ERR_OK;
}

static void on_drain(void *arg) {
    struct dial *d = arg;
    enter(d);
    if (d->up) body_pull(d->up);
    begin_tls(d);
    leave(d);
}

/* --- Connecting --- */

static void try_next(struct dial *d);

static void on_open(void *arg) {
    struct dial *d = arg;
    enter(d);
    d->down = body_new(&down_source, d, BODY_LENGTH_UNKNOWN);
    if (!d->wants_tls) {
        opened(d);
    } else if (!trust(d->edge) || tls_new(d->edge->trust, buf_span(&d->host), buf_span(&d->alpn), &d->tls)) {
        fail(d, ERR_TLS,
             d->edge->trust ? SPAN("this is no host for TLS")
                            : SPAN("the file of authorities cannot be read"));
    } else {
        d->tls_wire = true;
        run_tls(d);
    }
    leave(d);
}

static void on_end(void *arg, enum err why) {
    struct dial *d = arg;
    enter(d);
    if (d->closing) {
    } else if (!d->down && !d->open && !d->down_taken &&
               !d->tls) { /* refused: perhaps there is another address */
        d->why = why ? why : ERR_CLOSED;
        close_stream(d);
    } else if (!d->open || d->secures) {
        fail(d, why ? why : ERR_CLOSED, SPAN("the connection was closed during the TLS handshake"));
    } else if (why) {
        close_stream(d);
        break_bodies(d, why);
    } else {
        d->peer_ended = true;
        if (d->tls_wire)
            run_tls(d);
        else if (!d->down_paused)
            end_down(d, ERR_OK);
    }
    leave(d);
}

static void on_closed(void *arg) {
    struct dial *d = arg;
    enter(d);
    d->stream = NULL;
    if (d->events && !d->open) {
        d->closing = false;
        try_next(d);
    }
    leave(d);
}

static const struct stream_events stream_events = {
    .on_open = on_open, .on_read = on_read, .on_end = on_end, .on_drain = on_drain, .on_closed = on_closed};

static bool parse_address(struct span host, uint16_t port, struct sockaddr_storage *ret) {
    char text[TCP_ADDRESS_BYTES];
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    if (host.len >= sizeof text) return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = 0;
    *ret = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return true;
}

static struct span without_brackets(struct span host) {
    bool has = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    return has ? span_make(host.ptr + 1, host.len - 2) : host;
}

static bool connect_to(struct dial *d, struct span address) {
    struct sockaddr_storage a;
    struct stream *s;
    if (!parse_address(address, d->port, &a)) return false;
    if (!d->to_origin && !egress_policy_allows(egress_policy_of(d->edge->egress), (struct sockaddr *)&a)) {
        d->refused = true;
        return false;
    }
    enum err e = tcp_connect(d->edge->loop, address, d->port, &s, NULL);
    if (e) {
        d->why = e;
        return false;
    }
    d->stream = s;
    stream_start(s, &stream_events, d);
    tcp_set_keepalive(s, KEEPALIVE_S);
    return true;
}

static void try_next(struct dial *d) {
    struct span rest = span_from(buf_span(&d->addresses), d->address_at);
    while (rest.len) {
        size_t before = rest.len;
        struct span address = without_brackets(span_cut(&rest, ','));
        d->address_at += before - rest.len;
        if (connect_to(d, address)) return;
    }
    if (d->why)
        fail(d, d->why, SPAN("the connection could not be made"));
    else if (d->refused)
        fail(d, ERR_PERMISSION, SPAN("this address may not be reached"));
    else
        fail(d, ERR_DNS, SPAN("there is no such host"));
}

static void on_names(void *arg, enum err why, struct span addresses) {
    struct dial *d = arg;
    enter(d);
    if (why) {
        fail(d, why, SPAN("there is no such host"));
    } else {
        buf_add(&d->addresses, addresses);
        try_next(d);
    }
    leave(d);
}

static void begin(void *arg) {
    struct dial *d = arg;
    struct sockaddr_storage a;
    struct span host = buf_span(&d->host), addresses;
    enum err why;
    enter(d);
    if (count_of(d) > LIMIT_SOCKET_CONNECTIONS)
        fail(d, ERR_OVERLOAD, SPAN("too many sockets are open"));
    else if (parse_address(host, d->port, &a))
        on_names(d, ERR_OK, host);
    else if (names_ask(egress_names(d->edge->egress), host, d->account, &d->wait, &why, &addresses))
        on_names(d, why, addresses);
    leave(d);
}

struct dial *dial_start(struct edge *edge, const struct dial_request *r, const struct dial_events *events,
                        void *arg) {
    struct dial *d = NEW(struct dial);
    *d = (struct dial){.edge = edge,
                       .events = events,
                       .arg = arg,
                       .port = r->port,
                       .wants_tls = r->tls,
                       .to_origin = r->to_origin,
                       .account = r->account,
                       .wait = {.done = on_names, .arg = d}};
    buf_add(&d->host, without_brackets(r->host));
    buf_add(&d->alpn, r->alpn);
    list_push(&edge->dials, &d->node);
    set_count(d, count_of(d) + 1);
    deadline_init(&d->due);
    deadline_set(edge->dial_timeout, &d->due);
    deferred_init(&d->later, begin, d);
    loop_defer(edge->loop, &d->later);
    return d;
}

void dial_leave(struct dial *d) {
    enter(d);
    d->events = NULL;
    deadline_clear(&d->due);
    if (!d->open && d->stream && !d->closing) close_stream(d);
    if (!d->down_taken || !d->open) {
        struct body *down = d->down;
        d->down = NULL;
        d->down_taken = true;
        if (down) body_end(down, ERR_CLOSED), body_stop(down);
    }
    leave(d);
}

void dial_due(void *edge, struct deadline *due) {
    struct dial *d = LIST_ITEM(due, struct dial, due);
    enter(d);
    fail(d, ERR_TIMEOUT, SPAN("the connection was not made in time"));
    leave(d);
}

bool dial_addresses(const struct dial *d, struct tcp_address *ret_peer, struct tcp_address *ret_local) {
    return d->stream && !d->closing && tcp_peer(d->stream, ret_peer) && tcp_local(d->stream, ret_local);
}

/* One that is not closing yet: failing one may end others. */
static struct dial *some(struct edge *edge) {
    LIST_EACH(node, &edge->dials) {
        struct dial *d = LIST_ITEM(node, struct dial, node);
        if (d->events || d->down || d->up || !d->closing) return d;
    }
    return NULL;
}

void dials_free(struct edge *edge) {
    for (struct dial *d; (d = some(edge));) {
        enter(d);
        fail(d, ERR_CLOSED, SPAN_NONE);
        leave(d);
    }
}
