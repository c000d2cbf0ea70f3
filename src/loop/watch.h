/* Watching files and directories for changes (reload on save). Loop's thread.
 *
 * Directories are watched (inotify), also for a single file, so an editor that writes a new file and renames
 * it over the old one, or deletes and recreates it, is noticed. A change is reported once, when nothing has
 * changed for `quiet_ms`. A watched path may be absent, now or later. Where inotify is not to be had (its
 * limits are exhausted), paths are looked at once a second instead. */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include "loop/loop.h"

struct watch;

struct watch *watch_new(struct loop *loop, uint64_t quiet_ms, void (*on_change)(void *arg), void *arg);
/* Watches one file (its content and whether it exists), or one directory (its entries come, go or change; not
 * recursive: add subdirectories too). Adding again is fine. ERR_OVERLOAD above LIMIT_WATCH_PATHS. */
MUST_USE enum err watch_add(struct watch *w, const char *path);
/* Forgets all paths, to be told anew (the set of imported modules has changed). */
void watch_clear(struct watch *w);
void watch_free(struct watch *w);

#endif
