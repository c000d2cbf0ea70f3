/* The file of a version. All numbers little-endian.
 *
 *   0   8   "cuspver\n"
 *   8   4   format, 2
 *   12  4   number of sections, 4
 *   16  8   bytes of the file
 *   24  8   0
 *   32  32  SHA-256 of the file without this field; its first 16 bytes in hex are the file's name
 *   64      the section table: for info (1), flags (2), modules (3), bindings (4), in this order:
 *           4 the number, 4 how many records, 8 their offset
 *           then the records, then the bytes that they refer to
 *
 * A reference is 4 bytes offset from the start of the file, 4 bytes length. Records:
 *   info     name, compatibility date: references; main module, is a service worker, limits (base/worker_limits.h,
 *            in that order): 4 each
 *   flag     a reference
 *   module   name, bytes, source map: references; 4 kind, 4 zero
 *   binding  name, value, extra: references; 4 kind, 4 zero */
#include "state/version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "crypto/digest.h"

enum { FORMAT = 2, SECTIONS = 4, INFO = 0, FLAGS, MODULES, BINDINGS };
enum {
    HASH_AT = 32,
    HASH_BYTES = 32,
    TABLE_AT = 64,
    TABLE_ROW = 16,
    HEAD_BYTES = TABLE_AT + SECTIONS * TABLE_ROW
};

static const uint32_t record_bytes[SECTIONS] = {24 + WORKER_LIMITS_COUNT * 4, 8, 32, 32};
static const char magic[8] = "cuspver\n";

struct loaded {
    struct version v; /* first: a loaded version is one of these */
    atomic_size_t refs;
    void *map; /* NULL: version_parse() on the caller's bytes */
    size_t map_bytes;
    struct span *flags;
    struct version_module *modules;
    struct version_binding *bindings;
};

const char *version_binding_name(enum version_binding_kind kind) {
    switch (kind) {
#define X(name, number, text)                                                                                \
    case VERSION_BIND_##name: return text;
        VERSION_BINDING_TABLE(X)
#undef X
    case VERSION_BINDING_KINDS: break;
    }
    return "unknown";
}

/* -- What holds of every version, on the way in and out -- */

static enum err check_modules(const struct version *v, struct map *names, struct problem *p) {
    uint64_t bytes = 0;
    if (v->main_module >= v->module_count) return problem(p, ERR_INVALID, "the version has no main module");
    for (size_t i = 0; i < v->module_count; i++) {
        const struct version_module *m = &v->modules[i];
        if (m->name.len == 0 || m->kind >= VERSION_MODULE_KINDS)
            return problem(p, ERR_INVALID, "module %zu has no name or an unknown kind", i);
        if (map_put(names, m->name, names))
            return problem(p, ERR_INVALID, "two modules have the name \"%.*s\"", SPAN_FMT(m->name));
        bytes += m->bytes.len + m->source_map.len;
        if (bytes > LIMIT_WORKER_SCRIPT_BYTES)
            return problem(p, ERR_TOO_LARGE, "the modules of one version may have %llu bytes together",
                           (unsigned long long)LIMIT_WORKER_SCRIPT_BYTES);
    }
    return ERR_OK;
}

static enum err check_bindings(const struct version *v, struct map *names, struct problem *p) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < v->binding_count; i++) {
        const struct version_binding *b = &v->bindings[i];
        if (b->name.len == 0 || b->kind >= VERSION_BINDING_KINDS)
            return problem(p, ERR_INVALID, "binding %zu has no name or an unknown kind", i);
        if (map_put(names, b->name, names))
            return problem(p, ERR_INVALID, "two bindings have the name \"%.*s\"", SPAN_FMT(b->name));
        bytes += b->value.len + b->extra.len;
        if (bytes > LIMIT_WORKER_SCRIPT_BYTES) return problem(p, ERR_TOO_LARGE, "the bindings are too large");
    }
    return ERR_OK;
}

static enum err check_version(const struct version *v, struct problem *p) {
    struct map *modules = map_new(), *bindings = map_new();
    enum err e = v->name.len ? ERR_OK : problem(p, ERR_INVALID, "the version has no name");
    if (!e) e = check_modules(v, modules, p);
    if (!e) e = check_bindings(v, bindings, p);
    map_free(modules);
    map_free(bindings);
    return e;
}

