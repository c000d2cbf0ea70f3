/* Workers KV for JavaScript: direct reads of the account's store, and writes as operations (op.h).
 *
 * A namespace is a small number here: the index of its row among the version's bindings, so that a read costs no
 * handle. Reads run on the loop's thread, inside the native. A write's result comes on the store's writer thread, is
 * put into the isolate's mail and picked up by the loop: one post for all that has come until then.
 *
 * How errors are worded: Workers say "KV GET failed: 414 ..."; authors look for that. */
#include "api/kv.h"

#include <pthread.h>

#include "api/core.h"

enum how { AS_TEXT, AS_JSON, AS_BUFFER, AS_STREAM, WITH_METADATA = 4 };
enum {
    CHUNK_BYTES = 64 * 1024,
    PAGE_KEYS = 1000 /* LIMIT_KV_LIST_KEYS */,
    BULK_KEYS = 100 /* LIMIT_KV_BULK_KEYS */
};

/* --- Arguments --- */

/* open(id): the namespace's number. */
static JS_NATIVE(native_open) {
    char room[128];
    struct span id;
    const struct version *v = api_here()->config.version;
    if (!js_to_utf8(c, js_arg(c, argc, argv, 0), room, sizeof room, &id, exc)) return NULL;
    for (size_t i = 0; i < v->binding_count; i++)
        if (v->bindings[i].kind == VERSION_BIND_KV_NAMESPACE && span_eq(v->bindings[i].value, id))
            return js_int(c, (int32_t)i);
    return js_throw_error(c, exc, "There is no KV namespace \"%.*s\".", SPAN_FMT(id));
}

static bool namespace_arg(js_ctx c, size_t argc, const js_val argv[], struct span *ret, js_val *exc) {
    const struct api *api = api_here();
    int32_t i;
    if (!js_is_int(js_arg(c, argc, argv, 0), &i) || i < 0 || (size_t)i >= api->config.version->binding_count)
        return js_throw_type(c, exc, "Illegal invocation"), false;
    if (!api->config.kv) return js_throw_error(c, exc, "This Worker's account has no KV store."), false;
    *ret = api->config.version->bindings[i].value;
    return true;
}

struct key {
    struct span name;
    char room[512]; /* LIMIT_KV_KEY_BYTES */
};

static bool key_ok(js_ctx c, struct span key, const char *method, js_val *exc) {
    if (!key.len) return js_throw_type(c, exc, "Key name cannot be empty."), false;
    if (key.ptr[0] == '.' && (key.len == 1 || span_eq(key, SPAN(".."))))
        return js_throw_type(c, exc, "\"%.*s\" is not allowed as a key name.", SPAN_FMT(key)), false;
    return true;
}

static bool key_read(js_ctx c, js_val v, const char *method, struct key *ret, js_val *exc) {
    struct js_chars chars;
    if (!js_chars_open(c, v, &chars, exc)) return false;
    size_t len = js_chars_utf8_len(&chars);
    if (len <= sizeof ret->room) ret->name = span_make(ret->room, js_chars_utf8(&chars, ret->room));
    js_chars_close(&chars);
    if (len > sizeof ret->room)
        return js_throw_error(
                   c, exc, "KV %s failed: 414 UTF-8 encoded length of %zu exceeds key length limit of %zu.",
                   method, len, sizeof ret->room),
               false;
    return key_ok(c, ret->name, method, exc);
}

/* checkKey(key, method): throws what a request with that key would. */
static JS_NATIVE(native_check_key) {
    struct key key;
    char room[32];
    struct span method;
    if (!js_to_utf8(c, js_arg(c, argc, argv, 1), room, sizeof room, &method, exc)) return NULL;
    key_read(c, js_arg(c, argc, argv, 0), room, &key, exc);
    return NULL;
}

static js_val failed(js_ctx c, js_val *exc, const char *method, enum err e) {
    return js_throw_error(c, exc, "KV %s failed: %d %s", method, err_status(e), err_sentence(e));
}

/* --- Reading --- */

/* A value that is read piece by piece (type "stream"). */
struct held {
    struct bytes *bytes;
    size_t at;
};
static void held_gone(void *data) {
    struct held *h = data;
    bytes_unref(h->bytes);
    mem_free(h);
}
static const struct js_kind held_kind = {"KvValue", held_gone};

static js_val hold(js_ctx c, struct span value) {
    struct held *h = NEW(struct held);
    h->bytes = bytes_copy(value);
    js_obj handle = js_handle_new(c, &held_kind, h);
    js_extra_memory(c, value.len);
    return handle;
}

