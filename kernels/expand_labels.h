/* Parameters, prepared state and scratch of `expand_labels`, seen by its row and its kernels.
 *
 * A pixel takes the label of the nearest labelled one within the distance: of several equally near ones that of the
 * least column, and of two in that column the upper. Both passes keep to this order: down each column the nearest row
 * (WSI_EXPAND_NONE: none), then along each row the nearest column with its row. */
#ifndef WSI_EXPAND_LABELS_H
#define WSI_EXPAND_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "common/param.h"

typedef struct wsi_expand_labels_params {
    double distance;
    wsi_floats spacing; /* rows, columns; or one for both */
} wsi_expand_labels_params;

typedef struct wsi_expand_labels_state {
    double row_step, column_step;
    double farthest; /* the greatest squared distance whose root is not above the distance */
    int64_t reach_x, reach_y;
} wsi_expand_labels_state;

/* In place of a row's distance: there is no label in reach. Above every distance in pixels. */
enum { WSI_EXPAND_NONE = 0x4000 };

/* Samples of a row with the reach on both sides. */
static inline size_t wsi_expand_samples(int64_t w, int64_t reach_x, int channels)
{
    return ((size_t)(w + 2 * reach_x) * (size_t)channels + 63) / 64 * 64;
}

#endif
