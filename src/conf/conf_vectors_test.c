/* The parsers against the public collections: toml-test and JSONTestSuite (test/vectors/SOURCES.md).
 * Could pass wrongly: when the archives unpack to nothing (so the counts are asserted), or when the comparison takes
 * two different values for equal (so it goes by type, and numbers are compared as numbers). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "conf/conf.h"

static const char *toml_archive, *json_archive;

/* A member of a tar archive. Only what these archives hold: plain files with short or ustar-prefixed names. */
struct member {
    struct span name, data;
};

static bool tar_next(struct span *rest, struct member *ret) {
    while (rest->len >= 512 && rest->ptr[0]) {
        const char *header = rest->ptr;
        static char name[300];
        size_t size = strtoul(header + 124, NULL, 8);
        snprintf(name, sizeof name, "%.155s%s%.100s", header[345] ? header + 345 : "", header[345] ? "/" : "",
                 header);
        assert_true(rest->len >= 512 + size);
        *ret = (struct member){span_of(name), span_make(header + 512, size)};
        *rest = span_from(*rest, 512 + (size + 511) / 512 * 512);
        if (header[156] == '0' || header[156] == 0) return true;
    }
    return false;
}

static struct buf unpack(const char *archive) {
    char command[1024];
    struct buf out = BUF_INIT;
    snprintf(command, sizeof command, "gzip -dc '%s'", archive);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (size_t n = 1; n > 0;) {
        n = fread(buf_reserve(&out, 65536), 1, 65536, pipe);
        buf_added(&out, n);
    }
    assert_int_equal(pclose(pipe), 0);
    assert_true(out.len > 100000);
    return out;
}

/* "1979-05-27 07:32z" -> "1979-05-27T07:32:00Z": what differs in writing only. */
static void normal_datetime(struct span s, char out[64]) {
    size_t len = 0, colons = 0, i = 0;
    for (; i < s.len && (ascii_is_digit(s.ptr[i]) || s.ptr[i] == ':' || (s.ptr[i] == '-' && !colons) ||
                         (i == 10 && strchr("tT ", s.ptr[i])));
         i++) {
        colons += s.ptr[i] == ':';
        out[len++] = s.ptr[i] == ' ' || s.ptr[i] == 't' ? 'T' : s.ptr[i];
    }
    if (colons == 1) len += (size_t)sprintf(out + len, ":00");
    if (i < s.len && s.ptr[i] == '.') {
        size_t start = len;
        while (i < s.len && (s.ptr[i] == '.' || ascii_is_digit(s.ptr[i]))) out[len++] = s.ptr[i++];
        while (len > start && (out[len - 1] == '0' || out[len - 1] == '.')) len--;
    }
    struct span offset = span_from(s, i);
    if (offset.len && (*offset.ptr | 0x20) == 'z') offset = SPAN("Z");
    sprintf(out + len, "%.*s", SPAN_FMT(offset));
}

static bool same_number(const struct conf *ours, const char *text) {
    if (ours->type == CONF_INTEGER) return ours->integer == strtoll(text, NULL, 10);
    double want = strtod(text, NULL);
    return ours->type == CONF_FLOAT && (ours->number == want || (isnan(ours->number) && isnan(want)));
}

static bool same_scalar(const struct conf *ours, struct span type, struct span value) {
    char a[64], b[64];
    if (span_eq(type, SPAN("string"))) return ours->type == CONF_STRING && span_eq(ours->text, value);
    if (span_eq(type, SPAN("bool")))
        return ours->type == CONF_BOOL && ours->boolean == span_eq(value, SPAN("true"));
    if (span_eq(type, SPAN("integer"))) return ours->type == CONF_INTEGER && same_number(ours, value.ptr);
    if (span_eq(type, SPAN("float"))) return ours->type == CONF_FLOAT && same_number(ours, value.ptr);
    if (ours->type != CONF_DATETIME) return false;
    normal_datetime(ours->text, a);
    normal_datetime(value, b);
    bool date = span_find(ours->text, SPAN("-")) == 4,
         time = span_find(ours->text, SPAN(":")) < ours->text.len;
    struct span want = !time ? SPAN("date-local") : !date ? SPAN("time-local") : type;
    return span_eq(type, want) && strcmp(a, b) == 0;
}

static bool same(const struct conf *ours, const struct conf *want) {
    const struct conf *type = conf_get(want, "type"), *value = conf_get(want, "value");
    if (want->type == CONF_TABLE && want->items.count == 2 && type && value && type->type == CONF_STRING)
        return same_scalar(ours, type->text, value->text);
    if (ours->type != want->type || conf_count(ours) != conf_count(want)) return false;
    const struct conf *a = conf_first(ours);
    CONF_EACH(b, want) {
        if (want->type == CONF_TABLE) a = conf_find(ours, b->key);
        if (!a || !same(a, b)) return false;
        a = a->next;
    }
    return true;
}

