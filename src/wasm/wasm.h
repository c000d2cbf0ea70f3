/* WebAssembly modules that can be stopped.
 *
 * The engine does not look at its CPU limit inside WebAssembly code, so a module with an endless loop would hold its thread
 * for ever. wasm_meter() rewrites a module's bytes so that the code itself counts what it does and now and then calls a
 * function of the host, where the limit is looked at. It runs when a Worker is deployed; the run-time side
 * (api/webassembly.js) knows only the names of two exports. How the rewritten code looks, and why: README.md.
 *
 * What is promised of the result:
 *   - between two calls of the host's function lie at most a few hundred thousand plain instructions or one bulk
 *     operation (memory.fill, table.copy, array.new ...) of bounded length, whatever the module does: loops, recursion,
 *     tail calls, tables, straight code that is long, handlers that catch all;
 *   - it behaves as the original did: indices, names, traps and results are the same. Things are only ever added, at
 *     the end of their index space, and the module's own code can not name them;
 *   - memories and tables can not grow past LIMIT_WASM_MEMORY_BYTES and LIMIT_WASM_TABLE_ENTRIES: memory.grow and
 *     table.grow return -1 there, as they may at any size by the specification;
 *   - the start function is an export instead, which the host calls once the check function is in its place.
 *
 * Understood: WebAssembly 3.0 without threads, 64-bit memories and several memories, with the older form of exceptions.
 * Anything else is refused, and *p says what, in which function, at which byte. What is accepted here the engine
 * still validates: this is a parser that must never be fooled about where an instruction ends, not a type checker.
 *
 * Specification: https://webassembly.github.io/spec/core/binary/. Pure functions, any thread. */
#ifndef WASM_WASM_H
#define WASM_WASM_H

#include "base/buf.h"
#include "base/err.h"

/* Hidden exports are called "cusp:N:check" and "cusp:N:start", N a number that makes them unlike the module's own.
 *
 * check: a table with one entry for a function () -> i32. It is called when the fuel is used up and returns the new
 *        fuel: WASM_FUEL, or it does not return. Always the LAST export.
 * start: the start function, () -> (). Only when the module has one, directly before `check`. */
#define WASM_HIDDEN_PREFIX "cusp:"

/* What the check function returns, in units of about one instruction: 0.1 to 2 ms. */
enum { WASM_FUEL = 500000 };

/* Appends the metered module to *out, at most LIMIT_WORKER_SCRIPT_BYTES. ERR_INVALID (malformed), ERR_UNSUPPORTED (well-formed
 * for all we know, but not understood), ERR_TOO_LARGE; *out is as it was then. Time and memory are linear in the size of the
 * module: about 50 MB/s. */
MUST_USE enum err wasm_meter(struct span module, struct buf *out, struct problem *p);

#endif