static void hash_file(struct span file, unsigned char to[CRYPTO_DIGEST_MAX]) {
    struct crypto_digest *d = crypto_digest_new(CRYPTO_SHA256);
    crypto_digest_add(d, span_first(file, HASH_AT));
    crypto_digest_add(d, span_from(file, HASH_AT + HASH_BYTES));
    crypto_digest_finish(d, to);
    crypto_digest_free(d);
}

static void write_id(const unsigned char *hash, char id[33]) {
    for (int i = 0; i < 16; i++) snprintf(id + i * 2, 3, "%02x", hash[i]);
}

/* -- Building -- */

struct builder {
    struct buf *out;
    size_t at; /* where the next field of a record goes */
};

static void put_number(struct builder *b, uint64_t value, size_t bytes) {
    memcpy(b->out->ptr + b->at, &value, bytes); /* little-endian, as all machines that this runs on */
    b->at += bytes;
}

static void put_ref(struct builder *b, struct span s) {
    put_number(b, b->out->len, 4);
    put_number(b, s.len, 4);
    buf_add(b->out, s);
}

static void put_info(struct builder *b, const struct version *v) {
    put_ref(b, v->name);
    put_ref(b, v->compatibility_date);
    put_number(b, v->main_module, 4);
    put_number(b, v->service_worker, 4);
    struct worker_limits limits = v->limits;
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++) put_number(b, *worker_limits_at(&limits, i), 4);
}

static void put_three(struct builder *b, struct span first, struct span second, struct span third,
                      uint32_t kind) {
    put_ref(b, first);
    put_ref(b, second);
    put_ref(b, third);
    put_number(b, kind, 4);
    put_number(b, 0, 4);
}

static void build(const struct version *v, struct buf *out) {
    const size_t counts[SECTIONS] = {1, v->flag_count, v->module_count, v->binding_count};
    struct builder b = {out, 0};
    size_t at = HEAD_BYTES;
    for (int i = 0; i < SECTIONS; i++) at += counts[i] * record_bytes[i];
    memset(buf_reserve(out, at), 0, at);
    buf_added(out, at);
    memcpy(out->ptr, magic, sizeof magic);
    b.at = TABLE_AT;
    at = HEAD_BYTES;
    for (int i = 0; i < SECTIONS; i++) {
        put_number(&b, (uint64_t)i + 1, 4);
        put_number(&b, counts[i], 4);
        put_number(&b, at, 8);
        at += counts[i] * record_bytes[i];
    }
    put_info(&b, v);
    for (size_t i = 0; i < v->flag_count; i++) put_ref(&b, v->flags[i]);
    for (size_t i = 0; i < v->module_count; i++)
        put_three(&b, v->modules[i].name, v->modules[i].bytes, v->modules[i].source_map, v->modules[i].kind);
    for (size_t i = 0; i < v->binding_count; i++)
        put_three(&b, v->bindings[i].name, v->bindings[i].value, v->bindings[i].extra, v->bindings[i].kind);
    b.at = sizeof magic;
    put_number(&b, FORMAT, 4);
    put_number(&b, SECTIONS, 4);
    put_number(&b, out->len, 8);
}

static enum err write_all(int fd, struct span s) {
    while (s.len) {
        ssize_t n = write(fd, s.ptr, s.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        s = span_from(s, (size_t)n);
    }
    return ERR_OK;
}

static enum err sync_dir(const char *dir) {
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    enum err e = fsync(fd) ? err_from_errno(errno) : ERR_OK;
    close(fd);
    return e;
}

/* Temporary name, sync, rename, sync the directory: there whole or not at all. */
static enum err write_file(const char *dir, const char *id, struct span file) {
    char temporary[4096], path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, id);
    snprintf(temporary, sizeof temporary, "%s/.%s-XXXXXX", dir, id);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    enum err e = write_all(fd, file);
    if (!e && (fchmod(fd, 0444) || fsync(fd))) e = err_from_errno(errno);
    if (close(fd) && !e) e = err_from_errno(errno);
    if (!e && rename(temporary, path)) e = err_from_errno(errno);
    if (e) unlink(temporary);
    return e ? e : sync_dir(dir);
}

