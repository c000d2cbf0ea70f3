#include "edge/routes.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "edge/routes_pattern.h"
#include "http/url.h"

/* One pattern. The rules of a host lie together, sorted by path and, among equal paths, from the least to the
 * most specific, so that the last of those not greater than a target is where the search begins. */
struct rule {
    struct route_pattern pattern;
    uint32_t worker; /* number; 0: nobody */
    uint32_t parent; /* index + 1 of the next rule of this host to try: its path begins or equals this one */
    const struct routes_worker *to;
};

/* Rules [first, first + count) are of one host key. */
struct host_rules {
    uint32_t first, count;
    bool uniform; /* one rule, for every path and scheme */
};

struct routes {
    atomic_uint refs;
    struct arena arena;
    struct rule *rules;
    struct host_rules *hosts;
    struct map *exact, *suffix;   /* host key -> struct host_rules */
    bool suffix_lengths[256];     /* of wildcard keys that do not begin with a dot */
    const struct host_rules *any; /* the pattern `*` */
    struct map *by_number;
    struct routes_worker **workers;
    size_t worker_count, rule_count;
    const struct routes_worker *fallback;
};

struct routes_builder {
    struct routes *r;
    size_t rule_cap, worker_cap;
    uint32_t fallback;
};

struct routes_builder *routes_builder_new(void) {
    struct routes_builder *b = NEW(struct routes_builder);
    b->r = NEW(struct routes);
    atomic_init(&b->r->refs, 1);
    b->r->exact = map_new();
    b->r->suffix = map_new();
    b->r->by_number = map_new();
    return b;
}

static void free_snapshot(struct routes *r) {
    map_free(r->exact);
    map_free(r->suffix);
    map_free(r->by_number);
    mem_free(r->rules);
    mem_free(r->hosts);
    mem_free(r->workers);
    arena_free(&r->arena);
    mem_free(r);
}

void routes_builder_free(struct routes_builder *b) {
    if (!b) return;
    if (b->r) free_snapshot(b->r);
    mem_free(b);
}

/* An origin is scheme, host and port: "/" is all the path that it may have. Stored without it. */
static enum err check_origin(struct arena *a, struct span origin, struct span *ret, struct problem *p) {
    struct url u = URL_INIT;
    enum err e = url_parse(origin, NULL, &u);
    bool good = !e && (u.scheme == URL_HTTP || u.scheme == URL_HTTPS) && url_target(&u).len <= 1 &&
                u.pass_end == u.user_start && !url_hash(&u).len;
    if (good) *ret = arena_copy(a, span_first(url_href(&u), u.path_start));
    url_free(&u);
    return good ? ERR_OK
                : problem(p, ERR_INVALID,
                          "origin \"%.*s\": it must be an http:// or https:// URL without user and path",
                          SPAN_FMT(origin));
}

enum err routes_add_worker(struct routes_builder *b, const struct routes_worker *w, struct problem *p) {
    struct routes *r = b->r;
    if (!w->number) return problem(p, ERR_INVALID, "Worker \"%.*s\": 0 is not a number", SPAN_FMT(w->name));
    if (w->version_id.len && w->version_id.len != 32)
        return problem(p, ERR_INVALID, "Worker \"%.*s\": a version id has 32 digits", SPAN_FMT(w->name));
    struct span origin = SPAN_NONE;
    if (w->origin.len) {
        enum err e = check_origin(&r->arena, w->origin, &origin, p);
        if (e) return e;
    }
    struct routes_worker *copy = map_get_u64(r->by_number, w->number);
    if (!copy) {
        copy = ARENA_NEW(&r->arena, struct routes_worker);
        if (r->worker_count == b->worker_cap) {
            b->worker_cap = b->worker_cap ? b->worker_cap * 2 : 16;
            r->workers = mem_resize(r->workers, b->worker_cap * sizeof *r->workers);
        }
        r->workers[r->worker_count++] = copy;
        map_put_u64(r->by_number, w->number, copy);
    }
    *copy = *w;
    copy->name = arena_copy(&r->arena, w->name);
    copy->version_id = arena_copy(&r->arena, w->version_id);
    copy->failure = arena_copy(&r->arena, w->failure);
    copy->origin = origin;
    return ERR_OK;
}

