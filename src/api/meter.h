/* Private to the room: whose CPU time it is, and whether it was too much.
 *
 * One turn runs many events. JavaScript (core.js) says whose code runs by storing the event's ticket in out[OUT_CURRENT], and runs the
 * microtasks of one event before it starts the next, so what comes after an `await` is billed to whom it belongs: a ticket travels with
 * every operation and timer. The clock is not read for that. A short turn is divided evenly among those who were current in it; from
 * the moment when a turn is looked at (after 5 ms of CPU), or when the last one was not that short, each change reads the clock.
 *
 * An event's budget is the sum over all its turns, waitUntil() included. What runs for an event that is over, or for none, has a
 * budget of its own for the isolate, which fills up again slowly.
 *
 * Over budget means the end of the isolate: nobody knows what state its code was left in. api_condemn() says what that means for
 * the events of others. */
#ifndef API_METER_H
#define API_METER_H

#include <stdbool.h>
#include <stdint.h>

struct api;
struct isolate;
struct slot;

enum { METER_VISITS = 256 };

struct meter_state {
    int32_t visits[METER_VISITS]; /* who was current since the last reading of the clock, in order */
    uint32_t visit_count;
    bool exact;            /* every change reads the clock */
    uint64_t marked_ns;    /* thread CPU clock: up to here it is billed; 0: nothing of this turn yet */
    uint64_t billed_ns;    /* of this turn */
    uint64_t orphan_ns;    /* of nobody's, less what it was forgiven */
    uint64_t orphan_at_ns; /* loop time of the last forgiveness */
    bool over;             /* somebody is over budget: */
    int32_t offender;      /* the event's ticket; -1: code of no event */
    uint64_t over_ns, over_limit_ns; /* its figures, as of the last turn */
    struct meter_gate *gate;         /* of the jobs that were begun here; NULL: none yet */
    uint64_t jobs_ns;                /* CPU time of jobs, ever */
};

void meter_turn_begins(struct api *api);
/* The current event changes now. Inside a turn. */
void meter_switch(struct api *api);
/* The event is one of many messages (a WebSocket's), and the next one begins: what it has used so far counts for its bill, not for
 * its budget any more. Nothing happens when it is over. Inside a turn. */
void meter_fresh(struct api *api, int32_t ticket);
/* The turn took that much. */
void meter_turn_ends(struct api *api, uint64_t used_ns);
/* After meter_turn_ends() and what the turn left behind has been sent: somebody is over budget and still under way. */
bool meter_exceeded(struct api *api);
/* Work off the isolate's thread (loop/work.h), billed to the event for which it was begun. meter_job_new() where it is begun, inside
 * a native; meter_job_begins() and meter_job_ends() around it on the pool's thread, which measure its CPU time;
 * meter_job_bill() back on the loop's thread, whether or not anybody still waits for it. The budget is looked at in the turn
 * that the work's end brings about (an operation's is always followed by one). meter_job_begins() says false when the isolate has gone
 * meanwhile: then there is nothing to do, so what waits in the queue of a Worker that was ended costs nobody anything. */
struct meter_job {
    struct meter_gate *gate;
    struct api *api; /* loop's thread only, and only while the gate is open */
    int32_t ticket;
    uint64_t ns;
};
struct meter_job meter_job_new(struct api *api);
bool meter_job_begins(struct meter_job *job);
void meter_job_ends(struct meter_job *job);
void meter_job_bill(struct meter_job *job);
/* The isolate goes away. */
void meter_close(struct api *api);
/* Waiting costs nothing but a place: an event that has not answered after limits.wait_ms is told so (EVENT_EXPIRED), late by an eighth
 * of that. The timer's function, and its period; armed by a turn that leaves events behind. */
void meter_waits(void *api);
uint64_t meter_waits_ms(const struct api *api);
/* isolate_config.on_look */
uint64_t meter_look(struct isolate *iso, uint64_t now_ns);

#endif
