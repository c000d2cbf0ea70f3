#include "edge/egress.h"

#include "base/check.h"
#include "edge/fetch_inside.h"
#include "edge/turnstile.h"
#include "loop/poll.h"

CURL *egress_take(struct egress *e) {
    CURL *easy = e->spare_count ? e->spare[--e->spare_count] : curl_easy_init();
    check(easy != NULL);
    return easy;
}

void egress_give(struct egress *e, CURL *easy) {
    if (e->spare_count == EGRESS_SPARE_HANDLES) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    e->spare[e->spare_count++] = easy;
}

/* Handles that are through are told only after curl has returned: their owners may start or close others. */
static void collect(struct egress *e) {
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(e->multi, &left));) {
        if (m->msg != CURLMSG_DONE) continue;
        struct transfer *t = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        transfer_finished(t, code);
    }
}

static void act(struct egress *e, curl_socket_t fd, int ready) {
    int running;
    e->working = true;
    curl_multi_socket_action(e->multi, fd, ready, &running);
    e->working = false;
    collect(e);
}

static void on_ready(void *arg, int fd, unsigned ready) {
    int bits = (ready & POLL_READ ? CURL_CSELECT_IN : 0) | (ready & POLL_WRITE ? CURL_CSELECT_OUT : 0) |
               (ready & POLL_ERROR ? CURL_CSELECT_ERR : 0);
    act(arg, fd, bits);
}

static void on_timer(void *arg) { act(arg, CURL_SOCKET_TIMEOUT, 0); }

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg) {
    struct egress *e = arg;
    struct poll *poll = socket_arg;
    if (what == CURL_POLL_REMOVE) {
        poll_close(poll);
        curl_multi_assign(e->multi, fd, NULL);
        return 0;
    }
    if (!poll) {
        if (poll_open(e->edge->loop, fd, on_ready, e, &poll)) return -1;
        curl_multi_assign(e->multi, fd, poll);
    }
    poll_set(poll, (what & CURL_POLL_IN ? POLL_READ : 0) | (what & CURL_POLL_OUT ? POLL_WRITE : 0));
    return 0;
}

static int on_curl_timer(CURLM *multi, long after_ms, void *arg) {
    struct egress *e = arg;
    if (after_ms < 0)
        timer_stop(e->timer);
    else
        timer_start(e->timer, (uint64_t)after_ms, 0);
    return 0;
}

struct egress *egress_new(struct edge *edge) {
    const struct edge_egress_config *config = &edge->config.egress;
    struct egress *e = NEW(struct egress);
    e->edge = edge;
    list_init(&e->fetches);
    check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    check((e->multi = curl_multi_init()) != NULL);
    check((e->share = curl_share_init()) != NULL);
    check(!egress_policy_new(config->deny_private, config->allow, config->allow_count, &e->policy, NULL));
    e->timer = timer_new(edge->loop, on_timer, e);
    e->names = names_new(edge->loop);
    e->turnstile = turnstile_new(edge->loop, LIMIT_FETCH_ACCOUNT);
    curl_share_setopt(e->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(e->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(e->multi, CURLMOPT_SOCKETDATA, e);
    curl_multi_setopt(e->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(e->multi, CURLMOPT_TIMERDATA, e);
    curl_multi_setopt(e->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)LIMIT_FETCH_CONNECTIONS);
    curl_multi_setopt(e->multi, CURLMOPT_MAXCONNECTS, (long)LIMIT_FETCH_KEPT);
    return e;
}

struct names *egress_names(struct egress *e) {
    return e->names;
}
const struct egress_policy *egress_policy_of(const struct egress *e) { return e->policy; }

void egress_free(struct egress *e) {
    if (!e) return;
    fetches_free(e);
    names_free(e->names);
    turnstile_free(e->turnstile);
    while (e->spare_count) curl_easy_cleanup(e->spare[--e->spare_count]);
    curl_multi_cleanup(e->multi);
    curl_share_cleanup(e->share);
    curl_global_cleanup();
    timer_free(e->timer);
    egress_policy_free(e->policy);
    mem_free(e);
}
