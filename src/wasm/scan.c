/* The whole module, once, section by section. */
#include "base/limits.h"
#include "base/mem.h"
#include "wasm/module.h"
#include "wasm/wasm.h"

unsigned section_rank(enum wasm_section id) {
    static const unsigned ranks[SECTION_COUNT] = {
        [SECTION_TYPE] = 1,   [SECTION_IMPORT] = 2,   [SECTION_FUNCTION] = 3,    [SECTION_TABLE] = 4,
        [SECTION_MEMORY] = 5, [SECTION_TAG] = 6,      [SECTION_GLOBAL] = 7,      [SECTION_EXPORT] = 8,
        [SECTION_START] = 9,  [SECTION_ELEMENT] = 10, [SECTION_DATA_COUNT] = 11, [SECTION_CODE] = 12,
        [SECTION_DATA] = 13};
    return ranks[id];
}

struct scanning {
    struct wasm_module *m;
    struct buf functions, edges, loops; /* struct wasm_function; uint32_t; uint32_t */
    struct buf export_numbers;          /* N of exports that are called "cusp:N:..." */
    uint32_t code_count;
};

static uint32_t read_function_type(struct reader *r, const struct wasm_module *m) {
    uint32_t type = read_index(r, m->type_count, "type");
    if (!r->failed && m->type_params[type] == TYPE_NO_FUNCTION)
        reader_fail(r, ERR_INVALID, "type %u is not that of a function", type);
    return type;
}

static void read_reference_type(struct reader *r, const struct wasm_module *m) {
    uint8_t byte = reader_more(r) ? *r->at : 0;
    if (byte >= 0x7b && byte <= 0x7f) reader_fail(r, ERR_INVALID, "a table of what is no reference");
    read_value_type(r, m);
}

static void read_table_type(struct reader *r, struct wasm_module *m) {
    read_reference_type(r, m);
    struct wasm_limits limits = read_limits(r, "table");
    if (limits.min > LIMIT_WASM_TABLE_ENTRIES)
        reader_fail(r, ERR_TOO_LARGE, "a table of %u entries is larger than the limit of %llu", limits.min,
                    (unsigned long long)LIMIT_WASM_TABLE_ENTRIES);
    m->table_count++;
}

static void read_memory_type(struct reader *r, struct wasm_module *m) {
    struct wasm_limits limits = read_limits(r, "memory");
    if ((uint64_t)limits.min << 16 > LIMIT_WASM_MEMORY_BYTES)
        reader_fail(r, ERR_TOO_LARGE,
                    "a memory of %u pages (64 KiB each) is larger than the limit of %llu MiB", limits.min,
                    (unsigned long long)LIMIT_WASM_MEMORY_BYTES >> 20);
    if (++m->memory_count > 1) reader_fail(r, ERR_UNSUPPORTED, "more than one memory is not supported");
}

static void read_global_type(struct reader *r, struct wasm_module *m) {
    read_value_type(r, m);
    if (read_byte(r) > 1) reader_fail(r, ERR_INVALID, "the mutability of a global is neither 0 nor 1");
}

static void read_tag_type(struct reader *r, struct wasm_module *m) {
    if (read_byte(r)) reader_fail(r, ERR_UNSUPPORTED, "the attribute of a tag is not supported");
    read_function_type(r, m);
    m->tag_count++;
}

/* -- Entries of each section -------------------------------------------------------------------------------------------- */

static void scan_import(struct reader *r, struct scanning *s) {
    struct wasm_module *m = s->m;
    read_name(r);
    read_name(r);
    uint8_t kind = read_byte(r);
    switch (kind) {
    case 0:
        read_function_type(r, m);
        m->import_function_count++;
        m->function_count++;
        break;
    case 1: read_table_type(r, m); break;
    case 2: read_memory_type(r, m); break;
    case 3:
        read_global_type(r, m);
        m->global_count++;
        break;
    case 4: read_tag_type(r, m); break;
    default: reader_fail(r, ERR_UNSUPPORTED, "an import of the unknown kind %u", kind);
    }
}

static void scan_function(struct reader *r, struct scanning *s) {
    struct wasm_function f = {.type = read_function_type(r, s->m)};
    buf_add(&s->functions, span_make(&f, sizeof f));
    s->m->function_count++;
    s->m->defined_count++;
}

static void scan_table(struct reader *r, struct scanning *s) {
    bool initialised = reader_more(r) && *r->at == 0x40;
    if (initialised) {
        read_byte(r);
        if (read_byte(r)) reader_fail(r, ERR_UNSUPPORTED, "a table of an unknown form");
    }
    read_table_type(r, s->m);
    if (initialised) read_constant(r, s->m);
}

