#include "test/support/tsv.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"

/* All of a file; of one that ends with .gz, what is in it. */
static struct buf read_all(const char *path) {
    char command[512];
    bool packed = span_ends(span_of(path), SPAN(".gz"));
    snprintf(command, sizeof command, "exec gzip -dc '%s'", path);
    FILE *file = packed ? popen(command, "r") : fopen(path, "rb");
    if (!file) fprintf(stderr, "cannot read %s\n", path);
    check(file != NULL);
    struct buf all = BUF_INIT;
    for (size_t n = 1; n;) {
        n = fread(buf_reserve(&all, 1 << 20), 1, 1 << 20, file);
        buf_added(&all, n);
    }
    check((packed ? pclose(file) : fclose(file)) == 0 && all.len);
    return all;
}

void tsv_open(struct tsv *t, const char *path) {
    struct buf all = read_all(path);
    buf_add_char(&all, 0);
    *t = (struct tsv){.all = all.ptr, .at = all.ptr, .end = all.ptr + all.len - 1};
}

static int hex(char c) {
    if (ascii_is_digit(c)) return c - '0';
    c = ascii_lower(c);
    check(c >= 'a' && c <= 'f');
    return c - 'a' + 10;
}

static struct span unescape(char *from, char *end) {
    if (end - from == 2 && memcmp(from, "\\N", 2) == 0) return SPAN_NONE;
    char *to = from, *start = from;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        check(end - from >= 2);
        char kind = from[1];
        from += 2;
        if (kind == 'x') {
            check(end - from >= 2);
            *to++ = (char)(hex(from[0]) << 4 | hex(from[1]));
            from += 2;
        } else {
            check(kind == '\\' || kind == 't' || kind == 'n' || kind == 'r');
            *to++ = kind == 't' ? '\t' : kind == 'n' ? '\n' : kind == 'r' ? '\r' : '\\';
        }
    }
    return span_make(start, (size_t)(to - start));
}

bool tsv_next(struct tsv *t) {
    char *line, *stop;
    do {
        if (t->at >= t->end) return false;
        line = t->at;
        stop = memchr(line, '\n', (size_t)(t->end - line));
        if (!stop) stop = t->end;
        t->at = stop + 1;
        t->line++;
    } while (*line == '#');
    t->count = 0;
    for (char *field = line;;) {
        char *tab = memchr(field, '\t', (size_t)(stop - field));
        check(t->count < TSV_FIELDS);
        t->fields[t->count++] = unescape(field, tab ? tab : stop);
        if (!tab) return true;
        field = tab + 1;
    }
}

struct span tsv_hex(struct tsv *t, size_t field) {
    check(field < t->count && t->fields[field].len % 2 == 0);
    char *bytes = (char *)(uintptr_t)t->fields[field].ptr;
    size_t len = t->fields[field].len / 2;
    for (size_t i = 0; i < len; i++) bytes[i] = (char)(hex(bytes[2 * i]) << 4 | hex(bytes[2 * i + 1]));
    return t->fields[field] = span_make(bytes, len);
}

void tsv_close(struct tsv *t) {
    mem_free(t->all);
    *t = (struct tsv){0};
}
