/* Any bytes as an item, a list, a dictionary: what is accepted is written, and what is written is read as the same again. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "http/structured_fields.h"

static void round_trip(struct span s, bool keyed) {
    struct arena a = ARENA_INIT;
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct sf_item *first;
    if (!(keyed ? sf_parse_dictionary(&a, s, &first) : sf_parse_list(&a, s, &first))) {
        check(!(keyed ? sf_write_dictionary(first, &once) : sf_write_list(first, &once)));
        check(!(keyed ? sf_parse_dictionary(&a, buf_span(&once), &first)
                      : sf_parse_list(&a, buf_span(&once), &first)));
        check(!(keyed ? sf_write_dictionary(first, &twice) : sf_write_list(first, &twice)));
        check(span_eq(buf_span(&once), buf_span(&twice)));
    }
    buf_free(&once);
    buf_free(&twice);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena a = ARENA_INIT;
    struct sf_item item;
    struct span s = span_make(data, size);
    (void)!sf_parse_item(&a, s, &item);
    arena_free(&a);
    round_trip(s, false);
    round_trip(s, true);
    return 0;
}
