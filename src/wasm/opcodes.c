#include "wasm/opcodes.h"

static const struct wasm_opcode opcodes[] = {
#define X(first, last, immediates, cost, trait) {first, last, immediates, cost, trait},
    WASM_OPCODES(X)
#undef X
};

const struct wasm_opcode *wasm_opcode(uint32_t opcode) {
    size_t low = 0, high = sizeof opcodes / sizeof *opcodes;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (opcode > opcodes[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof opcodes / sizeof *opcodes && opcode >= opcodes[low].first ? &opcodes[low] : NULL;
}

const char *wasm_opcode_family(uint32_t opcode) {
    uint32_t prefix = opcode >> 16, number = opcode & 0xffff;
    if (prefix == 0xfe) return "threads";
    if (prefix == 0xfc && number == 18) return "memory.discard";
    if (prefix == 0xfc && number >= 19 && number <= 22) return "wide arithmetic";
    if (prefix == 0xfb && number >= 0x80) return "stringref";
    if (!prefix && opcode >= 0xe0 && opcode <= 0xe6) return "stack switching";
    return "an instruction that is not known";
}
