/* Every instruction that is understood, as ranges of opcodes with the same immediates. What is not in the table is refused.
 *
 * An opcode is a byte, or one of the prefixes 0xfb, 0xfc, 0xfd and a LEB128 number: prefix << 16 | number here.
 * `cost` is in units of about one plain instruction; 0 for what compiles to nothing. Costs bound the time between two
 * checks, so they are generous where an instruction calls into the engine. Bulk operations are charged for their length, too. */
#ifndef WASM_OPCODES_H
#define WASM_OPCODES_H

#include "base/span.h"

/* Immediates, in the order in which they are written. */
enum wasm_immediates {
    IMM_NONE,
    IMM_BLOCK,         /* block type */
    IMM_LOOP,          /* block type */
    IMM_IF,            /* block type */
    IMM_ELSE,          /* */
    IMM_TRY,           /* block type */
    IMM_CATCH,         /* tag */
    IMM_CATCH_ALL,     /* */
    IMM_DELEGATE,      /* label */
    IMM_TRY_TABLE,     /* block type, list of catch clauses */
    IMM_END,           /* */
    IMM_LABEL,         /* label */
    IMM_BR_TABLE,      /* list of labels, label */
    IMM_BR_ON_CAST,    /* flags, label, heap type, heap type */
    IMM_TAG,           /* tag */
    IMM_CALL,          /* function */
    IMM_CALL_INDIRECT, /* type, table */
    IMM_CALL_REF,      /* type */
    IMM_SELECT,        /* list of value types */
    IMM_LOCAL,         /* local */
    IMM_GLOBAL,        /* global */
    IMM_TABLE,         /* table */
    IMM_TABLE_TABLE,   /* table, table */
    IMM_TABLE_INIT,    /* element segment, table */
    IMM_ELEM,          /* element segment */
    IMM_DATA,          /* data segment */
    IMM_MEM_INIT,      /* data segment, 0x00 */
    IMM_MEMORY,        /* 0x00 */
    IMM_MEM_COPY,      /* 0x00 0x00 */
    IMM_MEMARG,        /* alignment, offset */
    IMM_MEMARG_LANE,   /* alignment, offset, lane */
    IMM_LANE,          /* one byte */
    IMM_BYTES_16,      /* v128.const, i8x16.shuffle */
    IMM_I32,           /* signed LEB128 */
    IMM_I64,           /* signed LEB128 */
    IMM_F32,           /* 4 bytes */
    IMM_F64,           /* 8 bytes */
    IMM_HEAP_TYPE,     /* heap type */
    IMM_FUNC,          /* function, by reference */
    IMM_TYPE,          /* type */
    IMM_TYPE_FIELD,    /* type, field */
    IMM_TYPE_COUNT,    /* type, number of operands */
    IMM_TYPE_DATA,     /* type, data segment */
    IMM_TYPE_ELEM,     /* type, element segment */
    IMM_TYPE_TYPE,     /* type, type */
};

/* Instructions that need more than to be copied. */
enum wasm_trait {
    TRAIT_NONE,
    TRAIT_CONST,        /* allowed in constant expressions */
    TRAIT_CONST_LENGTH, /* as well, and the operand on top is a length */
    TRAIT_BULK_BYTES,   /* the operand on top is a length in bytes */
    TRAIT_BULK,         /* the operand on top is a length in elements, or in pages of memory */
};

#define WASM_PREFIX(byte, number) ((uint32_t)(byte) << 16 | (number))
#define GC(n)                     WASM_PREFIX(0xfb, n)
#define MISC(n)                   WASM_PREFIX(0xfc, n)
#define SIMD(n)                   WASM_PREFIX(0xfd, n)

