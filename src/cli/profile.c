#include "cli/profile.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "http/urlencoded.h"
#include "loop/file.h"

/* Beside the seconds of the profile: an isolate may be in the middle of something. */
enum { MORE_MS = 20000 };

struct options {
    struct ask_target to;
    struct buf token;
    const char *worker, *file;
    uint64_t seconds;
};

static enum err read_options(int argc, char **argv, struct options *o, struct problem *p) {
    *o = (struct options){.to = {.address = SPAN(ASK_DEFAULT)}, .seconds = 5};
    for (int i = 0; i < argc; i++) {
        enum err e = ERR_OK;
        if (ask_option(argc, argv, &i, &o->to, &o->token, &e, p)) {
            if (e) return e;
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            o->file = argv[++i];
        } else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            if (!span_to_u64(span_of(argv[++i]), &o->seconds) || o->seconds < 1 ||
                o->seconds > LIMIT_PROFILE_SECONDS)
                return problem(p, ERR_INVALID, "--seconds must be 1 to %d", (int)LIMIT_PROFILE_SECONDS);
        } else if (argv[i][0] != '-' && !o->worker) {
            o->worker = argv[i];
        } else {
            return problem(p, ERR_INVALID, "'%s' is not understood", argv[i]);
        }
    }
    return o->worker ? ERR_OK : problem(p, ERR_INVALID, "which Worker? Write NAME or ACCOUNT/NAME");
}

/* "acme/shop" goes to shop.cpuprofile. */
static char *default_file(const char *worker) {
    struct buf name = BUF_INIT;
    const char *slash = strrchr(worker, '/');
    buf_printf(&name, "%s.cpuprofile", slash ? slash + 1 : worker);
    char *file = mem_cstr(buf_span(&name));
    buf_free(&name);
    return file;
}

static enum err take(const struct options *o, struct problem *p) {
    struct buf target = BUF_INIT, body = BUF_INIT;
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)o->seconds);
    buf_lit(&target, "/profile?");
    urlencoded_add(&target, true, SPAN("worker"), span_of(o->worker));
    urlencoded_add(&target, false, SPAN("seconds"), span_of(number));
    enum err e = ask_admin(&o->to, "POST", buf_span(&target), o->seconds * 1000 + MORE_MS, &body, p);
    char *file = o->file ? mem_cstr(span_of(o->file)) : default_file(o->worker);
    if (!e && strcmp(file, "-") == 0)
        fwrite(body.ptr, 1, body.len, stdout);
    else if (!e)
        e = file_write_atomic(file, buf_span(&body), 0644, p);
    if (!e && strcmp(file, "-") != 0)
        printf("%s: %zu bytes. Open it in Chrome: DevTools, Performance, Load profile.\n", file, body.len);
    mem_free(file);
    buf_free(&body);
    buf_free(&target);
    return e;
}

int profile_main(int argc, char **argv) {
    struct options o;
    struct problem p = {0};
    enum err e = read_options(argc, argv, &o, &p);
    bool usage = e != ERR_OK;
    if (!e) e = take(&o, &p);
    if (e) fprintf(stderr, "cusp profile: %s\n", p.text);
    buf_free(&o.token);
    return usage ? 2 : e ? 1 : 0;
}
