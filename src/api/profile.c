/* A CPU profile of a live isolate: the engine samples, this file finds out which of the engine's sources is the Worker's.
 *
 * The engine names a source by a number that it tells nobody. But the getters of a module's exports lie in the module's
 * text, on its first line (js/modules.h); so a loop of ours that reads one of them, and is sampled, shows the number. */
#include "api/core.h"
#include "js/cpuprofile.h"

enum { PROBES = 20, PROBE_MS = 100 };

static js_val run_probe(js_ctx c, void *data, js_val *exc) {
    return js_call(c, ((struct api *)data)->probe, NULL, 0, NULL, exc);
}

static int64_t find_source(struct api *api) {
    struct buf traces = BUF_INIT;
    int64_t source = 0;
    js_val thrown;
    for (int i = 0; i < PROBES && !source && !isolate_condemned(api->iso); i++) {
        if (isolate_run(api->iso, run_probe, api, PROBE_MS, &thrown) != JS_OK) break;
        traces.len = 0;
        isolate_profile_take(api->iso, &traces);
        source = cpuprofile_find_source(buf_span(&traces), SPAN("probe"), api->script.prologue_columns);
    }
    buf_free(&traces);
    return source;
}

enum err api_profile_start(struct api *api, struct api_profile_module *ret) {
    if (api->condemned || api->closing || api->in_turn || api->start_state != START_READY)
        return ERR_WORKER_GONE;
    enum err e = isolate_profile_start(api->iso);
    if (e) return e;
    if (!api->profile_source) api->profile_source = find_source(api);
    *ret = (struct api_profile_module){api->profile_source, api->script.prologue_columns};
    return ERR_OK;
}

void api_profile_take(struct api *api, struct buf *to) { isolate_profile_take(api->iso, to); }

void api_profile_stop(struct api *api) { isolate_profile_stop(api->iso); }
