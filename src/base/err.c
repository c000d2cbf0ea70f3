#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"

struct row {
    const char *name;
    int status;
    const char *js_class;
    const char *sentence;
};

static const struct row rows[] = {
#define X(name, status, js_class, sentence) {#name, status, js_class, sentence},
    ERR_TABLE(X)
#undef X
};

static const struct row *row_of(enum err e) {
    check((unsigned)e < ERR_COUNT);
    return &rows[e];
}

const char *err_name(enum err e) { return row_of(e)->name; }
int err_status(enum err e) { return row_of(e)->status; }
const char *err_js_class(enum err e) { return row_of(e)->js_class; }
const char *err_sentence(enum err e) { return row_of(e)->sentence; }

enum err err_from_errno(int number) {
    switch (number) {
    case 0: return ERR_OK;
    case ENOENT:
    case ENOTDIR: return ERR_NOT_FOUND;
    case EEXIST: return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS: return ERR_PERMISSION;
    case EADDRINUSE:
    case EBUSY: return ERR_IN_USE;
    case ENOSPC:
    case EDQUOT: return ERR_NO_SPACE;
    case ETIMEDOUT: return ERR_TIMEOUT;
    case ECONNREFUSED: return ERR_REFUSED;
    case ECONNRESET:
    case EPIPE: return ERR_CLOSED;
    case ECANCELED: return ERR_CANCELLED;
    case EINVAL: return ERR_INVALID;
    default: return ERR_IO;
    }
}

enum err problem(struct problem *p, enum err code, const char *format, ...) {
    if (!p) return code;
    va_list args;
    va_start(args, format);
    p->code = code;
    vsnprintf(p->text, sizeof p->text, format, args);
    va_end(args);
    return code;
}
