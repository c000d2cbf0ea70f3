#include "edge/socket.h"

#include "edge/dial.h"
#include "edge/subrequest.h"
#include "link/messages.h"

struct socket {
    struct exchange x;
    struct edge *edge;
    struct dial *dial; /* NULL when it has failed */
    bool open, leaving;
};

static struct socket *of(struct exchange *x) { return LIST_ITEM(x, struct socket, x); }

static void free_socket(struct socket *s) {
    struct dial *dial = s->dial;
    s->leaving = true;
    s->dial = NULL;
    if (s->x.peer) peer_stream_remove(s->x.peer, s->x.stream);
    struct body *waiting = s->x.to_worker;
    s->x.to_worker = NULL;
    body_stop(waiting);
    exchange_close(&s->x);
    if (dial) dial_leave(dial);
    mem_free(s);
}

/* --- As the owner of a connection --- */

static void on_opened(void *arg) {
    struct socket *s = arg;
    struct tcp_address peer = {.port = 0}, local = {.port = 0};
    (void)!dial_addresses(s->dial, &peer, &local);
    if (!s->open) {
        s->open = true;
        s->x.to_worker = dial_body(s->dial);
        dial_send(s->dial, exchange_receive(&s->x, BODY_LENGTH_UNKNOWN));
    }
    uint16_t ports[2] = {peer.port, local.port};
    struct span a = span_of(peer.host), b = span_of(local.host);
    uint32_t len = (uint32_t)a.len;
    struct span parts[] = {span_make(ports, sizeof ports), span_make(&len, sizeof len), a, b};
    link_send(s->x.peer->link, MESSAGE_SOCKET_OPEN, 0, s->x.stream, parts, 4);
}

static void on_failed(void *arg, enum err why, struct span text) {
    struct socket *s = arg;
    s->dial = NULL;
    exchange_send_failed(&s->x, why, text);
    free_socket(s);
}

static const struct dial_events dial_events = {on_opened, on_failed};

/* --- As an exchange --- */

static void on_wanted(struct exchange *x) {}

static enum err on_message(struct exchange *x, const struct message *m) {
    struct socket *s = of(x);
    if (m->type != MESSAGE_SOCKET_TLS || !s->open) return ERR_PROTOCOL;
    if (!s->dial || dial_secure(s->dial, m->payload)) {
        exchange_send_failed(x, ERR_TLS, SPAN("TLS cannot be started on this socket"));
        free_socket(s);
    }
    return ERR_OK;
}

static void on_cancelled(struct exchange *x) { free_socket(of(x)); }

static void on_quiet(struct exchange *x) {
    struct socket *s = of(x);
    if (!s->leaving && s->open && exchange_is_quiet(x)) free_socket(s);
}

static const struct exchange_owner owner = {on_wanted, on_message,   on_cancelled,
                                            on_quiet,  on_cancelled, NULL};

enum err socket_start(struct peer *p, const struct message *m) {
    struct {
        uint32_t worker;
        uint16_t port;
        uint8_t tls, reserved;
    } fixed;
    if (m->payload.len <= sizeof fixed) return ERR_PROTOCOL;
    memcpy(&fixed, m->payload.ptr, sizeof fixed);
    const struct edge_worker *w = peer_worker(p, fixed.worker);
    if (!w) return ERR_PROTOCOL;
    struct socket *s = NEW(struct socket);
    s->edge = p->edge;
    if (!peer_stream_add(p, m->stream, &s->x)) {
        mem_free(s);
        return ERR_PROTOCOL;
    }
    exchange_open(&s->x, p, &owner, m->stream);
    struct dial_request r = {.host = span_from(m->payload, sizeof fixed),
                             .port = fixed.port,
                             .tls = fixed.tls,
                             .account = w->account->number};
    s->dial = dial_start(p->edge, &r, &dial_events, s);
    return ERR_OK;
}
