#include "edge/encoding.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "zip/zip.h"

enum { IN_BYTES = 32 * 1024, OUT_BYTES = 32 * 1024 };

static const struct {
    enum zip_format format;
    int level;
} codings[CODING_OTHER] = {
    [CODING_GZIP] = {ZIP_GZIP, 6}, [CODING_BR] = {ZIP_BR, 4}, [CODING_ZSTD] = {ZIP_ZSTD, 3}};

bool content_coding_known(enum content_coding coding) {
    return coding != CODING_IDENTITY && coding != CODING_OTHER;
}

/* Stands between two bodies: the sink of one, the source of the other. */
struct filter {
    struct zip *zip;
    struct body *from, *to; /* NULL once that side has let go */
    struct buf in;
    size_t at;
    bool encodes, paused, in_ended, running;
    bool pending; /* the last step filled its buffer: there is more to push out */
};

static void free_filter(struct filter *f) {
    zip_free(f->zip);
    buf_free(&f->in);
    mem_free(f);
}

/* Both sides let go; the one below hears why. */
static void end(struct filter *f, enum err why) {
    struct body *from = f->from, *to = f->to;
    f->from = f->to = NULL;
    body_stop(from);
    if (to) body_end(to, why);
}

/* One step. False: nothing more can be done now. */
static bool run_once(struct filter *f) {
    char out[OUT_BYTES];
    size_t len = 0;
    bool finished = false;
    struct span in = span_make(f->in.ptr + f->at, f->in.len - f->at);
    size_t before = in.len;
    /* An encoder that has all there is for now pushes it out: a client must not wait for it (event streams). */
    enum zip_flush flush = f->in_ended ? ZIP_END : ZIP_FLUSH;
    if (!before && !f->in_ended && f->encodes && !f->pending) return false;
    if (zip_run(f->zip, &in, flush, out, sizeof out, &len, &finished)) {
        end(f, ERR_CORRUPT);
        return false;
    }
    f->pending = len == sizeof out;
    f->at = f->in.len - in.len;
    if (f->at == f->in.len) f->in.len = f->at = 0;
    if (len && !body_push(f->to, span_make(out, len))) f->paused = f->to != NULL;
    if (!f->to) return false;
    if (f->in_ended && !f->in.len && (finished || (!len && before == in.len))) {
        end(f, finished ? ERR_OK : ERR_CORRUPT);
        return false;
    }
    return len || in.len != before;
}

static void run(struct filter *f) {
    if (f->running) return;
    f->running = true;
    while (f->to && !f->paused && run_once(f)) continue;
    f->running = false;
    if (f->from && !f->in.len && !f->paused)
        body_pull(f->from);
    else if (!f->from && !f->to)
        free_filter(f);
}

static size_t in_room(void *arg) {
    const struct filter *f = arg;
    size_t held = f->in.len - f->at;
    return f->paused || held >= IN_BYTES ? 0 : IN_BYTES - held;
}

static void in_take(void *arg, struct span bytes) {
    struct filter *f = arg;
    buf_add(&f->in, bytes);
    run(f);
}

static void in_end(void *arg, enum err why) {
    struct filter *f = arg;
    f->from = NULL;
    f->in_ended = true;
    if (why) end(f, why);
    run(f);
}

static const struct body_sink in_sink = {in_room, in_take, in_end};

static void out_resume(void *arg) {
    struct filter *f = arg;
    f->paused = false;
    run(f);
}

static void out_stop(void *arg) {
    struct filter *f = arg;
    struct body *from = f->from;
    f->from = f->to = NULL;
    body_stop(from);
    run(f);
}

static const struct body_source out_source = {out_resume, NULL, out_stop};

static struct body *filter_new(struct body *from, struct zip *zip, bool encodes) {
    struct filter *f = NEW(struct filter);
    f->zip = zip;
    f->encodes = encodes;
    f->from = from;
    struct body *to = f->to = body_new(&out_source, f, BODY_LENGTH_UNKNOWN);
    body_attach(from, &in_sink, f);
    return to;
}

static struct zip *encoder(enum content_coding coding) {
    check(content_coding_known(coding));
    return zip_encoder(codings[coding].format, codings[coding].level);
}

struct body *encoding_decode(struct body *from, enum content_coding coding) {
    check(content_coding_known(coding));
    return filter_new(from, zip_decoder(codings[coding].format), false);
}

struct body *encoding_encode(struct body *from, enum content_coding coding) {
    return filter_new(from, encoder(coding), true);
}

enum content_coding content_coding_of(struct span value) {
    value = span_trim(value);
    if (!value.len || span_eq_nocase(value, SPAN("identity"))) return CODING_IDENTITY;
    if (span_eq_nocase(value, SPAN("gzip")) || span_eq_nocase(value, SPAN("x-gzip"))) return CODING_GZIP;
    if (span_eq_nocase(value, SPAN("br"))) return CODING_BR;
    return span_eq_nocase(value, SPAN("zstd")) ? CODING_ZSTD : CODING_OTHER;
}

static struct span encode_whole(struct span bytes, enum content_coding coding, struct arena *a) {
    struct buf out = BUF_INIT;
    struct zip *zip = encoder(coding);
    bool finished = false;
    while (!finished) {
        size_t len = 0;
        char *to = buf_reserve(&out, OUT_BYTES);
        check(!zip_run(zip, &bytes, ZIP_END, to, OUT_BYTES, &len, &finished)); /* encoders take anything */
        buf_added(&out, len);
    }
    struct span copy = arena_copy(a, buf_span(&out));
    zip_free(zip);
    buf_free(&out);
    return copy;
}

void encoding_convert(enum content_coding now, enum content_coding want, struct arena *a, struct span *bytes,
                      struct body **body, uint64_t *length) {
    if (now == want || now == CODING_OTHER || want == CODING_OTHER) return;
    if (!*body) {
        if (!bytes->len || !content_coding_known(want)) return;
        *bytes = encode_whole(*bytes, want, a);
        *length = bytes->len;
        return;
    }
    *length = BODY_LENGTH_UNKNOWN;
    if (content_coding_known(now)) *body = encoding_decode(*body, now);
    if (content_coding_known(want)) *body = encoding_encode(*body, want);
}
