#include "edge/fetch.h"

#include "edge/egress.h"
#include "edge/fetch_inside.h"
#include "edge/turnstile.h"
#include "http/status.h"

struct fetch {
    struct egress *egress;
    struct list node;
    const struct fetch_events *events;
    void *arg;
    struct arena arena;
    struct transfer transfer;

    struct span method;
    struct url url; /* of the present hop */
    struct http_fields fields;
    bool has_body, streamed;
    struct span bytes;
    enum fetch_redirect redirect;
    bool to_origin;
    uint32_t account;
    struct name_wait wait; /* for the addresses of the present hop's host */
    struct pass pass;      /* for a transfer of its account */
    struct span resolved;  /* what the transfer is told of them */
    struct body *waiting;  /* the request's body meanwhile */
    uint64_t waiting_length;
    unsigned redirects;
    struct span location; /* the next hop, while the present one ends; ptr NULL: none */

    bool announced; /* head() was called */
    bool body_ended;
    enum err refused; /* a redirect that we do not follow */
    struct deferred announce;
    struct body *held; /* the response's body until it is announced */
};

static void free_fetch(struct fetch *f) {
    list_remove(&f->node);
    deferred_cancel(&f->announce);
    names_leave(&f->wait);
    body_stop(f->waiting);
    transfer_close(&f->transfer);
    pass_leave(&f->pass);
    body_stop(f->held);
    url_free(&f->url);
    count(&f->egress->edge->count->open_fetches, -1ull);
    arena_free(&f->arena);
    mem_free(f);
}

static void fail(struct fetch *f, enum err why, struct span text) {
    f->events->failed(f->arg, why, text);
    free_fetch(f);
}

/* -- The head goes to whoever asked, at the end of the iteration in which it came: a small body is here by then. -- */

static bool has_body(const struct fetch *f) {
    const struct transfer *t = &f->transfer;
    return !span_eq(f->method, SPAN("HEAD")) && t->status != 204 && t->status != 205 && t->status != 304;
}

static bool is_encoded(const struct transfer *t) {
    struct span coding = http_fields_get(&t->fields, HTTP_NAME_CONTENT_ENCODING);
    return coding.len && !span_eq_nocase(coding, SPAN("identity"));
}

/* A whole, small body travels with the head. An encoded one does not: it must stay a stream that can be
 * spliced as it is, or decoded when it is read (link/messages.h). */
static bool take_inline(struct fetch *f, struct fetch_head *head) {
    struct span all;
    if (is_encoded(&f->transfer) || !body_whole(f->held, &all) || all.len > LIMIT_BODY_INLINE_BYTES)
        return false;
    head->bytes = all;
    return true;
}

static void announce(void *arg) {
    struct fetch *f = arg;
    const struct transfer *t = &f->transfer;
    struct fetch_head head = {.status = t->status,
                              .reason = t->reason,
                              .url = url_without_hash(&f->url),
                              .fields = t->fields,
                              .redirected = f->redirects > 0,
                              .has_body = has_body(f)};
    struct body *held = f->held;
    f->announced = true;
    bool whole = held && head.has_body && take_inline(f, &head);
    bool pass = held && head.has_body && !whole;
    if (pass) {
        f->held = NULL;
        head.body = held;
        head.length = body_length(held);
    } else {
        head.length = head.bytes.len;
    }
    f->events->head(f->arg, &head);
    /* Without a body to pass on there is nothing more to tell. Stopping one that is under way ends in done(). */
    if (!pass || f->body_ended) free_fetch(f);
}

/* -- Redirects: Fetch standard, section 4.4 "HTTP-redirect fetch" -- */

static bool is_redirect(const struct fetch *f) {
    return http_status_is_redirect(f->transfer.status) &&
           http_fields_find_id(&f->transfer.fields, HTTP_NAME_LOCATION) != NULL;
}

static bool on_head(void *arg) {
    struct fetch *f = arg;
    struct transfer *t = &f->transfer;
    if (is_redirect(f) && f->redirect == FETCH_FOLLOW) {
        f->location = http_fields_get(&t->fields, HTTP_NAME_LOCATION);
        return false;
    }
    if (is_redirect(f) && f->redirect == FETCH_ERROR) {
        f->refused = ERR_PROTOCOL;
        return false;
    }
    loop_defer(f->egress->edge->loop, &f->announce);
    return true;
}

static void on_body(void *arg, struct body *body) { ((struct fetch *)arg)->held = body; }

static void drop_fields(struct http_fields *fields, const enum http_name *ids, size_t count) {
    for (size_t i = 0; i < count; i++) http_fields_remove_id(fields, ids[i]);
}

static void become_get(struct fetch *f) {
    static const enum http_name of_body[] = {HTTP_NAME_CONTENT_ENCODING, HTTP_NAME_CONTENT_LANGUAGE,
                                             HTTP_NAME_CONTENT_LOCATION, HTTP_NAME_CONTENT_TYPE,
                                             HTTP_NAME_CONTENT_LENGTH};
    f->method = SPAN("GET");
    f->has_body = f->streamed = false;
    f->bytes = SPAN_NONE;
    drop_fields(&f->fields, of_body, sizeof of_body / sizeof *of_body);
}

static bool method_changes(const struct fetch *f, int status) {
    bool post = span_eq(f->method, SPAN("POST"));
    bool safe = span_eq(f->method, SPAN("GET")) || span_eq(f->method, SPAN("HEAD"));
    return ((status == 301 || status == 302) && post) || (status == 303 && !safe);
}

static void start(struct fetch *f, struct body *body, uint64_t length);

