#include "conf/tree.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "text/utf8.h"

enum { INDEX_FROM = 8 }; /* items; smaller tables are searched one by one */

enum err conf_parse_begin(struct conf_parse *p, struct arena *arena, const char *file_name, struct span text,
                          struct problem *out) {
    *p = (struct conf_parse){.arena = arena, .file_name = file_name, .line = 1, .problem = out};
    if (text.len > LIMIT_CONFIG_BYTES)
        return problem(out, ERR_TOO_LARGE, "%s: a configuration file may have %llu bytes, this has %zu",
                       file_name, (unsigned long long)LIMIT_CONFIG_BYTES, text.len);
    struct span copy = arena_copy(arena, text);
    p->at = p->line_start = (char *)copy.ptr;
    p->end = p->at + copy.len;
    size_t good = utf8_valid_prefix(copy);
    if (good < copy.len) {
        for (char *c = p->at; c < p->at + good; c++)
            if (*c == '\n') p->line++, p->line_start = c + 1;
        conf_fail(p, copy.ptr + good, "this byte (0x%02x) is not UTF-8; save the file as UTF-8",
                  (unsigned char)copy.ptr[good]);
        return p->code;
    }
    if (span_starts(copy, SPAN("\xef\xbb\xbf"))) p->at += 3, p->line_start += 3;
    return ERR_OK;
}

struct conf *conf_new(struct conf_parse *p, enum conf_type type) {
    struct conf *item = ARENA_NEW(p->arena, struct conf);
    item->type = type;
    item->line = p->line;
    item->column = (uint32_t)(p->at - p->line_start) + 1;
    return item;
}

static void index_put(struct conf *table, struct conf *item) {
    uint32_t at = (uint32_t)span_hash(item->key) & table->items.index_mask;
    while (table->items.index[at]) at = (at + 1) & table->items.index_mask;
    table->items.index[at] = item;
}

static void index_grow(struct conf_parse *p, struct conf *table) {
    uint32_t slots = table->items.index ? (table->items.index_mask + 1) * 4 : INDEX_FROM * 4;
    table->items.index = arena_zero(p->arena, slots * sizeof *table->items.index);
    table->items.index_mask = slots - 1;
    for (const struct conf *i = table->items.first; i; i = i->next) index_put(table, (struct conf *)i);
}

void conf_add(struct conf_parse *p, struct conf *parent, struct conf *item) {
    item->parent = parent;
    if (parent->items.last)
        parent->items.last->next = item;
    else
        parent->items.first = item;
    parent->items.last = item;
    uint32_t count = ++parent->items.count;
    if (parent->type != CONF_TABLE || count <= INDEX_FROM) return;
    if (!parent->items.index || count > (parent->items.index_mask + 1) / 2)
        index_grow(p, parent);
    else
        index_put(parent, item);
}

struct conf *conf_find_own(const struct conf *table, struct span key) {
    if (!table->items.index) {
        for (const struct conf *i = table->items.first; i; i = i->next)
            if (span_eq(i->key, key)) return (struct conf *)i;
        return NULL;
    }
    uint32_t at = (uint32_t)span_hash(key) & table->items.index_mask;
    for (; table->items.index[at]; at = (at + 1) & table->items.index_mask)
        if (span_eq(table->items.index[at]->key, key)) return table->items.index[at];
    return NULL;
}

bool conf_enter(struct conf_parse *p) {
    if (++p->depth <= LIMIT_CONFIG_DEPTH) return true;
    conf_fail(p, p->at, "values may nest %llu levels deep, not deeper",
              (unsigned long long)LIMIT_CONFIG_DEPTH);
    p->code = ERR_TOO_LARGE;
    if (p->problem) p->problem->code = ERR_TOO_LARGE;
    return false;
}

void *conf_fail(struct conf_parse *p, const char *where, const char *format, ...) {
    if (p->code) return NULL;
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t column = where >= p->line_start ? (size_t)(where - p->line_start) + 1 : 1;
    p->code = problem(p->problem, ERR_INVALID, "%s:%u:%zu: %s", p->file_name, p->line, column, text);
    return NULL;
}

const char *conf_found(const struct conf_parse *p, const char *where, char out[16]) {
    if (where >= p->end) return "the end of the file";
    unsigned char c = (unsigned char)*where;
    if (c == '\n' || c == '\r') return "the end of the line";
    if (c < 0x20 || c == 0x7f)
        snprintf(out, 16, "U+%04X", c);
    else if (c < 0x80)
        snprintf(out, 16, c == '\'' ? "\"%c\"" : "'%c'", c);
    else { /* valid UTF-8, so all of the character is there */
        int len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        snprintf(out, 16, "'%.*s'", len, where);
    }
    return out;
}

bool conf_separator(struct conf_parse *p, bool (*skip_blank)(struct conf_parse *p), char closing,
                    bool comma_may_end, bool *ret_end) {
    char found[16];
    if (!skip_blank(p)) return false;
    bool comma = *p->at == ',';
    if (comma) {
        p->at++;
        if (!skip_blank(p)) return false;
    }
    *ret_end = p->at < p->end && *p->at == closing && (!comma || comma_may_end);
    if (*ret_end) p->at++;
    if (*ret_end || comma) return true;
    return conf_fail(p, p->at, "expected ',' or '%c', found %s", closing, conf_found(p, p->at, found));
}

char *conf_put_utf8(char *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

bool conf_hex(const char *at, const char *end, unsigned digits, uint32_t *ret) {
    if ((size_t)(end - at) < digits) return false;
    uint32_t value = 0;
    for (unsigned i = 0; i < digits; i++) {
        char c = ascii_lower(at[i]);
        if (ascii_is_digit(c))
            value = value << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}
