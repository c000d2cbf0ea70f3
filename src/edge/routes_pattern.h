/* One route pattern, taken apart (edge/routes.h has the grammar). Pure function, any thread. */
#ifndef EDGE_ROUTES_PATTERN_H
#define EDGE_ROUTES_PATTERN_H

#include "base/arena.h"
#include "base/err.h"

enum route_scheme { ROUTE_ANY_SCHEME, ROUTE_HTTP_ONLY, ROUTE_HTTPS_ONLY };

struct route_pattern {
    struct span text; /* as written */
    struct span host; /* normalised, without the leading `*`; "" for the pattern `*` */
    struct span path; /* begins with "/", without the trailing `*` */
    bool any_host, any_path;
    enum route_scheme scheme;
};

/* The spans live in `a`. ERR_INVALID with a problem that quotes the pattern and says what is wrong. */
MUST_USE enum err route_pattern_parse(struct span text, struct arena *a, struct route_pattern *ret,
                                      struct problem *p);

#endif