static const char *next_hop(struct fetch *f) {
    struct url next = URL_INIT;
    if (++f->redirects > LIMIT_FETCH_REDIRECTS) return "too many redirects";
    if (url_parse(f->location, &f->url, &next)) return "a redirect to what is not a URL";
    bool web = next.scheme == URL_HTTP || next.scheme == URL_HTTPS;
    bool same = url_same_origin(&f->url, &next);
    if (!same) f->to_origin = false; /* where it leads is the origin's word, not the operator's */
    url_free(&f->url);
    f->url = next;
    if (!web) return "a redirect to a scheme other than http and https";
    if (method_changes(f, f->transfer.status)) become_get(f);
    if (f->streamed) return "a redirect, but the body was a stream and cannot be sent again";
    static const enum http_name secret[] = {HTTP_NAME_AUTHORIZATION, HTTP_NAME_PROXY_AUTHORIZATION};
    if (!same) drop_fields(&f->fields, secret, 2);
    f->location = SPAN_NONE;
    start(f, NULL, 0);
    return NULL;
}

static void on_done(void *arg, enum err why, struct span text) {
    struct fetch *f = arg;
    f->body_ended = true;
    pass_leave(&f->pass);
    if (f->refused) {
        fail(f, f->refused, SPAN("a redirect, and the request's redirect mode is \"error\""));
    } else if (!why && f->location.ptr) {
        f->body_ended = false;
        const char *fault = next_hop(f);
        if (fault) fail(f, ERR_PROTOCOL, span_of(fault));
    } else if (f->announced) {
        free_fetch(f); /* the body has told how it ended */
    } else if (why && !f->held && !f->transfer.head_done) {
        fail(f, why, text);
    } else if (!f->transfer.head_done) {
        fail(f, ERR_CLOSED, SPAN("the origin sent no response"));
    } /* else announce() is due, and finds the body ended */
}

static const struct transfer_owner owner = {on_head, on_body, on_done};

/* -- Addresses first -- */

static void transfer(void *arg) {
    struct fetch *f = arg;
    struct transfer_request r = {.method = f->method,
                                 .url = url_without_hash(&f->url),
                                 .fields = &f->fields,
                                 .has_body = f->has_body,
                                 .bytes = f->bytes,
                                 .body = f->waiting,
                                 .length = f->waiting_length,
                                 .to_origin = f->to_origin,
                                 .resolved = f->resolved};
    f->waiting = NULL;
    transfer_start(&f->transfer, f->egress, &f->arena, &r, &owner, f);
}

static void transfer_in_turn(struct fetch *f, struct span addresses) {
    struct span host = url_hostname(&f->url);
    /* "+": like an answer of a name server, which the next one replaces. */
    f->resolved = addresses.len ? arena_printf(&f->arena, "+%.*s:%d:%.*s", SPAN_FMT(host),
                                               url_port_effective(&f->url), SPAN_FMT(addresses))
                                : SPAN_NONE;
    if (pass_enter(&f->pass, f->egress->turnstile, f->account)) transfer(f);
}

static void on_addresses(void *arg, enum err why, struct span addresses) {
    struct fetch *f = arg;
    if (why)
        fail(f, why,
             arena_printf(&f->arena, "Could not resolve host: %.*s", SPAN_FMT(url_hostname(&f->url))));
    else
        transfer_in_turn(f, addresses);
}

static void no_such_name(void *arg) { on_addresses(arg, ERR_DNS, SPAN_NONE); }

static void start(struct fetch *f, struct body *body, uint64_t length) {
    enum err why = ERR_OK;
    struct span addresses = SPAN_NONE;
    f->waiting = body;
    f->waiting_length = length;
    f->wait.done = on_addresses;
    f->wait.arg = f;
    if (f->url.host_kind == URL_HOST_DOMAIN &&
        !names_ask(f->egress->names, url_hostname(&f->url), f->account, &f->wait, &why, &addresses))
        return;
    if (!why) {
        transfer_in_turn(f, addresses);
        return;
    }
    deferred_init(&f->announce, no_such_name, f);
    loop_defer(f->egress->edge->loop, &f->announce);
}

/* -- The public side -- */

static void fail_later(void *arg) { fail(arg, ERR_INVALID, SPAN("the URL is not one of http or https")); }

struct fetch *fetch_start(struct edge *edge, const struct fetch_request *request,
                          const struct fetch_events *events, void *arg) {
    struct fetch *f = NEW(struct fetch);
    f->egress = edge->egress;
    f->events = events;
    f->arg = arg;
    f->url = URL_INIT;
    list_push(&f->egress->fetches, &f->node);
    count(&edge->count->subrequests, 1);
    count(&edge->count->open_fetches, 1);
    f->method = arena_copy(&f->arena, request->method);
    f->fields = http_fields_copy(&request->fields, &f->arena);
    f->has_body = request->has_body;
    f->streamed = request->body != NULL;
    if (request->bytes.len) f->bytes = arena_copy(&f->arena, request->bytes);
    f->redirect = request->redirect;
    f->to_origin = request->to_origin;
    f->account = request->account;
    list_init(&f->wait.node);
    deferred_init(&f->announce, announce, f);
    pass_init(&f->pass, transfer, f);
    if (!url_parse(request->url, NULL, &f->url) &&
        (f->url.scheme == URL_HTTP || f->url.scheme == URL_HTTPS)) {
        start(f, request->body, request->length);
        return f;
    }
    body_stop(request->body);
    deferred_init(&f->announce, fail_later, f);
    loop_defer(edge->loop, &f->announce);
    return f;
}

void fetch_cancel(struct fetch *f) { free_fetch(f); }

void fetches_free(struct egress *e) {
    while (!list_empty(&e->fetches)) free_fetch(LIST_ITEM(e->fetches.next, struct fetch, node));
}