enum err routes_add(struct routes_builder *b, struct span pattern, uint32_t worker, struct problem *p) {
    struct routes *r = b->r;
    struct rule rule = {.worker = worker};
    enum err e = route_pattern_parse(pattern, &r->arena, &rule.pattern, p);
    if (e) return e;
    if (r->rule_count >= LIMIT_ROUTES)
        return problem(p, ERR_TOO_LARGE, "route \"%.*s\": more than %llu routes", SPAN_FMT(pattern),
                       (unsigned long long)LIMIT_ROUTES);
    if (r->rule_count == b->rule_cap) {
        b->rule_cap = b->rule_cap ? b->rule_cap * 2 : 64;
        r->rules = mem_resize(r->rules, b->rule_cap * sizeof *r->rules);
    }
    r->rules[r->rule_count++] = rule;
    return ERR_OK;
}

void routes_set_default(struct routes_builder *b, uint32_t worker) { b->fallback = worker; }

static int compare_spans(struct span a, struct span b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

/* By host, then path, then from wildcard to exact, then from any scheme to one. */
static int compare_rules(const void *left, const void *right) {
    const struct route_pattern *a = &((const struct rule *)left)->pattern;
    const struct route_pattern *b = &((const struct rule *)right)->pattern;
    int c = (int)b->any_host - (int)a->any_host;
    if (!c) c = compare_spans(a->host, b->host);
    if (!c) c = compare_spans(a->path, b->path);
    if (!c) c = (int)b->any_path - (int)a->any_path;
    if (!c) c = (int)a->scheme - (int)b->scheme;
    return c;
}

static bool begins(const struct rule *outer, const struct rule *inner) {
    return outer->pattern.any_path ? span_starts(inner->pattern.path, outer->pattern.path)
                                   : span_eq(inner->pattern.path, outer->pattern.path);
}

/* Links the rules of one host: what covers rule i is rule i-1, or one of those that cover that. */
static void link_parents(struct rule *rules, struct host_rules *h) {
    for (uint32_t i = h->first + 1; i < h->first + h->count; i++) {
        uint32_t above = i; /* index + 1 of rule i-1 */
        while (above && !begins(&rules[above - 1], &rules[i])) above = rules[above - 1].parent;
        rules[i].parent = above;
    }
    const struct route_pattern *only = &rules[h->first].pattern;
    h->uniform = h->count == 1 && only->any_path && only->path.len == 1 && only->scheme == ROUTE_ANY_SCHEME;
}

static void index_host(struct routes *r, struct host_rules *h) {
    const struct route_pattern *key = &r->rules[h->first].pattern;
    link_parents(r->rules, h);
    if (!key->any_host) {
        map_put(r->exact, key->host, h);
    } else if (!key->host.len) {
        r->any = h;
    } else {
        map_put(r->suffix, key->host, h);
        if (key->host.ptr[0] != '.') r->suffix_lengths[key->host.len] = true;
    }
}

/* Are rules i-1 and i the same pattern? Then it names two Workers: the operator must choose. */
static enum err check_rule(const struct routes *r, size_t i, struct problem *p) {
    const struct rule *rule = &r->rules[i];
    if (rule->worker && !rule->to)
        return problem(p, ERR_NOT_FOUND, "route \"%.*s\": there is no Worker number %u",
                       SPAN_FMT(rule->pattern.text), rule->worker);
    if (i && compare_rules(rule - 1, rule) == 0)
        return problem(p, ERR_EXISTS, "route \"%.*s\" is there twice; remove one",
                       SPAN_FMT(rule->pattern.text));
    return ERR_OK;
}

static bool same_host(const struct rule *a, const struct rule *b) {
    return a->pattern.any_host == b->pattern.any_host && span_eq(a->pattern.host, b->pattern.host);
}

static enum err compile(struct routes *r, struct problem *p) {
    if (r->rule_count) qsort(r->rules, r->rule_count, sizeof *r->rules, compare_rules);
    r->hosts = mem_array(r->rule_count + 1, sizeof *r->hosts);
    struct host_rules *h = NULL;
    for (size_t i = 0; i < r->rule_count; i++) {
        struct rule *rule = &r->rules[i];
        rule->to = map_get_u64(r->by_number, rule->worker);
        enum err e = check_rule(r, i, p);
        if (e) return e;
        if (!h || !same_host(rule - 1, rule)) {
            h = h ? h + 1 : r->hosts;
            h->first = (uint32_t)i;
        }
        h->count++;
    }
    for (struct host_rules *at = r->hosts; h && at <= h; at++) index_host(r, at);
    return ERR_OK;
}

enum err routes_build(struct routes_builder *b, const struct routes **ret, struct problem *p) {
    enum err e = ERR_OK;
    if (b->fallback) {
        b->r->fallback = map_get_u64(b->r->by_number, b->fallback);
        if (!b->r->fallback) e = problem(p, ERR_NOT_FOUND, "there is no Worker number %u", b->fallback);
    }
    if (!e) e = compile(b->r, p);
    if (!e) {
        *ret = b->r;
        b->r = NULL;
    }
    routes_builder_free(b);
    return e;
}

const struct routes *routes_ref(const struct routes *r) {
    atomic_fetch_add_explicit(&((struct routes *)r)->refs, 1, memory_order_relaxed);
    return r;
}

void routes_unref(const struct routes *r) {
    struct routes *mine = (struct routes *)r;
    if (mine && atomic_fetch_sub_explicit(&mine->refs, 1, memory_order_acq_rel) == 1) free_snapshot(mine);
}

/* The last rule whose path is not greater than the target, then up through the wildcards that begin it. */
static const struct rule *search(const struct routes *r, const struct host_rules *h, bool https,
                                 struct span target) {
    uint32_t low = h->first, high = h->first + h->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_spans(r->rules[middle].pattern.path, target) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == h->first) return NULL;
    for (uint32_t at = low; at; at = r->rules[at - 1].parent) {
        const struct rule *rule = &r->rules[at - 1];
        bool scheme =
            rule->pattern.scheme == ROUTE_ANY_SCHEME || (rule->pattern.scheme == ROUTE_HTTPS_ONLY) == https;
        bool path = rule->pattern.any_path ? span_starts(target, rule->pattern.path)
                                           : span_eq(target, rule->pattern.path);
        if (scheme && path) return rule;
    }
    return NULL;
}

