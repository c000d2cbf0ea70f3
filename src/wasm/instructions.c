/* One instruction: where it ends, and that what it names is there. */
#include "wasm/module.h"

static uint32_t read_opcode(struct reader *r) {
    uint32_t opcode = read_byte(r);
    if (opcode < 0xfb || opcode == 0xff) return opcode;
    uint32_t number = read_u32(r);
    return WASM_PREFIX(opcode, number < 0xffff ? number : 0xffff);
}

static void read_memarg(struct reader *r, const struct wasm_module *m) {
    uint32_t alignment = read_u32(r);
    if (alignment & 0x40)
        reader_fail(r, ERR_UNSUPPORTED, "more than one memory is not supported");
    else if (alignment >= 32)
        reader_fail(r, ERR_INVALID, "an alignment of 2^%u", alignment);
    read_u32(r);
    if (!m->memory_count) reader_fail(r, ERR_INVALID, "there is no memory 0");
}

static void read_memory(struct reader *r, const struct wasm_module *m) {
    read_zero(r);
    if (!m->memory_count) reader_fail(r, ERR_INVALID, "there is no memory 0");
}

static void read_labels(struct reader *r) {
    uint32_t count = read_count(r, UINT32_MAX, "labels");
    for (uint32_t i = 0; i < count && !r->failed; i++) read_u32(r);
    read_u32(r);
}

static void read_catches(struct reader *r, const struct wasm_module *m) {
    uint32_t count = read_count(r, UINT32_MAX, "catch clauses");
    for (uint32_t i = 0; i < count && !r->failed; i++) {
        uint8_t kind = read_byte(r);
        if (kind > 3) reader_fail(r, ERR_UNSUPPORTED, "a catch clause of the unknown kind %u", kind);
        if (kind < 2) read_index(r, m->tag_count, "tag");
        read_u32(r);
    }
}

/* A data segment may be named by code only when section 12 says how many there are. */
static void read_data(struct reader *r, const struct wasm_module *m) {
    read_index(r, m->has_data_count ? m->data_count : 0, "data segment");
}

static void read_type(struct reader *r, const struct wasm_module *m) { read_index(r, m->type_count, "type"); }

static void read_select(struct reader *r, const struct wasm_module *m) {
    uint32_t count = read_count(r, UINT32_MAX, "types");
    for (uint32_t i = 0; i < count && !r->failed; i++) read_value_type(r, m);
}

static void read_cast(struct reader *r, const struct wasm_module *m, struct wasm_instruction *i) {
    if (read_byte(r) > 3) reader_fail(r, ERR_INVALID, "the flags of a cast are unknown");
    i->label = read_u32(r);
    read_heap_type(r, m);
    read_heap_type(r, m);
}

static void read_immediates(struct reader *r, const struct wasm_module *m, uint32_t local_count,
                            struct wasm_instruction *i) {
    switch (i->row->immediates) {
    case IMM_NONE:
    case IMM_ELSE:
    case IMM_CATCH_ALL:
    case IMM_END: break;
    case IMM_BLOCK:
    case IMM_LOOP:
    case IMM_IF:
    case IMM_TRY: read_block_type(r, m); break;
    case IMM_TRY_TABLE:
        read_block_type(r, m);
        i->immediates = r->at; /* the list */
        read_catches(r, m);
        break;
    case IMM_CATCH:
    case IMM_TAG: read_index(r, m->tag_count, "tag"); break;
    case IMM_DELEGATE:
    case IMM_LABEL: i->label = read_u32(r); break;
    case IMM_BR_TABLE: read_labels(r); break;
    case IMM_BR_ON_CAST: read_cast(r, m, i); break;
    case IMM_CALL:
    case IMM_FUNC: i->index = read_index(r, m->function_count, "function"); break;
    case IMM_CALL_INDIRECT:
        read_type(r, m);
        read_index(r, m->table_count, "table");
        break;
    case IMM_CALL_REF:
    case IMM_TYPE: read_type(r, m); break;
    case IMM_SELECT: read_select(r, m); break;
    case IMM_LOCAL: i->index = read_index(r, local_count, "local"); break;
    case IMM_GLOBAL: i->index = read_index(r, m->global_count, "global"); break;
    case IMM_TABLE: read_index(r, m->table_count, "table"); break;
    case IMM_TABLE_TABLE:
        read_index(r, m->table_count, "table");
        read_index(r, m->table_count, "table");
        break;
    case IMM_TABLE_INIT:
        read_index(r, m->element_count, "element segment");
        read_index(r, m->table_count, "table");
        break;
    case IMM_ELEM: read_index(r, m->element_count, "element segment"); break;
    case IMM_DATA: read_data(r, m); break;
    case IMM_MEM_INIT:
        read_data(r, m);
        read_memory(r, m);
        break;
    case IMM_MEMORY: read_memory(r, m); break;
    case IMM_MEM_COPY:
        read_memory(r, m);
        read_memory(r, m);
        break;
    case IMM_MEMARG: read_memarg(r, m); break;
    case IMM_MEMARG_LANE:
        read_memarg(r, m);
        read_byte(r);
        break;
    case IMM_LANE: read_byte(r); break;
    case IMM_BYTES_16: read_bytes(r, 16); break;
    case IMM_I32: i->constant = read_s32(r); break;
    case IMM_I64: read_signed(r, 64); break;
    case IMM_F32: read_bytes(r, 4); break;
    case IMM_F64: read_bytes(r, 8); break;
    case IMM_HEAP_TYPE: read_heap_type(r, m); break;
    case IMM_TYPE_FIELD:
        read_type(r, m);
        read_u32(r);
        break;
    case IMM_TYPE_COUNT:
        read_type(r, m);
        i->index = read_u32(r);
        break;
    case IMM_TYPE_DATA:
        read_type(r, m);
        read_data(r, m);
        break;
    case IMM_TYPE_ELEM:
        read_type(r, m);
        read_index(r, m->element_count, "element segment");
        break;
    case IMM_TYPE_TYPE:
        read_type(r, m);
        read_type(r, m);
        break;
    }
}

static void refuse(struct reader *r, uint32_t opcode) {
    const char *family = wasm_opcode_family(opcode);
    if (opcode >> 16)
        reader_fail(r, ERR_UNSUPPORTED, "opcode 0x%02x 0x%02x is not supported: %s", opcode >> 16,
                    opcode & 0xffff, family);
    else
        reader_fail(r, ERR_UNSUPPORTED, "opcode 0x%02x is not supported: %s", opcode, family);
}

bool read_instruction(struct reader *r, const struct wasm_module *m, uint32_t local_count,
                      struct wasm_instruction *ret) {
    *ret = (struct wasm_instruction){.start = r->at};
    ret->opcode = read_opcode(r);
    if (r->failed) return false;
    ret->row = wasm_opcode(ret->opcode);
    if (!ret->row) {
        refuse(r, ret->opcode);
        return false;
    }
    ret->immediates = r->at;
    read_immediates(r, m, local_count, ret);
    ret->end = r->at;
    return !r->failed;
}

bool instruction_is_constant(const struct wasm_instruction *i) {
    return i->row->trait == TRAIT_CONST || i->row->trait == TRAIT_CONST_LENGTH;
}
