/* Every number that Cusp shows about itself, in one place: the counter's name in C, its name, labels, unit and meaning
 * in Prometheus. docs/metrics.md lists the same (a test compares them).
 *
 * To add a counter: one row here, one count() where it happens. Rows of one metric stand together and differ in their
 * label; the first one's help is the family's. Names follow Prometheus' conventions: base units (seconds, bytes), counters
 * end in _total. Labels that every row of a table has: COUNTERS_WORKER account, worker; COUNTERS_LANE process, lane;
 * COUNTERS_EDGE lane. */
#ifndef BASE_COUNTERS_TABLE_H
#define BASE_COUNTERS_TABLE_H

// clang-format off

/* One row of counters for a Worker in a lane; /metrics shows the sum over all lanes of all processes.
 *    field              metric                               label               unit   help */
#define COUNTERS_WORKER_TABLE(X)                                                                                             \
    X(requests,          "cusp_worker_requests_total",          "",                 ONE,  "Events (requests, cron triggers) handed to an isolate of the Worker") \
    X(exceptions,        "cusp_worker_exceptions_total",        "",                 ONE,  "Events that failed before they were answered: an exception, a limit, a hung promise") \
    X(subrequests,       "cusp_worker_subrequests_total",       "",                 ONE,  "fetch() and cache calls of the Worker")       \
    X(cpu_ns,            "cusp_worker_cpu_seconds_total",       "",                 NS,   "CPU time in the Worker's JavaScript and WebAssembly, start-up included") \
    X(wall_ns,           "cusp_worker_wall_seconds_total",      "",                 NS,   "Time from an event's arrival in the worker process to its end, waiting included") \
    X(cold_starts,       "cusp_worker_cold_starts_total",       "",                 ONE,  "Isolates made for the Worker")                \
    X(start_failures,    "cusp_worker_start_failures_total",    "",                 ONE,  "Isolates that could not be made: no code, or an exception at the top level") \
    X(evictions,         "cusp_worker_evictions_total",         "",                 ONE,  "Idle isolates freed to make room")            \
    X(ended_cpu,         "cusp_worker_terminations_total",      "cause=\"cpu\"",     ONE,  "Isolates and processes ended because of what the Worker did, by cause") \
    X(ended_memory,      "cusp_worker_terminations_total",      "cause=\"memory\"",  ONE,  "Isolates ended by the memory limit")          \
    X(ended_startup,     "cusp_worker_terminations_total",      "cause=\"startup\"", ONE,  "Isolates ended by a limit of start-up")       \
    X(ended_hung,        "cusp_worker_terminations_total",      "cause=\"hung\"",    ONE,  "Processes killed because they did not answer while the Worker ran") \
    X(ended_aborted,     "cusp_worker_terminations_total",      "cause=\"aborted\"", ONE,  "Isolates ended by the host for another reason") \
    X(ended_death,       "cusp_worker_terminations_total",      "cause=\"process_death\"", ONE, "Processes that died while the Worker ran") \
    X(quarantines,       "cusp_worker_quarantines_total",       "",                 ONE,  "Times the Worker was set aside after it had brought its process down") \
    X(shed,              "cusp_worker_shed_total",              "",                 ONE,  "Requests refused with 503 because too much was waiting") \
    X(log_lines,         "cusp_worker_log_lines_total",         "",                 ONE,  "Lines that the Worker logged")                \
    X(log_dropped,       "cusp_worker_log_dropped_total",       "",                 ONE,  "Lines not logged: the event had used up its log bytes, or the isolate its rate") \
    X(responses_1xx,     "cusp_worker_responses_total",         "class=\"1xx\"",     ONE,  "Responses to clients by status class, those from the cache and error pages included") \
    X(responses_2xx,     "cusp_worker_responses_total",         "class=\"2xx\"",     ONE,  "")                                            \
    X(responses_3xx,     "cusp_worker_responses_total",         "class=\"3xx\"",     ONE,  "")                                            \
    X(responses_4xx,     "cusp_worker_responses_total",         "class=\"4xx\"",     ONE,  "")                                            \
    X(responses_5xx,     "cusp_worker_responses_total",         "class=\"5xx\"",     ONE,  "")                                            \
    X(responses_none,    "cusp_worker_responses_total",         "class=\"none\"",    ONE,  "")                                            \
    X(body_in,           "cusp_worker_request_body_bytes_total",  "",               ONE,  "Bytes of request bodies")                     \
    X(body_out,          "cusp_worker_response_body_bytes_total", "",               ONE,  "Bytes of response bodies")

/* Histograms of a Worker, in the same row.
 *    field              metric                               help */
