/* Threads for the last step of whole operations (whole.h): the items of a list, each to whoever is free. */
#ifndef WSI_CREW_H
#define WSI_CREW_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/team.h"

enum { WSI_CREW_MAX = 256 };

/* Work on item i (0 .. count - 1). worker: 0 .. threads - 1, no two of the same number at a time. */
typedef wsi_status (*wsi_crew_fn)(void *user, int worker, int64_t i, wsi_error *err);

typedef struct wsi_crew {
    int threads;              /* at a time, WSI_CREW_MAX at most */
    int64_t count;            /* items, taken in order */
    const atomic_int *cancel; /* may be NULL; non-zero: no further item is begun, CANCELLED */
    wsi_crew_fn item;
    void *user;
    wsi_team *team; /* whose threads do it, the calling one being none of them; NULL: threads started for it */
} wsi_crew;

/* Returns when all items are done, or those begun before the first error, which it gives. */
wsi_status wsi_crew_run(const wsi_crew *crew, wsi_error *err);

/* How many threads there is memory for, `each` bytes a thread: at least 1. NO_MEMORY when there is none for a single
 * one; `what` begins the message. */
wsi_status wsi_crew_afford(const char *what, int threads, uint64_t each, uint64_t memory, int *affords, wsi_error *err);

#endif
