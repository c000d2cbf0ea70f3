/* Built-in JavaScript: the parts of the Web APIs that are written in JavaScript, embedded in the binary.
 *
 * A built-in is one file, src/api/NAME.js. Its text is the BODY OF A FUNCTION with three parameters, so it
 * may use `return` at the top and shares no names with user code:
 *
 *     // src/api/url.js
 *     const { ArrayPrototypePush, uncurryThis, TypeError } = primordials;  // never user-patched
 * (primordials.js) const { encode } = internal.load("encoding");                        // another built-in's
 * exports class URL { #h; constructor(s) { this.#h = natives.urlParse(`${s}`); } get href() { return
 * natives.urlHref(this.#h); } } return { URL };
 *
 *   primordials   the language's own functions, captured before user code (src/js/primordials.js lists them;
 * add what you need). Inside a built-in never call a method of a user-reachable prototype directly: no
 *                 `arr.push(x)`, no `for (of)` over arrays, no spread, no destructuring of arrays, no
 * `await`/`.then` on things a user may have patched (await itself on a genuine promise is fine). natives the
 * C functions of this file's row in struct js_builtins.natives internal      { load(name), global: globalThis
 * }, one object for all built-ins of an isolate: put things there that built-ins share and users must not see
 *
 * The build (tools/embed.mjs) wraps, minifies (whitespace and syntax, names stay) and embeds each file; in
 * the engine it is called "cusp:NAME". It is evaluated when first loaded in an isolate, once. Errors of
 * syntax stop the build.
 *
 * Globals. A row {"URL", "url"} makes globalThis.URL appear: an accessor that on first touch loads the
 * built-in and replaces itself by the plain property that the standard wants (writable, configurable, not
 * enumerable unless the row says so). Assigning to it before the first touch works too. An untouched global
 * costs nothing but 7 us at start.
 *
 * In a room's meson.build:
 *     api_js = custom_target('api_js', output: ['api_js.c', 'api_js.h'], input: files('url.js', ...),
 *       command: [node, embed_mjs, '--symbol', 'api_sources', '--out', '@OUTPUT0@', '--header', '@OUTPUT1@',
 * '@INPUT@']) gives `extern const struct js_source api_sources[]; extern const size_t api_sources_count;`.
 */
#ifndef JS_BUILTINS_H
#define JS_BUILTINS_H

#include "js/isolate.h"

struct js_source {
    const char *name; /* "url" */
    const char *text; /* ASCII, immortal, wrapped: an expression that is a function */
    size_t len;
};

struct js_builtin_natives {
    const char *builtin; /* "url" */
    const struct js_native_row *rows;
};

struct js_lazy_global {
    const char *name;    /* "URLSearchParams"; also the name of the export */
    const char *builtin; /* "url" */
    bool enumerable; /* functions and attributes of the global (fetch, crypto) yes, interfaces no (Web IDL) */
};

/* Constant tables, process lifetime. Arrays end with a row whose name is NULL, but sources has a count. */
struct js_builtins {
    const struct js_source *sources;
    size_t source_count;
    const struct js_builtin_natives *natives;
    const struct js_lazy_global *globals;
    const char *const *eager; /* built-ins loaded at creation, in order; NULL-terminated; may be NULL. Keep
                                 their sum under 25 KB: 30 ns a byte */
};

/* The exports object of a built-in, evaluated if need be. Inside an entry, or entered. NULL with *exc when it
 * throws; an unknown name is a bug (check). */
js_obj js_builtin_load(struct isolate *iso, const char *name, js_val *exc);
/* One export. */
js_val js_builtin_get(struct isolate *iso, const char *name, const char *export_name, js_val *exc);
/* The object that built-ins see as `internal`. */
js_obj js_builtin_internal(struct isolate *iso);

#endif
