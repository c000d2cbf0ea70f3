#include "edge/service.h"

#include <inttypes.h>
#include <stdio.h>

#include "edge/encoding.h"
#include "edge/request.h"
#include "edge/subrequest.h"
#include "link/messages.h"

struct service {
    struct exchange up, down; /* with the caller (its stream), with the target (ours) */
    bool up_open, down_open, answered;
    unsigned held; /* callbacks are under way that will look at it again */
    struct edge *edge;
    struct edge_worker *to;
    struct body *body; /* of the request, until it is sent */
    struct arena arena;
    struct span payload; /* of the FETCH; while waiting in the arena */
    uint8_t flags;       /* of the FETCH */
    struct list waiting; /* account->calls */
    bool is_waiting;
};

static struct service *of_up(struct exchange *x) { return LIST_ITEM(x, struct service, up); }
static struct service *of_down(struct exchange *x) { return LIST_ITEM(x, struct service, down); }

/* -- Ends --------------------------------------------------------------------------------------------------------- */

static void look_over(struct service *s) {
    if (s->held || s->up_open || s->down_open || s->is_waiting) return;
    worker_release(s->edge, s->to);
    arena_free(&s->arena);
    mem_free(s);
}

static void leave_waiting(struct service *s) {
    if (!s->is_waiting) return;
    s->is_waiting = false;
    list_remove(&s->waiting);
    s->to->account->waiting_count--;
}

static void close_up(struct service *s) {
    if (!s->up_open) return;
    s->held++;
    s->up_open = false;
    leave_waiting(s);
    struct body *unsent = s->body, *unread = s->up.to_worker;
    s->body = NULL;
    body_stop(unsent);
    if (s->up.peer) peer_stream_remove(s->up.peer, s->up.stream);
    s->up.to_worker = NULL;
    body_stop(unread);
    exchange_close(&s->up);
    s->held--;
}

static void close_down(struct service *s) {
    if (!s->down_open) return;
    s->held++;
    s->down_open = false;
    slab_remove(&s->edge->requests, s->down.stream);
    exchange_close(&s->down);
    s->held--;
}

/* The caller is told that there will be no response. */
static void fail(struct service *s, enum err why, struct span text) {
    if (!s->up_open || s->answered) return;
    exchange_send_failed(&s->up, why, text);
    close_up(s);
}

static void look_answered(struct service *s) {
    if (s->up_open && s->answered && exchange_is_quiet(&s->up)) close_up(s);
}

/* -- The caller --------------------------------------------------------------------------------------------------- */

static void ignore(struct exchange *x) {}
static enum err refuse(struct exchange *x, const struct message *m) { return ERR_PROTOCOL; }

/* It wants no response any more: to the target that is a client that went away. */
static void up_cancelled(struct exchange *x) {
    struct service *s = of_up(x);
    bool tell = s->down_open && !s->answered && s->down.peer && s->down.peer->link;
    if (tell) link_send(s->down.peer->link, MESSAGE_CANCEL, 0, s->down.stream, NULL, 0);
    close_up(s);
    look_over(s);
}

static void up_quiet(struct exchange *x) {
    struct service *s = of_up(x);
    look_answered(s);
    look_over(s);
}

static void up_gone(struct exchange *x) {
    struct service *s = of_up(x);
    s->up_open = false;
    leave_waiting(s);
    look_over(s);
}

static const struct exchange_owner up_owner = {ignore, refuse, up_cancelled, up_quiet, up_gone, NULL};

/* -- The target --------------------------------------------------------------------------------------------------- */

/* What its body is, and in which coding. A script's own is decoded, whatever its fields say; one that it passes on is as it came. */
static enum err take_body(struct service *s, const struct head *head, const struct message_body *from,
                          struct span *bytes, uint64_t *length) {
    struct http_fields fields = {(struct http_field *)head->fields, head->field_count, head->field_count};
    enum content_coding coding = content_coding_of(http_fields_get(&fields, HTTP_NAME_CONTENT_ENCODING));
    *length = head->body_length;
    s->up.coding = head->flags & HEAD_ENCODED ? coding : CODING_IDENTITY;
    if (from->kind == BODY_STREAM) s->up.to_worker = exchange_receive(&s->down, head->body_length);
    if (from->kind == BODY_INLINE) {
        *bytes = from->bytes;
        encoding_convert(s->up.coding, CODING_IDENTITY, &s->arena, bytes, &s->up.to_worker, length);
    }
    if (from->kind == BODY_SPLICE) {
        s->up.coding = from->source ? from->source->coding : CODING_IDENTITY;
        s->up.to_worker = from->source ? exchange_splice(from->source) : NULL;
        if (!s->up.to_worker) return ERR_CLOSED;
        *length = body_length(s->up.to_worker);
    }
    if (s->up.coding != CODING_IDENTITY && s->up.to_worker) *length = HEAD_LENGTH_UNKNOWN;
    return ERR_OK;
}

