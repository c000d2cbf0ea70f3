#include "html/names.h"
#include "base/check.h"
#include "base/mem.h"

/* Elements of the standard whose names decide how what follows is read (HTML, 13.2.6). */
#define KNOWN(X)                                                                                             \
    X("area", HTML_TAG_VOID)                                                                                 \
    X("base", HTML_TAG_VOID)                                                                                 \
    X("basefont", HTML_TAG_VOID)                                                                             \
    X("bgsound", HTML_TAG_VOID)                                                                              \
    X("br", HTML_TAG_VOID | HTML_TAG_BREAKOUT | HTML_TAG_P_BR)                                               \
    X("col", HTML_TAG_VOID)                                                                                  \
    X("embed", HTML_TAG_VOID | HTML_TAG_BREAKOUT)                                                            \
    X("hr", HTML_TAG_VOID | HTML_TAG_BREAKOUT)                                                               \
    X("img", HTML_TAG_VOID | HTML_TAG_BREAKOUT)                                                              \
    X("input", HTML_TAG_VOID | HTML_TAG_GUARD)                                                               \
    X("keygen", HTML_TAG_VOID | HTML_TAG_GUARD)                                                              \
    X("link", HTML_TAG_VOID)                                                                                 \
    X("meta", HTML_TAG_VOID | HTML_TAG_BREAKOUT)                                                             \
    X("param", HTML_TAG_VOID)                                                                                \
    X("source", HTML_TAG_VOID)                                                                               \
    X("track", HTML_TAG_VOID)                                                                                \
    X("wbr", HTML_TAG_VOID)                                                                                  \
    X("textarea", HTML_TAG_RCDATA | HTML_TAG_GUARD)                                                          \
    X("title", HTML_TAG_RCDATA | HTML_TAG_SVG_POINT | HTML_TAG_GUARD)                                        \
    X("style", HTML_TAG_RAWTEXT | HTML_TAG_GUARD)                                                            \
    X("iframe", HTML_TAG_RAWTEXT | HTML_TAG_GUARD)                                                           \
    X("xmp", HTML_TAG_RAWTEXT | HTML_TAG_GUARD)                                                              \
    X("noembed", HTML_TAG_RAWTEXT | HTML_TAG_GUARD)                                                          \
    X("noframes", HTML_TAG_RAWTEXT | HTML_TAG_GUARD)                                                         \
    X("noscript", HTML_TAG_RAWTEXT | HTML_TAG_GUARD)                                                         \
    X("script", HTML_TAG_SCRIPT | HTML_TAG_GUARD)                                                            \
    X("plaintext", HTML_TAG_PLAINTEXT | HTML_TAG_GUARD)                                                      \
    X("select", HTML_TAG_GUARD | HTML_TAG_SELECT)                                                            \
    X("frameset", HTML_TAG_GUARD)                                                                            \
    X("template", HTML_TAG_GUARD | HTML_TAG_TEMPLATE)                                                        \
    X("svg", HTML_TAG_SVG)                                                                                   \
    X("math", HTML_TAG_MATH)                                                                                 \
    X("desc", HTML_TAG_SVG_POINT)                                                                            \
    X("foreignobject", HTML_TAG_SVG_POINT)                                                                   \
    X("mi", HTML_TAG_MATH_POINT)                                                                             \
    X("mo", HTML_TAG_MATH_POINT)                                                                             \
    X("mn", HTML_TAG_MATH_POINT)                                                                             \
    X("ms", HTML_TAG_MATH_POINT)                                                                             \
    X("mtext", HTML_TAG_MATH_POINT)                                                                          \
    X("annotation-xml", HTML_TAG_ANNOTATION)                                                                 \
    X("font", HTML_TAG_FONT)                                                                                 \
    X("p", HTML_TAG_BREAKOUT | HTML_TAG_P_BR)

static const char breakouts[] =
    "b big blockquote body center code dd div dl dt em h1 h2 h3 h4 h5 h6 head i li listing "
    "menu nobr ol pre ruby s small span strong strike sub sup table tt u ul var";

static uint32_t long_hash(const char *name, size_t len) {
    uint64_t h = 0xCBF29CE484222325ull;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)ascii_lower(name[i])) * 0x100000001B3ull;
    return (uint32_t)(h ^ h >> 32);
}

