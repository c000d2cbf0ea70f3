/* The rewriter alone: a file, a selector, times. Prints MB/s of CPU time, the best of the times. ninja src/html/html_bench */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "html/rewriter.h"

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t once(struct span html, struct span selector, size_t *calls) {
    struct html_rewriter *rw;
    struct problem p;
    size_t total = 0;
    check(html_rewriter_new(SPAN("utf-8"), &rw) == ERR_OK);
    check(html_on(rw, selector, HTML_ELEMENTS, &p) == ERR_OK);
    for (bool more = true; more;) {
        uint32_t number;
        switch (html_next(rw, &number)) {
        case HTML_MORE:
            if (html.len)
                html_feed(rw, span_first(html, 65536));
            else
                html_finish(rw);
            html = span_from(html, 65536);
            break;
        case HTML_FULL:
            total += html_output(rw)->len;
            html_output(rw)->len = 0;
            break;
        case HTML_DONE:
        case HTML_FAILED: more = false; break;
        default: ++*calls;
        }
    }
    html_rewriter_free(rw);
    return total;
}

int main(int argc, char **argv) {
    check(argc == 4);
    struct buf html = BUF_INIT;
    FILE *file = fopen(argv[1], "rb");
    check(file != NULL);
    for (size_t n = 1; n; buf_added(&html, n)) n = fread(buf_reserve(&html, 65536), 1, 65536, file);
    fclose(file);
    double best = 0;
    size_t calls = 0;
    for (int i = atoi(argv[3]); i > 0; i--) {
        double from = cpu_s();
        calls = 0;
        once(buf_span(&html), span_of(argv[2]), &calls);
        double speed = (double)html.len / 1e6 / (cpu_s() - from);
        if (speed > best) best = speed;
    }
    printf("%.0f MB/s, %zu calls\n", best, calls);
    buf_free(&html);
    return 0;
}