static void pass_response(struct service *s, const struct head *from, const struct message_body *body) {
    struct head head = *from, request;
    struct http_field fields[REQUEST_FIELDS];
    struct span bytes = SPAN_NONE, rest;
    if (take_body(s, from, body, &bytes, &head.body_length)) {
        fail(s, ERR_CLOSED, SPAN("the response's body belongs to a stream that has ended or was read"));
        return;
    }
    if (!head_read(s->payload, fields, REQUEST_FIELDS, &request, &rest)) head.url = request.url;
    head.worker = 0;
    head.flags &= HEAD_UPGRADE;
    /* A WebSocket: from here on the caller sends too. */
    if (head.flags && s->up.to_worker && !s->down.to_worker)
        s->down.to_worker = exchange_receive(&s->up, HEAD_LENGTH_UNKNOWN);
    uint8_t flags = s->up.to_worker             ? MESSAGE_BODY_STREAM
                    : body->kind == BODY_INLINE ? MESSAGE_BODY_INLINE
                                                : 0;
    if (flags == MESSAGE_BODY_INLINE) head.body_length = bytes.len;
    size_t size = head_size(&head);
    struct link *link = s->up.peer->link;
    char *to = head_write(&head, link_begin(link, MESSAGE_FETCH_HEAD, flags, s->up.stream, size + bytes.len));
    if (bytes.len) memcpy(to, bytes.ptr, bytes.len);
    link_commit(link, size + bytes.len);
    s->answered = true;
    look_answered(s);
}

static enum err on_response(struct service *s, const struct message *m) {
    struct http_field fields[REQUEST_FIELDS];
    struct head head;
    struct span rest;
    struct message_body body;
    if (s->answered || head_read(m->payload, fields, REQUEST_FIELDS, &head, &rest)) return ERR_PROTOCOL;
    enum err e = peer_body(s->down.peer, m->flags, rest, &body);
    if (e) return e;
    if (s->up_open && s->up.peer && s->up.peer->link)
        pass_response(s, &head, &body);
    else if (body.kind == BODY_STREAM)
        body_stop(exchange_receive(&s->down, head.body_length));
    return ERR_OK;
}

static enum err on_failed(struct service *s, const struct message *m) {
    uint32_t code;
    if (m->payload.len < sizeof code) return ERR_PROTOCOL;
    memcpy(&code, m->payload.ptr, sizeof code);
    fail(s, code > ERR_OK && code < ERR_COUNT ? (enum err)code : ERR_INTERNAL,
         span_from(m->payload, sizeof code));
    return ERR_OK;
}

static enum err down_message(struct exchange *x, const struct message *m) {
    struct service *s = of_down(x);
    enum err e = ERR_OK;
    s->held++;
    if (m->type == MESSAGE_RESPONSE)
        e = on_response(s, m);
    else if (m->type == MESSAGE_FAILED)
        e = on_failed(s, m);
    else if (m->type == MESSAGE_DONE) {
        fail(s, ERR_WORKER_HUNG, SPAN("the service ended without a response"));
        close_down(s);
    } else
        e = ERR_PROTOCOL;
    s->held--;
    look_over(s);
    return e;
}

static void down_gone(struct exchange *x) {
    struct service *s = of_down(x);
    s->down_open = false;
    slab_remove(&s->edge->requests, x->stream);
    struct body *unread = x->to_worker;
    x->to_worker = NULL;
    body_stop(unread);
    fail(s, ERR_WORKER_GONE, span_of(err_sentence(ERR_WORKER_GONE)));
    look_over(s);
}

static const struct exchange_owner down_owner = {ignore, down_message, ignore, ignore, down_gone, NULL};

/* -- The way there ------------------------------------------------------------------------------------------------ */

/* A request that has come over the network says how long its body is, or that it does not know; so does one that has not. */
static void say_length(struct head *head, struct http_field *fields, char digits[static 24],
                       uint64_t length) {
    const struct http_fields list = {fields, head->field_count, REQUEST_FIELDS};
    if (http_fields_find_id(&list, HTTP_NAME_CONTENT_LENGTH)) return;
    if (http_fields_find_id(&list, HTTP_NAME_TRANSFER_ENCODING) || head->field_count == REQUEST_FIELDS)
        return;
    if (length == HEAD_LENGTH_UNKNOWN) {
        fields[head->field_count++] =
            (struct http_field){SPAN("transfer-encoding"), SPAN("chunked"), HTTP_NAME_TRANSFER_ENCODING};
        return;
    }
    int n = snprintf(digits, 24, "%" PRIu64, length);
    fields[head->field_count++] =
        (struct http_field){SPAN("content-length"), span_make(digits, (size_t)n), HTTP_NAME_CONTENT_LENGTH};
}

