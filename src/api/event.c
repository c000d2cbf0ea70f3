/* Events under way: requests and cron triggers, from the message to DONE. */
#include "api/core.h"
#include "loop/clock.h"

/* Rows that JavaScript writes into `out` (core.js has the same numbers).
 *   ROW_RESPOND, ticket, status (| RESPOND_DONE), offset in bytes, content type (index of implied[]), fields,
 *       bytes of the body (-1: null),
 *       then per field: name bytes | value bytes << 10
 *     at the offset: name, value, name, value, ..., body
 *   ROW_DONE, ticket */
enum { ROW_RESPOND = 1, ROW_DONE = 2 };
enum { RESPOND_INTS = 7, RESPOND_DONE = 1 << 16 };

/* Content types that Response() gives to bodies by itself. */
static const struct http_field implied[] = {
    {{NULL, 0}, {NULL, 0}, 0},
    {{"content-type", 12}, {"text/plain;charset=UTF-8", 24}, HTTP_NAME_CONTENT_TYPE},
    {{"content-type", 12}, {"application/json", 16}, HTTP_NAME_CONTENT_TYPE},
};
enum { IMPLIED = sizeof implied / sizeof *implied };

/* --- Slots --- */

/* Read once for a batch that comes and once for what a turn leaves behind: api_turn() forgets it. */
static uint64_t clock_of_batch(struct api *api) {
    if (!api->now_ns) api->now_ns = clock_monotonic_ns();
    return api->now_ns;
}

struct slot *slot_of(struct api *api, int32_t ticket) {
    uint32_t index = (uint32_t)ticket & (SLOTS - 1);
    struct slot *s = index < api->slots_made ? api->slots[index] : NULL;
    return s && s->state != SLOT_FREE && s->ticket == ticket ? s : NULL;
}

static struct slot *slot_take(struct api *api) {
    struct slot *s;
    if (api->slots_free) {
        s = api->slots[api->slots_free - 1];
        api->slots_free = s->next_free;
        s->ticket = (int32_t)(((uint32_t)s->ticket + SLOTS) & INT32_MAX);
    } else if (api->slots_made < SLOTS) {
        s = api->slots[api->slots_made] = NEW(struct slot);
        s->ticket = (int32_t)api->slots_made++;
    } else {
        return NULL;
    }
    if (!s->stream)
        s->stream = flow_new(api);
    else
        flow_reset(s->stream);
    s->state = SLOT_OPEN;
    s->log_bytes = 0;
    s->cpu_ns = s->before_ns = 0;
    s->limit_ns = api->limits.cpu_ms * 1000000ull;
    s->kept.len = 0;
    s->began_ns = clock_of_batch(api);
    api->in_flight++;
    api->stats.requests++;
    count(&api_row(api)->requests, 1);
    return s;
}

static void slot_give(struct api *api, struct slot *s) {
    struct flow *stream = s->stream;
    flow_close(stream, ERR_CLOSED);
    if (stream->refs > 1) { /* JavaScript still holds its body */
        flow_unref(stream);
        s->stream = NULL;
    }
    s->state = SLOT_FREE;
    s->next_free = api->slots_free;
    api->slots_free = ((uint32_t)s->ticket & (SLOTS - 1)) + 1;
    api->in_flight--;
}

void event_free_all(struct api *api) {
    for (uint32_t i = 0; i < api->slots_made; i++) {
        flow_unref(api->slots[i]->stream);
        buf_free(&api->slots[i]->kept);
        buf_free(&api->slots[i]->cf);
        mem_free(api->slots[i]);
    }
}

/* --- In --- */

void event_queue(struct api *api, enum api_event kind, int32_t a, int32_t b, int32_t c) {
    int32_t row[EVENT_INTS] = {(int32_t)kind, a, b, c};
    buf_add(&api->queue, span_make(row, sizeof row));
}

/* What waits behind nothing begins in the coming turn, whatever happens then. A body that still arrives has been told where to. */
static void keep(struct api *api, struct slot *s, const struct message *m) {
    enum { KEPT_BYTES = 8 * 1024 };
    if (!api->queue.len || m->flags & MESSAGE_BODY_STREAM || m->payload.len > KEPT_BYTES) return;
    s->kept_flags = m->flags;
    buf_add(&s->kept, m->payload);
}

