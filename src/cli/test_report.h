/* How `cusp test` tells what came of each test: lines for people, TAP 14, a JUnit file. Loop's thread.
 *
 *     main:adds PASS            ok 1 - main:adds            <testcase classname="main" name="adds" .../>
 *     main:fails FAIL           not ok 2 - main:fails
 *       Error: ...                # Error: ...
 */
#ifndef CLI_TEST_REPORT_H
#define CLI_TEST_REPORT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/terminal.h"

struct test_result {
    struct span service, name; /* name empty: the Worker itself, which does not run */
    struct span text;          /* why it failed; empty when it passed */
    bool passed;
    uint64_t ms;
};

struct test_report {
    bool tap;
    struct terminal terminal;
    uint32_t passed, failed;
    struct buf cases; /* of the JUnit file */
};

void test_report_begin(struct test_report *r, bool tap);
void test_report_result(struct test_report *r, const struct test_result *result);
/* A line of console.*, between results. What is no terminal gets it as it is. */
void test_report_console(struct test_report *r, int level, struct span text);
/* The last line; `junit` is the file to be written, or NULL. */
MUST_USE enum err test_report_end(struct test_report *r, const char *junit, struct problem *p);
void test_report_free(struct test_report *r);

#endif