// clang-format off
/*    first        last         immediates         cost  trait               what                                        */
#define WASM_OPCODES(X)                                                                                                  \
    X(0x00,        0x00,        IMM_NONE,             1, TRAIT_NONE)         /* unreachable */                           \
    X(0x01,        0x01,        IMM_NONE,             1, TRAIT_NONE)         /* nop: the interpreter runs it */          \
    X(0x02,        0x02,        IMM_BLOCK,            1, TRAIT_NONE)         /* block */                                 \
    X(0x03,        0x03,        IMM_LOOP,             1, TRAIT_NONE)         /* loop */                                  \
    X(0x04,        0x04,        IMM_IF,               1, TRAIT_NONE)         /* if */                                    \
    X(0x05,        0x05,        IMM_ELSE,             1, TRAIT_NONE)         /* else */                                  \
    X(0x06,        0x06,        IMM_TRY,              1, TRAIT_NONE)         /* try: legacy exceptions */                \
    X(0x07,        0x07,        IMM_CATCH,            1, TRAIT_NONE)         /* catch */                                 \
    X(0x08,        0x08,        IMM_TAG,           2000, TRAIT_NONE)         /* throw: the stack is unwound in C++ */    \
    X(0x09,        0x09,        IMM_LABEL,         2000, TRAIT_NONE)         /* rethrow */                               \
    X(0x0a,        0x0a,        IMM_NONE,          2000, TRAIT_NONE)         /* throw_ref */                             \
    X(0x0b,        0x0b,        IMM_END,              1, TRAIT_CONST)        /* end */                                   \
    X(0x0c,        0x0d,        IMM_LABEL,            1, TRAIT_NONE)         /* br, br_if */                             \
    X(0x0e,        0x0e,        IMM_BR_TABLE,         1, TRAIT_NONE)         /* br_table */                              \
    X(0x0f,        0x0f,        IMM_NONE,             1, TRAIT_NONE)         /* return */                                \
    X(0x10,        0x10,        IMM_CALL,             2, TRAIT_NONE)         /* call */                                  \
    X(0x11,        0x11,        IMM_CALL_INDIRECT,    4, TRAIT_NONE)         /* call_indirect */                         \
    X(0x12,        0x12,        IMM_CALL,             2, TRAIT_NONE)         /* return_call */                           \
    X(0x13,        0x13,        IMM_CALL_INDIRECT,    4, TRAIT_NONE)         /* return_call_indirect */                  \
    X(0x14,        0x15,        IMM_CALL_REF,         4, TRAIT_NONE)         /* call_ref, return_call_ref */             \
    X(0x18,        0x18,        IMM_DELEGATE,         1, TRAIT_NONE)         /* delegate */                              \
    X(0x19,        0x19,        IMM_CATCH_ALL,        1, TRAIT_NONE)         /* catch_all */                             \
    X(0x1a,        0x1b,        IMM_NONE,             1, TRAIT_NONE)         /* drop, select */                          \
    X(0x1c,        0x1c,        IMM_SELECT,           1, TRAIT_NONE)         /* select t */                              \
    X(0x1f,        0x1f,        IMM_TRY_TABLE,        1, TRAIT_NONE)         /* try_table */                             \
    X(0x20,        0x22,        IMM_LOCAL,            1, TRAIT_NONE)         /* local.get, set, tee */                   \
    X(0x23,        0x23,        IMM_GLOBAL,           1, TRAIT_CONST)        /* global.get */                            \
    X(0x24,        0x24,        IMM_GLOBAL,           1, TRAIT_NONE)         /* global.set */                            \
    X(0x25,        0x26,        IMM_TABLE,            8, TRAIT_NONE)         /* table.get, set */                        \
    X(0x28,        0x3e,        IMM_MEMARG,           1, TRAIT_NONE)         /* loads and stores */                      \
    X(0x3f,        0x3f,        IMM_MEMORY,           4, TRAIT_NONE)         /* memory.size */                           \
    X(0x40,        0x40,        IMM_MEMORY,      200000, TRAIT_BULK)         /* memory.grow: may copy all of it */             \
    X(0x41,        0x41,        IMM_I32,              1, TRAIT_CONST)        /* i32.const */                             \
    X(0x42,        0x42,        IMM_I64,              1, TRAIT_CONST)        /* i64.const */                             \
    X(0x43,        0x43,        IMM_F32,              1, TRAIT_CONST)        /* f32.const */                             \
    X(0x44,        0x44,        IMM_F64,              1, TRAIT_CONST)        /* f64.const */                             \
    X(0x45,        0x69,        IMM_NONE,             1, TRAIT_NONE)         /* comparisons, i32 bit counts */           \
    X(0x6a,        0x6c,        IMM_NONE,             1, TRAIT_CONST)        /* i32.add, sub, mul */                     \
    X(0x6d,        0x70,        IMM_NONE,             4, TRAIT_NONE)         /* i32.div, rem */                          \
    X(0x71,        0x7b,        IMM_NONE,             1, TRAIT_NONE)         /* i32 logic, i64 bit counts */             \
    X(0x7c,        0x7e,        IMM_NONE,             1, TRAIT_CONST)        /* i64.add, sub, mul */                     \
    X(0x7f,        0x82,        IMM_NONE,             6, TRAIT_NONE)         /* i64.div, rem */                          \
    X(0x83,        0xa6,        IMM_NONE,             1, TRAIT_NONE)         /* i64 logic, f32, f64 */                   \
    X(0xa7,        0xc4,        IMM_NONE,             1, TRAIT_NONE)         /* conversions, sign extension */           \
    X(0xd0,        0xd0,        IMM_HEAP_TYPE,        1, TRAIT_CONST)        /* ref.null */                              \
    X(0xd1,        0xd1,        IMM_NONE,             1, TRAIT_NONE)         /* ref.is_null */                           \
    X(0xd2,        0xd2,        IMM_FUNC,             8, TRAIT_CONST)        /* ref.func */                              \
    X(0xd3,        0xd4,        IMM_NONE,             1, TRAIT_NONE)         /* ref.eq, ref.as_non_null */               \
    X(0xd5,        0xd6,        IMM_LABEL,            1, TRAIT_NONE)         /* br_on_null, br_on_non_null */            \
    X(GC(0),       GC(1),       IMM_TYPE,            16, TRAIT_CONST)        /* struct.new, struct.new_default */        \
    X(GC(2),       GC(5),       IMM_TYPE_FIELD,       2, TRAIT_NONE)         /* struct.get, get_s, get_u, set */         \
    X(GC(6),       GC(7),       IMM_TYPE,            16, TRAIT_CONST_LENGTH) /* array.new, array.new_default */          \
    X(GC(8),       GC(8),       IMM_TYPE_COUNT,      16, TRAIT_CONST)        /* array.new_fixed */                       \
    X(GC(9),       GC(9),       IMM_TYPE_DATA,       16, TRAIT_BULK)         /* array.new_data */                        \
    X(GC(10),      GC(10),      IMM_TYPE_ELEM,       16, TRAIT_BULK)         /* array.new_elem */                        \
    X(GC(11),      GC(14),      IMM_TYPE,             2, TRAIT_NONE)         /* array.get, get_s, get_u, set */          \
    X(GC(15),      GC(15),      IMM_NONE,             1, TRAIT_NONE)         /* array.len */                             \
    X(GC(16),      GC(16),      IMM_TYPE,            16, TRAIT_BULK)         /* array.fill */                            \
    X(GC(17),      GC(17),      IMM_TYPE_TYPE,       16, TRAIT_BULK)         /* array.copy */                            \
    X(GC(18),      GC(18),      IMM_TYPE_DATA,       16, TRAIT_BULK)         /* array.init_data */                       \
    X(GC(19),      GC(19),      IMM_TYPE_ELEM,       16, TRAIT_BULK)         /* array.init_elem */                       \
    X(GC(20),      GC(23),      IMM_HEAP_TYPE,        8, TRAIT_NONE)         /* ref.test, ref.cast */                    \
    X(GC(24),      GC(25),      IMM_BR_ON_CAST,       8, TRAIT_NONE)         /* br_on_cast, br_on_cast_fail */           \
    X(GC(26),      GC(27),      IMM_NONE,             2, TRAIT_CONST)        /* any.convert_extern, extern.convert_any */\
    X(GC(28),      GC(28),      IMM_NONE,             1, TRAIT_CONST)        /* ref.i31 */                               \
    X(GC(29),      GC(30),      IMM_NONE,             1, TRAIT_NONE)         /* i31.get_s, get_u */                      \
    X(MISC(0),     MISC(7),     IMM_NONE,             1, TRAIT_NONE)         /* saturating truncations */                \
    X(MISC(8),     MISC(8),     IMM_MEM_INIT,        16, TRAIT_BULK_BYTES)   /* memory.init */                           \
    X(MISC(9),     MISC(9),     IMM_DATA,             8, TRAIT_NONE)         /* data.drop */                             \
    X(MISC(10),    MISC(10),    IMM_MEM_COPY,        16, TRAIT_BULK_BYTES)   /* memory.copy */                           \
    X(MISC(11),    MISC(11),    IMM_MEMORY,          16, TRAIT_BULK_BYTES)   /* memory.fill */                           \
    X(MISC(12),    MISC(12),    IMM_TABLE_INIT,      16, TRAIT_BULK)         /* table.init */                            \
    X(MISC(13),    MISC(13),    IMM_ELEM,             8, TRAIT_NONE)         /* elem.drop */                             \
    X(MISC(14),    MISC(14),    IMM_TABLE_TABLE,     16, TRAIT_BULK)         /* table.copy */                            \
    X(MISC(15),    MISC(15),    IMM_TABLE,           64, TRAIT_BULK)         /* table.grow */                            \
    X(MISC(16),    MISC(16),    IMM_TABLE,            4, TRAIT_NONE)         /* table.size */                            \
    X(MISC(17),    MISC(17),    IMM_TABLE,           16, TRAIT_BULK)         /* table.fill */                            \
    X(SIMD(0x00),  SIMD(0x0b),  IMM_MEMARG,           1, TRAIT_NONE)         /* v128 loads, v128.store */                \
    X(SIMD(0x0c),  SIMD(0x0c),  IMM_BYTES_16,         1, TRAIT_CONST)        /* v128.const */                            \
    X(SIMD(0x0d),  SIMD(0x0d),  IMM_BYTES_16,         1, TRAIT_NONE)         /* i8x16.shuffle */                         \
    X(SIMD(0x0e),  SIMD(0x14),  IMM_NONE,             1, TRAIT_NONE)         /* swizzle, splats */                       \
    X(SIMD(0x15),  SIMD(0x22),  IMM_LANE,             1, TRAIT_NONE)         /* extract_lane, replace_lane */            \
    X(SIMD(0x23),  SIMD(0x53),  IMM_NONE,             1, TRAIT_NONE)         /* comparisons, bitwise */                  \
    X(SIMD(0x54),  SIMD(0x5b),  IMM_MEMARG_LANE,      1, TRAIT_NONE)         /* load_lane, store_lane */                 \
    X(SIMD(0x5c),  SIMD(0x5d),  IMM_MEMARG,           1, TRAIT_NONE)         /* load32_zero, load64_zero */              \
    X(SIMD(0x5e),  SIMD(0x99),  IMM_NONE,             1, TRAIT_NONE)         /* conversions, i8x16, i16x8 */             \
    X(SIMD(0x9b),  SIMD(0xa1),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xa3),  SIMD(0xa4),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xa7),  SIMD(0xae),  IMM_NONE,             1, TRAIT_NONE)         /* i32x4 */                                 \
    X(SIMD(0xb1),  SIMD(0xb1),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xb5),  SIMD(0xba),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xbc),  SIMD(0xc1),  IMM_NONE,             1, TRAIT_NONE)         /* i64x2 */                                 \
    X(SIMD(0xc3),  SIMD(0xc4),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xc7),  SIMD(0xce),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xd1),  SIMD(0xd1),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xd5),  SIMD(0xe1),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0xe3),  SIMD(0xed),  IMM_NONE,             1, TRAIT_NONE)         /* f32x4, f64x2 */                          \
    X(SIMD(0xef),  SIMD(0xff),  IMM_NONE,             1, TRAIT_NONE)                                                     \
    X(SIMD(0x100), SIMD(0x113), IMM_NONE,             2, TRAIT_NONE)         /* relaxed SIMD */
// clang-format on

struct wasm_opcode {
    uint32_t first, last;
    enum wasm_immediates immediates;
    uint32_t cost;
    enum wasm_trait trait;
};

/* NULL: not understood. */
const struct wasm_opcode *wasm_opcode(uint32_t opcode);
/* What an opcode that is not understood belongs to, for the message: "threads", "an instruction that is not known". */
const char *wasm_opcode_family(uint32_t opcode);

#endif
