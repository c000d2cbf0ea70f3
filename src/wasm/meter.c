/* The new module: the old sections with one more entry each, function bodies written anew. */
#include "wasm/wasm.h"

#include "base/limits.h"
#include "wasm/module.h"

enum { KIND_FUNCTION = 0, KIND_TABLE = 1, ENTRY_FUNCREF = 0x70, TYPE_FUNC = 0x60, TYPE_I32 = 0x7f };

struct metering {
    const struct wasm_module *m;
    struct wasm_added added;
    struct buf *out;
    struct buf part; /* the section that is being written */
    struct buf body; /* the function */
    unsigned rank;   /* of the last section written */
    struct problem *p;
    enum err failed;
};

static struct wasm_added number_added(const struct wasm_module *m) {
    return (struct wasm_added){
        .check_type = m->type_count,
        .bulk_type = m->type_count + 1,
        .charge_type = m->type_count + 2,
        .refuel_type = m->type_count + 3,
        .table = m->table_count,
        .fuel = m->global_count,
        .bulk_bytes = m->function_count,
        .bulk = m->function_count + 1,
        .charge = m->function_count + 2,
        .refuel = m->function_count + 3,
    };
}

static void put(struct metering *x, struct span bytes) { buf_add(&x->part, bytes); }
static void put_byte(struct metering *x, int byte) { buf_add_char(&x->part, (char)byte); }
static void put_u32(struct metering *x, uint32_t value) { write_u32(&x->part, value); }

static void end_section(struct metering *x, enum wasm_section id) {
    buf_add_char(x->out, (char)id);
    write_u32(x->out, (uint32_t)x->part.len);
    buf_add(x->out, buf_span(&x->part));
    x->part.len = 0;
}

/* -- What is added to each section ------------------------------------------------------------------------------------------ */

static void add_types(struct metering *x) {
    put(x, SPAN("\x60\0\1\x7f"));     /* check: () -> i32 */
    put(x, SPAN("\x60\1\x7f\1\x7f")); /* bulk: (i32) -> i32 */
    put(x, SPAN("\x60\1\x7f\0"));     /* charge: (i32) -> () */
    put(x, SPAN("\x60\0\0"));         /* refuel: () -> () */
}

static void add_functions(struct metering *x) {
    put_u32(x, x->added.bulk_type);
    put_u32(x, x->added.bulk_type);
    put_u32(x, x->added.charge_type);
    put_u32(x, x->added.refuel_type);
}

static void add_table(struct metering *x) { put(x, SPAN("\x70\1\1\1")); } /* funcref, 1 to 1 */

static void add_global(struct metering *x) {
    put(x, SPAN("\x7f\1\x41")); /* mutable i32 */
    write_s32(&x->part, WASM_FUEL);
    put_byte(x, 0x0b);
}

static void add_export(struct metering *x, const char *what, int kind, uint32_t index) {
    struct buf name = BUF_INIT;
    buf_printf(&name, "%s%u:%s", WASM_HIDDEN_PREFIX, x->m->hidden_number, what);
    put_u32(x, (uint32_t)name.len);
    put(x, buf_span(&name));
    put_byte(x, kind);
    put_u32(x, index);
    buf_free(&name);
}

static void add_exports(struct metering *x) {
    if (x->m->has_start) add_export(x, "start", KIND_FUNCTION, x->m->start);
    add_export(x, "check", KIND_TABLE, x->added.table);
}

static void add_code(struct metering *x) { code_write_added(&x->added, &x->part); }

struct addition {
    enum wasm_section id;
    void (*write)(struct metering *x);
    uint32_t entries;
};

static const struct addition additions[] = {
    {SECTION_TYPE, add_types, 4},     {SECTION_FUNCTION, add_functions, WASM_ADDED_FUNCTIONS},
    {SECTION_TABLE, add_table, 1},    {SECTION_GLOBAL, add_global, 1},
    {SECTION_EXPORT, add_exports, 1}, {SECTION_CODE, add_code, WASM_ADDED_FUNCTIONS},
};
enum { ADDITIONS = sizeof additions / sizeof *additions };

static uint32_t entries_added(const struct metering *x, const struct addition *a) {
    return a->entries + (a->id == SECTION_EXPORT && x->m->has_start);
}

static const struct addition *addition_to(enum wasm_section id) {
    for (size_t i = 0; i < ADDITIONS; i++)
        if (additions[i].id == id) return &additions[i];
    return NULL;
}

/* Sections that the module does not have, up to that place. */
static void write_missing(struct metering *x, unsigned before_rank) {
    for (size_t i = 0; i < ADDITIONS; i++) {
        const struct addition *a = &additions[i];
        unsigned rank = section_rank(a->id);
        if (rank <= x->rank || rank >= before_rank) continue;
        put_u32(x, entries_added(x, a));
        a->write(x);
        end_section(x, a->id);
    }
}