/* chunk(held): the next Uint8Array, null at the end. */
static JS_NATIVE(native_chunk) {
    struct held *h = js_handle_get(c, js_arg(c, argc, argv, 0), &held_kind);
    if (!h) return js_throw_type(c, exc, "Illegal invocation");
    struct span piece = span_first(span_from(bytes_span(h->bytes), h->at), CHUNK_BYTES);
    if (!piece.len) return js_null(c);
    h->at += piece.len;
    return js_uint8_copy(c, piece, exc);
}

static js_val value_of(js_ctx c, enum how how, struct span value, js_val *exc) {
    switch (how) {
    case AS_BUFFER: return js_buffer_copy(c, value, exc);
    case AS_STREAM: return hold(c, value);
    default: return js_str(c, value);
    }
}

/* The value, or with `metadata` [value, metadata]. */
static js_val found(js_ctx c, int32_t how, const struct kv_view *view, js_val *exc) {
    js_val value = value_of(c, (enum how)(how & 3), view->value, exc);
    if (!value || !(how & WITH_METADATA)) return value;
    js_val both[] = {value, view->metadata.len ? js_str(c, view->metadata) : js_null(c)};
    return js_array(c, 2, both, exc);
}

static js_val read_one(js_ctx c, size_t argc, const js_val argv[], int32_t how, js_val *exc) {
    struct api *api = api_here();
    struct span ns;
    struct key key;
    struct kv_view view;
    if (!namespace_arg(c, argc, argv, &ns, exc) || !key_read(c, js_arg(c, argc, argv, 1), "GET", &key, exc))
        return NULL;
    uint64_t now_ms = (uint64_t)loop_clock_realtime_ms(api->config.loop);
    enum err e = kv_get(api->config.kv, ns, key.name, now_ms, &view);
    if (e == ERR_NOT_FOUND) return js_null(c);
    if (e != ERR_OK) return failed(c, exc, "GET", e);
    js_val v = found(c, how, &view, exc);
    kv_view_end(api->config.kv, &view);
    return v;
}

/* readText(namespace, key): a string or null. */
static JS_NATIVE(native_read_text) { return read_one(c, argc, argv, AS_TEXT, exc); }

/* read(namespace, key, how): text (JSON too), an ArrayBuffer or a handle for chunk(); null when there is none. With 4
 * in `how`: [that, metadata or null]. */
static JS_NATIVE(native_read) {
    int32_t how;
    if (!js_arg_int(c, argc, argv, 2, &how, exc)) return NULL;
    return read_one(c, argc, argv, how, exc);
}

/* One key of a bulk read: two more items. Adds to *total. */
static bool read_next(js_ctx c, struct kv_snapshot *snapshot, struct span ns, struct span key,
                      js_val items[2], uint64_t *total, js_val *exc) {
    struct kv_view view;
    enum err e =
        kv_snapshot_get(snapshot, ns, key, (uint64_t)loop_clock_realtime_ms(api_here()->config.loop), &view);
    items[0] = items[1] = js_null(c);
    if (e == ERR_NOT_FOUND) return true;
    if (e != ERR_OK) return failed(c, exc, "GET_BULK", e), false;
    *total += view.value.len;
    if (*total > LIMIT_KV_VALUE_BYTES) {
        js_throw_error(c, exc, "KV GET_BULK failed: 413 Total size of request exceeds the limit of %lluMB",
                       (unsigned long long)LIMIT_KV_VALUE_BYTES >> 20);
        return false;
    }
    items[0] = js_str(c, view.value);
    if (view.metadata.len) items[1] = js_str(c, view.metadata);
    return true;
}

/* readMany(namespace, key, ...): [text or null, metadata or null, ...], all of one moment. */
static JS_NATIVE(native_read_many) {
    struct api *api = api_here();
    struct span ns;
    struct kv_snapshot *snapshot;
    js_val items[2 * BULK_KEYS]; /* on the stack: the collector sees them */
    uint64_t total = 0;
    size_t n = 0;
    if (!namespace_arg(c, argc, argv, &ns, exc)) return NULL;
    if (argc - 1 > BULK_KEYS) return failed(c, exc, "GET_BULK", ERR_TOO_LARGE);
    enum err e = kv_snapshot_begin(api->config.kv, &snapshot);
    if (e != ERR_OK) return failed(c, exc, "GET_BULK", e);
    bool ok = true;
    for (size_t i = 1; ok && i < argc; i++, n += 2) {
        struct key key;
        ok = key_read(c, argv[i], "GET_BULK", &key, exc) &&
             read_next(c, snapshot, ns, key.name, items + n, &total, exc);
    }
    kv_snapshot_end(snapshot);
    return ok ? js_array(c, n, items, exc) : NULL;
}

