/* wasm_meter IN.wasm OUT.wasm: for tests and benchmarks, and to look at what a module becomes. */
#include <stdio.h>

#include "base/limits.h"
#include "wasm/wasm.h"

static bool read_file(const char *path, struct buf *out) {
    FILE *f = fopen(path, "rb");
    size_t n = 1;
    while (f && n && out->len <= LIMIT_WORKER_SCRIPT_BYTES) {
        n = fread(buf_reserve(out, 65536), 1, 65536, f);
        buf_added(out, n);
    }
    bool read = f && !ferror(f);
    if (f) fclose(f);
    return read;
}

static bool write_file(const char *path, const struct buf *b) {
    FILE *f = fopen(path, "wb");
    bool written = f && fwrite(b->ptr, 1, b->len, f) == b->len;
    return f && fclose(f) == 0 && written;
}

int main(int argc, char **argv) {
    struct buf in = BUF_INIT, out = BUF_INIT;
    struct problem p;
    int status = 1;
    if (argc != 3)
        fprintf(stderr, "usage: wasm_meter IN.wasm OUT.wasm\n");
    else if (!read_file(argv[1], &in))
        perror(argv[1]);
    else if (wasm_meter(buf_span(&in), &out, &p))
        fprintf(stderr, "%s: %s\n", argv[1], p.text);
    else if (!write_file(argv[2], &out))
        perror(argv[2]);
    else
        status = 0;
    buf_free(&in);
    buf_free(&out);
    return status;
}
