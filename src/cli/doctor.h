/* `cusp doctor [--json]`: which layers of protection this kernel gives to this user, what is missing, what that means, and the remedy.
 * Nothing is guessed from versions: the walls are entered by a child, the engine's facts are tried out. docs/doctor.md.
 *
 * Exit status 0: nothing that matters is missing; 1: something is. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "base/buf.h"
#include "js/engine.h"

enum { DOCTOR_TEXT_BYTES = 128 };

/* What was found. Judging it is doctor_judge()'s, so that it can be tested with other machines' facts. */
struct doctor_facts {
    bool root;               /* it was run by root */
    bool walls;              /* a child could enter what there is */
    char walls_problem[256]; /* why not */
    unsigned layers;         /* enum sandbox_layer */
    int landlock_abi;
    bool engine; /* it runs */
    char engine_problem[256];
    struct js_caps caps;
    bool sanitizers; /* a build for tests: the guard of mmap is left out */
    bool cgroup2, cgroup_memory, cgroup_pids, cgroup_writable;
    uint64_t open_files, listen_backlog, overcommit; /* hard limit; somaxconn; vm.overcommit_memory */
    unsigned cpus;
    char kernel[DOCTOR_TEXT_BYTES], clock_source[DOCTOR_TEXT_BYTES], huge_pages[DOCTOR_TEXT_BYTES];
};

enum doctor_verdict { DOCTOR_OK, DOCTOR_WEAK, DOCTOR_MISSING }; /* MISSING: not for production */

struct doctor_line {
    const char *name;
    enum doctor_verdict verdict;
    char found[DOCTOR_TEXT_BYTES];
    const char *meaning, *remedy; /* when it is not OK */
};

enum { DOCTOR_LINES = 14 };

void doctor_examine(struct doctor_facts *ret);
/* Returns the exit status. */
int doctor_judge(const struct doctor_facts *facts, struct doctor_line ret[DOCTOR_LINES]);
void doctor_write(const struct doctor_line lines[DOCTOR_LINES], bool json, struct buf *out);
int doctor_main(int argc, char **argv);

#endif
