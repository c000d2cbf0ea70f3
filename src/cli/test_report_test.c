/* Lines of the console that are empty, or end without a line feed. It could pass wrongly if nothing were printed: what stdout got is
 * read again; an empty line is only wrong for the sanitizer, which ends the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "cli/test_report.h"

static void an_empty_line_is_a_line(void **state) {
    struct test_report report = {.tap = false};
    char got[32] = "";
    FILE *file = tmpfile();
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    test_report_console(&report, LOG_INFO, SPAN_NONE);
    test_report_console(&report, LOG_INFO, SPAN("a"));
    test_report_console(&report, LOG_INFO, SPAN("b\n"));
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    assert_int_equal(fread(got, 1, sizeof got - 1, file), 5);
    assert_string_equal(got, "\na\nb\n");
    fclose(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_empty_line_is_a_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