static void scan_memory(struct reader *r, struct scanning *s) { read_memory_type(r, s->m); }
static void scan_tag(struct reader *r, struct scanning *s) { read_tag_type(r, s->m); }

static void scan_global(struct reader *r, struct scanning *s) {
    read_global_type(r, s->m);
    read_constant(r, s->m);
    s->m->global_count++; /* only now: it may not name itself */
}

/* "cusp:12:check" -> 12, when it is as we write it. */
static bool hidden_number(struct span name, uint64_t *ret) {
    struct span rest = name, digits;
    if (!span_starts(rest, SPAN(WASM_HIDDEN_PREFIX))) return false;
    rest = span_from(rest, sizeof WASM_HIDDEN_PREFIX - 1);
    digits = span_cut(&rest, ':');
    return digits.len && digits.len < 10 && span_to_u64(digits, ret);
}

static void scan_export(struct reader *r, struct scanning *s) {
    struct wasm_module *m = s->m;
    uint64_t number;
    if (hidden_number(read_name(r), &number)) buf_add(&s->export_numbers, span_make(&number, sizeof number));
    uint8_t kind = read_byte(r);
    switch (kind) {
    case 0: read_index(r, m->function_count, "function"); break;
    case 1: read_index(r, m->table_count, "table"); break;
    case 2: read_index(r, m->memory_count, "memory"); break;
    case 3: read_index(r, m->global_count, "global"); break;
    case 4: read_index(r, m->tag_count, "tag"); break;
    default: reader_fail(r, ERR_UNSUPPORTED, "an export of the unknown kind %u", kind);
    }
}

/* The flags say: 1 passive or declarative, 2 names its table (or, with 1, is declarative), 4 expressions. */
static void scan_element(struct reader *r, struct scanning *s) {
    struct wasm_module *m = s->m;
    uint32_t flags = read_u32(r);
    if (flags > 7) reader_fail(r, ERR_UNSUPPORTED, "an element segment of the unknown form %u", flags);
    bool active = !(flags & 1);
    if (active) {
        uint32_t table = flags & 2 ? read_u32(r) : 0;
        if (table >= m->table_count) reader_fail(r, ERR_INVALID, "there is no table %u", table);
        read_constant(r, m);
    }
    if (flags & 3) {
        if (flags & 4)
            read_reference_type(r, m);
        else if (read_byte(r))
            reader_fail(r, ERR_UNSUPPORTED, "the kind of an element segment is not supported");
    }
    uint32_t count = read_count(r, LIMIT_WASM_TABLE_ENTRIES, "elements");
    for (uint32_t i = 0; i < count && !r->failed; i++) {
        if (flags & 4)
            read_constant(r, m);
        else
            read_index(r, m->function_count, "function");
    }
    m->element_count++;
}

static void scan_data(struct reader *r, struct scanning *s) {
    uint32_t flags = read_u32(r);
    if (flags > 2) reader_fail(r, ERR_UNSUPPORTED, "a data segment of the unknown form %u", flags);
    if (flags == 2 && read_u32(r)) reader_fail(r, ERR_UNSUPPORTED, "more than one memory is not supported");
    if (flags != 1 && !s->m->memory_count) reader_fail(r, ERR_INVALID, "there is no memory 0");
    if (flags != 1) read_constant(r, s->m);
    read_name(r); /* bytes with their length, as a name is */
}

static void scan_body(struct reader *r, struct scanning *s) {
    struct wasm_module *m = s->m;
    uint32_t len = read_u32(r);
    if (len > LIMIT_WASM_FUNCTION_BYTES)
        reader_fail(r, ERR_TOO_LARGE, "function %u has more than %llu bytes",
                    m->import_function_count + s->code_count, (unsigned long long)LIMIT_WASM_FUNCTION_BYTES);
    struct reader body = reader_part(r, len);
    if (body.failed) return;
    struct wasm_function *f = (struct wasm_function *)s->functions.ptr + s->code_count;
    f->body = span_make(body.at, len);
    body.function = m->import_function_count + s->code_count++;
    code_scan(&body, m, f, &s->edges, &s->loops);
    reader_close(r, &body);
}

/* -- Sections --------------------------------------------------------------------------------------------------------------- */

typedef void (*entry_fn)(struct reader *r, struct scanning *s);

