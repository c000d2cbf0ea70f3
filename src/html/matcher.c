#include "html/matcher.h"
#include "base/mem.h"

/* Room for one more of an array that doubles. */
static void *room(void *array, uint32_t count, uint32_t *cap, size_t size) {
    if (count < *cap) return array;
    *cap = *cap ? *cap * 2 : 16;
    return mem_resize(array, *cap * size);
}

void matcher_init(struct matcher *m, struct html_names *names) { *m = (struct matcher){.names = names}; }

void matcher_free(struct matcher *m) {
    mem_free(m->positions);
    mem_free(m->roots);
    for (uint32_t i = 0; i < m->named_count; i++) mem_free(m->named[i]);
    mem_free(m->named);
    mem_free(m->frames);
    mem_free(m->sets);
    mem_free(m->matched_list);
    mem_free(m->types);
    mem_free(m->buckets);
    mem_free(m->next_sets);
    mem_free(m->hits);
}

/* --- Selectors --- */

static void prepare(struct matcher *m, struct selector_compound *c) {
    if (c->name.len) c->id = html_names_id(m->names, c->name.ptr, c->name.len);
    for (struct selector_test *t = c->tests; t; t = t->next) {
        m->counts_children |= t->kind == SELECTOR_NTH_CHILD;
        m->counts_types |= t->kind == SELECTOR_NTH_OF_TYPE;
        for (struct selector_compound *inner = t->inner; inner; inner = inner->next_in_list)
            prepare(m, inner);
    }
}

static void add_named(struct matcher *m, html_id id, uint32_t position) {
    struct html_name_slot *slot = html_names_slot(m->names, id);
    if (!(slot->flags & HTML_TAG_SELECTED)) {
        slot->flags |= HTML_TAG_SELECTED;
        m->named = mem_resize(m->named, (m->named_count + 1) * sizeof *m->named);
        m->named[m->named_count++] = NEW(uint32_t);
        slot->value = m->named_count;
    }
    uint32_t **list = &m->named[slot->value - 1], count = ++(*list)[0];
    if ((count & (count - 1)) == 0) *list = mem_resize(*list, (2 * count + 1) * sizeof **list);
    (*list)[count] = position;
}

void matcher_add(struct matcher *m, struct selector_compound *list, uint32_t handler) {
    for (struct selector_compound *first = list; first; first = first->next_in_list) {
        for (struct selector_compound *c = first; c; c = c->next) {
            m->positions = room(m->positions, m->position_count, &m->position_cap, sizeof *m->positions);
            uint32_t at = m->position_count++;
            m->positions[at] = (struct matcher_position){c, handler, !c->next};
            prepare(m, c);
            if (c->next) m->has_jumps = true;
            if (c != first) continue;
            if (c->id) {
                add_named(m, c->id, at);
            } else {
                m->roots = room(m->roots, m->root_count, &m->root_cap, sizeof *m->roots);
                m->roots[m->root_count++] = at;
            }
        }
    }
}

void matcher_ready(struct matcher *m) {
    m->words = m->has_jumps ? (m->position_count + 63) / 64 : 0;
    m->next_sets = mem_array(2 * m->words + 1, sizeof *m->next_sets);
    if (m->counts_types) m->buckets = mem_array(m->bucket_cap = 256, sizeof *m->buckets);
}

/* --- Counting children --- */

static uint32_t bucket_of(const struct matcher *m, html_id id, uint32_t depth) {
    return (uint32_t)((id + depth) * 0x9E3779B97F4A7C15ull >> 32) & (m->bucket_cap - 1);
}

static struct matcher_type *type_find(const struct matcher *m, html_id id) {
    for (uint32_t at = m->buckets[bucket_of(m, id, m->depth)]; at; at = m->types[at - 1].next) {
        struct matcher_type *t = &m->types[at - 1];
        if (t->id == id && t->depth == m->depth) return t;
    }
    return NULL;
}

/* In order, so that the first of a chain is always the newest: forget_types() relies on it. */
static void rehash_types(struct matcher *m) {
    mem_free(m->buckets);
    m->buckets = mem_array(m->bucket_cap *= 2, sizeof *m->buckets);
    for (uint32_t i = 0; i < m->type_count; i++) {
        uint32_t *bucket = &m->buckets[bucket_of(m, m->types[i].id, m->types[i].depth)];
        m->types[i].next = *bucket;
        *bucket = i + 1;
    }
}

static void count_type(struct matcher *m, html_id id) {
    struct matcher_type *t = type_find(m, id);
    if (t) {
        t->count++;
        return;
    }
    m->types = room(m->types, m->type_count, &m->type_cap, sizeof *m->types);
    uint32_t *bucket = &m->buckets[bucket_of(m, id, m->depth)];
    m->types[m->type_count++] = (struct matcher_type){id, m->depth, 1, *bucket};
    *bucket = m->type_count;
    if (m->type_count > m->bucket_cap) rehash_types(m);
}

