/* Isolates made ahead, one every few milliseconds, so that a cold start pays for the Worker's own code only. */
#include "api/pool.h"

#include "base/mem.h"
#include "loop/timer.h"

enum { POOL_MOST = 64, POOL_PAUSE_MS = 10 };

struct api_pool {
    struct loop *loop;
    struct timer *timer;
    unsigned wanted, count;
    struct api *spare[POOL_MOST];
};

static void fill(void *arg) {
    struct api_pool *pool = arg;
    struct problem p;
    if (pool->count == pool->wanted) return;
    if (api_blank(pool->loop, &pool->spare[pool->count], &p) != ERR_OK) return; /* api_new() will say why */
    if (++pool->count < pool->wanted) timer_start(pool->timer, POOL_PAUSE_MS, 0);
}

struct api_pool *api_pool_new(struct loop *loop, unsigned spare) {
    struct api_pool *pool = NEW(struct api_pool);
    pool->loop = loop;
    pool->wanted = spare < POOL_MOST ? spare : POOL_MOST;
    pool->timer = timer_new(loop, fill, pool);
    timer_start(pool->timer, 0, 0);
    return pool;
}

struct api *api_pool_take(struct api_pool *pool) {
    if (!timer_active(pool->timer)) timer_start(pool->timer, POOL_PAUSE_MS, 0);
    return pool->count ? pool->spare[--pool->count] : NULL;
}

void api_pool_free(struct api_pool *pool) {
    if (!pool) return;
    while (pool->count) api_free(pool->spare[--pool->count]);
    timer_free(pool->timer);
    mem_free(pool);
}
