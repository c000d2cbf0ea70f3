/* The C side of compression.js: a stream of zip/zip.h and the chunk that is on its way through it. A small piece of work is
 * done inside the native, a large one on the pool as an operation (op.h): compressing 64 KB takes longer than a Worker's
 * neighbours should wait. What comes out comes in pieces, so a small chunk that makes a huge output never stands in memory
 * whole: JavaScript asks for the next piece when its reader has taken the last. */
#include <stdlib.h>

#include "api/core.h"
#include "base/priority.h"
#include "loop/work.h"
#include "zip/zip.h"

enum { LONG_ENCODE_BYTES = 16 * 1024, LONG_DECODE_BYTES = 64 * 1024, JOB_NICE = 10 };
enum { NEAR_BYTES = 32 * 1024, FAR_BYTES = 256 * 1024 }; /* of output, in one go: here, and on the pool */

static const int levels[ZIP_FORMAT_COUNT] = {
    [ZIP_GZIP] = 6, [ZIP_DEFLATE] = 6, [ZIP_DEFLATE_RAW] = 6, [ZIP_BR] = 5, [ZIP_ZSTD] = 3};

/* One CompressionStream or DecompressionStream. While `busy`, everything but `api` and `gone` is the pool's. */
struct press {
    struct op op;
    struct meter_job meter; /* of the work under way on the pool */
    struct api *api;        /* NULL: the isolate is gone */
    struct zip *zip;
    struct buf in;
    size_t at;      /* of `in` has been taken */
    size_t counted; /* of its memory, in api->zip_bytes */
    bool encodes, last, ended, busy, gone;
    /* of the last run */
    enum err result;
    char *out;
    size_t out_len, out_cap;
};

static void count_memory(struct press *p, size_t now) {
    if (!p->api) return;
    p->api->zip_bytes += now - p->counted;
    p->counted = now;
}

static void press_free(struct press *p) {
    count_memory(p, 0);
    zip_free(p->zip);
    buf_free(&p->in);
    free(p->out);
    mem_free(p);
}

/* The handle was collected, or closed. The isolate's thread. */
static void press_gone(void *data) {
    struct press *p = data;
    p->gone = true;
    if (!p->busy) press_free(p);
}
static const struct js_kind press_kind = {"CompressionStream", press_gone};

static struct press *press_arg(js_ctx c, size_t argc, const js_val argv[], js_val *exc) {
    struct press *p = js_handle_get(c, js_arg(c, argc, argv, 0), &press_kind);
    if (!p || p->busy) return js_throw_type(c, exc, "Illegal invocation"), NULL;
    return p;
}

/* --- The work itself: until the room is full, or nothing more can be done with what is there. --- */

static void run(struct press *p) {
    p->out_len = 0;
    while (!p->result && !p->ended && p->out_len < p->out_cap) {
        struct span in = span_make(p->in.ptr + p->at, p->in.len - p->at);
        size_t before = in.len, len = 0;
        p->result = zip_run(p->zip, &in, p->last && p->encodes ? ZIP_END : ZIP_MORE, p->out + p->out_len,
                            p->out_cap - p->out_len, &len, &p->ended);
        if (p->result) return; /* for good: `len` is 0 */
        p->at = p->in.len - in.len;
        p->out_len += len;
        if (!len && in.len == before) return;
    }
}

static void run_behind(void *arg) {
    static _Thread_local bool behind;
    if (!behind) priority_behind(JOB_NICE);
    behind = true;
    struct press *p = arg;
    if (!meter_job_begins(&p->meter)) return;
    run(p);
    meter_job_ends(&p->meter);
}

/* --- Results --- */

static bool room(js_ctx c, struct press *p, size_t cap, js_val *exc) {
    p->out = malloc(cap);
    p->out_cap = cap;
    if (!p->out) js_throw_range(c, exc, "Out of memory");
    return p->out != NULL;
}

