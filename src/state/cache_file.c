/* One object's file. Numbers are little-endian.
 *
 *   zone, name, variant, head, body
 *   per block of 64 KiB of the body: 8 its checksum
 *   footer, FOOTER_BYTES:
 *     8 "cuspobj1"; 4 each: bytes of zone, name, variant, head; 8 each: bytes of the body, number, expires_ms,
 *     checksum of zone..head, checksum of the block checksums, checksum of the footer so far
 *
 * The lengths stand at the end because a body's length is not known when it begins. Checksums find damage, not
 * malice: the directory is the process's own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "state/cache_object.h"

struct footer {
    char magic[8];
    uint32_t zone, name, variant, head;
    uint64_t body, born, expires_ms, meta_sum, sums_sum, footer_sum;
};
_Static_assert(sizeof(struct footer) == 72, "no holes");

static const char magic[8] = "cuspobj1";

struct cache_name cache_name(struct cache_key key, uint64_t born) {
    unsigned char hash[CRYPTO_DIGEST_MAX];
    uint64_t zone_bytes = key.zone.len;
    struct cache_name name;
    struct crypto_digest *d = crypto_digest_new(CRYPTO_SHA256);
    crypto_digest_add(d, span_make(&zone_bytes, sizeof zone_bytes));
    crypto_digest_add(d, key.zone);
    crypto_digest_add(d, key.name);
    crypto_digest_finish(d, hash);
    crypto_digest_free(d);
    for (int i = 0; i < 16; i++) snprintf(name.text + i * 2, 3, "%02x", hash[i]);
    snprintf(name.text + 32, sizeof name.text - 32, "-%016llx", (unsigned long long)born);
    return name;
}

bool cache_name_parse(const char *text, uint64_t *ret_born) {
    static const char hex[] = "0123456789abcdef";
    if (strlen(text) != CACHE_NAME_BYTES || strspn(text, hex) != 32 || text[32] != '-') return false;
    if (strspn(text + 33, hex) != 16) return false;
    uint64_t born = 0;
    for (const char *c = text + 33; *c; c++) born = born << 4 | (uint64_t)(strchr(hex, *c) - hex);
    *ret_born = born;
    return true;
}

void cache_path(const struct cache_store *s, const struct cache_name *name, struct buf *out) {
    out->len = 0;
    buf_printf(out, "%s/%.2s/%c/%s", s->dir, name->text, name->text[2], name->text);
}

void cache_unlink(const struct cache_store *s, struct buf *doomed) {
    struct buf path = BUF_INIT;
    for (size_t at = 0; at < doomed->len; at += sizeof(struct cache_name)) {
        struct cache_name name;
        memcpy(&name, doomed->ptr + at, sizeof name);
        cache_path(s, &name, &path);
        unlink(buf_cstr(&path)); /* when it fails it stays: the next scan finds it */
    }
    buf_free(&path);
    buf_free(doomed);
}

