/* Types, limits and constant expressions. */
#include "base/limits.h"
#include "wasm/module.h"

enum {
    BYTE_REF = 0x64,
    BYTE_REF_NULL = 0x63,
    BYTE_FUNC = 0x60,
    BYTE_STRUCT = 0x5f,
    BYTE_ARRAY = 0x5e,
    BYTE_SUB = 0x50,
    BYTE_SUB_FINAL = 0x4f,
    BYTE_REC = 0x4e
};

/* func extern any eq i31 struct array exn, and the bottoms none noextern nofunc noexn, as one byte */
static bool is_abstract_heap(uint8_t byte) { return (byte >= 0x69 && byte <= 0x74); }

void read_heap_type(struct reader *r, const struct wasm_module *m) {
    int64_t type = read_signed(r, 33);
    if (type >= 0 && type >= m->type_count)
        reader_fail(r, ERR_INVALID, "there is no type %lld", (long long)type);
    else if (type < 0 && (type < -64 || !is_abstract_heap((uint8_t)(type & 0x7f))))
        reader_fail(r, ERR_UNSUPPORTED, "the heap type %lld is not supported", (long long)type);
}

void read_value_type(struct reader *r, const struct wasm_module *m) {
    uint8_t byte = read_byte(r);
    if (byte == BYTE_REF || byte == BYTE_REF_NULL)
        read_heap_type(r, m);
    else if (!(byte >= 0x7b && byte <= 0x7f) && !is_abstract_heap(byte))
        reader_fail(r, ERR_UNSUPPORTED, "the type 0x%02x is not supported", byte);
}

void read_storage_type(struct reader *r, const struct wasm_module *m) {
    if (reader_more(r) && (*r->at == 0x77 || *r->at == 0x78))
        read_byte(r);
    else
        read_value_type(r, m);
}

/* Nothing, a value type, or the index of a type as a signed number of 33 bits. */
void read_block_type(struct reader *r, const struct wasm_module *m) {
    uint8_t byte = reader_more(r) ? *r->at : 0;
    if (byte == 0x40) {
        read_byte(r);
    } else if (byte > 0x40 && byte < 0x80) {
        read_value_type(r, m);
    } else {
        int64_t type = read_signed(r, 33);
        if (type < 0 || type >= m->type_count)
            reader_fail(r, ERR_INVALID, "there is no type %lld", (long long)type);
        else if (m->type_params[type] == TYPE_NO_FUNCTION)
            reader_fail(r, ERR_INVALID, "type %lld is not that of a function", (long long)type);
    }
}

struct wasm_limits read_limits(struct reader *r, const char *what) {
    uint8_t flags = read_byte(r);
    struct wasm_limits limits = {.has_max = flags & 1};
    if (flags & 2) reader_fail(r, ERR_UNSUPPORTED, "a shared %s is not supported: threads", what);
    if (flags & 4) reader_fail(r, ERR_UNSUPPORTED, "a 64-bit %s is not supported", what);
    if (flags & ~7)
        reader_fail(r, ERR_UNSUPPORTED, "the flags 0x%02x of a %s are not supported", flags, what);
    limits.min = read_u32(r);
    if (limits.has_max) limits.max = read_u32(r);
    if (limits.has_max && limits.max < limits.min)
        reader_fail(r, ERR_INVALID, "the maximum of a %s is below its minimum", what);
    return limits;
}

/* -- The type section ------------------------------------------------------------------------------------------------ */

static void read_field(struct reader *r, const struct wasm_module *m) {
    read_storage_type(r, m);
    if (read_byte(r) > 1) reader_fail(r, ERR_INVALID, "the mutability of a field is neither 0 nor 1");
}

static uint32_t read_value_types(struct reader *r, const struct wasm_module *m, const char *what) {
    uint32_t count = read_count(r, LIMIT_WASM_PARAMETERS, what);
    for (uint32_t i = 0; i < count && !r->failed; i++) read_value_type(r, m);
    return count;
}

