/* Leaving out blobs that overlap larger ones. */
#ifndef WSI_BLOB_PRUNE_H
#define WSI_BLOB_PRUNE_H

#include "points.h"

/* Of each two points whose disks of radius sqrt(2) sigma[k] share more than `overlap` of the smaller one's area, the
 * one of smaller sigma goes (the first of two alike), pairs in the reference's order; what is gone leaves out no other.
 * The order of the rest stays. single: overlaps are computed in float32. NO_MEMORY: more than `memory` bytes and a
 * fixed 64 MiB would be needed. */
wsi_status wsi_blob_prune(wsi_points *points, const double *sigma, double overlap, int single, uint64_t memory,
                          wsi_error *err);

#endif