enum err version_write(const char *dir, const struct version *v, char ret_id[33], struct problem *p) {
    unsigned char hash[CRYPTO_DIGEST_MAX];
    char id[33];
    const struct version *there;
    enum err e = check_version(v, p);
    if (e) return e;
    struct buf file = BUF_INIT;
    build(v, &file);
    hash_file(buf_span(&file), hash);
    memcpy(file.ptr + HASH_AT, hash, HASH_BYTES);
    write_id(hash, id);
    if (version_load(dir, id, &there, NULL) == ERR_OK)
        version_unref(there); /* a damaged one is replaced */
    else
        e = write_file(dir, id, buf_span(&file));
    buf_free(&file);
    if (e) return problem(p, e, "the version cannot be written to %s: %s", dir, err_sentence(e));
    memcpy(ret_id, id, sizeof id);
    return ERR_OK;
}

/* -- Loading -- */

struct input {
    struct span file;
    const char *at;
    bool broken; /* a reference left the file */
};

static uint64_t take_number(struct input *in, size_t bytes) {
    uint64_t value = 0;
    memcpy(&value, in->at, bytes);
    in->at += bytes;
    return value;
}

static struct span take_ref(struct input *in) {
    uint64_t offset = take_number(in, 4), len = take_number(in, 4);
    if (offset > in->file.len || len > in->file.len - offset) {
        in->broken = true;
        return SPAN_NONE;
    }
    return span_make(in->file.ptr + offset, len);
}

/* Where the records of a section are; false when they are not inside the file. */
static bool find_section(struct span file, int section, const char **ret_at, size_t *ret_count) {
    struct input in = {file, file.ptr + TABLE_AT + section * TABLE_ROW, false};
    uint64_t number = take_number(&in, 4), count = take_number(&in, 4), offset = take_number(&in, 8);
    if (number != (uint64_t)section + 1 || offset > file.len) return false;
    if (count > (file.len - offset) / record_bytes[section]) return false;
    *ret_at = file.ptr + offset;
    *ret_count = count;
    return true;
}

static void take_info(struct input *in, struct loaded *l) {
    l->v.name = take_ref(in);
    l->v.compatibility_date = take_ref(in);
    l->v.main_module = take_number(in, 4);
    l->v.service_worker = take_number(in, 4) != 0;
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++)
        *worker_limits_at(&l->v.limits, i) = (uint32_t)take_number(in, 4);
}

/* An enum out of range must not even be stored: the checks compare numbers. */
static uint32_t take_kind(struct input *in, uint32_t kinds) {
    uint64_t kind = take_number(in, 4);
    in->at += 4;
    if (kind >= kinds) in->broken = true;
    return kind < kinds ? (uint32_t)kind : 0;
}

static void take_module(struct input *in, struct version_module *m) {
    m->name = take_ref(in);
    m->bytes = take_ref(in);
    m->source_map = take_ref(in);
    m->kind = (enum version_module_kind)take_kind(in, VERSION_MODULE_KINDS);
}

static void take_binding(struct input *in, struct version_binding *b) {
    b->name = take_ref(in);
    b->value = take_ref(in);
    b->extra = take_ref(in);
    b->kind = (enum version_binding_kind)take_kind(in, VERSION_BINDING_KINDS);
}

static bool take_sections(struct span file, struct loaded *l) {
    struct input in = {.file = file};
    size_t count;
    if (!find_section(file, INFO, &in.at, &count) || count != 1) return false;
    take_info(&in, l);
    if (!find_section(file, FLAGS, &in.at, &l->v.flag_count)) return false;
    l->v.flags = l->flags = mem_array(l->v.flag_count, sizeof *l->flags);
    for (size_t i = 0; i < l->v.flag_count; i++) l->flags[i] = take_ref(&in);
    if (!find_section(file, MODULES, &in.at, &l->v.module_count)) return false;
    l->v.modules = l->modules = mem_array(l->v.module_count, sizeof *l->modules);
    for (size_t i = 0; i < l->v.module_count; i++) take_module(&in, &l->modules[i]);
    if (!find_section(file, BINDINGS, &in.at, &l->v.binding_count)) return false;
    l->v.bindings = l->bindings = mem_array(l->v.binding_count, sizeof *l->bindings);
    for (size_t i = 0; i < l->v.binding_count; i++) take_binding(&in, &l->bindings[i]);
    return !in.broken;
}

