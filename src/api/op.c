#include "api/core.h"
#include "api/natives.h"

/* The first free id: searching goes on from where the last one was found. */
static uint32_t take_id(struct api *api) {
    if (api->ops_count == api->ops_cap) {
        uint32_t cap = api->ops_cap ? api->ops_cap * 2 : 32;
        api->ops = mem_resize(api->ops, cap * sizeof *api->ops);
        memset(api->ops + api->ops_cap, 0, (cap - api->ops_cap) * sizeof *api->ops);
        api->ops_hint = api->ops_cap;
        api->ops_cap = cap;
    }
    while (api->ops[api->ops_hint]) api->ops_hint = (api->ops_hint + 1) % api->ops_cap;
    return api->ops_hint + 1;
}

uint32_t op_begin(struct api *api, struct op *op, js_val (*make)(js_ctx c, struct op *op, js_val *exc),
                  void (*drop)(struct op *op)) {
    check(!op->api);
    *op = (struct op){.api = api, .id = take_id(api), .make = make, .drop = drop};
    api->ops[op->id - 1] = op;
    api->ops_count++;
    return op->id;
}

static void leave(struct op *op) {
    struct api *api = op->api;
    api->ops[op->id - 1] = NULL;
    api->ops_count--;
    op->api = NULL;
}

void op_finish(struct op *op) {
    if (!op->api) {
        if (op->drop) op->drop(op);
        return;
    }
    check(!op->finished);
    op->finished = true;
    event_queue(op->api, EVENT_OP, (int32_t)op->id, 0, 0);
    api_wake(op->api);
}

/* A finished op that is dropped must not wake whoever gets its id next. */
static void forget_event(int32_t *rows, size_t count, uint32_t id) {
    for (size_t i = 0; i < count; i++, rows += EVENT_INTS)
        if (rows[0] == EVENT_OP && rows[1] == (int32_t)id) rows[0] = 0;
}

void op_drop(struct op *op) {
    struct api *api = op->api;
    if (!api) return;
    if (op->finished) {
        forget_event((int32_t *)(void *)api->queue.ptr, api->queue.len / sizeof(int32_t) / EVENT_INTS,
                     op->id);
        if (api->in_turn) forget_event(api->events, EVENT_ROWS, op->id);
    }
    leave(op);
}

void op_drop_all(struct api *api) {
    for (uint32_t i = 0; i < api->ops_cap; i++) {
        struct op *op = api->ops[i];
        if (!op) continue;
        bool finished = op->finished;
        leave(op);
        if (finished && op->drop) op->drop(op);
    }
    mem_free(api->ops);
    api->ops = NULL;
    api->ops_cap = api->ops_count = 0;
}

/* opResult(id): the value of a finished operation, or its exception. */
JS_NATIVE(native_op_result) {
    struct api *api = api_here();
    int32_t id;
    if (!js_arg_int(c, argc, argv, 0, &id, exc)) return NULL;
    struct op *op = id > 0 && (uint32_t)id <= api->ops_cap ? api->ops[id - 1] : NULL;
    if (!op || !op->finished) return js_throw_error(c, exc, "no such operation");
    leave(op);
    return op->make(c, op, exc);
}