static js_obj page_array(js_ctx c, const struct kv_page *page, js_val *exc) {
    js_val items[1 + 3 * PAGE_KEYS];
    size_t n = 0;
    items[n++] = page->complete ? js_null(c) : js_str(c, page->cursor);
    for (size_t i = 0; i < page->count && i < PAGE_KEYS; i++) {
        const struct kv_list_key *key = &page->keys[i];
        items[n++] = js_str(c, key->name);
        items[n++] = js_number(c, (double)key->expires_s);
        items[n++] = key->metadata.len ? js_str(c, key->metadata) : js_null(c);
    }
    return js_array(c, n, items, exc);
}

/* list(namespace, prefix, cursor, limit): [cursor or null, then name, expiration or 0, metadata or null, ...] */
static JS_NATIVE(native_list) {
    struct api *api = api_here();
    struct span ns;
    struct kv_list_query query;
    struct kv_page page;
    struct arena a = ARENA_INIT;
    int32_t limit;
    js_obj all = NULL;
    if (!namespace_arg(c, argc, argv, &ns, exc) || !js_arg_int(c, argc, argv, 3, &limit, exc)) return NULL;
    query.limit = limit > 0 ? (size_t)limit : 0;
    if (js_to_utf8_arena(c, js_arg(c, argc, argv, 1), &a, &query.prefix, exc) &&
        js_to_utf8_arena(c, js_arg(c, argc, argv, 2), &a, &query.cursor, exc)) {
        uint64_t now_ms = (uint64_t)loop_clock_realtime_ms(api->config.loop);
        if (query.prefix.len > LIMIT_KV_KEY_BYTES) {
            js_throw_error(c, exc,
                           "KV GET failed: 414 UTF-8 encoded length of %zu exceeds key length limit of %llu.",
                           query.prefix.len, (unsigned long long)LIMIT_KV_KEY_BYTES);
        } else {
            enum err e = kv_list(api->config.kv, ns, &query, now_ms, &a, &page);
            all = e == ERR_OK ? page_array(c, &page, exc) : NULL;
            if (e == ERR_INVALID)
                js_throw_error(c, exc, "KV GET failed: 400 Invalid cursor.");
            else if (e != ERR_OK)
                failed(c, exc, "GET", e);
        }
    }
    arena_free(&a);
    return all;
}

/* --- Writing --- */

struct write {
    struct op op;
    struct kv_mail *mail;
    struct write *next;
    bool put;
    enum err result;
};

struct kv_mail {
    struct loop *loop;
    pthread_mutex_t lock; /* of the fields below */
    struct write *first, **last;
    uint32_t refs; /* the isolate, each write under way, each post */
};

static struct kv_mail *mail_of(struct api *api) {
    if (!api->kv_mail) {
        struct kv_mail *mail = api->kv_mail = NEW(struct kv_mail);
        *mail = (struct kv_mail){.loop = api->config.loop, .refs = 1};
        mail->last = &mail->first;
        check(pthread_mutex_init(&mail->lock, NULL) == 0);
    }
    return api->kv_mail;
}

static void mail_unref(struct kv_mail *mail, uint32_t n) {
    pthread_mutex_lock(&mail->lock);
    bool last = (mail->refs -= n) == 0;
    pthread_mutex_unlock(&mail->lock);
    if (!last) return;
    pthread_mutex_destroy(&mail->lock);
    mem_free(mail);
}

void kv_mail_leave(struct kv_mail *mail) {
    if (mail) mail_unref(mail, 1);
}

static js_val write_make(js_ctx c, struct op *op, js_val *exc) {
    struct write *w = (struct write *)op;
    enum err e = w->result;
    const char *method = w->put ? "PUT" : "DELETE";
    mem_free(w);
    return e == ERR_OK ? js_undefined(c) : failed(c, exc, method, e);
}
static void write_drop(struct op *op) { mem_free(op); }

/* Loop's thread: all that has come since it was posted. */
static void mail_open(void *arg) {
    struct kv_mail *mail = arg;
    pthread_mutex_lock(&mail->lock);
    struct write *w = mail->first;
    mail->first = NULL;
    mail->last = &mail->first;
    pthread_mutex_unlock(&mail->lock);
    uint32_t refs = 1;
    for (struct write *next; w; w = next, refs++) {
        next = w->next;
        op_finish(&w->op);
    }
    mail_unref(mail, refs);
}

