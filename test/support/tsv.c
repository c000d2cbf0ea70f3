#include "test/support/tsv.h"

#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"

void tsv_open(struct tsv *t, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fprintf(stderr, "cannot read %s\n", path);
    check(file != NULL);
    check(fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    *t = (struct tsv){.all = mem_alloc(size + 1)};
    check(fread(t->all, 1, size, file) == size);
    fclose(file);
    t->at = t->all;
    t->end = t->all + size;
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
