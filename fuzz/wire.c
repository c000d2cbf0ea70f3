/* What one Worker's isolate reads of another's (src/api/wire.js, rpc.js), in a real isolate: any bytes are a value, or an error of one
 * of the classes that readers throw; a value written and read again is written as the same bytes. As the body of a call they reach
 * a session of RPC with a root that gives back its arguments. The first byte says which. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/core.h"
#include "js/engine.h"

static const char script[] =
    "const isError = (e) => e instanceof TypeError || e instanceof RangeError || e instanceof SyntaxError || "
    "e instanceof DOMException;\n"
    "const root = { deliver: (path, args) => (path[0] === 'throw' ? Promise.reject(new Error('thrown')) : "
    "args) };\n"
    "const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);\n"
    "globalThis.fuzz = (kind, bytes) => {\n"
    "  try {\n"
    "    if (kind & 1) { $internal.load('rpc').serve(bytes, root).catch?.(() => {}); return true; }\n"
    "    const { encode, decode } = $internal.load('wire');\n"
    "    const once = encode(decode(bytes, (type, value) => ({ type, value })));\n"
    "    return same(once, encode(decode(once)));\n"
    "  } catch (e) { return isError(e); }\n"
    "};\n"
    "export default { fetch() { return new Response('x'); } };\n";

static struct {
    struct loop *loop;
    struct link *ours, *theirs;
    struct api *api;
} world;

struct input {
    struct span bytes;
    bool good;
};

static uint64_t open_stream(void *arg, struct api *api) { return STREAM_FROM_WORKER | 1; }
static void on_message(void *arg, const struct message *m) {}
static void on_down(void *arg, enum err why, const char *reason) {}
static const struct link_events events = {MESSAGE_TYPES, on_message, NULL, on_down};

static js_val expose(js_ctx c, void *data, js_val *exc) {
    js_set_span(c, js_global(c), SPAN("$internal"), js_builtin_internal(data), exc);
    return NULL;
}

static const struct version *written(void) {
    struct problem p = {0};
    struct version_module module = {
        .name = SPAN("fuzz.js"), .kind = VERSION_ESM, .bytes = span_make(script, sizeof script - 1)};
    struct version v = {.name = SPAN("fuzz"), .modules = &module, .module_count = 1};
    const struct version *loaded = NULL;
    char dir[] = "/tmp/cusp-fuzz-XXXXXX", id[33], path[128];
    check(mkdtemp(dir));
    check(version_write(dir, &v, id, &p) == ERR_OK && version_load(dir, id, &loaded, &p) == ERR_OK);
    snprintf(path, sizeof path, "%s/%s", dir, id);
    unlink(path);
    rmdir(dir);
    return loaded;
}

static void open_world(void) {
    struct problem p = {0};
    check(js_engine_init(NULL, &p) == ERR_OK);
    world.loop = loop_new();
    link_pair(world.loop, &world.ours, &world.theirs);
    struct api_config config = {.loop = world.loop,
                                .link = world.ours,
                                .version = written(),
                                .worker = 1,
                                .colo = "FUZ",
                                .stream_open = open_stream};
    check(api_new(&config, &world.api, &p) == ERR_OK);
    link_start(world.theirs, &events, NULL);
    link_start(world.ours, &events, NULL);
    check(isolate_run(world.api->iso, expose, world.api->iso, 0, NULL) == JS_OK);
    for (int i = 0; i < 8; i++) api_turn(world.api), loop_turn(world.loop, false);
}

static js_val call(js_ctx c, void *data, js_val *exc) {
    struct input *in = data;
    js_val f = js_get_span(c, js_global(c), SPAN("fuzz"), exc);
    js_obj bytes = f ? js_uint8_copy(c, span_from(in->bytes, 1), exc) : NULL;
    if (!bytes || !js_is_object(c, f)) return NULL;
    js_val args[] = {js_int(c, (unsigned char)in->bytes.ptr[0]), bytes};
    js_val v = js_call(c, js_as_object(f), NULL, 2, args, exc);
    in->good = v && js_to_bool(c, v);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!world.api) open_world();
    if (!size) return 0;
    struct input in = {.bytes = span_make(data, size)};
    check(isolate_run(world.api->iso, call, &in, 0, NULL) == JS_OK);
    check(in.good);
    api_turn(world.api);
    loop_turn(world.loop, false);
    return 0;
}
