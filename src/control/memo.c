#include "control/memo.h"

#include "base/limits.h"
#include "conf/conf.h"
#include "conf/json_write.h"
#include "loop/file.h"

enum { MEMO_FORMAT = 2 };

struct span memo_request_text(const struct prepare_request *request, struct arena *arena) {
    struct buf text = BUF_INIT;
    struct worker_limits limits[] = {request->plan_limits, request->own_limits};
    buf_printf(&text, "%d %s %s %s %d", MEMO_FORMAT, CUSP_VERSION, request->path,
               request->environment ? request->environment : "", request->dev);
    for (size_t i = 0; i < request->var_count; i++)
        buf_printf(&text, " %zu:%.*s=%zu:%.*s", request->vars[i].name.len, SPAN_FMT(request->vars[i].name),
                   request->vars[i].value.len, SPAN_FMT(request->vars[i].value));
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++)
        buf_printf(&text, " %u,%u", *worker_limits_at(&limits[0], i), *worker_limits_at(&limits[1], i));
    struct span copy = arena_copy(arena, buf_span(&text));
    buf_free(&text);
    return copy;
}

/* size:mtime, or "-" when it is not there: that a file does not exist is a fact a project may rest on too. */
static struct span stamp(const char *path, struct arena *arena) {
    struct file_info info;
    if (file_stat(path, &info, NULL)) return SPAN("-");
    return arena_printf(arena, "%llu:%lld", (unsigned long long)info.size_bytes, (long long)info.mtime_ns);
}

static bool inputs_unchanged(const struct conf *inputs, struct arena *arena, struct prepared *ret) {
    const char **list = arena_zero(arena, (conf_count(inputs) + 1) * sizeof *list);
    CONF_EACH(input, inputs) {
        const char *path = arena_copy(arena, input->key).ptr;
        if (input->type != CONF_STRING || !span_eq(input->text, stamp(path, arena))) return false;
        list[ret->input_count++] = path;
    }
    ret->inputs = list;
    return ret->input_count > 0;
}

static bool is_id(struct span id) {
    if (id.len != 32) return false;
    for (size_t i = 0; i < 32; i++)
        if (!ascii_is_digit(id.ptr[i]) && !(id.ptr[i] >= 'a' && id.ptr[i] <= 'f')) return false;
    return true;
}

static enum err understand(const struct conf *root, const struct prepare_request *request,
                           struct arena *arena, struct prepared *ret) {
    struct span known = SPAN_NONE, id = SPAN_NONE, config = SPAN_NONE, *texts = NULL, *crons = NULL;
    size_t count = 0;
    enum err e = conf_read_string(root, "request", &known, NULL);
    if (!e) e = conf_read_string(root, "id", &id, NULL);
    if (!e) e = conf_read_string(root, "name", &ret->name, NULL);
    if (!e) e = conf_read_string(root, "config", &config, NULL);
    if (!e) e = conf_read_strings(root, "warnings", arena, &texts, &count, NULL);
    if (!e) e = conf_read_strings(root, "crons", arena, &crons, &ret->cron_count, NULL);
    if (e || !is_id(id) || !span_eq(known, memo_request_text(request, arena))) return ERR_NOT_FOUND;
    if (!file_exists(file_join(arena, span_of(request->code_dir), id).ptr)) return ERR_NOT_FOUND;
    if (!inputs_unchanged(conf_find(root, SPAN("inputs")), arena, ret)) return ERR_NOT_FOUND;
    const char **warnings = arena_zero(arena, (count + 1) * sizeof *warnings);
    for (size_t i = 0; i < count; i++) warnings[i] = arena_copy(arena, texts[i]).ptr;
    memcpy(ret->id, id.ptr, 32);
    ret->warnings = warnings;
    ret->warning_count = count;
    ret->crons = crons;
    ret->config_path = config.len ? config.ptr : NULL;
    ret->from_memo = true;
    return ERR_OK;
}

enum err memo_recall(const struct prepare_request *request, struct arena *arena, struct prepared *ret) {
    struct buf text = BUF_INIT;
    const struct conf *root;
    struct prepared found = {0};
    enum err e = ERR_NOT_FOUND;
    if (request->memo_file) e = file_read(request->memo_file, LIMIT_CONFIG_BYTES, &text, NULL);
    if (!e) e = conf_parse_json(arena, request->memo_file, buf_span(&text), &root, NULL);
    if (!e) e = understand(root, request, arena, &found);
    buf_free(&text);
    if (e) return ERR_NOT_FOUND;
    *ret = found;
    return ERR_OK;
}

/* A file that was written after the bundler began may not be what it read; the clock of files is a tick coarser. */
static bool changed_since(const struct prepared *result, int64_t began_ms) {
    enum { TICK_MS = 10 };
    for (size_t i = 0; i < result->input_count; i++) {
        struct file_info info;
        if (file_stat(result->inputs[i], &info, NULL) == ERR_OK &&
            info.mtime_ns / 1000000 >= began_ms - TICK_MS)
            return true;
    }
    return false;
}

static void write_text(struct json_writer *w, const char *key, struct span text) {
    json_key(w, span_of(key));
    json_string(w, text);
}

enum err memo_write(const struct prepare_request *request, const struct prepared *result, int64_t began_ms,
                    struct problem *p) {
    if (changed_since(result, began_ms)) return ERR_OK;
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);
    json_begin_object(&w);
    write_text(&w, "request", memo_request_text(request, &arena));
    write_text(&w, "id", span_of(result->id));
    write_text(&w, "name", result->name);
    if (result->config_path) write_text(&w, "config", span_of(result->config_path));
    json_key(&w, SPAN("inputs"));
    json_begin_object(&w);
    for (size_t i = 0; i < result->input_count; i++)
        write_text(&w, result->inputs[i], stamp(result->inputs[i], &arena));
    json_end_object(&w);
    json_key(&w, SPAN("warnings"));
    json_begin_array(&w);
    for (size_t i = 0; i < result->warning_count; i++) json_string(&w, span_of(result->warnings[i]));
    json_end_array(&w);
    json_key(&w, SPAN("crons"));
    json_begin_array(&w);
    for (size_t i = 0; i < result->cron_count; i++) json_string(&w, result->crons[i]);
    json_end_array(&w);
    json_end_object(&w);
    enum err e = file_write_atomic(request->memo_file, buf_span(&out), 0600, p);
    buf_free(&out);
    arena_free(&arena);
    return e;
}
