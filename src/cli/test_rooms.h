/* The rooms of `cusp test`: edge and worker on one loop, as in `cusp dev`, for the Workers of one target, over a state directory that
 * is thrown away. Loop's thread. */
#ifndef CLI_TEST_ROOMS_H
#define CLI_TEST_ROOMS_H

#include "cli/test_config.h"
#include "edge/edge.h"
#include "loop/loop.h"
#include "worker/worker.h"

struct test_rooms {
    struct loop *loop;
    struct arena arena;
    const char *dir, *code_dir; /* dir: temporary, goes with the rooms */
    struct kv_store *kv;
    struct cache_store *cache;
    struct edge *edge;
    struct worker *worker;
};

struct test_rooms_config {
    void (*on_log)(void *arg, uint32_t worker, int level, struct span request, struct span text);
    void *arg;
    bool gc;
};

/* The state directory, so that versions can be written into it. */
MUST_USE enum err test_rooms_make(struct test_rooms *r, struct loop *loop, struct problem *p);
/* Edge and worker. The Workers are number 1, 2, ... in the order of the list. */
MUST_USE enum err test_rooms_open(struct test_rooms *r, const struct test_rooms_config *config,
                                  const struct test_service *services, struct problem *p);
/* Also after a failure half way. */
void test_rooms_close(struct test_rooms *r);

#endif
