/* Error pages: short plain text in the form that Cloudflare's clients know ("error code: 1101"), or a page with the same
 * number and the request's id for a browser; for a developer the text of what went wrong. */
#include "edge/request.h"

#include "http/status.h"
#include <stdio.h>

/* Cloudflare's numbers of the 1xxx family for what can go wrong with a Worker. */
static int cloudflare_code(enum err why) {
    switch (why) {
    case ERR_WORKER_EXCEPTION:
    case ERR_WORKER_HUNG:
    case ERR_WORKER_START:
    case ERR_WORKER_GONE: return 1101;
    case ERR_WORKER_HELD: return 1101;
    case ERR_WORKER_CPU:
    case ERR_WORKER_WAIT:
    case ERR_WORKER_MEMORY: return 1102;
    case ERR_DNS: return 1016;
    default: return 0;
    }
}

static const char *cloudflare_sentence(int code) {
    switch (code) {
    case 1101: return "Worker threw exception";
    case 1102: return "Worker exceeded resource limits";
    case 1016: return "Origin DNS error";
    default: return "";
    }
}

static int status_of(const struct request *r) {
    if (r->reject_status) return r->reject_status;
    int status = err_status(r->why);
    return status >= 400 && status <= 599 ? status : 500;
}

static void add_escaped(struct buf *to, struct span s) {
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case '<': buf_lit(to, "&lt;"); break;
        case '>': buf_lit(to, "&gt;"); break;
        case '&': buf_lit(to, "&amp;"); break;
        default: buf_add_char(to, s.ptr[i]);
        }
    }
}

static void add_top(struct buf *to, const char *before, int number, struct span sentence) {
    buf_printf(to,
               "<!doctype html><html lang=en><meta charset=utf-8><meta name=robots content=noindex>"
               "<title>%s%d %.*s</title>"
               "<style>body{font:16px/1.5 system-ui;margin:3em}pre{background:#f4f4f4;padding:1em;"
               "overflow:auto}</style><h1>%s%d %.*s</h1>",
               before, number, SPAN_FMT(sentence), before, number, SPAN_FMT(sentence));
}

static void add_developer_page(struct request *r, struct buf *to, int status) {
    add_top(to, "", status, http_status_reason(status));
    buf_lit(to, "<pre>");
    add_escaped(to, r->developer);
    buf_printf(to, "</pre><p>Request <code>%.*s</code></p>\n", SPAN_FMT(request_id(r)));
}

/* What a visitor can do, and what whoever runs the site needs to find the reason. */
static void add_visitor_page(struct request *r, struct buf *to, int code) {
    add_top(to, "Error ", code, span_of(cloudflare_sentence(code)));
    buf_printf(to,
               "<p>The program behind this page could not answer. Try again in a few minutes.</p>"
               "<p>The owner of the site finds the reason in the log under this id:</p>"
               "<p>Ray ID: <code>%.*s</code></p>\n",
               SPAN_FMT(request_id(r)));
}

/* True: it is HTML. */
static bool write_page(struct request *r, struct buf *to, int status) {
    bool worker = r->worker && cloudflare_code(r->why);
    bool shown = r->developer.len && (r->edge->config.dev || !worker);
    if (shown && worker && r->accepts_html) {
        add_developer_page(r, to, status);
        return true;
    }
    if (!shown && worker && r->accepts_html) {
        add_visitor_page(r, to, cloudflare_code(r->why));
        return true;
    }
    if (shown) {
        buf_add(to, r->developer);
    } else if (worker) {
        buf_printf(to, "error code: %d", cloudflare_code(r->why));
    } else {
        buf_printf(to, "%d %.*s", status, SPAN_FMT(http_status_reason(status)));
    }
    buf_add_char(to, '\n');
    return false;
}

/* In whole seconds, rounded up. */
static struct span retry_after(const struct request *r, char *to, size_t size) {
    uint64_t held_ms = r->worker ? worker_held_ms(r->edge, r->worker) : 0;
    return span_make(
        to, (size_t)snprintf(to, size, "%llu", held_ms ? (unsigned long long)(held_ms + 999) / 1000 : 1));
}

void reject(struct request *r) {
    struct edge *edge = r->edge;
    int status = status_of(r);
    count(&edge->count->rejected, 1);
    if (r->why == ERR_OVERLOAD) count(&edge->count->shed, 1);
    const struct edge_config *config = &edge->config;
    if (config->dev && config->on_log && r->worker &&
        r->developer.len) /* a person reads it, code frame and all */
        config->on_log(config->arg, r->worker->number, LOG_ERROR, request_id(r), r->developer);
    else if (status >= 500 && (config->dev || !config->on_request)) /* else it is in the request's own line */
        LOG(LOG_WARN, "request failed", LOG_S("req", request_id(r)), LOG_N("status", status),
            LOG_S("err", span_of(err_name(r->why))),
            LOG_S("worker", r->worker ? buf_span(&r->worker->name) : SPAN_NONE), LOG_S("text", r->developer));
    struct buf page = BUF_INIT;
    bool html = write_page(r, &page, status);
    char retry[24];
    struct http_field fields[3] = {
        {SPAN("Content-Type"), html ? SPAN("text/html; charset=utf-8") : SPAN("text/plain; charset=utf-8"),
         HTTP_NAME_CONTENT_TYPE},
        {SPAN("CF-Ray"), request_id(r), HTTP_NAME_OTHER},
        {SPAN("Retry-After"), retry_after(r, retry, sizeof retry), HTTP_NAME_RETRY_AFTER}};
    struct response response = {
        .status = status,
        .fields = {fields, r->why == ERR_OVERLOAD || r->why == ERR_WORKER_HELD ? 3 : 2, 3},
        .length = page.len,
        .bytes = buf_span(&page)};
    if (r->conn->in_message && r->conn->body) r->close_after = true; /* its body is not wanted */
    if (!r->ray[0]) response.fields.count = 1;
    if (respond(r, &response)) request_go(r, JOURNEY_ABORT);
    buf_free(&page);
}
