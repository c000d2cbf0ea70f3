/* User modules: ES modules and CommonJS on an engine whose C interface has no module loader.
 *
 * How. js_module_rewrite() turns the text of a module into an expression that is a function;
 * js_module_evaluate() runs it. One scan, about 8 ns a byte, no syntax tree. Do the rewrite once a version
 * and share the bytes between isolates: pure ASCII text (esbuild --charset=ascii) is not even copied into
 * them.
 *
 * Decision: one ES module per Worker is the usual case. Control bundles every upload with esbuild; what stays outside of the bundle is
 * supplied by the host: node:*, cloudflare:*, .wasm, text, data, JSON. Those namespaces do not change after they were made, so imports are
 * read once, before the body runs (hoisted, in order). Several modules that were not bundled (`cusp test`) work the same way, begun one
 * by one (js_module_begin): in a cycle functions can be imported, and what is assigned later cannot. Exports are live: getters, in place before the body
 * starts; reading one too early is a ReferenceError as in any ES module; function declarations can be called
 * at once.
 *
 * Positions. Line numbers are those of the source. On line 1 columns are shifted right by `prologue_columns`;
 * all other lines have their columns, because every replacement has the length of what it replaces
 * (import.meta -> $im__meta__, import( -> $impt_(, `export ` -> blanks).
 *
 * Differences from the standard that remain: a missing import is found when the module runs (SyntaxError, as
 * there); `arguments` and `return` at the top level are not refused; names that start with $im, $m, $dflt__
 * are ours.
 *
 *     struct js_rewritten r;
 *     if (js_module_rewrite(source, JS_MODULE_ESM, &r, &problem)) ...          // at deploy or first load
 *     struct js_module_host host = {.resolve = my_resolve, .import = my_import, .data = my};
 *     outcome = js_module_evaluate(iso, &r, SPAN("worker.js"), &host, limit_ms, &promise);  // JS_OK: a
 * promise of the
 *                                                                               // namespace, mostly settled
 * already
 */
#ifndef JS_MODULES_H
#define JS_MODULES_H

#include "js/isolate.h"

enum js_module_kind { JS_MODULE_ESM, JS_MODULE_COMMONJS };

struct js_rewritten {
    enum js_module_kind kind;
    bool is_ascii;
    uint32_t prologue_columns; /* subtract from columns on line 1 */
    struct bytes *text;        /* one reference, owned */
    struct bytes
        *imports; /* specifiers of its static imports, in order, each with a line feed behind it; owned */
};

/* ERR_INVALID with line and reason when brackets, strings or comments do not close or an import/export cannot
 * be read; ERR_TOO_LARGE above LIMIT_WORKER_SCRIPT_BYTES. Other syntax errors are found by the engine at
 * evaluation. Any thread; needs no isolate. */
MUST_USE enum err js_module_rewrite(struct span source, enum js_module_kind kind, struct js_rewritten *ret,
                                    struct problem *p);
void js_rewritten_free(struct js_rewritten *r);

struct js_module_host {
    /* A static import, require(), or (when `import` is NULL) import(): returns the namespace: an object whose
     * properties are the exports ("default" included). NULL and *exc when there is none. */
    js_val (*resolve)(void *data, js_ctx c, struct span specifier, struct span importer, js_val *exc);
    /* import(specifier): the namespace, or a promise of it. May be NULL. */
    js_val (*import)(void *data, js_ctx c, struct span specifier, struct span importer, js_val *exc);
    void *data;
    /* An import() with an attribute other than `type` fails; it is not looked at otherwise. */
    bool refuses_attributes;
};

/* Runs the module as one entry. The host struct is copied; its data must live as long as the isolate. JS_OK:
 * *ret_promise is a promise of the namespace object (ESM: null prototype, frozen shape, live getters;
 * CommonJS: an object with `default` = module.exports and its own enumerable properties). A module that
 * throws rejects it. JS_EXCEPTION: a syntax error. Protect the promise or the namespace if you keep it. */
enum js_outcome js_module_evaluate(struct isolate *iso, const struct js_rewritten *r, struct span url,
                                   const struct js_module_host *host, uint32_t cpu_limit_ms,
                                   js_val *ret_promise);

/* One of several modules, inside of an entry: runs its body, as far as its first top-level await. `record` is the caller's object:
 * it gets `ns`, the namespace, before the body runs (of CommonJS `module`, and `ns` afterwards), and `end`: a promise when there is a
 * top-level await, else undefined. record.require(specifier) of a CommonJS module is asked first and gives {value}, or undefined: then
 * `host` is. False and *exc: a syntax error, or the body threw. */
bool js_module_begin(struct isolate *iso, js_ctx c, const struct js_rewritten *r, struct span url,
                     const struct js_module_host *host, js_obj record, js_val *exc);

/* Namespace objects for what is not JavaScript. Text: {default: string}; data: {default: ArrayBuffer}; JSON:
 * {default: value}. Inside an entry. */
enum js_asset_kind { JS_ASSET_TEXT, JS_ASSET_DATA, JS_ASSET_JSON };
js_val js_module_asset(js_ctx c, enum js_asset_kind kind, struct span content, js_val *exc);
/* {default: value}, for what another room makes: a WebAssembly.Module. */
js_val js_module_of(js_ctx c, js_val value, js_val *exc);

#endif
