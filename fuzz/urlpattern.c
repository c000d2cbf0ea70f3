/* A constructor string, or fields between newlines, and an input: nothing is out of bounds; the normal form of a component is
 * a pattern again, and its own normal form. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "http/urlpattern.h"
#include "text/utf8.h"

static void is_stable(const struct urlpattern *p, struct arena *a) {
    struct urlpattern_init init = {0};
    struct urlpattern *again;
    struct urlpattern_failure f;
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++) init.field[i] = urlpattern_text(p, (enum urlpattern_at)i);
    if (urlpattern_new(SPAN_NONE, &init, false, URLPATTERN_SPECIAL, a, &again, &f))
        return; /* canonical twice may be refused */
    urlpattern_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 2000) return 0;
    unsigned how = data[0];
    char text[6000];
    struct span rest = span_make(text, utf8_to_utf8(span_make(data + 1, size - 1), text));
    struct span first = span_cut(&rest, '\n');
    struct urlpattern_init init = {0};
    struct arena a = ARENA_INIT;
    for (int i = 0; i < URLPATTERN_FIELDS && rest.ptr; i++) {
        struct span field = span_cut(&rest, '\n');
        if (how & 1 || i == URLPATTERN_BASE) init.field[i] = field;
    }
    struct urlpattern *p;
    struct urlpattern_failure f;
    struct urlpattern_input input;
    if (!urlpattern_new(how & 1 ? SPAN_NONE : arena_copy(&a, first), &init, how & 2, URLPATTERN_NOT_SPECIAL,
                        &a, &p, &f)) {
        struct span url = rest.ptr ? rest : SPAN("https://example.com/a/b/c?d#e");
        if (!urlpattern_input_url(&a, url, SPAN_NONE, &input)) {
            for (int i = 0; i < URLPATTERN_COMPONENTS; i++) {
                enum urlpattern_at at = (enum urlpattern_at)i;
                struct span *groups = arena_alloc(&a, (urlpattern_group_count(p, at) + 1) * sizeof *groups);
                bool matches = false, again = false;
                if (urlpattern_has_regexp(p, at)) continue;
                enum err e = urlpattern_match(p, at, input.part[i], groups, &matches);
                check(urlpattern_match(p, at, input.part[i], NULL, &again) == e && again == matches);
                for (size_t k = 0; !e && matches && k < urlpattern_group_count(p, at); k++)
                    check(!groups[k].ptr || groups[k].len <= input.part[i].len);
            }
        }
        is_stable(p, &a);
        check(urlpattern_compare(p, p, URLPATTERN_PATHNAME) == 0);
        urlpattern_free(p);
    }
    arena_free(&a);
    return 0;
}