/* The writer's thread. */
static void write_done(void *user, enum err result) {
    struct write *w = user;
    struct kv_mail *mail = w->mail;
    w->result = result;
    w->next = NULL;
    pthread_mutex_lock(&mail->lock);
    bool post = mail->first == NULL;
    *mail->last = w;
    mail->last = &w->next;
    if (post) {
        mail->refs++;
        loop_post(mail->loop, mail_open, mail);
    }
    pthread_mutex_unlock(&mail->lock);
}

static js_val start_write(js_ctx c, const struct kv_op *op, js_val *exc) {
    struct api *api = api_here();
    struct write *w = NEW(struct write);
    struct kv_mail *mail = mail_of(api);
    w->mail = mail;
    w->put = op->kind == KV_PUT;
    uint32_t id = op_begin(api, &w->op, write_make, write_drop);
    pthread_mutex_lock(&mail->lock);
    mail->refs++;
    pthread_mutex_unlock(&mail->lock);
    enum err e = kv_write_async(api->config.kv, op, write_done, w);
    if (e == ERR_OK) return js_int(c, (int32_t)id);
    mail_unref(mail, 1);
    op_drop(&w->op);
    const char *method = w->put ? "PUT" : "DELETE";
    mem_free(w);
    return failed(c, exc, method, e);
}

static bool too_long(js_ctx c, size_t len, js_val *exc) {
    if (len <= LIMIT_KV_VALUE_BYTES) return false;
    js_throw_error(c, exc, "KV PUT failed: 413 Value length of %zu exceeds limit of %llu.", len,
                   (unsigned long long)LIMIT_KV_VALUE_BYTES);
    return true;
}

/* A string as UTF-8, or a copy of the bytes of a buffer or view. */
static struct bytes *value_read(js_ctx c, js_val v, js_val *exc) {
    struct span bytes;
    struct js_chars chars;
    if (!js_is_string(c, v)) {
        if (!js_bytes_of(c, v, &bytes, exc) || too_long(c, bytes.len, exc)) return NULL;
        return bytes_copy(bytes);
    }
    if (!js_chars_open(c, v, &chars, exc)) return NULL;
    size_t len = js_chars_utf8_len(&chars);
    struct bytes *b = NULL;
    char *to;
    if (!too_long(c, len, exc)) b = bytes_new(len, &to);
    if (b) js_chars_utf8(&chars, to);
    js_chars_close(&chars);
    return b;
}

static js_val put(js_ctx c, struct kv_op *op, size_t argc, const js_val argv[], struct arena *a,
                  js_val *exc) {
    double expires;
    if (!js_arg_number(c, argc, argv, 3, &expires, exc) ||
        !js_to_utf8_arena(c, js_arg(c, argc, argv, 4), a, &op->metadata, exc))
        return NULL;
    if (op->metadata.len > LIMIT_KV_METADATA_BYTES)
        return js_throw_error(c, exc, "KV PUT failed: 413 Metadata length of %zu exceeds limit of %llu.",
                              op->metadata.len, (unsigned long long)LIMIT_KV_METADATA_BYTES);
    op->value = value_read(c, argv[2], exc);
    if (!op->value) return NULL;
    op->expires_s = expires > 0 ? (uint64_t)expires : 0;
    js_val id = start_write(c, op, exc);
    bytes_unref(op->value);
    return id;
}

/* write(namespace, key): deletes. write(namespace, key, value, expiration or 0, metadata or ""): puts. An operation. */
static JS_NATIVE(native_write) {
    struct arena a = ARENA_INIT;
    struct key key;
    struct kv_op op = {.kind = argc > 2 ? KV_PUT : KV_DELETE};
    if (!namespace_arg(c, argc, argv, &op.ns, exc) ||
        !key_read(c, js_arg(c, argc, argv, 1), op.kind == KV_PUT ? "PUT" : "DELETE", &key, exc))
        return NULL;
    op.key = key.name;
    js_val id = op.kind == KV_PUT ? put(c, &op, argc, argv, &a, exc) : start_write(c, &op, exc);
    arena_free(&a);
    return id;
}

const struct js_native_row api_natives_kv[] = {
    {"open", native_open, 1}, {"checkKey", native_check_key, 2}, {"readText", native_read_text, 2},
    {"read", native_read, 3}, {"readMany", native_read_many, 1}, {"chunk", native_chunk, 1},
    {"list", native_list, 4}, {"write", native_write, 5},        {NULL, NULL, 0}};
