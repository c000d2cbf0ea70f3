#include "edge/names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"

enum { LOOKUP_STACK_BYTES = 512 * 1024, ADDRESSES = 16 };

enum name_state { NAME_WAITS, NAME_RUNS, NAME_KNOWN };

struct name {
    struct names *names;
    struct list node; /* names.waiting, .running or .known (oldest first) */
    struct list waiters;
    char *host;
    uint32_t account; /* whose lookup it is */
    enum name_state state;
    enum err why;
    struct buf addresses;
    uint64_t until_ms; /* known: it is forgotten then */
};

struct names {
    struct loop *loop;
    struct map *by_host, *by_account; /* lookups that run, of one account: the count as a pointer */
    struct list waiting, running, known;
    size_t runs;
    struct post *post;
};

/* What the threads know of it: the loop may be gone when they are through. */
struct post {
    pthread_mutex_t lock;
    struct names *names; /* NULL: nobody is there any more */
    atomic_uint refs;
};

struct lookup {
    struct post *post;
    char *host;
    enum err why;
    struct buf addresses;
};

static void post_unref(struct post *p) {
    if (atomic_fetch_sub(&p->refs, 1) != 1) return;
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

/* -- On a thread of its own ------------------------------------------------------------------------------------- */

static void add_address(struct buf *to, const struct sockaddr *a) {
    char text[INET6_ADDRSTRLEN];
    const void *bytes = a->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)a)->sin_addr
                                                : (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr;
    if (!inet_ntop(a->sa_family, bytes, text, sizeof text)) return;
    buf_printf(to, a->sa_family == AF_INET ? "%s%s" : "%s[%s]", to->len ? "," : "", text);
}

static void on_found(void *arg);

static void lookup_free(struct lookup *l) {
    post_unref(l->post);
    buf_free(&l->addresses);
    mem_free(l->host);
    mem_free(l);
}

static void *look_up(void *arg) {
    struct lookup *l = arg;
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int fault = getaddrinfo(l->host, NULL, &wanted, &found);
    unsigned n = 0;
    for (struct addrinfo *a = found; !fault && a && n < ADDRESSES; a = a->ai_next, n++)
        if (a->ai_family == AF_INET || a->ai_family == AF_INET6) add_address(&l->addresses, a->ai_addr);
    if (found) freeaddrinfo(found);
    l->why = l->addresses.len ? ERR_OK : ERR_DNS;
    pthread_mutex_lock(&l->post->lock);
    struct names *names = l->post->names;
    if (names) loop_post(names->loop, on_found, l);
    pthread_mutex_unlock(&l->post->lock);
    if (!names) lookup_free(l);
    return NULL;
}

static bool start_thread(struct lookup *l) {
    pthread_attr_t attr;
    pthread_t thread;
    check(pthread_attr_init(&attr) == 0);
    check(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0);
    check(pthread_attr_setstacksize(&attr, LOOKUP_STACK_BYTES) == 0);
    int fault = pthread_create(&thread, &attr, look_up, l);
    pthread_attr_destroy(&attr);
    return fault == 0;
}

/* -- On the loop ---------------------------------------------------------------------------------------------------- */

static void name_free(struct name *name) {
    list_remove(&name->node);
    map_remove(name->names->by_host, span_of(name->host));
    buf_free(&name->addresses);
    mem_free(name->host);
    mem_free(name);
}

static size_t runs_of(const struct names *n, uint32_t account) {
    return (size_t)(uintptr_t)map_get_u64(n->by_account, account);
}

static void set_runs(struct names *n, uint32_t account, size_t runs) {
    if (runs)
        map_put_u64(n->by_account, account, (void *)(uintptr_t)runs);
    else
        map_remove_u64(n->by_account, account);
}

static void know(struct name *name, enum err why) {
    struct names *n = name->names;
    name->state = NAME_KNOWN;
    name->why = why;
    name->until_ms = loop_now_ms(n->loop) + (why ? LIMIT_DNS_FAILED_MS : LIMIT_DNS_KEEP_MS);
    list_remove(&name->node);
    list_push(&n->known, &name->node);
}

/* Those who waited are told. One of them may ask for other names or leave for another one from in there. */
static void tell(struct name *name) {
    struct list *node;
    while ((node = list_first(&name->waiters))) {
        struct name_wait *w = LIST_ITEM(node, struct name_wait, node);
        names_leave(w);
        w->done(w->arg, name->why, buf_span(&name->addresses));
    }
}

static bool run(struct name *name) {
    struct names *n = name->names;
    struct lookup *l = NEW(struct lookup);
    *l = (struct lookup){.post = n->post, .host = mem_cstr(span_of(name->host))};
    atomic_fetch_add(&n->post->refs, 1);
    if (!start_thread(l)) return lookup_free(l), false; /* it waits until another one is through */
    name->state = NAME_RUNS;
    list_remove(&name->node);
    list_push(&n->running, &name->node);
    n->runs++;
    set_runs(n, name->account, runs_of(n, name->account) + 1);
    return true;
}

