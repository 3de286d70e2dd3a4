/* Parameters and prepared state of `threshold_local`, seen by its row and its kernels. It is another filter and an
 * offset: gaussian, the mean of a window (local.h), or median; the state holds what that filter reads. */
#ifndef WSI_THRESHOLD_LOCAL_H
#define WSI_THRESHOLD_LOCAL_H

#include "gaussian.h"
#include "local.h"
#include "median.h"

typedef enum wsi_threshold_method {
    WSI_THRESHOLD_GAUSSIAN = 0,
    WSI_THRESHOLD_MEAN,
    WSI_THRESHOLD_MEDIAN
} wsi_threshold_method;

typedef struct wsi_threshold_local_params {
    wsi_floats block_size;
    wsi_floats sigma; /* the gaussian's; none: (block_size - 1) / 6 */
    double offset, cval;
    int method; /* wsi_threshold_method */
    int mode;   /* wsi_edge */
} wsi_threshold_local_params;

typedef struct wsi_threshold_local_state {
    wsi_gaussian_params gaussian_params;
    wsi_median_params median_params;
    float offset;
    wsi_local_state mean;
    wsi_median_state median;
    wsi_gaussian_state gaussian;
} wsi_threshold_local_state;

/* Medians in the image's own type before they become float32: bytes of a row, and of w x h in front of scratch. */
static inline size_t wsi_threshold_local_row(int64_t w, wsi_pixfmt fmt)
{
    return ((size_t)w * wsi_pixfmt_size(fmt) + 63) / 64 * 64;
}

static inline size_t wsi_threshold_local_plane(int64_t w, int64_t h, wsi_pixfmt fmt)
{
    return (wsi_threshold_local_row(w, fmt) * (size_t)h + 255) / 256 * 256;
}

#endif
