/* What egress.c and fetch.c share. Private to them. */
#ifndef EDGE_FETCH_INSIDE_H
#define EDGE_FETCH_INSIDE_H

struct egress;

void fetches_free(struct egress *e);

#endif
