/* Path functions of loop/file.h that touch no file. */
#include "loop/file.h"

struct span file_join(struct arena *arena, struct span dir, struct span name) {
    if (span_starts(name, SPAN("/")) || dir.len == 0) return arena_copy(arena, name);
    while (dir.len > 1 && dir.ptr[dir.len - 1] == '/') dir.len--;
    const char *slash = span_eq(dir, SPAN("/")) ? "" : "/";
    return arena_printf(arena, "%.*s%s%.*s", SPAN_FMT(dir), slash, SPAN_FMT(name));
}

static size_t last_slash(struct span path) {
    size_t i = path.len;
    while (i > 0 && path.ptr[i - 1] != '/') i--;
    return i; /* one past it; 0 when there is none */
}

static struct span without_trailing_slashes(struct span path) {
    while (path.len > 1 && path.ptr[path.len - 1] == '/') path.len--;
    return path;
}

struct span file_dirname(struct span path) {
    path = without_trailing_slashes(path);
    size_t at = last_slash(path);
    if (at == 0) return SPAN(".");
    return without_trailing_slashes(span_first(path, at));
}

struct span file_basename(struct span path) {
    path = without_trailing_slashes(path);
    return path.len == 1 ? path : span_from(path, last_slash(path));
}
