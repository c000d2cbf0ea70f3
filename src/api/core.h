/* The inside of struct api: what the files of this room share. Other rooms see api.h only.
 *
 * Shared memory. Three arrays belong to C and are seen by the built-in "core" as typed arrays:
 *   events   Int32Array, rows of {kind, a, b, c}: what happened since the last turn, C to JavaScript
 *   out      Int32Array, JavaScript to C: out[OUT_USED] ints of rows from out[OUT_ROWS] on (event.c says how a row
 *            looks), and what JavaScript tells about itself (out[OUT_BUSY])
 *   bytes    Uint8Array: the texts and bodies of those rows
 * User code cannot reach them, but nothing in them is trusted: a row that does not fit is a bug of the
 * built-ins, the isolate is condemned for it, and C stays whole.
 *
 * Tickets. An event (a request, a cron trigger) that is under way has a slot; its ticket is
 * index | generation << SLOT_BITS, and a ticket of an event that is over finds nothing. */
#ifndef API_CORE_H
#define API_CORE_H

#include "api/api.h"
#include "api/builtins.h"
#include "api/flow.h"
#include "api/kv.h"
#include "api/meter.h"
#include "api/op.h"
#include "api/packed.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "js/isolate.h"
#include "js/memory.h"
#include "js/modules.h"
#include "js/sourcemap.h"
#include "link/messages.h"
#include "loop/timer.h"

enum {
    EVENT_INTS = 4,
    EVENT_ROWS = 256,
    OUT_INTS = 2048,
    OUT_BYTES = 64 * 1024,
    OUT_USED = 0,    /* ints of rows waiting */
    OUT_FILLED = 1,  /* bytes waiting */
    OUT_BUSY = 2,    /* timers armed by user code */
    OUT_CURRENT = 3, /* ticket of the event whose code runs, -1: nobody's (meter.h) */
    OUT_ROWS = 4,
    FIELDS_CAP = 256, /* LIMIT_HTTP_FIELDS, as a constant for arrays */
    SLOT_BITS = 10,
    SLOTS = 1 << SLOT_BITS, /* LIMIT_WORKER_REQUESTS */
};

/* Kinds of events; core.js has the same numbers. */
enum api_event {
    EVENT_REQUEST = 1, /* ticket, offset of its head in the turn's text, end of what it has there */
    EVENT_OP = 2,      /* op id */
    EVENT_TIMER = 3,
    EVENT_CANCEL = 4,    /* ticket: the client went away */
    EVENT_EXPIRED = 6,   /* ticket: it has waited too long */
    EVENT_SCHEDULED = 5, /* ticket, offset in the turn's text (packed.h), end of what it has there */
    EVENT_TEST = 7,      /* the same */
    EVENT_SERVICE = 8,   /* as EVENT_REQUEST: another Worker asks */
};

static inline bool event_has_text(int32_t kind) {
    return kind == EVENT_REQUEST || kind == EVENT_SCHEDULED || kind == EVENT_TEST || kind == EVENT_SERVICE;
}

enum slot_state { SLOT_FREE, SLOT_OPEN, SLOT_ANSWERED };

/* One event under way. */
struct slot {
    int32_t ticket;
    uint8_t state;
    bool scheduled; /* nobody waits for a response: SCHEDULED, TEST */
    uint32_t next_free;
    struct flow *stream;                 /* kept for the next user of the slot when nobody else holds it */
    uint64_t began_ns, cpu_ns, limit_ns; /* limit: of cpu_ns */
    uint64_t before_ns;                  /* CPU of its earlier messages (meter_fresh()) */
    /* Its message, when it waits behind others that may end the isolate: then it begins in another one. */
    struct buf kept;
    uint32_t kept_flags;
    struct buf cf; /* request.cf as JSON: half of what a head has to say, and few ask */
    uint32_t log_bytes;
};

struct api {
    struct api_config config;
    struct isolate *iso;
    js_ctx c;
    struct js_builtins builtins;
    js_obj turn, hung, start, rejected, prepare, rehearsed; /* functions of core.js, protected */
    int32_t *events, *out;
    uint8_t *bytes;

    struct buf queue; /* rows of EVENT_INTS int32_t that wait for the next turn */
    struct buf text;  /* UTF-16: the packed heads of the requests in it, from unit text_at on */
    uint32_t text_at;

    struct slot *slots[SLOTS];       /* made when first needed */
    uint32_t slots_made, slots_free; /* slots_free: index + 1 of the first free one */
    uint32_t in_flight;
    struct map *streams; /* link stream id -> struct flow */

    struct op **ops; /* by id - 1; NULL is free */
    uint32_t ops_cap, ops_count, ops_hint;

