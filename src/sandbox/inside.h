/* What files of this room share. */
#ifndef SANDBOX_INSIDE_H
#define SANDBOX_INSIDE_H

#include "sandbox/sandbox.h"

/* calls.c: allows all but what kills in every process, and programs unless wanted. */
MUST_USE enum err helper_calls(bool programs, unsigned *ret_layers, struct problem *p);

#endif
