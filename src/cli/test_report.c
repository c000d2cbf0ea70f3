#include "cli/test_report.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "loop/file.h"

void test_report_begin(struct test_report *r, bool tap) {
    *r = (struct test_report){.tap = tap};
    terminal_setup(&r->terminal);
    if (tap) puts("TAP version 14");
}

static struct buf full_name(const struct test_result *result) {
    struct buf name = BUF_INIT;
    buf_add(&name, result->service);
    if (result->name.len) buf_add_char(&name, ':');
    buf_add(&name, result->name);
    return name;
}

/* Each line of the text with `before` in front. */
static void print_lines(FILE *out, const char *before, struct span text) {
    while (text.ptr && text.len) {
        struct span line = span_cut(&text, '\n');
        fprintf(out, "%s%.*s\n", before, SPAN_FMT(line));
    }
}

/* "#" begins a directive in a description. */
static void print_tap(const struct test_report *r, const struct test_result *result, struct span name) {
    printf("%sok %u - ", result->passed ? "" : "not ", r->passed + r->failed);
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '#' || name.ptr[i] == '\\') putchar('\\');
        putchar(name.ptr[i]);
    }
    putchar('\n');
    print_lines(stdout, "  # ", result->text);
}

static void print_person(const struct test_report *r, const struct test_result *result, struct span name) {
    bool colours = r->terminal.colours_out;
    const char *colour = !colours ? "" : result->passed ? "\033[32m" : "\033[31m";
    printf("%.*s %s%s%s\n", SPAN_FMT(name), colour, result->passed ? "PASS" : "FAIL",
           colours ? "\033[0m" : "");
    fflush(stdout);
    if (result->text.len) terminal_console(&r->terminal, LOG_ERROR, result->text);
}

/* -- JUnit ----------------------------------------------------------------------------------------------------------- */

/* Text for XML 1.0: what it can't hold becomes U+FFFD. */
static void add_xml(struct buf *b, struct span text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        switch (c) {
        case '&': buf_lit(b, "&amp;"); break;
        case '<': buf_lit(b, "&lt;"); break;
        case '>': buf_lit(b, "&gt;"); break;
        case '"': buf_lit(b, "&quot;"); break;
        case '\n': buf_lit(b, "&#10;"); break;
        case '\t': buf_lit(b, "&#9;"); break;
        default:
            if (c < 0x20)
                buf_lit(b, "\xef\xbf\xbd");
            else
                buf_add_char(b, (char)c);
        }
    }
}

static void add_case(struct buf *b, const struct test_result *result) {
    buf_lit(b, "  <testcase classname=\"");
    add_xml(b, result->service);
    buf_lit(b, "\" name=\"");
    add_xml(b, result->name);
    buf_printf(b, "\" time=\"%llu.%03llu\"", (unsigned long long)result->ms / 1000,
               (unsigned long long)result->ms % 1000);
    if (result->passed) {
        buf_lit(b, "/>\n");
        return;
    }
    buf_lit(b, ">\n    <failure message=\"");
    add_xml(b, span_first(result->text, span_index(result->text, '\n')));
    buf_lit(b, "\">");
    add_xml(b, result->text);
    buf_lit(b, "</failure>\n  </testcase>\n");
}

static enum err write_junit(const struct test_report *r, const char *path, struct problem *p) {
    struct buf file = BUF_INIT;
    buf_printf(&file,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"cusp\" tests=\"%u\" "
               "failures=\"%u\">\n",
               r->passed + r->failed, r->failed);
    buf_add(&file, buf_span(&r->cases));
    buf_lit(&file, "</testsuite>\n");
    enum err e = file_write_atomic(path, buf_span(&file), 0644, p);
    buf_free(&file);
    return e;
}

/* -- What the runner says --------------------------------------------------------------------------------------------- */

void test_report_result(struct test_report *r, const struct test_result *result) {
    struct buf name = full_name(result);
    (*(result->passed ? &r->passed : &r->failed))++;
    if (r->tap)
        print_tap(r, result, buf_span(&name));
    else
        print_person(r, result, buf_span(&name));
    fflush(stdout);
    add_case(&r->cases, result);
    buf_free(&name);
}

void test_report_console(struct test_report *r, int level, struct span text) {
    FILE *out = level >= LOG_WARN && !r->tap ? stderr : stdout;
    if (r->tap)
        print_lines(out, "# ", text);
    else if (isatty(fileno(out)))
        terminal_console(&r->terminal, level, text);
    else {
        if (text.len) fwrite(text.ptr, 1, text.len, out);
        if (!text.len || text.ptr[text.len - 1] != '\n') putc('\n', out);
    }
    fflush(out);
}

enum err test_report_end(struct test_report *r, const char *junit, struct problem *p) {
    if (r->tap)
        printf("1..%u\n", r->passed + r->failed);
    else
        printf("%u passed, %u failed\n", r->passed, r->failed);
    fflush(stdout);
    return junit ? write_junit(r, junit, p) : ERR_OK;
}

void test_report_free(struct test_report *r) { buf_free(&r->cases); }
