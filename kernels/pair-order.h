/* The order in which a Python set gives pairs of whole numbers.
 *
 * scikit-image walks such a set where it leaves out overlapping blobs, and which stay depends on the order. A set has
 * its members by their hash in a table whose size follows from how many were added. Members that want the same place
 * come to lie as they were added, which is taken to be in the order of the pairs. */
#ifndef WSI_PAIR_ORDER_H
#define WSI_PAIR_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "common/error-private.h"

/* i < j. */
typedef struct wsi_pair {
    uint64_t place;
    int64_t i, j;
} wsi_pair;

enum { WSI_PAIRS_FEW = 1 << 20 };

/* Size of the table less one, after so many were added. */
uint64_t wsi_pairs_mask(uint64_t count);
/* The place that a pair wants: `place` of one of very many, for which the table is not built. */
uint64_t wsi_pair_wants(int64_t i, int64_t j, uint64_t mask);
/* By place, then by i and j. */
void wsi_pairs_sort(wsi_pair *pairs, size_t count);
/* Sets the places of all members of a set, WSI_PAIRS_FEW at most, as they come to lie, and sorts them. */
wsi_status wsi_pairs_order(wsi_pair *pairs, size_t count, wsi_error *err);

#endif
