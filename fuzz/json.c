/* conf_parse_json and _jsonc on arbitrary bytes. What strict JSON accepts, the lenient parser accepts too; written
 * out and parsed again it gives the same text. */
#include "base/check.h"
#include "conf/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_tree(const struct conf *root, struct buf *out) {
    struct json_writer w = JSON_WRITER(out);
    json_conf(&w, root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    const struct conf *strict, *lenient, *again;
    struct span text = span_make(data, size);
    enum err e = conf_parse_json(&arena, "f", text, &strict, NULL);
    enum err e2 = conf_parse_jsonc(&arena, "f", text, &lenient, NULL);
    check(e || !e2);
    if (!e2) {
        struct buf first = BUF_INIT, second = BUF_INIT;
        write_tree(lenient, &first);
        check(conf_parse_json(&arena, "f", buf_span(&first), &again, NULL) == ERR_OK);
        write_tree(again, &second);
        check(span_eq(buf_span(&first), buf_span(&second)));
        buf_free(&first);
        buf_free(&second);
    }
    arena_free(&arena);
    return 0;
}