static void rehash_longs(struct html_names *n) {
    n->bucket_cap = n->bucket_cap ? n->bucket_cap * 2 : 64;
    mem_free(n->buckets);
    n->buckets = mem_array(n->bucket_cap, sizeof *n->buckets);
    for (uint32_t i = 0; i < n->long_count; i++) {
        uint32_t at = long_hash(n->longs[i], strlen(n->longs[i])) & (n->bucket_cap - 1);
        while (n->buckets[at]) at = (at + 1) & (n->bucket_cap - 1);
        n->buckets[at] = i + 1;
    }
}

static bool same_name(const char *kept, const char *name, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (kept[i] != ascii_lower(name[i])) return false;
    }
    return kept[len] == '\0';
}

static html_id long_id(struct html_names *n, const char *name, size_t len) {
    uint32_t at = long_hash(name, len) & (n->bucket_cap - 1);
    for (; n->buckets[at]; at = (at + 1) & (n->bucket_cap - 1)) {
        if (same_name(n->longs[n->buckets[at] - 1], name, len)) return 0xFFull << 56 | n->buckets[at];
    }
    if (n->long_count == n->long_cap) {
        n->long_cap = n->long_cap ? n->long_cap * 2 : 32;
        n->longs = mem_resize(n->longs, n->long_cap * sizeof *n->longs);
    }
    char *kept = mem_cstr(span_make(name, len));
    for (size_t i = 0; i < len; i++) kept[i] = ascii_lower(kept[i]);
    n->longs[n->long_count++] = kept;
    n->buckets[at] = n->long_count;
    n->size_bytes += len + 48;
    html_id id = 0xFFull << 56 | n->long_count;
    if (n->long_count * 2 > n->bucket_cap) rehash_longs(n);
    return id;
}

/* A NUL byte in a longer name would end the copy early: such names are told apart by their length only up to there,
 * so they are given a number of their own kind, never equal to a known one. */
html_id html_names_id(struct html_names *n, const char *name, size_t len) {
    if (len > 7) return memchr(name, 0, len) ? 0xFEull << 56 | long_hash(name, len) : long_id(n, name, len);
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++) word |= (uint64_t)(unsigned char)ascii_lower(name[i]) << 8 * i;
    return word | (uint64_t)len << 56;
}

static void grow(struct html_names *n) {
    struct html_name_slot *old = n->slots;
    uint32_t cap = n->cap;
    n->cap = cap ? cap * 2 : 256;
    n->slots = mem_array(n->cap, sizeof *n->slots);
    n->count = 0;
    for (uint32_t i = 0; i < cap; i++) {
        if (old[i].id) *html_names_slot(n, old[i].id) = old[i];
    }
    mem_free(old);
}

struct html_name_slot *html_names_slot(struct html_names *n, html_id id) {
    struct html_name_slot *found = html_names_find(n, id);
    if (found) return found;
    if ((n->count + 1) * 2 > n->cap) grow(n);
    uint32_t mask = n->cap - 1, i = (uint32_t)(id * 0x9E3779B97F4A7C15ull >> 40) & mask;
    while (n->slots[i].id) i = (i + 1) & mask;
    n->slots[i].id = id;
    n->count++;
    return &n->slots[i];
}

void html_names_init(struct html_names *n) {
    static const struct {
        const char *name;
        uint32_t flags;
    } known[] = {
#define X(name, flags) {name, flags},
        KNOWN(X)
#undef X
    };
    *n = (struct html_names){0};
    grow(n);
    rehash_longs(n);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        html_names_slot(n, html_names_id(n, known[i].name, strlen(known[i].name)))->flags |= known[i].flags;
    struct span rest = span_of(breakouts);
    while (rest.ptr) {
        struct span name = span_cut(&rest, ' ');
        html_names_slot(n, html_names_id(n, name.ptr, name.len))->flags |= HTML_TAG_BREAKOUT;
    }
    n->size_bytes = 0;
}

void html_names_free(struct html_names *n) {
    for (uint32_t i = 0; i < n->long_count; i++) mem_free(n->longs[i]);
    mem_free(n->longs);
    mem_free(n->buckets);
    mem_free(n->slots);
    *n = (struct html_names){0};
}