static uint32_t read_composite(struct reader *r, const struct wasm_module *m, uint8_t form) {
    if (form == BYTE_FUNC) {
        uint32_t params = read_value_types(r, m, "parameters");
        read_value_types(r, m, "results");
        return params;
    }
    if (form == BYTE_STRUCT) {
        uint32_t count = read_count(r, LIMIT_WASM_FIELDS, "fields");
        for (uint32_t i = 0; i < count && !r->failed; i++) read_field(r, m);
    } else if (form == BYTE_ARRAY) {
        read_field(r, m);
    } else {
        reader_fail(r, ERR_UNSUPPORTED, "the form of type 0x%02x is not supported", form);
    }
    return TYPE_NO_FUNCTION;
}

static uint32_t read_subtype(struct reader *r, const struct wasm_module *m) {
    uint8_t form = read_byte(r);
    if (form == BYTE_SUB || form == BYTE_SUB_FINAL) {
        uint32_t count = read_count(r, UINT32_MAX, "supertypes");
        for (uint32_t i = 0; i < count && !r->failed; i++) read_index(r, m->type_count, "type");
        form = read_byte(r);
    }
    return read_composite(r, m, form);
}

/* Types of a group may name each other and all before. */
static void read_group(struct reader *r, struct wasm_module *m, struct buf *params) {
    uint32_t count = 1;
    if (reader_more(r) && *r->at == BYTE_REC) {
        read_byte(r);
        count = read_count(r, LIMIT_WASM_TYPES, "types");
    }
    if (count > LIMIT_WASM_TYPES - m->type_count) reader_fail(r, ERR_TOO_LARGE, "too many types");
    if (r->failed) return;
    m->type_count += count;
    for (uint32_t i = 0; i < count && !r->failed; i++) {
        uint32_t n = read_subtype(r, m);
        buf_add(params, span_make(&n, sizeof n));
    }
}

enum err wasm_read_types(struct reader *r, struct wasm_module *m) {
    uint32_t groups = read_count(r, LIMIT_WASM_TYPES, "types");
    struct buf params = BUF_INIT;
    m->section_counts[SECTION_TYPE] = groups;
    for (uint32_t i = 0; i < groups && !r->failed; i++) read_group(r, m, &params);
    m->type_params = (uint32_t *)arena_copy(m->arena, buf_span(&params)).ptr;
    buf_free(&params);
    return r->failed;
}

/* -- Constant expressions ---------------------------------------------------------------------------------------------- */

/* They run while a module is instantiated, where nothing counts: arrays made by them are few and small. */
static void charge_array(struct reader *r, struct wasm_module *m, const struct wasm_instruction *i,
                         const struct wasm_instruction *before) {
    if (!before->row || before->row->immediates != IMM_I32)
        reader_fail(r, ERR_UNSUPPORTED,
                    "opcode 0x%02x 0x%02x in a constant expression needs a literal length", i->opcode >> 16,
                    i->opcode & 0xffff);
    else if ((m->const_elements += (uint32_t)before->constant) > LIMIT_WASM_CONST_ELEMENTS)
        reader_fail(r, ERR_TOO_LARGE, "constant expressions make arrays of more than %llu elements",
                    (unsigned long long)LIMIT_WASM_CONST_ELEMENTS);
}

void read_constant(struct reader *r, struct wasm_module *m) {
    struct wasm_instruction i = {0}, before = {0};
    while (read_instruction(r, m, 0, &i)) {
        if (!instruction_is_constant(&i)) {
            reader_fail(r, ERR_INVALID, "opcode 0x%02x is not allowed in a constant expression", i.opcode);
            return;
        }
        if (i.row->immediates == IMM_END) return;
        if (i.row->trait == TRAIT_CONST_LENGTH) charge_array(r, m, &i, &before);
        before = i;
    }
}