static void send(struct service *s) {
    struct http_field fields[REQUEST_FIELDS];
    struct head head;
    struct span rest;
    struct peer *p = s->to->account->peer;
    if (head_read(s->payload, fields, REQUEST_FIELDS, &head, &rest)) return;
    worker_define(s->to);
    exchange_open(&s->down, p, &down_owner, slab_add(&s->edge->requests, &s->down));
    s->down_open = true;
    s->down.to_worker = s->body;
    s->body = NULL;
    span_cut(&head.reason, '\n'); /* the name */
    head.worker = s->to->number;
    head.flags = HEAD_SERVICE | (head.flags & HEAD_UPGRADE) |
                 (span_starts(head.url, SPAN("https:")) ? HEAD_SECURE : 0);
    bool is_inline = s->flags & MESSAGE_BODY_INLINE;
    if (s->down.to_worker) head.body_length = body_length(s->down.to_worker);
    if (!is_inline) rest = SPAN_NONE;
    char digits[24];
    if (is_inline || s->down.to_worker)
        say_length(&head, fields, digits, is_inline ? rest.len : head.body_length);
    uint8_t flags = s->down.to_worker ? MESSAGE_BODY_STREAM : is_inline ? MESSAGE_BODY_INLINE : 0;
    size_t size = head_size(&head);
    char *to =
        head_write(&head, link_begin(p->link, MESSAGE_REQUEST, flags, s->down.stream, size + rest.len));
    if (rest.len) memcpy(to, rest.ptr, rest.len);
    link_commit(p->link, size + rest.len);
}

/* Sends it, has it wait, or fails it. */
static void go(struct service *s) {
    struct account *a = s->to->account;
    if (s->to->state == WORKER_FAILED)
        fail(s, s->to->why, buf_span(&s->to->failure));
    else if (worker_held_ms(s->edge, s->to))
        fail(s, ERR_WORKER_HELD, span_of(err_sentence(ERR_WORKER_HELD)));
    else if (worker_dispatchable(s->edge, s->to)) {
        if (link_room(a->peer->link))
            send(s);
        else
            fail(s, ERR_OVERLOAD, span_of(err_sentence(ERR_OVERLOAD)));
    } else if (a->waiting_count >= LIMIT_EDGE_WAITING) {
        fail(s, ERR_OVERLOAD, span_of(err_sentence(ERR_OVERLOAD)));
    } else {
        s->is_waiting = true;
        list_push(&a->calls, &s->waiting);
        a->waiting_count++;
    }
}

void services_wake(struct edge *edge, struct account *account) {
    struct list all;
    list_init(&all);
    while (!list_empty(&account->calls)) {
        struct list *node = account->calls.next;
        list_remove(node);
        list_push(&all, node);
    }
    while (!list_empty(&all)) {
        struct service *s = LIST_ITEM(all.next, struct service, waiting);
        leave_waiting(s);
        s->held++;
        go(s);
        s->held--;
        look_over(s);
    }
}

/* The Worker of that name in the caller's account. A Worker that calls one service over and over finds it at once. */
static struct edge_worker *find(struct edge *edge, struct edge_worker *from, struct span name) {
    if (!edge->routes) return NULL;
    const struct routes_worker *info = routes_worker(edge->routes, from->service);
    if (info && info->account == from->account->number && span_eq(info->name, name))
        return worker_get(edge, info);
    for (size_t i = 0; (info = routes_worker_at(edge->routes, i)); i++) {
        if (info->account != from->account->number || !span_eq(info->name, name)) continue;
        from->service = info->number;
        return worker_get(edge, info);
    }
    return NULL;
}

/* False: a spliced body is not there any more. */
static bool take_request_body(struct service *s, const struct head *head, const struct message_body *body) {
    if (body->kind == BODY_STREAM) s->body = exchange_receive(&s->up, head->body_length);
    if (body->kind != BODY_SPLICE) return true;
    s->body = body->source ? exchange_splice(body->source) : NULL;
    return s->body != NULL;
}

static enum err nobody(struct peer *p, const struct message *m, struct span name) {
    struct arena a = ARENA_INIT;
    struct span text = arena_printf(&a, "there is no Worker \"%.*s\" in this account", SPAN_FMT(name));
    uint32_t code = ERR_NOT_FOUND;
    struct span parts[] = {span_make(&code, sizeof code), text};
    link_send(p->link, MESSAGE_FETCH_FAILED, 0, m->stream, parts, 2);
    arena_free(&a);
    return ERR_OK;
}

enum err service_start(struct peer *p, const struct message *m, const struct head *head,
                       const struct message_body *body, struct edge_worker *from) {
    struct span reason = head->reason, name = span_cut(&reason, '\n');
    struct edge_worker *to = find(p->edge, from, name);
    if (!to) return nobody(p, m, name);
    struct service *s = NEW(struct service);
    *s = (struct service){.edge = p->edge, .to = to, .flags = m->flags, .arena = ARENA_INIT};
    if (!peer_stream_add(p, m->stream, &s->up)) {
        mem_free(s);
        return ERR_PROTOCOL;
    }
    bool room = worker_take(p->edge, to);
    s->held++;
    exchange_open(&s->up, p, &up_owner, m->stream);
    s->up_open = true;
    s->payload = arena_copy(&s->arena, m->payload);
    if (!take_request_body(s, head, body))
        fail(s, ERR_CLOSED, SPAN("the body belongs to a stream that has ended or was read"));
    else if (!room)
        fail(s, ERR_OVERLOAD, span_of(err_sentence(ERR_OVERLOAD)));
    else
        go(s);
    s->held--;
    look_over(s);
    return ERR_OK;
}
