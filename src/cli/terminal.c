#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define DIM    "\033[2m"
#define PLAIN  "\033[0m"

void terminal_setup(struct terminal *t) {
    const char *no = getenv("NO_COLOR");
    bool wanted = !no || !no[0];
    t->colours_out = wanted && isatty(STDOUT_FILENO);
    t->colours_err = wanted && isatty(STDERR_FILENO);
}

static void add_harmless(struct buf *b, struct span text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i],
                      next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
        bool c1 = c == 0xc2 && next >= 0x80 && next < 0xa0; /* U+009B is CSI to some terminals */
        bool shown = c >= 0x20 ? c != 0x7f && !c1 : c == '\n' || c == '\t';
        if (shown)
            buf_add_char(b, (char)c);
        else
            buf_printf(b, "\\x%02x", c1 ? next : c);
        i += c1;
    }
}

static void print(FILE *out, bool colours, const char *colour, const char *prefix, struct span text) {
    struct buf line = BUF_INIT;
    if (colours && colour) buf_add(&line, span_of(colour));
    buf_add(&line, span_of(prefix));
    add_harmless(&line, text);
    if (!text.len || text.ptr[text.len - 1] != '\n') buf_add_char(&line, '\n');
    if (colours && colour) buf_lit(&line, PLAIN);
    fwrite(line.ptr, 1, line.len, out);
    fflush(out);
    buf_free(&line);
}

void terminal_error(const struct terminal *t, struct span text) {
    print(stderr, t->colours_err, RED, "cusp: error: ", text);
}
void terminal_warn(const struct terminal *t, struct span text) {
    print(stderr, t->colours_err, YELLOW, "cusp: warning: ", text);
}
void terminal_note(const struct terminal *t, struct span text) {
    print(stdout, t->colours_out, DIM, "cusp: ", text);
}

void terminal_console(const struct terminal *t, int level, struct span text) {
    bool to_err = level >= LOG_WARN;
    const char *colour = level >= LOG_ERROR   ? RED
                         : level == LOG_WARN  ? YELLOW
                         : level == LOG_DEBUG ? DIM
                                              : NULL;
    print(to_err ? stderr : stdout, to_err ? t->colours_err : t->colours_out, colour, "", text);
}

void terminal_request(const struct terminal *t, struct span method, struct span url, int status,
                      uint64_t wall_us) {
    struct buf line = BUF_INIT;
    size_t host = span_find(url, SPAN("://"));
    struct span path = host < url.len ? span_from(url, host + 3) : url;
    path = span_from(path, span_index(path, '/'));
    buf_printf(&line, "%.*s %.*s %d (%llu.%llu ms)", SPAN_FMT(method), SPAN_FMT(path), status,
               (unsigned long long)wall_us / 1000, (unsigned long long)wall_us / 100 % 10);
    print(stdout, t->colours_out, status >= 500 ? RED : DIM, "", buf_span(&line));
    buf_free(&line);
}
