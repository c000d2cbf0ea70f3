/* What stays of a configuration that was read: its strings, without the tree and the text they came from. With ten thousand
 * Workers that is a fifth of the memory, in each of three processes. */
#include <string.h>

#include "cli/serve_config.h"

/* Neighbours often have the same path, environment and origin. */
static struct span keep(struct arena *a, struct span s, struct span before) {
    return span_eq(s, before) ? before : s.len ? arena_copy(a, s) : s;
}

static const struct span *keep_list(struct arena *a, const struct span *list, size_t count) {
    struct span *copy = arena_zero(a, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) copy[i] = keep(a, list[i], SPAN_NONE);
    return copy;
}

static const struct serve_worker *keep_workers(struct arena *a, const struct serve_worker *list,
                                               size_t count) {
    static const struct serve_worker none;
    struct serve_worker *copy = arena_zero(a, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        const struct serve_worker *from = &list[i], *before = i ? &copy[i - 1] : &none;
        copy[i] = *from;
        copy[i].name = keep(a, from->name, SPAN_NONE);
        copy[i].path = keep(a, from->path, before->path);
        copy[i].environment = keep(a, from->environment, before->environment);
        copy[i].origin = keep(a, from->origin, before->origin);
        copy[i].routes = keep_list(a, from->routes, from->route_count);
    }
    return copy;
}

void serve_config_keep(const struct serve_config *from, struct arena *a, struct serve_config *ret) {
    struct serve_config c = *from;
    c.state = keep(a, from->state, SPAN_NONE);
    c.listen = keep_list(a, from->listen, from->listen_count);
    c.colo = keep(a, from->colo, SPAN_NONE);
    c.ca_file = keep(a, from->ca_file, SPAN_NONE);
    c.admin = keep(a, from->admin, SPAN_NONE);
    c.admin_token_file = keep(a, from->admin_token_file, SPAN_NONE);
    c.allow = keep_list(a, from->allow, from->allow_count);
    c.accounts = keep_list(a, from->accounts, from->account_count);
    if (from->account_memory_bytes) {
        uint64_t *bytes = arena_zero(a, (from->account_count + 1) * sizeof *bytes);
        memcpy(bytes, from->account_memory_bytes, from->account_count * sizeof *bytes);
        c.account_memory_bytes = bytes;
    }
    c.workers = keep_workers(a, from->workers, from->worker_count);
    *ret = c;
}
