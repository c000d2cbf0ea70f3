/* Writing a seccomp program (classic BPF, seccomp(2)). Inside the room. One thread. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a system call's row asks of its arguments. Int arguments are compared in their low word, which is all the kernel looks at. */
enum rule {
    RULE_ANY,       /* nothing: allowed */
    RULE_NO_BITS,   /* argument `arg` has none of the bits `value` */
    RULE_ONE_OF,    /* argument `arg` is in `list` */
    RULE_ZERO,      /* argument `arg` is 0 in all its bits */
    RULE_OWN_PID,   /* argument `arg` is this process */
    RULE_OWN_LIMIT, /* prlimit64: reads, own */
    RULE_OWN_CLOCK, /* clock_gettime: no CPU clock of another process (its thread clocks are refused by the kernel) */
    RULE_ERRNO, /* refused with errno `value`, without a word in the log: somebody asks and can do without */
};

struct call_row {
    int number;
    const char *name;
    enum rule rule;
    uint8_t arg, list_count;
    uint32_t value;
    const uint32_t *list;
    const char *who; /* needs it */
};

enum { FILTER_MOST = 1024 };

struct filter {
    struct sock_filter code[FILTER_MOST];
    unsigned short len;
};

/* The architecture first: calls of another ABI (32-bit, x32) have other numbers, so they kill. */
void filter_begin(struct filter *f);
void filter_kill(struct filter *f, int number);
/* A breach of the row's rule is refused as filter_end() refuses. */
void filter_row(struct filter *f, const struct call_row *row);
/* What no row decided: `allow`, or refused with EPERM (SIGSYS, which refused.c turns into EPERM and a line in the log). */
void filter_end(struct filter *f, bool allow);
/* For all threads of the process, for ever. *ret_there is false when this kernel has no seccomp filters. */
MUST_USE enum err filter_install(const struct filter *f, bool *ret_there, struct problem *p);

/* Names the first refusal of each call in one line on stderr and makes the call return -EPERM. */
MUST_USE enum err refused_watch(const char *who, bool as_json, struct problem *p);
/* "connect", or NULL. */
const char *call_name(int number);

#endif
