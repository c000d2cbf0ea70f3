/* Spare worker processes: for accounts in use a second process that has started like the first one (sandboxed for this account, the
 * engine made, threads running, isolates in its pool) and waits. It has touched nothing that the first one uses: it opens the
 * account's store and counters when its first LINK comes. When the first one dies, the spare is it, in a few milliseconds; the
 * next spare is started a moment later. In `ps` it is `cusp @backup ACCOUNT`.
 *
 * LIMIT_SPARE_PROCESSES accounts have one: those whose process started last, so also whoever died last. A spare takes about 13 MB
 * that it does not share. In the parent; loop's thread. */
#ifndef CLI_SERVE_SPARE_H
#define CLI_SERVE_SPARE_H

#include "cli/serve_parent.h"

struct spares;

struct spares *spares_new(struct serve *s);
void spares_free(struct spares *sp); /* NULL is fine */
/* The account's process has started: it gets a spare one soon. */
void spares_want(struct spares *sp, struct account *a);
/* The account's process is the spare one from now on; false: there is none. */
bool spares_take(struct spares *sp, struct account *a);
/* For stopping: calls `each` for all of them, and counts those that run. */
size_t spares_each(struct spares *sp, void (*each)(struct child *c));

#endif
