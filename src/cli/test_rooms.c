#include "cli/test_rooms.h"

#include <stdlib.h>

#include "edge/routes.h"
#include "loop/file.h"
#include "state/cache_store.h"

enum { ACCOUNT = 1 };

static enum err subdirectory(struct test_rooms *r, const char *name, const char **ret, struct problem *p) {
    *ret = file_join(&r->arena, span_of(r->dir), span_of(name)).ptr;
    return file_mkdirs(*ret, 0700, p);
}

enum err test_rooms_make(struct test_rooms *r, struct loop *loop, struct problem *p) {
    const char *tmp = getenv("TMPDIR");
    struct span dir;
    *r = (struct test_rooms){.loop = loop, .arena = ARENA_INIT};
    struct span prefix = file_join(&r->arena, span_of(tmp && tmp[0] ? tmp : "/tmp"), SPAN("cusp-test-"));
    enum err e = file_temp_dir(prefix.ptr, &r->arena, &dir, p);
    if (e) return e;
    r->dir = dir.ptr;
    return subdirectory(r, "code", &r->code_dir, p);
}

static enum err open_state(struct test_rooms *r, struct problem *p) {
    const char *kv, *cache;
    enum err e = subdirectory(r, "kv", &kv, p);
    if (!e) e = subdirectory(r, "cache", &cache, p);
    if (!e) e = kv_open(kv, &(struct kv_options){.durability = KV_DURABLE_CRASH}, &r->kv, p);
    if (!e) e = cache_store_open(&(struct cache_options){.dir = cache}, &r->cache, p);
    return e;
}

static enum err set_routes(struct test_rooms *r, const struct test_service *services, struct problem *p) {
    struct routes_builder *b = routes_builder_new();
    const struct routes *routes;
    enum err e = ERR_OK;
    uint32_t number = 1;
    for (const struct test_service *s = services; s && !e; s = s->next, number++) {
        struct routes_worker worker = {
            .number = number, .account = ACCOUNT, .name = s->name, .state = ROUTES_FAILED};
        if (s->missing.len) {
            worker.failure = s->missing;
        } else {
            worker.state = ROUTES_READY;
            worker.version_id = span_of(s->version_id);
        }
        e = routes_add_worker(b, &worker, p);
    }
    if (e) {
        routes_builder_free(b);
        return e;
    }
    e = routes_build(b, &routes, p);
    if (e) return e;
    edge_set_routes(r->edge, routes);
    routes_unref(routes);
    return ERR_OK;
}

enum err test_rooms_open(struct test_rooms *r, const struct test_rooms_config *config,
                         const struct test_service *services, struct problem *p) {
    struct link *near, *far;
    enum err e = open_state(r, p);
    if (e) return e;
    r->edge = edge_new(&(struct edge_config){.loop = r->loop,
                                             .colo = "DEV",
                                             .dev = true,
                                             .cache = r->cache,
                                             .on_log = config->on_log,
                                             .arg = config->arg});
    link_pair(r->loop, &near, &far);
    r->worker = worker_new(&(struct worker_config){.loop = r->loop,
                                                   .link = far,
                                                   .code_dir = r->code_dir,
                                                   .kv = r->kv,
                                                   .colo = "DEV",
                                                   .dev = true,
                                                   .gc = config->gc});
    edge_link_up(r->edge, ACCOUNT, near);
    return set_routes(r, services, p);
}

void test_rooms_close(struct test_rooms *r) {
    struct problem p;
    worker_free(r->worker);
    edge_free(r->edge);
    if (r->loop) loop_turn(r->loop, false); /* closes come through */
    kv_close(r->kv);
    cache_store_close(r->cache);
    if (r->dir) (void)!file_remove_tree(r->dir, &p);
    arena_free(&r->arena);
    *r = (struct test_rooms){.arena = ARENA_INIT};
}
