/* Supervision of worker processes: the parent looks at their pulses (cli/serve_watch.h), kills what is silent or stuck, and after
 * every death says who it was and holds that Worker back (cli/serve_quarantine.h). Edge is told with QUARANTINE, always before
 * the new process's links: so it knows by then whose requests not to try again. */
#ifndef CLI_SERVE_SUPERVISE_H
#define CLI_SERVE_SUPERVISE_H

#include "cli/serve_parent.h"

struct supervision;

struct supervision *supervise_start(struct serve *s);
void supervise_stop(struct supervision *v); /* NULL is fine */

/* A process of this account has started. */
void supervise_birth(struct supervision *v, struct account *a);
/* It has ended by itself or by a signal. True: somebody is held back for it, so that another one may start at once. */
bool supervise_death(struct supervision *v, struct account *a, int status, int signal_number);
/* Edge says that it does not keep to the protocol: it is killed. */
void supervise_distrust(struct supervision *v, struct account *a);
/* Edge is new: it is told of everybody who is held back. */
void supervise_tell_edge(struct supervision *v);
/* The Worker has this version now. When it is another one than before, whatever the old one did is forgiven. */
void supervise_version(struct supervision *v, uint32_t worker, struct span id);

#endif
