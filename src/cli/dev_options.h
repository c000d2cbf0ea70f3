/* The command line of `cusp dev`. */
#ifndef CLI_DEV_OPTIONS_H
#define CLI_DEV_OPTIONS_H

#include "base/arena.h"
#include "control/prepare.h"

struct dev_options {
    const char *target; /* default "." */
    const char *ip, *environment, *state;
    uint16_t port;
    bool quiet; /* no line for each request */
    const struct prepare_var *vars;
    size_t var_count;
};

/* ERR_INVALID with what is wrong and what is right. */
MUST_USE enum err dev_options_read(int argc, char **argv, struct arena *arena, struct dev_options *ret,
                                   struct problem *p);

#endif
