/* Signals of the operating system as callbacks on a loop (any loop of the process; the handler only wakes
 * it). While at least one is open for a number, its default action does not happen. */
#ifndef LOOP_SIGNALS_H
#define LOOP_SIGNALS_H

#include <signal.h>

#include "loop/loop.h"

struct signals;

MUST_USE enum err signals_open(struct loop *loop, int signal_number,
                               void (*on_signal)(void *arg, int signal_number), void *arg,
                               struct signals **ret_signals);
void signals_close(struct signals *s);

#endif
