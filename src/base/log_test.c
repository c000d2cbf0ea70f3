/* log: whoever does not read stderr holds up nobody who logs, and every line is either written or counted as lost. It could pass
 * wrongly if the pipe took everything, so far more is logged than a pipe and the queue hold; or if lines were torn, so
 * each one read must be one that was logged, in its order. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/log.h"

enum { LINES = 12000, TEXT = 600 };

static void log_numbered(unsigned n, struct span text) {
    LOG(LOG_INFO, "numbered", LOG_N("n", n), LOG_S("text", text));
}

/* Returns how many numbered lines were read; adds up those that are said to be lost. */
static unsigned read_lines(FILE *f, unsigned *ret_lost) {
    static char line[4096];
    unsigned count = 0;
    long last = -1;
    while (fgets(line, sizeof line, f)) {
        const char *n = strstr(line, "\"n\":"), *lost = strstr(line, "\"lines\":");
        assert_int_equal(line[0], '{');
        assert_string_equal(line + strlen(line) - 2, "}\n");
        if (lost) *ret_lost += (unsigned)strtoul(lost + 8, NULL, 10);
        if (!n) continue;
        long number = strtol(n + 4, NULL, 10);
        assert_true(number > last);
        last = number;
        count++;
    }
    return count;
}

static void nobody_waits_for_a_reader_and_no_line_goes_silently(void **state) {
    (void)state;
    static char text[TEXT];
    int fds[2], terminal = dup(STDERR_FILENO);
    assert_int_equal(pipe(fds), 0);
    assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
    close(fds[1]);
    log_setup("test", LOG_INFO, true);
    memset(text, 'x', sizeof text);
    assert_true((size_t)LINES * TEXT > LIMIT_LOG_BEHIND_BYTES + (1u << 20));
    log_numbered(0, span_make(text, 10)); /* written at once, as before */
    assert_true(log_write_behind());
    log_numbered(1, span_make(text, 10));
    for (unsigned i = 2; i < LINES; i++)
        log_numbered(i, span_make(text, TEXT)); /* nobody reads: this must end */
    log_settle(50);                             /* and this */
    pid_t reader = fork();
    if (reader == 0) {
        unsigned lost = 0;
        close(STDERR_FILENO);
        unsigned count = read_lines(fdopen(fds[0], "r"), &lost);
        _exit(lost > 1000 && count > 5000 && count + lost == LINES ? 0 : 1);
    }
    close(fds[0]);
    log_settle(20000);
    dup2(terminal, STDERR_FILENO); /* the reader sees the end */
    int status;
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
    close(terminal);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_waits_for_a_reader_and_no_line_goes_silently)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