static enum err begin_request(struct api *api, const struct message *m) {
    struct http_field fields[FIELDS_CAP];
    struct head h;
    struct span rest;
    enum err e = head_read(m->payload, fields, FIELDS_CAP, &h, &rest);
    if (e != ERR_OK) return e;
    struct slot *s = slot_take(api);
    if (!s) return ERR_OVERLOAD;
    s->scheduled = false;
    keep(api, s, m);
    s->stream->request = true;
    s->stream->ticket = s->ticket;
    flow_open(s->stream, m->stream);
    flow_in(s->stream, m->flags, h.body_length, rest);
    s->cf.len = 0;
    buf_add(&s->cf, h.extra);
    h.extra = SPAN_NONE;
    unsigned kind = s->stream->in_kind;
    if (kind == BODY_INLINE && body_pack(rest, &api->text)) kind = PACKED_BODY_TEXT;
    uint32_t offset = head_pack(&h, kind, &api->text);
    event_queue(api, h.flags & HEAD_SERVICE ? EVENT_SERVICE : EVENT_REQUEST, s->ticket, (int32_t)offset,
                (int32_t)(api->text.len / 2));
    return ERR_OK;
}

static enum err begin_scheduled(struct api *api, const struct message *m) {
    uint64_t at;
    if (m->payload.len < 16) return ERR_INVALID; /* u32 Worker, u32 reserved, u64 time, text */
    memcpy(&at, m->payload.ptr + 8, 8);
    struct slot *s = slot_take(api);
    if (!s) return ERR_OVERLOAD;
    s->scheduled = true;
    s->limit_ns = api->limits.background_cpu_ms * 1000000ull;
    keep(api, s, m);
    s->stream->request = true;
    s->stream->ticket = s->ticket;
    flow_open(s->stream, m->stream);
    uint32_t offset = scheduled_pack(at, span_from(m->payload, 16), &api->text);
    event_queue(api, m->type == MESSAGE_TEST ? EVENT_TEST : EVENT_SCHEDULED, s->ticket, (int32_t)offset,
                (int32_t)(api->text.len / 2));
    return ERR_OK;
}

enum err event_begin(struct api *api, const struct message *m) {
    return m->type == MESSAGE_REQUEST ? begin_request(api, m) : begin_scheduled(api, m);
}

/* Queued, never begun: nothing of it has happened. */
static void give_back(struct api *api, const int32_t *row) {
    struct slot *s = event_has_text(row[0]) ? slot_of(api, row[1]) : NULL;
    if (!s || s->state != SLOT_OPEN || !s->kept.len) return;
    struct message m = {.type = row[0] == EVENT_SCHEDULED ? MESSAGE_SCHEDULED
                                : row[0] == EVENT_TEST    ? MESSAGE_TEST
                                                          : MESSAGE_REQUEST,
                        .flags = s->kept_flags,
                        .stream = s->stream->id,
                        .payload = buf_span(&s->kept)};
    api->stats.requests--;
    slot_give(api, s);
    api->config.on_unbegun(api->config.arg, &m);
}

void event_give_back(struct api *api) {
    if (!api->config.on_unbegun) return;
    for (size_t i = 0; i < EVENT_ROWS; i++) give_back(api, api->events + i * EVENT_INTS);
    const int32_t *rows = (const int32_t *)(const void *)api->queue.ptr;
    for (size_t i = 0, n = api->queue.len / sizeof(int32_t) / EVENT_INTS; i < n; i++)
        give_back(api, rows + i * EVENT_INTS);
    api->queue.len = 0;
}

/* --- Out --- */

void event_done(struct api *api, struct slot *s) {
    uint64_t numbers[2] = {s->before_ns + s->cpu_ns, clock_of_batch(api) - s->began_ns};
    count(&api_row(api)->wall_ns, numbers[1]);
    histogram_add(&api_row(api)->event_cpu, s->cpu_ns);
    struct span part = span_make(numbers, sizeof numbers);
    link_send(api->config.link, MESSAGE_DONE, 0, s->stream->id, &part, 1);
    slot_give(api, s);
}