    struct timer *timer;
    struct timer *waits; /* meter.c: looks for events that have waited too long */
    struct deferred turn_soon;
    struct flow *dropped; /* finalized by the collector; dealt with after the entry */

    /* start-up */
    enum { START_RUNNING, START_READY, START_FAILED } start_state;
    bool in_turn, condemned, closing;
    struct worker_limits limits; /* resolved, none is 0 */
    struct meter_state meter;
    struct js_rewritten script;
    struct js_rewritten *scripts; /* of all modules, by index, when there are several (modules.c) */
    struct sourcemap *map;
    bool map_tried;
    char *start_error;
    struct arena start_arena;

    uint64_t now_ns;    /* clock_of_batch() in event.c */
    uint32_t log_bytes; /* of console lines that belong to no event */
    uint64_t log_room, log_at_ns,
        log_held; /* report.c: bytes it may log now, as of when; lines held back since the last one */
    struct api_stats stats;
    struct profile_desk *profile_at; /* whose job it has; NULL: none */
    uint64_t profile_job, profile_taken_ns;
    struct counters_row unseen; /* for whom config.row is NULL: made ahead, or nobody wants to know */
    size_t zip_bytes;           /* of open compression streams */
    struct url_desk *url_desk;  /* url.c; made when first needed */
    struct kv_mail *kv_mail;    /* results of KV writes (kv.h); made when first needed */
};

/* Where its Worker is counted. */
static inline struct counters_row *api_row(struct api *api) {
    return api->config.row ? api->config.row : &api->unseen;
}

/* The api whose isolate this thread is inside of. */
static inline struct api *api_here(void) { return isolate_data(isolate_current()); }

/* event.c */
enum err event_begin(struct api *api, const struct message *m);
struct slot *slot_of(struct api *api, int32_t ticket); /* NULL when it is over */
/* Turns the rows that JavaScript wrote into messages. False: a row was wrong. */
bool event_flush(struct api *api);
void event_fail(struct api *api, struct slot *s, enum err e, struct span text, bool pass_through);
void event_done(struct api *api, struct slot *s);
void event_fail_all(struct api *api, enum err e, struct span text);
/* The isolate has ended: events that have not begun are given back to worker/ (config.on_unbegun). */
void event_give_back(struct api *api);
void event_free_all(struct api *api);
void event_queue(struct api *api, enum api_event kind, int32_t a, int32_t b, int32_t c);

/* profile.c. Around each entry. */
void profile_begins(struct api *api);
void profile_ends(struct api *api);
void profile_leave(struct api *api); /* the isolate ends */

/* url.c */
void url_desk_free(struct url_desk *d);

/* op.c */
void op_drop_all(struct api *api);
extern const struct js_native_row api_natives_core[];

/* start.c */
MUST_USE enum err start_run(struct api *api, struct problem *p);
/* Runs a Worker that does nothing and a request that never was through a new isolate: the engine compiles a function
 * when it is called first, and those on every Worker's way are called here, in an isolate made ahead, rather than
 * while somebody waits. The isolate is as new afterwards. */
MUST_USE enum err start_rehearse(struct api *api, struct problem *p);

/* A module of the version, as one that imports it names it; NULL: there is none. */
const struct version_module *start_module(const struct api *api, struct span specifier, struct span importer);
/* Its namespace, or that of a module of the platform: struct js_module_host has what it is. */
struct js_module_host start_host(struct api *api);
js_val start_resolve(void *data, js_ctx c, struct span specifier, struct span importer, js_val *exc);

/* modules.c: versions with several modules of code. */
bool modules_several(const struct version *v);
/* The promise of the main module's namespace. */
js_val modules_main(js_ctx c, void *data, js_val *exc);
/* The namespace of a module of code, which runs now if it has not; `dynamic`: or a promise of it. */
js_val modules_get(struct api *api, js_ctx c, const struct version_module *m, bool dynamic, js_val *exc);
js_val modules_import(void *data, js_ctx c, struct span specifier, struct span importer, js_val *exc);
void modules_free(struct api *api);

/* report.c */
/* A thrown value as text for people, original positions, with a code frame when config.dev. Inside an entry
 * (`c`) or outside (c NULL). */
struct span report_text(struct api *api, js_ctx c, js_val thrown, bool frame, struct arena *a);
void report_log(struct api *api, enum log_level level, struct slot *s, struct span text);
void report_rejection(struct isolate *iso, js_ctx c, js_val promise, js_val reason);

/* api.c */
void api_wake(struct api *api); /* a turn at the end of this iteration */
void api_condemn(struct api *api, enum err why);

#endif
