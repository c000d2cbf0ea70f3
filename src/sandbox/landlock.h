/* Landlock (landlock(7)), at the newest ABI that the kernel has. Inside the room. Applies to the calling thread and those it starts later. */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include <stdbool.h>

#include "base/err.h"

enum landlock_may {
    LANDLOCK_READ = 1,
    LANDLOCK_WRITE = 2, /* and read and make files */
    LANDLOCK_TREE = 4,  /* and make and remove directories and links, remove and move files */
    LANDLOCK_RUN = 8,   /* execve(2) */
};

struct landlock_rule {
    const char *path;
    unsigned may;
    bool must_exist;
};

struct landlock_rules {
    const struct landlock_rule *list;
    size_t count;
    bool connect; /* TCP to others (ABI 4 forbids it otherwise); binding a TCP port is always forbidden */
    bool signals; /* to processes outside (ABI 6 forbids it otherwise), and abstract Unix sockets of others */
};

/* 0: this kernel has none, or it is switched off. */
int landlock_abi(void);
/* *ret_there is false when there is none. */
MUST_USE enum err landlock_enter(const struct landlock_rules *rules, bool *ret_there, struct problem *p);

#endif