#define COUNTERS_HISTOGRAM_TABLE(X)                                                                                          \
    X(event_cpu,         "cusp_worker_event_cpu_seconds",       "CPU time of one event")                                      \
    X(cold_start,        "cusp_worker_cold_start_seconds",      "Time to make an isolate and to run the Worker's top level")   \
    X(response_time,     "cusp_worker_response_seconds",        "From the first byte of a request to the last of its response, as edge saw it")

/* What an isolate is now (gauges); /metrics shows the sums of each Worker, /top.json the single ones.
 *    field              metric                               unit   help */
#define COUNTERS_ISOLATE_TABLE(X)                                                                                            \
    X(in_flight,         "cusp_worker_in_flight",               ONE,  "Events under way in the Worker's isolates")             \
    X(heap_bytes,        "cusp_worker_heap_bytes",              ONE,  "Heap of the Worker's isolates, as last measured")

/* A thread that runs isolates.
 *    field              metric                               type     unit  help */
#define COUNTERS_LANE_TABLE(X)                                                                                               \
    X(turns,             "cusp_lane_turns_total",               COUNTER, ONE, "Times an isolate was entered to run what had come for it") \
    X(messages,          "cusp_lane_messages_total",            COUNTER, ONE, "Messages that came from edge")                  \
    X(busy_ns,           "cusp_lane_busy_seconds_total",        COUNTER, NS,  "Time in which the lane ran isolates; its rate is the busy ratio") \
    X(queue_length,      "cusp_lane_queue_length",              GAUGE,   ONE, "Isolates that wait for their turn")             \
    X(isolates,          "cusp_lane_isolates",                  GAUGE,   ONE, "Live isolates")

/* A thread of edge.
 *    field              metric                               type     unit  help */
#define COUNTERS_EDGE_TABLE(X)                                                                                               \
    X(connections,       "cusp_edge_connections_total",         COUNTER, ONE, "Connections accepted")                          \
    X(requests,          "cusp_edge_requests_total",            COUNTER, ONE, "Requests received")                             \
    X(rejected,          "cusp_edge_rejected_total",            COUNTER, ONE, "Requests that edge answered with an error of its own") \
    X(shed,              "cusp_edge_shed_total",                COUNTER, ONE, "Requests refused with 503 because too much was waiting") \
    X(failed,            "cusp_edge_failed_total",              COUNTER, ONE, "Requests that went wrong, also after their status was sent") \
    X(subrequests,       "cusp_edge_subrequests_total",         COUNTER, ONE, "Requests that Workers made to the world")       \
    X(bytes_in,          "cusp_edge_received_bytes_total",      COUNTER, ONE, "Bytes received, from clients and from origins") \
    X(bytes_out,         "cusp_edge_sent_bytes_total",          COUNTER, ONE, "Bytes of responses sent to clients")            \
    X(egress_in,         "cusp_edge_egress_received_bytes_total", COUNTER, ONE, "Bytes of bodies received from origins")       \
    X(cache_hits,        "cusp_edge_cache_hits_total",          COUNTER, ONE, "Cache look-ups that found a fresh response")    \
    X(cache_misses,      "cusp_edge_cache_misses_total",        COUNTER, ONE, "Cache look-ups that did not")                   \
    X(open_connections,  "cusp_edge_open_connections",          GAUGE,   ONE, "Connections open now")                          \
    X(open_requests,     "cusp_edge_open_requests",             GAUGE,   ONE, "Requests under way now")                        \
    X(open_fetches,      "cusp_edge_open_fetches",              GAUGE,   ONE, "Requests to the world under way now")

/* What control works out for a Worker.
 *    field              metric                               unit   help */
#define COUNTERS_DERIVED_TABLE(X)                                                                                            \
    X(isolates,          "cusp_worker_isolates",                ONE,  "Live isolates of the Worker")                           \
    X(rss_share,         "cusp_worker_rss_share_bytes",         ONE,  "Estimate: the resident memory of the Worker's process, divided among its isolates by their heaps (0.7 MB of engine added to each)")

/* A process.
 *    field              metric                                   type     unit  help */
#define COUNTERS_PROCESS_TABLE(X)                                                                                            \
    X(up,                "cusp_process_up",                         GAUGE,   ONE, "1 while the process runs")                  \
    X(starts,            "cusp_process_starts_total",               COUNTER, ONE, "Times it was started since the parent runs") \
    X(rss,               "cusp_process_resident_memory_bytes",      GAUGE,   ONE, "Resident memory")                           \
    X(cpu_ns,            "cusp_process_cpu_seconds_total",          COUNTER, NS,  "CPU time, user and system; begins anew when the process does") \
    X(beat_age_ns,       "cusp_process_heartbeat_age_seconds",      GAUGE,   NS,  "Since a worker process last showed that it lives")

// clang-format on

#endif
