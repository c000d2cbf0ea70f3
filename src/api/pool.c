/* Isolates made ahead on threads of their own, so that a cold start pays for the Worker's own code only and no lane
 * ever waits while one is made. The lock is held for moments: to look at the stock, to take and to put.
 *
 * Each is made by a thread that ends then. The engine's collector looks through the stacks of all living threads that
 * have ever been inside of an isolate, and stops them meanwhile: one that lived on would be woken by every collection of
 * every isolate it has made, and each would wait for it. */
#include "api/pool.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/priority.h"
#include "loop/thread.h"

enum { POOL_ROOM = 64 /* at least LIMIT_POOL_MOST */, POOL_NICE = 5, LET_START_MS = 4, STOCK_LOW = 2 };

struct api_pool {
    struct thread *thread;
    pthread_mutex_t lock;
    pthread_cond_t change; /* somebody took one, or closes the pool */
    bool closing, resting; /* resting: none was taken since the last look */
    struct api_pool_stats stats;
    struct api *spare[POOL_ROOM];
};

/* --- The thread that makes them ------------------------------------------------------------------------------ */

/* For pthread_cond_timedwait(). */
static struct timespec in_ms(uint64_t ms) {
    struct timespec t;
    check(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) t.tv_sec++, t.tv_nsec -= 1000000000L;
    return t;
}

/* Until one is taken or the pool closes, or LIMIT_POOL_REST_MS are over. */
static void rest(struct api_pool *pool) {
    struct timespec until = in_ms(LIMIT_POOL_REST_MS);
    pool->resting = true;
    while (!pool->closing && pool->resting)
        if (pthread_cond_timedwait(&pool->change, &pool->lock, &until) != 0) return;
}

/* The stock is full. At rest there is nothing to wake up for. */
static void wait_for_demand(struct api_pool *pool) {
    if (pool->stats.wanted <= LIMIT_POOL_LEAST) {
        pthread_cond_wait(&pool->change, &pool->lock);
        return;
    }
    rest(pool);
    if (pool->resting) pool->stats.wanted /= 2;
}

/* Locked. Making one is ten times the work of starting the one just taken, which somebody waits for: on a machine with few processors the
 * two would share one. So as long as there are others, it waits until nobody has taken one for a moment. */
static void let_start(struct api_pool *pool) {
    uint64_t seen;
    do {
        struct timespec until = in_ms(LET_START_MS);
        seen = pool->stats.taken;
        while (!pool->closing && pool->stats.stock >= STOCK_LOW &&
               pthread_cond_timedwait(&pool->change, &pool->lock, &until) == 0) {
        }
    } while (!pool->closing && pool->stats.stock >= STOCK_LOW && seen != pool->stats.taken);
}

struct making {
    struct api *api; /* NULL: it failed */
    struct problem p;
};

static void make(void *arg) {
    struct making *m = arg;
    struct api *api;
    if (api_blank(&api, &m->p) == ERR_OK) m->api = api;
}

static void make_one(struct api_pool *pool) {
    struct making m = {0};
    struct thread *thread;
    pthread_mutex_unlock(&pool->lock);
    enum err e = thread_start("spare isolate", 0, make, &m, &thread);
    if (e)
        problem(&m.p, e, "no thread: %s", err_sentence(e));
    else
        thread_join(thread);
    pthread_mutex_lock(&pool->lock);
    if (m.api) {
        pool->spare[pool->stats.stock++] = m.api;
        pool->stats.made++;
        return;
    }
    LOG(LOG_ERROR, "an isolate can't be made ahead", LOG_S("why", span_of(m.p.text)));
    rest(pool); /* api_new() meets the same and says so */
}

static void drop_one(struct api_pool *pool) {
    struct api *api = pool->spare[--pool->stats.stock];
    pthread_mutex_unlock(&pool->lock);
    api_free(api);
    pthread_mutex_lock(&pool->lock);
}

static void pool_run(void *arg) {
    struct api_pool *pool = arg;
    priority_behind(POOL_NICE);
    pthread_mutex_lock(&pool->lock);
    while (!pool->closing) {
        if (pool->stats.stock < pool->stats.wanted) {
            let_start(pool);
            if (!pool->closing) make_one(pool);
        } else if (pool->stats.stock > pool->stats.wanted) {
            drop_one(pool);
        } else {
            wait_for_demand(pool);
        }
    }
    pthread_mutex_unlock(&pool->lock);
}

/* --- For everybody --------------------------------------------------------------------------------------------- */

struct api *api_pool_take(struct api_pool *pool) {
    struct api *api = NULL;
    pthread_mutex_lock(&pool->lock);
    struct api_pool_stats *s = &pool->stats;
    pool->resting = false;
    if (s->stock) {
        api = pool->spare[--s->stock];
        s->taken++;
    } else {
        s->missed++;
    }
    if (s->stock <= s->wanted / 2 && s->wanted < LIMIT_POOL_MOST)
        s->wanted = s->wanted * 2 < LIMIT_POOL_MOST ? s->wanted * 2 : (uint32_t)LIMIT_POOL_MOST;
    pthread_cond_signal(&pool->change);
    pthread_mutex_unlock(&pool->lock);
    return api;
}

void api_pool_stats(struct api_pool *pool, struct api_pool_stats *ret) {
    pthread_mutex_lock(&pool->lock);
    *ret = pool->stats;
    pthread_mutex_unlock(&pool->lock);
}

enum err api_pool_new(struct api_pool **ret) {
    check(LIMIT_POOL_MOST <= POOL_ROOM && LIMIT_POOL_LEAST <= LIMIT_POOL_MOST);
    struct api_pool *pool = NEW(struct api_pool);
    pthread_condattr_t attr;
    pool->stats.wanted = (uint32_t)LIMIT_POOL_LEAST;
    check(pthread_mutex_init(&pool->lock, NULL) == 0 && pthread_condattr_init(&attr) == 0);
    check(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    check(pthread_cond_init(&pool->change, &attr) == 0);
    pthread_condattr_destroy(&attr);
    enum err e = thread_start("pool", 0, pool_run, pool, &pool->thread);
    if (e) return api_pool_free(pool), e;
    *ret = pool;
    return ERR_OK;
}

void api_pool_free(struct api_pool *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_signal(&pool->change);
    pthread_mutex_unlock(&pool->lock);
    thread_join(pool->thread);
    while (pool->stats.stock) api_free(pool->spare[--pool->stats.stock]);
    pthread_cond_destroy(&pool->change);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool);
}
