/* Responses to clients. Head and a body that is here whole leave as one write; a streamed body is connected to
 * the client's socket, and moves as fast as that drains. */
#include "edge/request.h"

#include "edge/encoding.h"
#include "http/status.h"
#include "link/messages.h"

/* -- The client as a sink -- */

static size_t client_room(void *arg) {
    const struct request *r = arg;
    return r->conn ? connection_room(r->conn) : 0;
}

static void client_take(void *arg, struct span bytes) {
    struct request *r = arg;
    if (r->framing == H1_FRAME_LENGTH && bytes.len > r->left) {
        bytes = span_first(bytes, r->left);
        r->overflow = true; /* what was promised is kept; on_end() complains */
    }
    if (!bytes.len) return;
    r->left -= r->framing == H1_FRAME_LENGTH ? bytes.len : 0;
    r->body_out += bytes.len;
    count(&r->edge->count->bytes_out, bytes.len);
    if (r->framing != H1_FRAME_CHUNKED) {
        connection_write(r->conn, &bytes, 1);
        return;
    }
    char size[H1_CHUNK_OPEN_MAX];
    struct span parts[] = {span_make(size, h1_chunk_open(size, bytes.len)), bytes, H1_CHUNK_CLOSE};
    connection_write(r->conn, parts, 3);
}

static void complain(const struct request *r, const char *what) {
    LOG(LOG_WARN, "response_body", LOG_S("req", request_id(r)), LOG_S("text", span_of(what)),
        LOG_S("worker", r->worker ? buf_span(&r->worker->name) : SPAN_NONE));
}

static void client_end(void *arg, enum err why) {
    struct request *r = arg;
    r->out = NULL;
    if (why) {
        r->why = why;
        /* else it was the client that broke it off */
        if (!r->conn->closing && !r->conn->tunnel) complain(r, err_sentence(why));
        request_go(r, JOURNEY_ABORT);
        return;
    }
    if (r->framing == H1_FRAME_LENGTH && (r->left || r->overflow)) {
        complain(r, r->left ? "shorter than its Content-Length" : "longer than its Content-Length");
        r->why = ERR_PROTOCOL;
        request_go(r, JOURNEY_ABORT);
        return;
    }
    if (r->framing == H1_FRAME_CHUNKED) {
        struct span last = SPAN("0\r\n\r\n");
        connection_write(r->conn, &last, 1);
    }
    request_go(r, JOURNEY_FINISH);
}

static const struct body_sink client_sink = {client_room, client_take, client_end};

void respond_drain(struct request *r) {
    if (r->out) body_pull(r->out);
}

void respond_raw(struct request *r, struct body *body) {
    r->framing = H1_FRAME_CLOSE;
    r->close_after = true;
    r->out = body;
    body_attach(body, &client_sink, r);
}

/* -- The head -- */

/* The length that the head tells. For HEAD it may be what a GET would have had, as the Worker's field says. */
static uint64_t told_length(const struct request *r, const struct response *response) {
    uint64_t said;
    bool about_other = r->head_only || response->status == 304;
    if (about_other && !response->bytes.len &&
        (response->length == 0 || response->length == H1_LENGTH_UNKNOWN)) {
        struct span field = http_fields_get(&response->fields, HTTP_NAME_CONTENT_LENGTH);
        if (span_to_u64(field, &said)) return said;
        return response->body || !response->length ? H1_LENGTH_UNKNOWN : response->length;
    }
    return response->length;
}

static enum err write_head(struct request *r, const struct response *response, struct h1_response *head) {
    struct buf *out = &r->edge->scratch;
    *head = (struct h1_response){.status = response->status,
                                 .reason = response->reason,
                                 .fields = &response->fields,
                                 .date = edge_date(r->edge)};
    if (!response->reason.len) head->reason = SPAN_NONE;
    if (r->expects_continue || r->edge->draining) r->close_after = true;
    h1_response_frame_for(head, r->head_only, r->minor, told_length(r, response), r->close_after);
    out->len = 0;
    enum err e = h1_write_head(out, head);
    if (e) return e;
    r->close_after = head->close;
    r->framing = head->framing;
    r->left = head->length;
    r->status = response->status;
    return ERR_OK;
}

