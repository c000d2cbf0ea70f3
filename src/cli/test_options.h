/* The command line of `cusp test`. */
#ifndef CLI_TEST_OPTIONS_H
#define CLI_TEST_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"

struct test_options {
    const char **targets;
    size_t target_count;
    const char *filter;      /* only tests whose "service:export" has it; NULL: all */
    const char *junit;       /* a file for the results; NULL: none */
    const char *compat_date; /* wins over that of the projects; NULL: theirs */
    const char *environment;
    uint32_t timeout_ms; /* of one test, and of its CPU time */
    bool tap, watch, gc, no_bundle;
};

/* ERR_INVALID with what is wrong and what is right. */
MUST_USE enum err test_options_read(int argc, char **argv, struct arena *arena, struct test_options *ret,
                                    struct problem *p);

#endif
