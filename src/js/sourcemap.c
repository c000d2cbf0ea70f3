#include "js/sourcemap.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "conf/conf.h"

/* Mappings are deltas from segment to segment, so a place can only be found by reading from the start, or from a
 * checkpoint: open() reads all once and notes the state at the start of each line and every 128 segments. */
enum { CHECKPOINT_SEGMENTS = 128 };

struct state {
    uint32_t line; /* generated, from 0 */
    int64_t column, source, source_line, source_column, name;
};

struct checkpoint {
    size_t offset; /* into mappings: the segment that comes next */
    struct state before;
    int64_t column; /* of that segment */
};

struct sourcemap {
    struct arena arena;
    struct span mappings;
    struct span *sources, *names, *contents;
    size_t source_count, name_count, content_count;
    struct checkpoint *checkpoints;
    size_t checkpoint_count, checkpoint_cap;
};

/* --- VLQ ------------------------------------------------------------------------------------------------------------ */

static int digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (ascii_is_digit(c)) return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Adds one delta to *value. Beyond 32 bits is malformed. */
static bool read_vlq(struct span text, size_t *at, int64_t *value) {
    uint64_t bits = 0;
    for (unsigned shift = 0; shift <= 30 && *at < text.len; shift += 5) {
        int d = digit(text.ptr[*at]);
        if (d < 0) return false;
        (*at)++;
        bits |= (uint64_t)(d & 31) << shift;
        if (d & 32) continue;
        *value += bits & 1 ? -(int64_t)(bits >> 1) : (int64_t)(bits >> 1);
        return *value >= 0 && *value <= INT32_MAX;
    }
    return false;
}

/* One segment: 1, 4 or 5 numbers. *ret_fields says how many. At a `,` or `;` afterwards, or the end. */
static bool read_segment(struct span text, size_t *at, struct state *s, int *ret_fields) {
    int64_t *const fields[] = {&s->column, &s->source, &s->source_line, &s->source_column, &s->name};
    int n = 0;
    while (*at < text.len && text.ptr[*at] != ',' && text.ptr[*at] != ';')
        if (n == 5 || !read_vlq(text, at, fields[n++])) return false;
    *ret_fields = n;
    return n == 1 || n == 4 || n == 5;
}

/* --- Opening -------------------------------------------------------------------------------------------------------- */

static void add_checkpoint(struct sourcemap *m, size_t offset, const struct state *before) {
    struct state after = *before;
    int fields;
    size_t at = offset;
    if (m->checkpoint_count == m->checkpoint_cap)
        m->checkpoints = mem_resize(m->checkpoints, (m->checkpoint_cap = m->checkpoint_cap * 2 + 64) *
                                                        sizeof *m->checkpoints);
    if (!read_segment(m->mappings, &at, &after, &fields)) after.column = before->column;
    m->checkpoints[m->checkpoint_count++] = (struct checkpoint){offset, *before, after.column};
}

static bool read_mappings(struct sourcemap *m) {
    struct state s = {0};
    size_t in_row = 0;
    int fields;
    for (size_t at = 0; at < m->mappings.len;) {
        char c = m->mappings.ptr[at];
        if (c == ';' || c == ',') {
            at++;
            if (c == ';') s.line++, s.column = 0, in_row = 0;
            continue;
        }
        if (in_row++ % CHECKPOINT_SEGMENTS == 0) add_checkpoint(m, at, &s);
        if (!read_segment(m->mappings, &at, &s, &fields)) return false;
        if (fields >= 4 && (size_t)s.source >= m->source_count) return false;
        if (fields == 5 && (size_t)s.name >= m->name_count) return false;
    }
    return true;
}

/* An array of strings, null as "". */
static bool read_strings(struct sourcemap *m, const struct conf *root, const char *key, struct span prefix,
                         struct span **ret, size_t *ret_count) {
    const struct conf *list = conf_find(root, span_of(key));
    if (!list) return *ret_count = 0, true;
    if (list->type != CONF_ARRAY) return false;
    struct span *all = arena_zero(&m->arena, (conf_count(list) + 1) * sizeof *all);
    size_t n = 0;
    CONF_EACH(item, list) {
        if (item->type != CONF_STRING && item->type != CONF_NULL) return false;
        if (item->type == CONF_STRING)
            all[n] = prefix.len ? arena_printf(&m->arena, "%.*s%.*s", SPAN_FMT(prefix), SPAN_FMT(item->text))
                                : item->text;
        n++;
    }
    *ret = all;
    *ret_count = n;
    return true;
}

