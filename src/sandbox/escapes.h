/* The attempts of sandbox_test.c: a row each, with how it must end. A test's own; not part of the room's library. */
#ifndef SANDBOX_ESCAPES_H
#define SANDBOX_ESCAPES_H

#include <stddef.h>

enum {                      /* outcomes: 0 it worked, an errno, or one of these */
       KILLED = 1000,       /* + signal */
       OUT_OF_REACH = 2000, /* ENOENT behind a root directory of its own, EACCES behind Landlock */
       NO_NETWORK,          /* ENETUNREACH in a network namespace, EACCES behind Landlock that knows TCP */
       NOT_MADE,            /* EACCES behind Landlock, EROFS in a root directory of its own */
       NOT_OURS,            /* EPERM: another user's process, or Landlock that knows signals */
       ANYTHING,            /* depends on more than the walls */
};

enum open_house {
    WORKS,          /* without walls, for everybody */
    WORKS_FOR_ROOT, /* without walls, for root */
    NOBODY_KNOWS,   /* depends on the machine: the kernel's options, sysctls */
};

typedef int escape_fn(void);

struct escape {
    const char *name;
    escape_fn *attempt;
    enum open_house open;
    int filtered, unfiltered; /* with system calls filtered and not */
};

extern const struct escape escapes[];
extern const size_t escape_count;
escape_fn escape_nothing;

/* In the child: before the walls (what others own), between sandbox_enter() and sandbox_calls() (what a worker process opens). */
void escapes_before(const char *account, const char *top);
void escapes_between(void);

#endif