/* The expectation is in the file of the same name with .json. */
static int check_valid(struct member toml, struct map *all) {
    struct arena arena = ARENA_INIT;
    const struct conf *ours, *want;
    struct problem p = {0};
    char name[320];
    snprintf(name, sizeof name, "%.*sjson", (int)toml.name.len - 4, toml.name.ptr);
    struct member *json = map_get(all, span_of(name));
    assert_non_null(json);
    assert_int_equal(conf_parse_json(&arena, name, json->data, &want, &p), ERR_OK);
    enum err e = conf_parse_toml(&arena, toml.name.ptr, toml.data, &ours, &p);
    bool good = !e && same(ours, want);
    if (!good) print_message("FAIL %.*s %s\n", SPAN_FMT(toml.name), e ? p.text : "another tree");
    arena_free(&arena);
    return !good;
}

static int check_invalid(struct member toml) {
    struct arena arena = ARENA_INIT;
    const struct conf *ours;
    struct problem p = {0};
    enum err e = conf_parse_toml(&arena, "x.toml", toml.data, &ours, &p);
    bool good = e && strncmp(p.text, "x.toml:", 7) == 0 && p.text[7] != '0';
    if (!good) print_message("FAIL %.*s is taken\n", SPAN_FMT(toml.name));
    arena_free(&arena);
    return !good;
}

static struct map *members(const struct buf *tar, struct span *ret_list) {
    struct map *all = map_new();
    struct span rest = buf_span(tar);
    struct member m;
    while (tar_next(&rest, &m)) {
        struct member *copy = NEW(struct member);
        *copy = (struct member){span_make(mem_cstr(m.name), m.name.len), m.data};
        map_put(all, m.name, copy);
        if (span_ends(m.name, SPAN("files-toml-1.1.0"))) *ret_list = m.data;
    }
    return all;
}

static void free_members(struct map *all) {
    size_t at = 0;
    void *m;
    while (map_each(all, &at, NULL, &m)) {
        mem_free((char *)((struct member *)m)->name.ptr);
        mem_free(m);
    }
    map_free(all);
}

/* Every valid document of TOML 1.0 and 1.1. */
static int check_all_valid(struct map *all, int *ret_count) {
    size_t at = 0;
    struct span name;
    void *m;
    int failed = 0;
    while (map_each(all, &at, &name, &m)) {
        if (!span_starts(name, SPAN("toml-test/valid/")) || !span_ends(name, SPAN(".toml"))) continue;
        failed += check_valid(*(struct member *)m, all);
        ++*ret_count;
    }
    return failed;
}

/* The list names what is invalid in TOML 1.1; a few of 1.0's errors are not. */
static int check_all_invalid(struct map *all, struct span list, int *ret_count) {
    int failed = 0;
    while (list.ptr) {
        struct span line = span_cut(&list, '\n');
        if (!span_starts(line, SPAN("invalid/")) || !span_ends(line, SPAN(".toml"))) continue;
        char name[320];
        snprintf(name, sizeof name, "toml-test/%.*s", SPAN_FMT(line));
        struct member *m = map_get(all, span_of(name));
        assert_non_null(m);
        failed += check_invalid(*m);
        ++*ret_count;
    }
    return failed;
}

static void test_toml(void **state) {
    struct buf tar = unpack(toml_archive);
    struct span list = SPAN_NONE;
    struct map *all = members(&tar, &list);
    int valid = 0, invalid = 0;
    int failed = check_all_valid(all, &valid) + check_all_invalid(all, list, &invalid);
    print_message("toml-test: %d valid, %d invalid, %d failed\n", valid, invalid, failed);
    assert_int_equal(valid, 268);
    assert_int_equal(invalid, 492);
    assert_int_equal(failed, 0);
    free_members(all);
    buf_free(&tar);
}

static void test_json(void **state) {
    struct buf tar = unpack(json_archive);
    struct span rest = buf_span(&tar);
    struct member m;
    int counts[3] = {0}, failed = 0;
    while (tar_next(&rest, &m)) {
        struct arena arena = ARENA_INIT;
        const struct conf *root;
        struct span base = m.name;
        while (span_index(base, '/') < base.len) span_cut(&base, '/');
        enum err e = conf_parse_json(&arena, "x.json", m.data, &root, NULL);
        char kind = base.ptr[0];
        if ((kind == 'y' && e) || (kind == 'n' && !e)) {
            print_message("FAIL %.*s: %s\n", SPAN_FMT(base), err_name(e));
            failed++;
        }
        counts[kind == 'y' ? 0 : kind == 'n' ? 1 : 2]++;
        arena_free(&arena);
    }
    print_message("JSONTestSuite: %d y, %d n, %d i\n", counts[0], counts[1], counts[2]);
    assert_int_equal(counts[0], 95);
    assert_int_equal(counts[1], 188);
    assert_int_equal(failed, 0);
    buf_free(&tar);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_toml), cmocka_unit_test(test_json)};
    if (argc != 3) return 2;
    toml_archive = argv[1];
    json_archive = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
