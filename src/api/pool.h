/* The pool of api.h from the inside. */
#ifndef API_POOL_H
#define API_POOL_H

#include "api/api.h"

/* One that was made ahead, or NULL. Any thread. */
struct api *api_pool_take(struct api_pool *pool);
/* What the pool makes: an api without a Worker and without a loop; api_attach() comes next. Any thread. */
MUST_USE enum err api_blank(struct api **ret, struct problem *p);

#endif
