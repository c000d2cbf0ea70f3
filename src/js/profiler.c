/* The engine's sampling profiler. It has a thread of its own that stops the isolate's thread for a moment, by the signal that
 * the collector uses as well. */
#include "base/buf.h"
#include "js/room.h"

enum err isolate_profile_start(struct isolate *iso) {
    if (iso->profiled) return ERR_IN_USE;
    isolate_enter(iso);
    iso->profiled = JSContextGroupEnableSamplingProfiler(iso->group);
    isolate_leave(iso);
    return iso->profiled ? ERR_OK : ERR_UNSUPPORTED;
}

void isolate_profile_take(struct isolate *iso, struct buf *to) {
    if (!iso->profiled) return;
    isolate_enter(iso);
    JSStringRef json = JSContextGroupTakeSamplesFromSamplingProfiler(iso->group);
    if (json) {
        size_t room = JSStringGetMaximumUTF8CStringSize(json);
        size_t taken = JSStringGetUTF8CString(json, buf_reserve(to, room), room);
        if (taken) buf_added(to, taken - 1);
        JSStringRelease(json);
    }
    isolate_leave(iso);
}

void isolate_profile_stop(struct isolate *iso) {
    if (!iso->profiled) return;
    isolate_enter(iso);
    JSContextGroupDisableSamplingProfiler(iso->group);
    iso->profiled = false;
    isolate_leave(iso);
}
