/* The pool of api.h from the inside. */
#ifndef API_POOL_H
#define API_POOL_H

#include "api/api.h"

/* One that was made ahead, or NULL. */
struct api *api_pool_take(struct api_pool *pool);
/* What the pool makes: without a Worker. Its config has the loop only. */
MUST_USE enum err api_blank(struct loop *loop, struct api **ret, struct problem *p);

#endif