/* Calls `try` for each host key that fits, from the most specific on. */
static const struct rule *search_hosts(const struct routes *r, bool https, struct span host,
                                       struct span target) {
    const struct host_rules *h = map_get(r->exact, host);
    const struct rule *rule = h ? search(r, h, https, target) : NULL;
    if (map_count(r->suffix)) {
        for (size_t i = 0; !rule && i < host.len; i++) {
            size_t length = host.len - i;
            if (host.ptr[i] != '.' && !(length < 256 && r->suffix_lengths[length])) continue;
            h = map_get(r->suffix, span_from(host, i));
            if (h) rule = search(r, h, https, target);
        }
    }
    return rule || !r->any ? rule : search(r, r->any, https, target);
}

const struct routes_worker *routes_match(const struct routes *r, bool https, struct span host,
                                         struct span target) {
    const struct rule *rule = r->rule_count ? search_hosts(r, https, host, target) : NULL;
    return rule ? rule->to : r->fallback;
}

bool routes_host_is_uniform(const struct routes *r, bool https, struct span host) {
    (void)https;
    if (!r->rule_count) return true;
    const struct host_rules *h = map_get(r->exact, host);
    return h && h->uniform;
}

const struct routes_worker *routes_worker(const struct routes *r, uint32_t number) {
    return map_get_u64(r->by_number, number);
}

const struct routes_worker *routes_worker_at(const struct routes *r, size_t i) {
    return i < r->worker_count ? r->workers[i] : NULL;
}