/* FAILED ends the event as DONE does, when nothing was answered yet. */
void event_fail(struct api *api, struct slot *s, enum err e, struct span text, bool pass_through) {
    if (s->state == SLOT_ANSWERED) {
        flow_send_error(s->stream, e);
        event_done(api, s);
        return;
    }
    uint32_t code = e;
    size_t room = LIMIT_LINK_MESSAGE_BYTES - 64;
    struct span parts[] = {span_make(&code, 4), span_first(text, room)};
    api->stats.exceptions++;
    count(&api_row(api)->exceptions, 1);
    link_send(api->config.link, MESSAGE_FAILED, pass_through ? MESSAGE_PASS_THROUGH : 0, s->stream->id, parts,
              2);
    s->state = SLOT_ANSWERED;
}

void event_fail_all(struct api *api, enum err e, struct span text) {
    for (uint32_t i = 0; i < api->slots_made; i++) {
        struct slot *s = api->slots[i];
        if (s->state == SLOT_OPEN) event_fail(api, s, e, text, false);
        if (s->state == SLOT_ANSWERED && s->stream->out_open) flow_send_error(s->stream, e);
        if (s->state == SLOT_ANSWERED) event_done(api, s);
    }
}

/* One ROW_RESPOND; returns its length in ints, 0 when it is wrong. */
static size_t respond_row(struct api *api, const int32_t *row, size_t ints) {
    struct http_field fields[FIELDS_CAP];
    if (ints < RESPOND_INTS) return 0;
    size_t count = (uint32_t)row[5], at = (uint32_t)row[3], body = row[6] < 0 ? 0 : (size_t)row[6];
    uint32_t type = (uint32_t)row[4];
    if (count >= FIELDS_CAP || count > ints - RESPOND_INTS || type >= IMPLIED || at > OUT_BYTES) return 0;
    size_t n = 0;
    const char *text = (const char *)api->bytes + at;
    for (size_t i = 0, left = OUT_BYTES - at; i <= count; i++) {
        uint32_t lens = i < count ? (uint32_t)row[RESPOND_INTS + i] : 0;
        size_t name = lens & 1023, value = lens >> 10;
        if (i == count) {
            if (body > left) return 0;
            break;
        }
        if (name + value > left) return 0;
        fields[n++] = (struct http_field){{text, name}, {text + name, value}, HTTP_NAME_OTHER};
        text += name + value;
        left -= name + value;
    }
    if (type) fields[n++] = implied[type];
    struct slot *s = slot_of(api, row[1]);
    if (!s || s->state != SLOT_OPEN || s->scheduled) return RESPOND_INTS + count;
    struct head h = {.status = (uint16_t)row[2], .fields = fields, .field_count = n, .body_length = body};
    size_t size = head_size(&h) + body;
    char *to = link_begin(api->config.link, MESSAGE_RESPONSE, row[6] < 0 ? 0 : MESSAGE_BODY_INLINE,
                          s->stream->id, size);
    memcpy(head_write(&h, to), text, body);
    link_commit(api->config.link, size);
    s->state = SLOT_ANSWERED;
    if (row[2] & RESPOND_DONE) event_done(api, s);
    return RESPOND_INTS + count;
}

static size_t done_row(struct api *api, const int32_t *row, size_t ints) {
    if (ints < 2) return 0;
    struct slot *s = slot_of(api, row[1]);
    if (s && s->state == SLOT_OPEN && !s->scheduled) return 0; /* DONE needs an answer */
    if (s) event_done(api, s);
    return 2;
}

bool event_flush(struct api *api) {
    uint32_t used = (uint32_t)api->out[OUT_USED], at = 0;
    api->out[OUT_USED] = api->out[OUT_FILLED] = 0;
    if (used > OUT_INTS - OUT_ROWS) return false;
    while (at < used) {
        const int32_t *row = api->out + OUT_ROWS + at;
        size_t taken = row[0] == ROW_RESPOND ? respond_row(api, row, used - at)
                       : row[0] == ROW_DONE  ? done_row(api, row, used - at)
                                             : 0;
        if (!taken) return false;
        at += (uint32_t)taken;
    }
    return true;
}
