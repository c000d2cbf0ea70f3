/* The client's side of a WebSocket handshake (RFC 6455 section 4.2), once the Worker has answered. */
#include "edge/request.h"

#include "edge/dial.h"
#include "edge/subrequest.h"
#include "edge/websocket.h"
#include "link/messages.h"

static bool asks_for_websocket(const struct h1_head *head) {
    const struct http_fields *f = &head->fields;
    return head->upgrade && head->minor >= 1 && head->method_id == HTTP_GET && head->body == H1_BODY_NONE &&
           http_fields_list_has(f, HTTP_NAME_UPGRADE, SPAN("websocket")) &&
           span_eq(http_fields_get(f, HTTP_NAME_SEC_WEBSOCKET_VERSION), SPAN("13")) &&
           http_fields_count(f, HTTP_NAME_SEC_WEBSOCKET_KEY) == 1 &&
           ws_key_valid(http_fields_get(f, HTTP_NAME_SEC_WEBSOCKET_KEY));
}

void upgrade_look(struct request *r, const struct h1_head *head) {
    if (!head->upgrade || !asks_for_websocket(head)) return;
    r->socket_key = arena_copy(&r->arena, http_fields_get(&head->fields, HTTP_NAME_SEC_WEBSOCKET_KEY));
    r->socket_offers = arena_copy(
        &r->arena, http_fields_combined(&head->fields, SPAN("sec-websocket-extensions"), &r->arena));
}

/* 101 with the Worker's fields; the handshake's own are ours to write. */
static enum err write_head(struct request *r, const struct head *from, struct span extensions) {
    struct http_field place[REQUEST_FIELDS];
    struct http_fields given = {(struct http_field *)from->fields, from->field_count, from->field_count};
    struct http_fields fields = {place, 0, REQUEST_FIELDS};
    struct buf *out = &r->edge->scratch;
    char accept[WS_ACCEPT_LEN];
    websocket_accept_of(r->socket_key, accept);
    http_fields_add(&fields, &r->arena, SPAN("Sec-WebSocket-Accept"), span_make(accept, sizeof accept));
    if (extensions.len) http_fields_add(&fields, &r->arena, SPAN("Sec-WebSocket-Extensions"), extensions);
    HTTP_FIELDS_EACH(f, &given) {
        enum http_name id = http_name_of(f->name);
        bool ours = id == HTTP_NAME_SEC_WEBSOCKET_ACCEPT || id == HTTP_NAME_SEC_WEBSOCKET_EXTENSIONS ||
                    id == HTTP_NAME_CONTENT_LENGTH || http_name_is_hop_by_hop(id);
        if (!ours) http_fields_add(&fields, &r->arena, f->name, f->value);
    }
    out->len = 0;
    enum err e = h1_write_upgrade(out, SPAN("websocket"), &fields);
    if (e) return e;
    struct span head = buf_span(out);
    r->responded = true;
    r->status = 101;
    request_go(r, JOURNEY_RESPOND);
    connection_write(r->conn, &head, 1);
    return ERR_OK;
}

static void refuse(struct request *r, const char *sentence) {
    request_fail_with(r, ERR_WORKER_EXCEPTION, 500, span_of(sentence));
}

/* Frames here, records in the Worker. */
static void to_records(struct request *r, const struct head *head) {
    struct buf answer = BUF_INIT;
    struct ws_deflate deflate;
    struct body *records = exchange_receive(&r->x, HEAD_LENGTH_UNKNOWN);
    ws_offers_choose(r->socket_offers, &deflate, &answer);
    enum err e = write_head(r, head, buf_span(&answer));
    buf_free(&answer);
    if (e) {
        body_stop(records);
        refuse(r, "the response's header fields cannot be sent");
        return;
    }
    struct websocket_bodies b = {.from_peer = connection_tunnel(r->conn), .from_worker = records};
    websocket_new(r->edge, WS_SERVER, &deflate, &b);
    r->x.to_worker = b.to_worker;
    respond_raw(r, b.to_peer);
}

/* The origin's WebSocket and the client's agreed on the same: bytes pass as they are. */
static void pass_bytes(struct request *r, const struct head *head, struct taken_socket *t) {
    if (write_head(r, head, buf_span(&t->extensions))) {
        body_stop(t->body);
        refuse(r, "the response's header fields cannot be sent");
        return;
    }
    dial_send(t->dial, connection_tunnel(r->conn));
    respond_raw(r, t->body);
}

/* They did not: frames are taken apart and made anew. */
static void pass_records(struct request *r, const struct head *head, struct taken_socket *t) {
    struct ws_deflate to_origin, to_client;
    struct buf answer = BUF_INIT;
    ws_offers_choose(r->socket_offers, &to_client, &answer);
    const char *fault = ws_answer_read(buf_span(&t->extensions), &to_origin)
                            ? "the origin answered with an extension that is not known"
                        : write_head(r, head, buf_span(&answer))
                            ? "the response's header fields cannot be sent"
                            : NULL;
    buf_free(&answer);
    if (fault) {
        body_stop(t->body);
        refuse(r, fault);
        return;
    }
    struct websocket_bodies origin = {.from_peer = t->body},
                            client = {.from_peer = connection_tunnel(r->conn)};
    struct websocket *w = websocket_new(r->edge, WS_CLIENT, &to_origin, &origin);
    client.from_worker = origin.to_worker;
    websocket_new(r->edge, WS_SERVER, &to_client, &client);
    dial_send(t->dial, origin.to_peer);
    respond_raw(r, client.to_peer);
    websocket_join(w, client.to_worker);
}

static void pass_on(struct request *r, const struct head *head, struct exchange *source) {
    struct taken_socket t;
    if (!source || !subrequest_take_socket(source, &t)) {
        refuse(r, "the response's WebSocket has ended or was used");
        return;
    }
    if (span_eq(buf_span(&t.offered), r->socket_offers) || !t.extensions.len)
        pass_bytes(r, head, &t);
    else
        pass_records(r, head, &t);
    dial_leave(t.dial);
    buf_free(&t.offered);
    buf_free(&t.extensions);
}

void respond_upgrade(struct request *r, const struct head *head, const struct message_body *from) {
    bool records = from->kind == BODY_STREAM,
         right = head->status == 101 && (records || from->kind == BODY_SPLICE);
    if (!r->socket_key.ptr || !right || r->x.to_worker) {
        if (records) body_stop(exchange_receive(&r->x, HEAD_LENGTH_UNKNOWN));
        refuse(r, r->socket_key.ptr
                      ? "the response is no WebSocket that can be handed on"
                      : "the Worker answered with a WebSocket, but the client did not ask for one "
                        "(Upgrade: websocket)");
        return;
    }
    if (records)
        to_records(r, head);
    else
        pass_on(r, head, from->source);
    if (r->conn && r->conn->tunnel) connection_tunnel_start(r->conn);
    if (r->edge->draining) websockets_drain(r->edge);
}