enum err respond(struct request *r, const struct response *response) {
    struct h1_response head;
    enum err e = write_head(r, response, &head);
    if (e) return e;
    struct body *body = response->body;
    r->responded = true;
    if (r->state != JOURNEY_REJECT) request_go(r, JOURNEY_RESPOND);
    struct span parts[] = {buf_span(&r->edge->scratch), head.body ? response->bytes : SPAN_NONE};
    connection_write(r->conn, parts, 2);
    if (!body || !head.body) {
        r->body_out += parts[1].len;
        count(&r->edge->count->bytes_out, parts[1].len);
        body_stop(body);
        request_go(r, JOURNEY_FINISH);
        return ERR_OK;
    }
    r->out = body;
    body_attach(body, &client_sink, r);
    return ERR_OK;
}

/* -- RESPONSE -- */

static bool status_is_fit(int status) { return status >= 200 && status <= 599; }

/* The Worker's Server and Date are its own to set; what belongs to the connection is left out by the writer. */
static enum err take_body(struct request *r, const struct head *head, const struct message_body *from,
                          struct response *to) {
    switch (from->kind) {
    case BODY_ABSENT: break;
    case BODY_INLINE: to->bytes = from->bytes; break;
    case BODY_STREAM:
        to->length = head->body_length;
        to->body = exchange_receive(&r->x, head->body_length);
        break;
    case BODY_SPLICE:
        to->body = from->source ? exchange_splice(from->source) : NULL;
        if (!to->body) return ERR_CLOSED;
        to->length = body_length(to->body);
        break;
    }
    if (from->kind != BODY_STREAM && from->kind != BODY_SPLICE) to->length = to->bytes.len;
    return ERR_OK;
}

/* Encodes what the script left plain under a Content-Encoding, as workerd does. */
static void encode(struct request *r, const struct head *head, enum content_coding now,
                   struct response *response) {
    struct span field = http_fields_get(&response->fields, HTTP_NAME_CONTENT_ENCODING);
    if (head->flags & HEAD_ENCODED || r->head_only) return;
    encoding_convert(now, content_coding_of(field), &r->arena, &response->bytes, &response->body,
                     &response->length);
}

enum err respond_message(struct request *r, const struct message *m) {
    struct http_field fields[REQUEST_FIELDS];
    struct head head;
    struct span rest;
    struct message_body from;
    if (head_read(m->payload, fields, REQUEST_FIELDS, &head, &rest)) return ERR_PROTOCOL;
    enum err e = peer_body(r->x.peer, m->flags, rest, &from);
    if (e || r->answered) return ERR_PROTOCOL;
    r->answered = true;
    if (r->state != JOURNEY_DISPATCH) { /* it was answered otherwise meanwhile, or nobody listens any more */
        if (from.kind == BODY_STREAM) body_stop(exchange_receive(&r->x, head.body_length));
        return ERR_OK;
    }
    if (head.flags & HEAD_UPGRADE) {
        respond_upgrade(r, &head, &from);
        return ERR_OK;
    }
    struct response response = {
        .status = head.status, .reason = head.reason, .fields = {fields, head.field_count, REQUEST_FIELDS}};
    enum content_coding now = from.source ? from.source->coding : CODING_IDENTITY;
    e = take_body(r, &head, &from, &response);
    if (!e && status_is_fit(head.status)) {
        encode(r, &head, now, &response);
        if (!respond(r, &response)) return ERR_OK;
    }
    body_stop(response.body);
    request_fail_with(r, ERR_WORKER_EXCEPTION, 500,
                      e ? SPAN("the response's body belongs to a stream that has ended or was read")
                        : SPAN("the response's status or header fields cannot be sent"));
    return ERR_OK;
}
