#include "cli/top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/top_view.h"
#include "loop/clock.h"

enum { REFRESH_MS = 1000, ANSWER_MS = 3000, ESCAPE = 27 };

/* -- The terminal --------------------------------------------------------------------------------------------------- */

/* The only state of this file that is not on the stack: what ends the process must find it (signal-safety(7)). */
static struct {
    struct termios before;
    volatile sig_atomic_t changed, stop;
} screen;

static void put(struct span s) {
    while (s.len) {
        ssize_t n = write(STDOUT_FILENO, s.ptr, s.len);
        if (n < 0 && errno != EINTR && errno != EAGAIN) return;
        if (n > 0) s = span_from(s, (size_t)n);
    }
}

/* Also from signal handlers. */
static void screen_restore(void) {
    if (!screen.changed) return;
    screen.changed = 0;
    put(SPAN("\x1b[?25h\x1b[?1049l")); /* cursor, the screen that was there before */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen.before);
}

static void on_stop(int number) { screen.stop = 1; }
static void on_resize(int number) {} /* it interrupts poll() */

static void on_fatal(int number) {
    screen_restore();
    raise(number); /* SA_RESETHAND: now it has its usual effect */
}

static void handle(int number, void (*handler)(int), int flags) {
    struct sigaction a = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&a.sa_mask);
    sigaction(number, &a, NULL);
}

static bool screen_take(void) {
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT},
                     fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    if (tcgetattr(STDIN_FILENO, &screen.before)) return false;
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) handle(stops[i], on_stop, 0);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) handle(fatal[i], on_fatal, (int)SA_RESETHAND);
    handle(SIGWINCH, on_resize, 0);
    atexit(screen_restore);
    struct termios raw = screen.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    screen.changed = 1;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)) {
        screen.changed = 0;
        return false;
    }
    put(SPAN("\x1b[?1049h\x1b[?25l"));
    return true;
}

static void screen_size(size_t *ret_columns, size_t *ret_rows) {
    struct winsize size = {0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    *ret_columns = known ? size.ws_col : 80;
    *ret_rows = known ? size.ws_row : 24;
}

/* -- The view ------------------------------------------------------------------------------------------------------- */

struct top {
    struct ask_target to;
    struct buf token;
    struct top_view *view;
    struct problem trouble; /* of the last question; text "" when it was answered */
    bool typing;            /* a filter */
};

static enum err refresh(struct top *t) {
    struct buf json = BUF_INIT;
    enum err e = ask_admin(&t->to, "GET", SPAN("/top.json"), ANSWER_MS, &json, &t->trouble);
    if (!e) e = top_view_feed(t->view, buf_span(&json), &t->trouble);
    if (!e) t->trouble.text[0] = 0;
    buf_free(&json);
    return e;
}

static void add_last_line(const struct top *t, struct buf *out) {
    struct span filter = top_view_filter_text(t->view);
    if (t->trouble.text[0])
        buf_add(out, span_of(t->trouble.text));
    else if (t->typing)
        buf_printf(out, "/%.*s_", SPAN_FMT(filter));
    else if (filter.len)
        buf_printf(out, "q quit  sort: c m r p  / filter (%.*s)", SPAN_FMT(filter));
    else
        buf_lit(out, "q quit  sort: c CPU  m memory  r requests  p problems  / filter");
}

static void draw(const struct top *t) {
    size_t columns, rows;
    struct buf lines = BUF_INIT, out = BUF_INIT, last = BUF_INIT;
    screen_size(&columns, &rows);
    if (rows > 1) top_view_draw(t->view, columns, rows - 1, &lines);
    buf_lit(&out, "\x1b[H");
    struct span rest = buf_span(&lines);
    for (size_t i = 0; i + 1 < rows; i++) {
        buf_add(&out, span_cut(&rest, '\n'));
        buf_lit(&out, "\x1b[K\r\n");
    }
    add_last_line(t, &last);
    buf_add(&out, span_first(buf_span(&last), columns));
    buf_lit(&out, "\x1b[K");
    put(buf_span(&out));
    buf_free(&lines);
    buf_free(&last);
    buf_free(&out);
}

static void type_filter(struct top *t, char c) {
    char text[64];
    struct span now = top_view_filter_text(t->view);
    size_t len = now.len < sizeof text - 1 ? now.len : sizeof text - 1;
    memcpy(text, now.ptr, len);
    if (c == '\r' || c == '\n') {
        t->typing = false;
        return;
    }
    if (c == ESCAPE) {
        t->typing = false;
        len = 0;
    } else if (c == 127 || c == 8) {
        if (len) len--;
    } else if (c > ' ' && c < 127) {
        text[len++] = c;
    }
    top_view_filter(t->view, span_make(text, len));
}

/* False: quit. */
static bool on_key(struct top *t, char c) {
    if (c == 3) return false; /* ^C */
    if (t->typing) {
        type_filter(t, c);
        return true;
    }
    switch (c) {
    case 'q': return false;
    case 'c': top_view_sort(t->view, TOP_BY_CPU); break;
    case 'm': top_view_sort(t->view, TOP_BY_MEMORY); break;
    case 'r': top_view_sort(t->view, TOP_BY_REQUESTS); break;
    case 'p': top_view_sort(t->view, TOP_BY_PROBLEMS); break;
    case '/':
        t->typing = true;
        top_view_filter(t->view, SPAN_NONE);
        break;
    default: break;
    }
    return true;
}

static bool read_keys(struct top *t) {
    char keys[32];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) return false; /* the terminal is gone */
    for (ssize_t i = 0; i < n; i++)
        if (!on_key(t, keys[i])) return false;
    return true;
}

static void watch(struct top *t) {
    uint64_t due_ms = 0;
    for (bool go = true; go && !screen.stop;) {
        uint64_t now_ms = clock_monotonic_ns() / 1000000;
        if (now_ms >= due_ms) {
            (void)!refresh(t);
            due_ms = now_ms + REFRESH_MS;
        }
        draw(t);
        struct pollfd key = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = poll(&key, 1, (int)(due_ms > now_ms ? due_ms - now_ms : 0));
        if (ready > 0) go = read_keys(t);
    }
}

static enum err print_once(struct top *t) {
    struct buf out = BUF_INIT;
    enum err e = refresh(t);
    if (!e) {
        poll(NULL, 0, REFRESH_MS);
        e = refresh(t);
    }
    if (!e) {
        top_view_draw(t->view, 120, 0, &out);
        fwrite(out.ptr, 1, out.len, stdout);
    }
    buf_free(&out);
    return e;
}

static int run(struct top *t) {
    enum err e = ERR_OK;
    bool terminal = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
    if (!terminal) {
        e = print_once(t);
    } else {
        e = refresh(t); /* nothing to look at: say so on the screen that stays */
        if (!e && screen_take()) watch(t);
        screen_restore();
    }
    if (e) fprintf(stderr, "cusp top: %s\n", t->trouble.text);
    return e ? 1 : 0;
}

int top_main(int argc, char **argv) {
    struct top t = {.to = {.address = SPAN(ASK_DEFAULT)}, .view = top_view_new()};
    struct problem p = {0};
    enum err e = ERR_OK;
    for (int i = 0; !e && i < argc; i++)
        if (!ask_option(argc, argv, &i, &t.to, &t.token, &e, &p))
            e = problem(&p, ERR_INVALID,
                        "'%s' is not understood; usage: cusp top [--admin URL] [--token-file FILE]", argv[i]);
    if (e) fprintf(stderr, "cusp top: %s\n", p.text);
    int status = e ? 2 : run(&t);
    top_view_free(t.view);
    buf_free(&t.token);
    return status;
}