static struct span source_root(struct sourcemap *m, const struct conf *root) {
    const struct conf *at = conf_find(root, SPAN("sourceRoot"));
    if (!at || at->type != CONF_STRING || !at->text.len) return SPAN_NONE;
    return span_ends(at->text, SPAN("/")) ? at->text : arena_printf(&m->arena, "%.*s/", SPAN_FMT(at->text));
}

static enum err read_map(struct sourcemap *m, struct span json) {
    const struct conf *root, *mappings, *version;
    struct problem ignored;
    enum err e = conf_parse_json(&m->arena, "source map", json, &root, &ignored);
    if (e != ERR_OK) return e;
    if (root->type != CONF_TABLE) return ERR_INVALID;
    version = conf_find(root, SPAN("version"));
    mappings = conf_find(root, SPAN("mappings"));
    if (conf_find(root, SPAN("sections"))) return ERR_UNSUPPORTED;
    if (!version || version->type != CONF_INTEGER || version->integer != 3) return ERR_UNSUPPORTED;
    if (!mappings || mappings->type != CONF_STRING) return ERR_INVALID;
    m->mappings = mappings->text;
    if (!read_strings(m, root, "sources", source_root(m, root), &m->sources, &m->source_count) ||
        !read_strings(m, root, "names", SPAN_NONE, &m->names, &m->name_count) ||
        !read_strings(m, root, "sourcesContent", SPAN_NONE, &m->contents, &m->content_count) ||
        !read_mappings(m))
        return ERR_INVALID;
    return ERR_OK;
}

enum err sourcemap_open(struct span json, struct sourcemap **ret) {
    if (json.len > LIMIT_SOURCEMAP_BYTES) return ERR_TOO_LARGE;
    if (span_starts(json, SPAN(")]}'")))
        json = span_from(json, span_index(json, '\n')); /* ECMA-426, 12: a guard */
    struct sourcemap *m = NEW(struct sourcemap);
    enum err e = read_map(m, json);
    if (e != ERR_OK) return sourcemap_free(m), e;
    return *ret = m, ERR_OK;
}

void sourcemap_free(struct sourcemap *m) {
    if (!m) return;
    arena_free(&m->arena);
    mem_free(m->checkpoints);
    mem_free(m);
}

/* --- Finding -------------------------------------------------------------------------------------------------------- */

/* The last checkpoint at or before the place, on its line; NULL when the line has none. */
static const struct checkpoint *checkpoint_before(const struct sourcemap *m, uint32_t line, int64_t column) {
    size_t low = 0, high = m->checkpoint_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct checkpoint *c = &m->checkpoints[middle];
        if (c->before.line < line || (c->before.line == line && c->column <= column))
            low = middle + 1;
        else
            high = middle;
    }
    return low && m->checkpoints[low - 1].before.line == line ? &m->checkpoints[low - 1] : NULL;
}

bool sourcemap_find(const struct sourcemap *m, uint32_t line, uint32_t column, struct sourcemap_place *ret) {
    const struct checkpoint *from = line && column ? checkpoint_before(m, line - 1, column - 1) : NULL;
    if (!from) return false;
    struct state s = from->before, best = {0};
    int fields = 0, best_fields = 0;
    for (size_t at = from->offset; at < m->mappings.len && m->mappings.ptr[at] != ';';) {
        if (m->mappings.ptr[at] == ',') {
            at++;
            continue;
        }
        if (!read_segment(m->mappings, &at, &s, &fields) || s.column > column - 1) break;
        best = s;
        best_fields = fields;
    }
    if (best_fields < 4) return false; /* nothing, or generated code that has no source */
    *ret = (struct sourcemap_place){.source = m->sources[best.source],
                                    .name = best_fields == 5 ? m->names[best.name] : SPAN_NONE,
                                    .line = (uint32_t)best.source_line + 1,
                                    .column = (uint32_t)best.source_column + 1};
    return true;
}

struct span sourcemap_content(const struct sourcemap *m, struct span source) {
    for (size_t i = 0; i < m->source_count && i < m->content_count; i++)
        if (span_eq(m->sources[i], source)) return m->contents[i];
    return SPAN_NONE;
}