/* A piece of output, or undefined when there is none to be had. Failure comes when all good output has been given. */
static js_val value(js_ctx c, struct press *p, js_val *exc) {
    count_memory(p, p->zip ? zip_memory_bytes(p->zip) : 0);
    char *out = p->out;
    size_t len = p->out_len;
    p->out = NULL;
    p->out_len = 0;
    if (len) {
        char *fitting = len < p->out_cap ? realloc(out, len) : out;
        return js_buffer_take_malloc(c, fitting ? fitting : out, len, exc);
    }
    free(out);
    if (p->result) return js_throw_type(c, exc, "The compressed data is not valid.");
    if (p->ended && p->at < p->in.len)
        return js_throw_type(c, exc, "Trailing bytes after end of compressed data");
    if (p->last && !p->ended) return js_throw_type(c, exc, "The compressed data is cut short.");
    if (p->api && p->api->zip_bytes > LIMIT_ZIP_BYTES)
        return js_throw_range(c, exc, "Compression streams that are open take more than %u bytes.",
                              (unsigned)LIMIT_ZIP_BYTES);
    if (p->ended) { /* its memory back at once, not when it is collected */
        count_memory(p, 0);
        zip_free(p->zip);
        p->zip = NULL;
    }
    return js_undefined(c);
}

static js_val press_make(js_ctx c, struct op *op, js_val *exc) {
    struct press *p = (struct press *)op;
    p->busy = false;
    if (p->gone) return press_free(p), js_undefined(c);
    return value(c, p, exc);
}
/* The isolate has gone; its handles are finalized before or after. */
static void press_drop(struct op *op) {
    struct press *p = (struct press *)op;
    p->api = NULL;
    p->busy = false;
    if (p->gone) press_free(p);
}
static void press_done(void *arg) {
    struct press *p = arg;
    meter_job_bill(&p->meter);
    op_finish(&p->op);
}

/* --- Natives --- */

/* open(format, encodes) -> handle */
static JS_NATIVE(native_open) {
    int32_t format;
    if (!js_arg_int(c, argc, argv, 0, &format, exc)) return NULL;
    if (format < 0 || format >= ZIP_FORMAT_COUNT) return js_throw_type(c, exc, "Illegal invocation");
    struct api *api = api_here();
    if (api->zip_bytes > LIMIT_ZIP_BYTES)
        return js_throw_range(c, exc, "Compression streams that are open take more than %u bytes.",
                              (unsigned)LIMIT_ZIP_BYTES);
    struct press *p = NEW(struct press);
    p->api = api;
    p->encodes = js_to_bool(c, js_arg(c, argc, argv, 1));
    p->zip = p->encodes ? zip_encoder((enum zip_format)format, levels[format])
                        : zip_decoder((enum zip_format)format);
    count_memory(p, zip_memory_bytes(p->zip));
    js_extra_memory(c, p->counted);
    return js_handle_new(c, &press_kind, p);
}

/* add(handle, bytes): the next chunk. The one before has been taken whole. */
static JS_NATIVE(native_add) {
    struct press *p = press_arg(c, argc, argv, exc);
    struct span bytes;
    if (!p || !js_bytes_of(c, js_arg(c, argc, argv, 1), &bytes, exc)) return NULL;
    if (p->at < p->in.len) return js_throw_type(c, exc, "Illegal invocation");
    p->at = p->in.len = 0;
    if (bytes.len > NEAR_BYTES) buf_free(&p->in); /* not kept for small ones afterwards */
    buf_add(&p->in, bytes);
    return NULL;
}

/* next(handle, last) -> ArrayBuffer, undefined when the chunk is done, or the number of an operation that gives one of
 * them. `last`: no more chunks will come. */
static JS_NATIVE(native_next) {
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p) return NULL;
    p->last = js_to_bool(c, js_arg(c, argc, argv, 1));
    size_t left = p->in.len - p->at;
    if (left <= (p->encodes ? LONG_ENCODE_BYTES : LONG_DECODE_BYTES)) {
        if (!room(c, p, NEAR_BYTES, exc)) return NULL;
        run(p);
        return value(c, p, exc);
    }
    if (!room(c, p, FAR_BYTES, exc)) return NULL;
    struct api *api = p->api;
    uint32_t id = op_begin(api, &p->op, press_make, press_drop);
    p->busy = true;
    p->meter = meter_job_new(api);
    enum err e = work_run(api->config.loop, run_behind, press_done, p);
    if (e == ERR_OK) return js_int(c, (int32_t)id);
    meter_job_bill(&p->meter); /* nothing */
    op_drop(&p->op);
    p->busy = false;
    return js_throw_err(c, exc, e, NULL);
}

/* close(handle): nobody wants the rest. */
static JS_NATIVE(native_close) {
    struct press *p = argc ? js_handle_close(c, argv[0], &press_kind) : NULL;
    if (p) press_gone(p);
    return NULL;
}

const struct js_native_row api_natives_compression[] = {{"open", native_open, 2},
                                                        {"add", native_add, 2},
                                                        {"next", native_next, 2},
                                                        {"close", native_close, 1},
                                                        {0}};
