/* Which functions charge for being called.
 *
 * Code outside loops is paid for by whoever runs it: a loop pays for the functions that it calls, as far as they do not
 * pay for themselves. So small functions cost nothing. A function must pay itself when it can be part of a cycle of calls, or when
 * it is long.
 *
 * Cycles: a function that calls what nobody can name here (an import, a table's entry, a reference) pays, so a cycle that leaves
 * the module or goes through a table has somebody who pays. Any other cycle is made of direct calls only, and a depth-first walk
 * over them meets it as an edge back to a function that it is still inside of: that function pays. What is left are calls without
 * cycles, walked from the leaves up, so every callee's weight is known when its caller's is added up. */
#include "base/mem.h"
#include "wasm/module.h"

enum { WHITE, GREY, BLACK };

struct visit {
    uint32_t function, next_edge;
};

static void finish(struct weighing *w, struct wasm_function *f) {
    code_weigh(w, f);
    if (f->open || f->weight > WASM_WEIGHT_FREE) f->charged = true;
}

/* Not by recursion: a chain of calls may be as long as the module has functions. */
static void walk(struct wasm_module *m, struct weighing *w, uint32_t root, uint8_t *colours,
                 struct visit *stack) {
    size_t depth = 0;
    stack[depth++] = (struct visit){root, 0};
    colours[root] = GREY;
    while (depth) {
        struct visit *top = &stack[depth - 1];
        struct wasm_function *f = &m->functions[top->function];
        if (top->next_edge == f->edge_count) {
            finish(w, f);
            colours[top->function] = BLACK;
            depth--;
            continue;
        }
        uint32_t callee = m->edges[f->first_edge + top->next_edge++];
        if (colours[callee] == GREY) m->functions[callee].charged = true;
        if (colours[callee] != WHITE) continue;
        colours[callee] = GREY;
        stack[depth++] = (struct visit){callee, 0};
    }
}

void wasm_weigh(struct wasm_module *m) {
    uint8_t *colours = mem_array(m->defined_count + 1, 1);
    struct visit *stack = mem_array(m->defined_count + 1, sizeof *stack);
    struct weighing *w = weighing_new(m);
    for (uint32_t i = 0; i < m->defined_count; i++)
        if (colours[i] == WHITE) walk(m, w, i, colours, stack);
    weighing_free(w);
    mem_free(colours);
    mem_free(stack);
}
