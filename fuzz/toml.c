/* conf_parse_toml on arbitrary bytes. What it accepts must come out of the JSON writer as JSON that our own strict
 * parser takes, and refusals must say where. */
#include "base/check.h"
#include "conf/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    const struct conf *root, *again;
    struct problem p = {0};
    enum err e = conf_parse_toml(&arena, "f", span_make(data, size), &root, &p);
    if (e) {
        check(p.code == e && p.text[0] == 'f');
    } else {
        struct buf json = BUF_INIT;
        struct json_writer w = JSON_WRITER(&json);
        json_conf(&w, root);
        e = conf_parse_json(&arena, "f", buf_span(&json), &again, &p);
        check((!e && conf_count(again) == conf_count(root)) || e == ERR_TOO_LARGE);
        buf_free(&json);
    }
    arena_free(&arena);
    return 0;
}