static enum err check_head(struct span file, bool check_hash, struct loaded *l, struct problem *p) {
    unsigned char hash[CRYPTO_DIGEST_MAX];
    if (file.len < HEAD_BYTES || memcmp(file.ptr, magic, sizeof magic) != 0)
        return problem(p, ERR_CORRUPT, "the file is not a version");
    struct input in = {file, file.ptr + sizeof magic, false};
    if (take_number(&in, 4) != FORMAT)
        return problem(p, ERR_UNSUPPORTED, "the version was written by a newer program in another format");
    if (take_number(&in, 4) != SECTIONS || take_number(&in, 8) != file.len)
        return problem(p, ERR_CORRUPT, "the version's file is cut short or damaged; deploy it again");
    hash_file(file, hash);
    if (check_hash && memcmp(hash, file.ptr + HASH_AT, HASH_BYTES) != 0)
        return problem(p, ERR_CORRUPT, "the version's checksum is wrong; deploy it again");
    write_id(hash, l->v.id);
    return ERR_OK;
}

enum err version_parse(struct span file, bool check_hash, const struct version **ret, struct problem *p) {
    struct loaded *l = NEW(struct loaded);
    atomic_init(&l->refs, 1);
    enum err e = check_head(file, check_hash, l, p);
    if (!e && !take_sections(file, l))
        e = problem(p, ERR_CORRUPT, "the version's file is damaged; deploy it again");
    if (!e && check_version(&l->v, p)) e = ERR_CORRUPT;
    if (e) {
        version_unref(&l->v);
        return e;
    }
    *ret = &l->v;
    return ERR_OK;
}

static enum err map_file(const char *path, void **ret_map, size_t *ret_bytes) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return err_from_errno(errno);
    enum err e = fstat(fd, &st) ? err_from_errno(errno) : ERR_OK;
    if (!e && (!S_ISREG(st.st_mode) || st.st_size < HEAD_BYTES || st.st_size > UINT32_MAX)) e = ERR_CORRUPT;
    void *map = e ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (!e && map == MAP_FAILED) e = err_from_errno(errno);
    close(fd);
    if (e) return e;
    *ret_map = map;
    *ret_bytes = (size_t)st.st_size;
    return ERR_OK;
}

enum err version_load(const char *dir, const char *id, const struct version **ret, struct problem *p) {
    char path[4096];
    void *map = NULL;
    size_t bytes = 0;
    const struct version *v;
    if (strlen(id) != 32 || strspn(id, "0123456789abcdef") != 32)
        return problem(p, ERR_NOT_FOUND, "\"%.40s\" is not the id of a version (32 hexadecimal digits)", id);
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, id) >= sizeof path) return ERR_NOT_FOUND;
    enum err e = map_file(path, &map, &bytes);
    if (e) return problem(p, e, "the version %s cannot be read: %s", path, err_sentence(e));
    e = version_parse(span_make(map, bytes), true, &v, p);
    if (!e && strcmp(v->id, id) != 0) {
        e = problem(p, ERR_CORRUPT, "the file %s holds another version (%s)", path, v->id);
        version_unref(v);
    }
    if (e) {
        munmap(map, bytes);
        return e;
    }
    struct loaded *l = (struct loaded *)v;
    l->map = map;
    l->map_bytes = bytes;
    *ret = v;
    return ERR_OK;
}

const struct version *version_ref(const struct version *v) {
    atomic_fetch_add_explicit(&((struct loaded *)v)->refs, 1, memory_order_relaxed);
    return v;
}

void version_unref(const struct version *v) {
    struct loaded *l = (struct loaded *)v;
    if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1) return;
    if (l->map) munmap(l->map, l->map_bytes);
    mem_free(l->flags);
    mem_free(l->modules);
    mem_free(l->bindings);
    mem_free(l);
}