static entry_fn entry_of(enum wasm_section id) {
    switch (id) {
    case SECTION_IMPORT: return scan_import;
    case SECTION_FUNCTION: return scan_function;
    case SECTION_TABLE: return scan_table;
    case SECTION_MEMORY: return scan_memory;
    case SECTION_TAG: return scan_tag;
    case SECTION_GLOBAL: return scan_global;
    case SECTION_EXPORT: return scan_export;
    case SECTION_ELEMENT: return scan_element;
    case SECTION_DATA: return scan_data;
    case SECTION_CODE: return scan_body;
    default: return NULL;
    }
}

static void scan_entries(struct reader *r, struct scanning *s, enum wasm_section id) {
    uint32_t count = read_count(r, LIMIT_WASM_ENTRIES, "entries of a section");
    s->m->section_counts[id] = count;
    if (id == SECTION_CODE && count != s->m->defined_count && !r->failed)
        reader_fail(r, ERR_INVALID, "%u functions are declared and %u defined", s->m->defined_count, count);
    for (uint32_t i = 0; i < count && !r->failed; i++) entry_of(id)(r, s);
}

static void scan_section(struct reader *r, struct scanning *s, enum wasm_section id) {
    struct wasm_module *m = s->m;
    if (id == SECTION_TYPE) {
        enum err seen = wasm_read_types(r, m); /* the reader remembers it */
        (void)seen;
    } else if (id == SECTION_START) {
        m->has_start = true;
        m->start = read_index(r, m->function_count, "function");
    } else if (id == SECTION_DATA_COUNT) {
        m->has_data_count = true;
        m->data_count = read_u32(r);
    } else {
        scan_entries(r, s, id);
    }
    if (reader_more(r)) reader_fail(r, ERR_INVALID, "section %u is longer than its content", id);
}

static void scan_sections(struct reader *r, struct scanning *s) {
    unsigned rank = 0;
    while (reader_more(r)) {
        uint8_t id = read_byte(r);
        struct reader part = reader_part(r, read_u32(r));
        if (id >= SECTION_COUNT) reader_fail(r, ERR_UNSUPPORTED, "a section of the unknown kind %u", id);
        if (id == SECTION_CUSTOM || r->failed || part.failed) {
            read_name(&part);
            reader_close(r, &part);
            continue;
        }
        if (section_rank(id) <= rank)
            reader_fail(r, ERR_INVALID, "section %u is twice there, or too late", id);
        rank = section_rank(id);
        scan_section(&part, s, id);
        reader_close(r, &part);
    }
}

static void check_counts(struct reader *r, struct scanning *s) {
    const struct wasm_module *m = s->m;
    if (s->code_count != m->defined_count)
        reader_fail(r, ERR_INVALID, "%u functions are declared and %u defined", m->defined_count,
                    s->code_count);
    if (m->has_data_count && m->data_count != m->section_counts[SECTION_DATA])
        reader_fail(r, ERR_INVALID, "%u data segments are announced and %u there", m->data_count,
                    m->section_counts[SECTION_DATA]);
}

/* The least number that no export of the module has: among n + 1 of them one is free. */
static uint32_t free_number(const struct buf *numbers) {
    size_t count = numbers->len / sizeof(uint64_t), i;
    uint8_t *taken = mem_array(count + 1, 1);
    for (i = 0; i < count; i++) {
        uint64_t n;
        memcpy(&n, numbers->ptr + i * sizeof n, sizeof n);
        if (n <= count) taken[n] = 1;
    }
    for (i = 0; taken[i]; i++) {
    }
    mem_free(taken);
    return (uint32_t)i;
}

static void keep(struct wasm_module *m, struct scanning *s) {
    m->functions = (struct wasm_function *)arena_copy(m->arena, buf_span(&s->functions)).ptr;
    m->edges = (uint32_t *)arena_copy(m->arena, buf_span(&s->edges)).ptr;
    m->loop_weights = (uint32_t *)arena_copy(m->arena, buf_span(&s->loops)).ptr;
    m->hidden_number = free_number(&s->export_numbers);
}

enum err wasm_scan(struct span module, struct wasm_module *m, struct problem *p) {
    struct reader r = reader_make(module, p);
    struct scanning s = {.m = m};
    if (!span_starts(module, SPAN("\0asm\1\0\0\0")))
        reader_fail(&r, ERR_INVALID, "it is not WebAssembly of version 1");
    else
        read_bytes(&r, 8);
    scan_sections(&r, &s);
    check_counts(&r, &s);
    if (!r.failed) keep(m, &s);
    buf_free(&s.functions);
    buf_free(&s.edges);
    buf_free(&s.loops);
    buf_free(&s.export_numbers);
    return r.failed;
}