static void forget_types(struct matcher *m, uint32_t down_to) {
    while (m->type_count > down_to) {
        struct matcher_type *t = &m->types[--m->type_count];
        m->buckets[bucket_of(m, t->id, t->depth)] = t->next;
    }
}

/* --- Matching --- */

static bool is_nth(const struct selector_test *t, uint32_t index) {
    int64_t distance = (int64_t)index - t->offset;
    if (t->step == 0) return distance == 0;
    return distance % t->step == 0 && distance / t->step >= 0;
}

static bool attr_find(const struct html_tokenizer *t, struct span name, struct span *ret) {
    for (uint32_t i = 0; i < t->attr_count; i++) {
        struct html_range r = t->attrs[i].name;
        if (r.end - r.start == name.len && span_eq_nocase(html_bytes(t, r), name))
            return *ret = html_bytes(t, t->attrs[i].value), true;
    }
    return false;
}

static bool equal(struct span a, struct span b, bool no_case) {
    return no_case ? span_eq_nocase(a, b) : span_eq(a, b);
}

static bool has_word(struct span value, struct span word, bool no_case) {
    for (size_t at = 0; at < value.len;) {
        while (at < value.len && html_space((unsigned char)value.ptr[at])) at++;
        size_t from = at;
        while (at < value.len && !html_space((unsigned char)value.ptr[at])) at++;
        if (at > from && equal(span_make(value.ptr + from, at - from), word, no_case)) return true;
    }
    return false;
}

static bool contains(struct span value, struct span part, bool no_case) {
    if (!no_case) return span_find(value, part) < value.len;
    for (size_t at = 0; at + part.len <= value.len; at++) {
        if (span_eq_nocase(span_make(value.ptr + at, part.len), part)) return true;
    }
    return false;
}

static bool value_matches(const struct selector_test *s, struct span value, bool in_html) {
    bool no_case = s->letters == CASE_NONE || (s->letters == CASE_NONE_IN_HTML && in_html);
    size_t len = s->value.len;
    switch (s->kind) {
    case SELECTOR_EQUAL: return equal(value, s->value, no_case);
    case SELECTOR_INCLUDES: return has_word(value, s->value, no_case);
    case SELECTOR_DASH:
        return value.len >= len && equal(span_first(value, len), s->value, no_case) &&
               (value.len == len || value.ptr[len] == '-');
    case SELECTOR_PREFIX: return value.len >= len && equal(span_first(value, len), s->value, no_case);
    case SELECTOR_SUFFIX:
        return value.len >= len && equal(span_from(value, value.len - len), s->value, no_case);
    case SELECTOR_SUBSTRING: return contains(value, s->value, no_case);
    default: return false;
    }
}

static bool compound_matches(const struct matcher *m, const struct selector_compound *c,
                             const struct html_tokenizer *t);

static bool test_matches(const struct matcher *m, const struct selector_test *s,
                         const struct html_tokenizer *t) {
    struct span value;
    switch (s->kind) {
    case SELECTOR_ID: return attr_find(t, SPAN("id"), &value) && span_eq(value, s->value);
    case SELECTOR_CLASS: return attr_find(t, SPAN("class"), &value) && has_word(value, s->value, false);
    case SELECTOR_HAS: return attr_find(t, s->name, &value);
    case SELECTOR_NTH_CHILD: return is_nth(s, m->depth ? m->frames[m->depth - 1].children : m->root_children);
    case SELECTOR_NTH_OF_TYPE: return is_nth(s, type_find(m, t->id)->count);
    case SELECTOR_NEVER: return false;
    case SELECTOR_NOT:
        for (struct selector_compound *c = s->inner; c; c = c->next_in_list) {
            if (compound_matches(m, c, t)) return false;
        }
        return true;
    default:
        return attr_find(t, s->name, &value) && value_matches(s, value, t->context.tag_ns == HTML_NS_HTML);
    }
}

static bool compound_matches(const struct matcher *m, const struct selector_compound *c,
                             const struct html_tokenizer *t) {
    if (c->id && c->id != t->id) return false;
    for (struct selector_test *s = c->tests; s; s = s->next) {
        if (!test_matches(m, s, t)) return false;
    }
    return true;
}

static void hit(struct matcher *m, uint32_t handler) {
    uint32_t at = m->hit_count;
    while (at && m->hits[at - 1] >= handler) {
        if (m->hits[--at] == handler) return;
    }
    m->hits = room(m->hits, m->hit_count, &m->hit_cap, sizeof *m->hits);
    memmove(m->hits + at + 1, m->hits + at, (m->hit_count++ - at) * sizeof *m->hits);
    m->hits[at] = handler;
}

static void try_position(struct matcher *m, uint32_t at, const struct html_tokenizer *t) {
    const struct matcher_position *p = &m->positions[at];
    if (!compound_matches(m, p->compound, t)) return;
    if (p->is_last) {
        hit(m, p->handler);
        return;
    }
    uint64_t *set = m->next_sets + (p->compound->combinator == '>' ? m->words : 0);
    set[(at + 1) / 64] |= 1ull << (at + 1) % 64;
    m->next_jumps = true;
}

