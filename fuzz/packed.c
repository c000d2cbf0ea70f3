/* Heads as JavaScript hands them to C (api/packed.h): whatever an isolate has written into its memory, reading it stays inside and gives
 * either nothing or a head whose every span lies in the arena. Then the way back: packing what was read and reading that again gives
 * the same. */
#include "api/packed.h"

#include "base/check.h"
#include "base/mem.h"
#include <string.h>

enum { FIELDS = 64 };

static void same(const struct head *a, const struct head *b) {
    check(span_eq(a->url, b->url) && span_eq(a->method, b->method) && a->field_count == b->field_count);
    for (size_t i = 0; i < a->field_count; i++) {
        check(span_eq_nocase(a->fields[i].name, b->fields[i].name));
        check(span_eq(a->fields[i].value, b->fields[i].value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    struct arena a = ARENA_INIT;
    struct http_field fields[FIELDS], again[FIELDS];
    struct head first, second;
    size_t count = (size - 1) / 2;
    uint16_t *text = mem_alloc(count * 2 + 1); /* aligned, and with an end that the sanitizer sees */
    memcpy(text, data + 1, count * 2);
    if (head_unpack(text, count, data[0], &a, fields, FIELDS, &first)) {
        struct buf packed = BUF_INIT;
        uint32_t at = head_pack(&first, 0, &packed);
        check(head_unpack((const uint16_t *)(const void *)packed.ptr, packed.len / 2, at, &a, again, FIELDS,
                          &second));
        same(&first, &second);
        buf_free(&packed);
    }
    mem_free(text);
    arena_free(&a);
    return 0;
}