enum err cache_write_all(int fd, struct span s) {
    while (s.len) {
        ssize_t n = write(fd, s.ptr, s.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        s = span_from(s, (size_t)n);
    }
    return ERR_OK;
}

static enum err read_all(int fd, uint64_t offset, char *to, size_t len) {
    while (len) {
        ssize_t n = pread(fd, to, len, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        if (n == 0) return ERR_CORRUPT;
        to += n, len -= (size_t)n, offset += (uint64_t)n;
    }
    return ERR_OK;
}

static uint64_t blocks_of(uint64_t body) { return (body + CACHE_BLOCK_BYTES - 1) / CACHE_BLOCK_BYTES; }

enum err cache_file_finish(int fd, const struct cache_meta *m, uint64_t *ret_file_bytes) {
    struct footer f = {.zone = (uint32_t)m->zone.len,
                       .name = (uint32_t)m->name.len,
                       .variant = (uint32_t)m->variant.len,
                       .head = (uint32_t)m->head.len,
                       .body = m->body_bytes,
                       .born = m->born,
                       .expires_ms = m->expires_ms};
    struct span sums = span_make(m->sums, blocks_of(m->body_bytes) * 8);
    memcpy(f.magic, magic, sizeof magic);
    f.meta_sum = span_hash(bytes_span(m->bytes));
    f.sums_sum = span_hash(sums);
    f.footer_sum = span_hash(span_make(&f, offsetof(struct footer, footer_sum)));
    enum err e = cache_write_all(fd, sums);
    if (!e) e = cache_write_all(fd, span_make(&f, sizeof f));
    if (!e) *ret_file_bytes = bytes_span(m->bytes).len + m->body_bytes + sums.len + sizeof f;
    return e;
}

static enum err read_footer(int fd, uint64_t file_bytes, struct footer *f) {
    if (file_bytes < sizeof *f || read_all(fd, file_bytes - sizeof *f, (char *)f, sizeof *f))
        return ERR_CORRUPT;
    if (memcmp(f->magic, magic, sizeof magic) != 0) return ERR_CORRUPT;
    if (f->footer_sum != span_hash(span_make(f, offsetof(struct footer, footer_sum)))) return ERR_CORRUPT;
    if (f->zone > LIMIT_CACHE_KEY_BYTES || f->name > LIMIT_CACHE_KEY_BYTES) return ERR_CORRUPT;
    if (f->variant > LIMIT_CACHE_VARIANT_BYTES || f->head > LIMIT_CACHE_HEAD_BYTES) return ERR_CORRUPT;
    if (f->body > file_bytes) return ERR_CORRUPT;
    uint64_t meta = (uint64_t)f->zone + f->name + f->variant + f->head;
    return meta + f->body + blocks_of(f->body) * 8 + sizeof *f == file_bytes ? ERR_OK : ERR_CORRUPT;
}

static enum err read_meta(int fd, const struct footer *f, struct cache_meta *m) {
    char *data;
    size_t bytes = (size_t)f->zone + f->name + f->variant + f->head, sums = blocks_of(f->body) * 8;
    m->bytes = bytes_new(bytes, &data);
    m->zone = span_make(data, f->zone);
    m->name = span_make(data + f->zone, f->name);
    m->variant = span_make(data + f->zone + f->name, f->variant);
    m->head = span_make(data + f->zone + f->name + f->variant, f->head);
    m->sums = mem_array(blocks_of(f->body) + 1, 8);
    m->body_bytes = f->body;
    m->born = f->born;
    m->expires_ms = f->expires_ms;
    if (read_all(fd, 0, data, bytes) || span_hash(bytes_span(m->bytes)) != f->meta_sum) return ERR_CORRUPT;
    if (read_all(fd, bytes + f->body, (char *)m->sums, sums)) return ERR_CORRUPT;
    return span_hash(span_make(m->sums, sums)) == f->sums_sum ? ERR_OK : ERR_CORRUPT;
}

void cache_meta_free(struct cache_meta *m) {
    bytes_unref(m->bytes);
    mem_free(m->sums);
    *m = (struct cache_meta){0};
}

/* Does the content belong to this name? A file that was copied to another name is foreign. */
static bool is_named(const struct cache_meta *m, const struct cache_name *name) {
    struct cache_name want = cache_name((struct cache_key){m->zone, m->name}, m->born);
    return strcmp(want.text, name->text) == 0;
}

enum err cache_file_read(int fd, struct cache_meta *ret) {
    struct footer f;
    struct stat st;
    struct cache_meta m = {0};
    enum err e = fstat(fd, &st) || !S_ISREG(st.st_mode) ? ERR_CORRUPT : ERR_OK;
    if (!e) e = read_footer(fd, (uint64_t)st.st_size, &f);
    if (!e) e = read_meta(fd, &f, &m);
    if (e) {
        cache_meta_free(&m);
        return e;
    }
    m.file_bytes = (uint64_t)st.st_size;
    *ret = m;
    return ERR_OK;
}

enum err cache_file_open(const struct cache_store *s, const struct cache_name *name, int *ret_fd,
                         struct cache_meta *ret) {
    struct buf path = BUF_INIT;
    struct cache_meta m = {0};
    cache_path(s, name, &path);
    int fd = open(buf_cstr(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    buf_free(&path);
    if (fd < 0) return errno == ENOENT ? ERR_NOT_FOUND : err_from_errno(errno);
    enum err e = cache_file_read(fd, &m);
    if (!e && !is_named(&m, name)) e = ERR_CORRUPT;
    if (e) {
        cache_meta_free(&m);
        close(fd);
        return e;
    }
    *ret = m;
    *ret_fd = fd;
    return ERR_OK;
}

enum err cache_file_block(int fd, const struct cache_meta *m, uint64_t number, char *out, size_t *ret_len) {
    check(number < blocks_of(m->body_bytes));
    uint64_t start = number * CACHE_BLOCK_BYTES, left = m->body_bytes - start;
    size_t len = left < CACHE_BLOCK_BYTES ? (size_t)left : CACHE_BLOCK_BYTES;
    enum err e = read_all(fd, bytes_span(m->bytes).len + start, out, len);
    if (e) return e;
    if (span_hash(span_make(out, len)) != m->sums[number]) return ERR_CORRUPT;
    *ret_len = len;
    return ERR_OK;
}
