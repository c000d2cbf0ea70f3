/* Errors and console lines, on their way to a person. */
#include "api/core.h"
#include "js/errors.h"
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

void report_log(struct api *api, enum log_level level, struct slot *s, struct span text) {
    char head[8] = {0};
    uint32_t *used = s ? &s->log_bytes : &api->log_bytes;
    uint32_t most = api->limits.log_kb << 10;
    if (*used >= most) {
        count(&api_row(api)->log_dropped, 1);
        return;
    }
    count(&api_row(api)->log_lines, 1);
    text = span_first(text, most - *used);
    text = span_first(text, LIMIT_LINK_MESSAGE_BYTES - sizeof head);
    *used += (uint32_t)text.len + 1;
    memcpy(head, &api->config.worker, 4);
    head[4] = (char)level;
    struct span parts[] = {span_make(head, sizeof head), text};
    link_send(api->config.link, MESSAGE_LOG, 0, s ? s->stream->id : 0, parts, 2);
    if (*used >= most) {
        parts[1] = SPAN("console output exceeds the limit of one event: the rest is not shown");
        link_send(api->config.link, MESSAGE_LOG, 0, s ? s->stream->id : 0, parts, 2);
    }
}

void report_rejection(struct isolate *iso, js_ctx c, js_val promise, js_val reason) {
    struct api *api = isolate_data(iso);
    js_val argv[] = {promise, reason}, exc = NULL;
    if (api->rejected) js_call(c, api->rejected, NULL, 2, argv, &exc);
}