/* -- What changes -------------------------------------------------------------------------------------------------------------- */

static void put_limits(struct metering *x, struct wasm_limits limits, uint64_t most) {
    uint32_t max = limits.has_max && limits.max < most ? limits.max : (uint32_t)most;
    put_byte(x, 1);
    put_u32(x, limits.min);
    put_u32(x, max);
}

static void clamp_memories(struct metering *x, struct reader *r, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        put_limits(x, read_limits(r, "memory"), LIMIT_WASM_MEMORY_BYTES >> 16);
}

/* A table is its type, its limits, and perhaps a constant expression. */
static void clamp_tables(struct metering *x, struct reader *r, uint32_t count) {
    struct wasm_module scratch = *x->m;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *start = r->at;
        bool initialised = *r->at == 0x40;
        if (initialised) read_bytes(r, 2);
        read_value_type(r, x->m);
        put(x, span_make(start, (size_t)(r->at - start)));
        put_limits(x, read_limits(r, "table"), LIMIT_WASM_TABLE_ENTRIES);
        start = r->at;
        if (initialised) read_constant(r, &scratch);
        put(x, span_make(start, (size_t)(r->at - start)));
    }
}

static void write_bodies(struct metering *x, struct reader *r) {
    for (uint32_t i = 0; i < x->m->defined_count && !x->failed; i++) {
        const struct wasm_function *f = &x->m->functions[i];
        x->body.len = 0;
        code_write(x->m, f, &x->added, &x->body);
        if (x->body.len > LIMIT_WASM_FUNCTION_BYTES)
            x->failed =
                problem(x->p, ERR_TOO_LARGE, "function %u has more than %llu bytes once it is metered",
                        x->m->import_function_count + i, (unsigned long long)LIMIT_WASM_FUNCTION_BYTES);
        put_u32(x, (uint32_t)x->body.len);
        put(x, buf_span(&x->body));
        if (x->part.len > LIMIT_WORKER_SCRIPT_BYTES)
            x->failed = problem(x->p, ERR_TOO_LARGE, "it has more than %llu MiB once it is metered",
                                (unsigned long long)LIMIT_WORKER_SCRIPT_BYTES >> 20);
    }
    read_bytes(r, reader_left(r));
}

/* Advice by position in the code, which is another now: what the engine does not get it can do without. */
static bool is_advice(struct span section) {
    struct reader r = reader_make(section, NULL);
    return span_starts(read_name(&r), SPAN("metadata.code."));
}

static void write_section(struct metering *x, enum wasm_section id, struct span content) {
    const struct addition *a = addition_to(id);
    struct reader r = reader_make(content, NULL);
    if (id == SECTION_START) return; /* an export now */
    if (id == SECTION_CUSTOM && is_advice(content)) return;
    if (a || id == SECTION_MEMORY) {
        uint32_t count = read_u32(&r);
        put_u32(x, count + (a ? entries_added(x, a) : 0));
        if (id == SECTION_MEMORY) clamp_memories(x, &r, count);
        if (id == SECTION_TABLE) clamp_tables(x, &r, count);
        if (id == SECTION_CODE) write_bodies(x, &r);
    }
    put(x, span_make(r.at, reader_left(&r)));
    if (a) a->write(x);
    end_section(x, id);
}

static void write_module(struct metering *x, struct span module) {
    struct reader r = reader_make(module, NULL);
    buf_add(x->out, read_bytes(&r, 8));
    while (reader_more(&r) && !x->failed) {
        enum wasm_section id = read_byte(&r);
        struct span content = read_name(&r); /* bytes with their length, as a name is */
        if (id != SECTION_CUSTOM) {
            write_missing(x, section_rank(id));
            x->rank = section_rank(id);
        }
        write_section(x, id, content);
    }
    write_missing(x, UINT32_MAX);
}

enum err wasm_meter(struct span module, struct buf *out, struct problem *p) {
    struct arena arena = ARENA_INIT;
    struct wasm_module m = {.arena = &arena};
    enum err e = wasm_scan(module, &m, p);
    if (!e) {
        wasm_weigh(&m);
        struct metering x = {.m = &m, .added = number_added(&m), .out = out, .p = p};
        size_t before = out->len;
        write_module(&x, module);
        e = x.failed;
        if (!e && out->len - before > LIMIT_WORKER_SCRIPT_BYTES)
            e = problem(p, ERR_TOO_LARGE, "it has more than %llu MiB once it is metered",
                        (unsigned long long)LIMIT_WORKER_SCRIPT_BYTES >> 20);
        if (e) out->len = before;
        buf_free(&x.part);
        buf_free(&x.body);
    }
    arena_free(&arena);
    return e;
}
