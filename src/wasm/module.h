/* Private to the room: what a rewrite must know of a module before it writes the first byte.
 *
 * scan.c reads the whole module once into this, checks every index and every length on the way, and finds which functions
 * need a check at their entry (calls.c). meter.c then writes the new module, code.c the bodies. */
#ifndef WASM_MODULE_H
#define WASM_MODULE_H

#include "base/arena.h"
#include "wasm/opcodes.h"
#include "wasm/reader.h"

enum wasm_section {
    SECTION_CUSTOM = 0,
    SECTION_TYPE,
    SECTION_IMPORT,
    SECTION_FUNCTION,
    SECTION_TABLE,
    SECTION_MEMORY,
    SECTION_GLOBAL,
    SECTION_EXPORT,
    SECTION_START,
    SECTION_ELEMENT,
    SECTION_CODE,
    SECTION_DATA,
    SECTION_DATA_COUNT,
    SECTION_TAG,
    SECTION_COUNT
};
/* The place of a section in the module's order; custom sections have none. */
unsigned section_rank(enum wasm_section id);

enum { TYPE_NO_FUNCTION = UINT32_MAX };

struct wasm_function {
    uint32_t type;
    struct span body;                /* locals and code, without its length */
    uint32_t first_edge, edge_count; /* calls of the module's own functions */
    uint32_t first_loop;             /* the number of its first loop */
    uint32_t weight;    /* of one call, what it calls included as far as that is not charged itself */
    uint32_t surcharge; /* the costliest loop that leaves it to this function's entry to pay for its rounds */
    uint32_t unit; /* what one round of its loops costs at most, those aside that pay alone; 0: it has none */
    bool open;     /* it calls what the module does not name: imports, tables, references */
    bool charged;  /* it has a check at its entry */
};

struct wasm_module {
    struct arena *arena;
    uint32_t type_count, import_function_count, function_count, table_count, memory_count, global_count,
        tag_count, element_count, data_count; /* imported ones included; function_count of both kinds */
    uint32_t *type_params;                    /* parameters of each type, or TYPE_NO_FUNCTION */
    struct wasm_function *functions;          /* the defined ones */
    uint32_t defined_count;
    uint32_t *edges;     /* the callee, counted from the first defined function */
    bool has_data_count; /* section 12 was there */
    bool has_start;
    uint32_t start;
    uint32_t hidden_number;  /* N of the hidden exports */
    uint64_t const_elements; /* of arrays made by constant expressions */
    uint32_t *loop_weights;  /* of one round; 0: no branch goes back, or the loop is paid for in advance */
    uint32_t section_counts
        [SECTION_COUNT]; /* entries of the section; of types: groups; 0 also when it is missing */
};

/* Fills *m from the module's bytes. */
MUST_USE enum err wasm_scan(struct span module, struct wasm_module *m, struct problem *p);
/* Decides `charged` and `weight` of every function, so that each cycle of calls has a charged function in it and a function that is
 * not charged costs at most WASM_WEIGHT_FREE, all it calls included. */
void wasm_weigh(struct wasm_module *m);
enum { WASM_WEIGHT_FREE = 128 };
/* Saturating: far above any fuel, and sums of two fit in an i32. */
static inline uint32_t weight_add(uint32_t a, uint32_t b) {
    return a > 1u << 28 || b > 1u << 28 ? 1u << 28 : a + b;
}
/* What a call of this defined function costs its caller, besides the call. */
static inline uint32_t call_weight(const struct wasm_function *f) { return f->charged ? 1 : f->weight; }

/* -- types.c: value types, limits, constant expressions ------------------------------------------------------------ */
void read_value_type(struct reader *r, const struct wasm_module *m);
void read_storage_type(struct reader *r, const struct wasm_module *m); /* a value type, i8 or i16 */
void read_heap_type(struct reader *r, const struct wasm_module *m);
void read_block_type(struct reader *r, const struct wasm_module *m);
struct wasm_limits {
    bool has_max;
    uint32_t min, max;
};
struct wasm_limits read_limits(struct reader *r, const char *what);
/* Its globals and functions must be among those that the module has so far. */
void read_constant(struct reader *r, struct wasm_module *m);
MUST_USE enum err wasm_read_types(struct reader *r, struct wasm_module *m);

/* -- instructions.c -------------------------------------------------------------------------------------------------- */

struct wasm_instruction {
    const struct wasm_opcode *row;
    uint32_t opcode;
    const uint8_t *start, *immediates, *end; /* all of its bytes; where its immediates begin */
    uint32_t label;                          /* IMM_LABEL, IMM_DELEGATE, IMM_BR_ON_CAST */
    uint32_t index;   /* IMM_CALL, IMM_LOCAL; the number of operands of IMM_TYPE_COUNT */
    int32_t constant; /* IMM_I32 */
};
/* The next instruction, its immediates read and their indices checked. Labels of br_table and try_table, being lists, are
 * read again by who needs them: each_label(). `local_count` bounds IMM_LOCAL. */
bool read_instruction(struct reader *r, const struct wasm_module *m, uint32_t local_count,
                      struct wasm_instruction *ret);
bool instruction_is_constant(const struct wasm_instruction *i);

/* -- Bodies ------------------------------------------------------------------------------------------------------------ */

/* Indices of what the rewrite adds. */
struct wasm_added {
    uint32_t check_type, bulk_type, charge_type; /* () -> i32; (i32) -> i32; (i32) -> () */
    uint32_t table, fuel;                        /* the check's table; the global */
    uint32_t bulk_bytes, bulk, charge, refuel;   /* functions, see README.md */
    uint32_t refuel_type;                        /* () -> () */
};

/* weigh.c: the first pass over a body. Checks it; finds calls and loops that code branches back to. *edges: uint32_t; *loops: a
 * uint32_t for each loop so far, which becomes loop_weights. */
void code_scan(struct reader *r, struct wasm_module *m, struct wasm_function *f, struct buf *edges,
               struct buf *loops);
/* weigh.c: what a call of the function and a round of each of its loops cost, once that is known of the functions it calls. */
struct weighing;
struct weighing *weighing_new(struct wasm_module *m);
void weighing_free(struct weighing *w);
void code_weigh(struct weighing *w, struct wasm_function *f);
/* A loop whose round costs more pays from the fuel itself; others from the credit of their function. */
enum { LOOP_PAYS_ALONE = 256 };

/* code.c: the new body, without its length. */
void code_write(const struct wasm_module *m, const struct wasm_function *f, const struct wasm_added *added,
                struct buf *out);
/* The bodies of the functions that the rewrite adds, in the order of struct wasm_added, each with its length. */
enum { WASM_ADDED_FUNCTIONS = 4 };
void code_write_added(const struct wasm_added *added, struct buf *out);

#endif