static const uint64_t *sets_of_top(const struct matcher *m) {
    return m->depth && m->frames[m->depth - 1].has_jumps ? m->sets + (size_t)(m->depth - 1) * 2 * m->words
                                                         : NULL;
}

/* Does some open element's selector wait for one of this name? */
static bool awaited(const struct matcher *m, html_id id) {
    const uint64_t *sets = sets_of_top(m);
    if (!sets) return false;
    for (uint32_t w = 0; w < m->words; w++) {
        for (uint64_t left = sets[w] | sets[m->words + w]; left; left &= left - 1) {
            html_id wanted = m->positions[w * 64 + (uint32_t)__builtin_ctzll(left)].compound->id;
            if (!wanted || wanted == id) return true;
        }
    }
    return false;
}

bool matcher_name(struct matcher *m, html_id id, const struct html_name_slot *slot) {
    if (m->depth)
        m->frames[m->depth - 1].children++;
    else
        m->root_children++;
    if (m->counts_types) count_type(m, id);
    m->next_jumps = false;
    m->hit_count = 0;
    return m->root_count || (slot && slot->flags & HTML_TAG_SELECTED) || awaited(m, id);
}

void matcher_start(struct matcher *m, const struct html_tokenizer *t) {
    const uint64_t *sets = sets_of_top(m);
    if (m->words) memset(m->next_sets, 0, 2 * m->words * sizeof *m->next_sets);
    for (uint32_t i = 0; i < m->root_count; i++) try_position(m, m->roots[i], t);
    if (t->slot && t->slot->flags & HTML_TAG_SELECTED) {
        const uint32_t *list = m->named[t->slot->value - 1];
        for (uint32_t i = 1; i <= list[0]; i++) try_position(m, list[i], t);
    }
    for (uint32_t w = 0; sets && w < m->words; w++) {
        for (uint64_t left = sets[w] | sets[m->words + w]; left; left &= left - 1)
            try_position(m, w * 64 + (uint32_t)__builtin_ctzll(left), t);
    }
}

/* --- The stack --- */

static uint8_t *open_name(struct matcher *m, html_id id) {
    return &m->open_names[(id * 0x9E3779B97F4A7C15ull) >> 56];
}

static void push_sets(struct matcher *m, struct matcher_frame *f, bool matched) {
    size_t words = m->words;
    const uint64_t *outer = sets_of_top(m);
    uint64_t *own = m->sets + m->depth * 2 * words;
    f->has_jumps = (matched && m->next_jumps) || outer;
    if (!f->has_jumps) return;
    for (size_t w = 0; w < words; w++) {
        own[w] = (outer ? outer[w] : 0) | (matched && m->next_jumps ? m->next_sets[w] : 0);
        own[words + w] = matched && m->next_jumps ? m->next_sets[words + w] : 0;
    }
}

struct matcher_frame *matcher_push(struct matcher *m, html_id id, bool matched) {
    if (m->depth == m->frame_cap) {
        m->frame_cap = m->frame_cap ? m->frame_cap * 2 : 64;
        m->frames = mem_resize(m->frames, m->frame_cap * sizeof *m->frames);
        if (m->words) m->sets = mem_resize(m->sets, (size_t)m->frame_cap * 2 * m->words * sizeof *m->sets);
    }
    struct matcher_frame *f = &m->frames[m->depth];
    *f = (struct matcher_frame){.id = id, .typed = m->type_count, .matched = m->matched_count};
    if (m->words) push_sets(m, f, matched);
    for (uint32_t i = 0; matched && i < m->hit_count; i++) {
        m->matched_list = room(m->matched_list, m->matched_count, &m->matched_cap, sizeof *m->matched_list);
        m->matched_list[m->matched_count++] = m->hits[i];
        f->many++;
    }
    uint8_t *names = open_name(m, id);
    if (*names < 255) ++*names;
    m->depth++;
    return f;
}

int64_t matcher_find(const struct matcher *m, html_id id) {
    if (!m->open_names[(id * 0x9E3779B97F4A7C15ull) >> 56]) return -1;
    for (int64_t at = (int64_t)m->depth - 1; at >= 0; at--) {
        if (m->frames[at].id == id) return at;
    }
    return -1;
}

void matcher_pop(struct matcher *m) {
    struct matcher_frame *f = &m->frames[--m->depth];
    uint8_t *names = open_name(m, f->id);
    if (*names < 255) --*names; /* at 255 nobody knows any more */
    if (m->counts_types) forget_types(m, f->typed);
    m->matched_count = f->matched;
}

size_t matcher_bytes(const struct matcher *m) {
    return m->depth * (sizeof *m->frames + 2 * m->words * sizeof *m->sets) +
           m->type_count * sizeof *m->types + m->matched_count * sizeof *m->matched_list +
           m->names->size_bytes;
}
