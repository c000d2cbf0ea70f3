/* A hash map from byte strings, or from 64-bit numbers, to pointers. Keys are copied in; values are the
 * caller's. Open addressing, grows by doubling, deletes without tombstones. One owner, not thread-safe.
 * Iteration order is unspecified; do not add or remove while iterating. NULL is not a value. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/span.h"

struct map;

struct map *map_new(void);
void map_free(struct map *m); /* NULL is fine; values are left alone */
size_t map_count(const struct map *m);

void *map_get(const struct map *m, struct span key); /* NULL when absent */
/* Returns the value that was there before, or NULL. */
void *map_put(struct map *m, struct span key, void *value);
void *map_remove(struct map *m, struct span key);

void *map_get_u64(const struct map *m, uint64_t key);
void *map_put_u64(struct map *m, uint64_t key, void *value);
void *map_remove_u64(struct map *m, uint64_t key);

/* size_t at = 0; while (map_each(m, &at, &key, &value)) ... key may be NULL. */
bool map_each(const struct map *m, size_t *at, struct span *ret_key, void **ret_value);

#endif