/* Whoever is next and whose account has room. */
static void run_waiting(struct names *n) {
    LIST_EACH(node, &n->waiting) {
        if (n->runs >= LIMIT_DNS_LOOKUPS) return;
        struct name *name = LIST_ITEM(node, struct name, node);
        if (runs_of(n, name->account) < LIMIT_DNS_ACCOUNT_LOOKUPS && !run(name)) return;
    }
}

static void on_found(void *arg) {
    struct lookup *l = arg;
    struct names *n = l->post->names;
    struct name *name = n ? map_get(n->by_host, span_of(l->host)) : NULL;
    if (name) { /* always there while it runs, unless the names themselves are gone */
        n->runs--;
        set_runs(n, name->account, runs_of(n, name->account) - 1);
        buf_add(&name->addresses, buf_span(&l->addresses));
        know(name, l->why);
        tell(name);
        run_waiting(n);
    }
    lookup_free(l);
}

static void forget_old(struct names *n) {
    uint64_t now = loop_now_ms(n->loop);
    struct list *node;
    while ((node = list_first(&n->known))) {
        struct name *name = LIST_ITEM(node, struct name, node);
        if (name->until_ms > now && map_count(n->by_host) < LIMIT_DNS_NAMES) return;
        name_free(name);
    }
}

static struct name *name_new(struct names *n, struct span host, uint32_t account) {
    struct name *name = NEW(struct name);
    *name = (struct name){.names = n, .host = mem_cstr(host), .account = account, .addresses = BUF_INIT};
    list_init(&name->waiters);
    list_init(&name->node);
    list_push(&n->waiting, &name->node);
    map_put(n->by_host, host, name);
    return name;
}

/* Not everybody's hosts file or name server knows it (RFC 6761, section 6.3). */
static bool is_localhost(struct span host) {
    return span_eq_nocase(host, SPAN("localhost")) || span_ends(host, SPAN(".localhost"));
}

bool names_ask(struct names *n, struct span host, uint32_t account, struct name_wait *w, enum err *ret_why,
               struct span *ret_addresses) {
    if (is_localhost(host)) {
        *ret_why = ERR_OK;
        *ret_addresses = SPAN("127.0.0.1,[::1]");
        return true;
    }
    struct name *name = map_get(n->by_host, host);
    if (name && name->state == NAME_KNOWN && name->until_ms <= loop_now_ms(n->loop)) {
        name_free(name);
        name = NULL;
    }
    if (name && name->state == NAME_KNOWN) {
        *ret_why = name->why;
        *ret_addresses = buf_span(&name->addresses);
        return true;
    }
    forget_old(n);
    if (!name) name = name_new(n, host, account);
    /* One account's queue is not another one's: it runs for whoever has room. */
    if (name->state == NAME_WAITS && runs_of(n, account) < LIMIT_DNS_ACCOUNT_LOOKUPS) name->account = account;
    w->name = name;
    list_push(&name->waiters, &w->node);
    run_waiting(n);
    return false;
}

void names_leave(struct name_wait *w) {
    struct name *name = w->name;
    if (!name) return;
    w->name = NULL;
    list_remove(&w->node);
    if (name->state == NAME_WAITS && list_empty(&name->waiters)) name_free(name);
}

struct names *names_new(struct loop *loop) {
    struct names *n = NEW(struct names);
    *n =
        (struct names){.loop = loop, .by_host = map_new(), .by_account = map_new(), .post = NEW(struct post)};
    list_init(&n->waiting);
    list_init(&n->running);
    list_init(&n->known);
    n->post->names = n;
    atomic_store(&n->post->refs, 1);
    check(pthread_mutex_init(&n->post->lock, NULL) == 0);
    return n;
}

static void free_all(struct list *names) {
    struct list *node;
    while ((node = list_first(names))) {
        struct name *name = LIST_ITEM(node, struct name, node);
        name->state = NAME_KNOWN; /* so that the last who leaves does not free it */
        LIST_EACH(waiter, &name->waiters) names_leave(LIST_ITEM(waiter, struct name_wait, node));
        name_free(name);
    }
}

void names_free(struct names *n) {
    if (!n) return;
    pthread_mutex_lock(&n->post->lock);
    n->post->names = NULL;
    pthread_mutex_unlock(&n->post->lock);
    free_all(&n->waiting);
    free_all(&n->running);
    free_all(&n->known);
    map_free(n->by_host);
    map_free(n->by_account);
    post_unref(n->post);
    mem_free(n);
}
