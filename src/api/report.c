/* Errors and console lines, on their way to a person. */
#include "api/core.h"
#include "js/errors.h"
#include "loop/clock.h"
#include <stdio.h>

static const struct version_module *main_module(const struct api *api) {
    return &api->config.version->modules[api->config.version->main_module];
}

static const struct sourcemap *source_map(struct api *api) {
    const struct version_module *m = main_module(api);
    if (!api->map_tried && m->source_map.len) {
        api->map_tried = true;
        if (sourcemap_open(m->source_map, &api->map) != ERR_OK) api->map = NULL;
    }
    return api->map;
}

/* Frames of our own are of no use to a Worker's author. */
static size_t drop_own(struct js_frame *frames, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!span_starts(frames[i].url, SPAN("cusp:")) && frames[i].line) frames[kept++] = frames[i];
    return kept;
}

static struct span line_of(struct span text, uint32_t line) {
    for (uint32_t at = 1; text.ptr; at++) {
        struct span part = span_cut(&text, '\n');
        if (at == line) return part;
    }
    return SPAN_NONE;
}

/* The author's text of a file, or what runs when there is no map. */
static struct span text_of(struct api *api, struct span url) {
    struct span text = api->map ? sourcemap_content(api->map, url) : SPAN_NONE;
    if (!text.len && span_eq(url, main_module(api)->name)) text = main_module(api)->bytes;
    return text;
}

static void frame_line(struct buf *out, struct span text, uint32_t at, uint32_t line, unsigned width) {
    struct span s = line_of(text, at);
    if (!s.ptr || s.len > 400) return; /* minified: no use */
    if (s.len && s.ptr[s.len - 1] == '\r') s.len--;
    buf_printf(out, "\n%c %*u | %.*s", at == line ? '>' : ' ', (int)width, at, SPAN_FMT(s));
}

/* Three lines and a caret under the column (1-based, in bytes; tabs are kept so that it lines up). */
static void code_frame(struct buf *out, struct span text, const struct js_frame *f) {
    struct span s = line_of(text, f->line);
    unsigned width = (unsigned)snprintf(NULL, 0, "%u", f->line);
    if (!s.ptr || s.len > 400 || f->line < 1) return;
    buf_add_char(out, '\n');
    for (uint32_t at = f->line > 2 ? f->line - 2 : 1; at <= f->line; at++)
        frame_line(out, text, at, f->line, width);
    buf_printf(out, "\n  %*s | ", (int)width, "");
    for (uint32_t i = 1; i < f->column && i <= s.len; i++)
        buf_add_char(out, s.ptr[i - 1] == '\t' ? '\t' : ' ');
    buf_add_char(out, '^');
}

struct span report_text(struct api *api, js_ctx c, js_val thrown, bool frame, struct arena *a) {
    struct js_error_info info = {0};
    const struct sourcemap *map = source_map(api);
    if (c)
        js_error_read(c, thrown, a, &info);
    else
        js_error_describe(api->iso, thrown, a, &info);
    info.frame_count = drop_own(info.frames, info.frame_count);
    if (info.frame_count)
        js_frames_map(info.frames, info.frame_count, main_module(api)->name, map,
                      api->script.prologue_columns, a);
    struct span text = js_error_text(&info, a);
    if (!frame || !api->config.dev || !info.frame_count) return text;
    struct buf out = BUF_INIT;
    buf_add(&out, text);
    for (size_t i = 0; i < info.frame_count; i++) {
        struct span source = text_of(api, info.frames[i].url);
        if (!source.len) continue;
        code_frame(&out, source, &info.frames[i]);
        break;
    }
    text = arena_copy(a, buf_span(&out));
    buf_free(&out);
    return text;
}

static void log_send(struct api *api, enum log_level level, struct slot *s, struct span text) {
    char head[8] = {0};
    memcpy(head, &api->config.worker, 4);
    head[4] = (char)level;
    struct span parts[] = {span_make(head, sizeof head),
                           span_first(text, LIMIT_LINK_MESSAGE_BYTES - sizeof head)};
    count(&api_row(api)->log_lines, 1);
    link_send(api->config.link, MESSAGE_LOG, 0, s ? s->stream->id : 0, parts, 2);
}

/* A token bucket for the isolate: an event's limit does not help against many events, and it is edge that writes the lines. The
 * developer's terminal takes what comes. */
static bool may_log(struct api *api, size_t bytes) {
    if (api->config.dev) return true;
    uint64_t now = clock_monotonic_ns(), room = LIMIT_WORKER_LOG_BURST_BYTES;
    if (api->log_at_ns) {
        uint64_t since = now - api->log_at_ns, whole = (uint64_t)LIMIT_WORKER_LOG_BURST_BYTES * 1000000000u;
        if (since < whole / LIMIT_WORKER_LOG_RATE_BYTES)
            room = api->log_room + since / 1000 * LIMIT_WORKER_LOG_RATE_BYTES / 1000000;
        if (room > LIMIT_WORKER_LOG_BURST_BYTES) room = LIMIT_WORKER_LOG_BURST_BYTES;
    }
    /* A pause before it may go on: a line now and then would be said to be the last one each time. */
    if (bytes > room || (api->log_held && room < LIMIT_WORKER_LOG_BURST_BYTES / 4)) return false;
    api->log_room = room - bytes;
    api->log_at_ns = now;
    return true;
}

static void hold_line(struct api *api, struct slot *s) {
    count(&api_row(api)->log_dropped, 1);
    if (!api->log_held++)
        log_send(api, LOG_WARN, s,
                 SPAN("console output exceeds what a Worker may log each second: lines are dropped"));
}

void report_log(struct api *api, enum log_level level, struct slot *s, struct span text) {
    uint32_t *used = s ? &s->log_bytes : &api->log_bytes;
    uint32_t most = api->limits.log_kb << 10;
    if (*used >= most) {
        count(&api_row(api)->log_dropped, 1);
        return;
    }
    text = span_first(text, most - *used);
    if (!may_log(api, text.len + 1)) {
        hold_line(api, s);
        return;
    }
    if (api->log_held) {
        char note[64];
        int n = snprintf(note, sizeof note, "%llu lines were dropped", (unsigned long long)api->log_held);
        api->log_held = 0;
        log_send(api, LOG_WARN, s, span_make(note, (size_t)n));
    }
    *used += (uint32_t)text.len + 1;
    log_send(api, level, s, text);
    if (*used >= most)
        log_send(api, level, s, SPAN("console output exceeds the limit of one event: the rest is not shown"));
}

void report_rejection(struct isolate *iso, js_ctx c, js_val promise, js_val reason) {
    struct api *api = isolate_data(iso);
    js_val argv[] = {promise, reason}, exc = NULL;
    if (api->rejected) js_call(c, api->rejected, NULL, 2, argv, &exc);
}
