/* Parameters, prepared state and scratch of erosion, dilation, opening and closing, seen by their rows and their
 * kernels. */
#ifndef WSI_MORPHOLOGY_H
#define WSI_MORPHOLOGY_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "edge.h"
#include "footprint.h"

typedef struct wsi_morphology_params {
    wsi_footprint_params footprint;
    int mode; /* wsi_edge */
    double cval;
} wsi_morphology_params;

typedef struct wsi_morphology_state {
    wsi_footprint footprint, mirrored;
    wsi_edge mode;                             /* REFLECT to CONSTANT */
    unsigned char outside_min[sizeof(double)]; /* CONSTANT's sample for an erosion, */
    unsigned char outside_max[sizeof(double)]; /* and for a dilation */
} wsi_morphology_state;

/* From this many rows on, a rectangle's vertical pass uses van Herk's and Gil and Werman's method. */
enum { WSI_MORPHOLOGY_TALL = 8 };

static inline size_t wsi_morphology_round(size_t bytes)
{
    return (bytes + 63) / 64 * 64 + 64; /* one more line: rows do not start a multiple of a page apart */
}

/* Bytes of a row of w pixels with the footprint's reach on both sides. */
static inline size_t wsi_morphology_row(int64_t w, int64_t rx, wsi_pixfmt fmt)
{
    return wsi_morphology_round((size_t)(w + 2 * rx) * wsi_pixfmt_size(fmt));
}

/* What scratch depends on. */
typedef struct wsi_morphology_size {
    int64_t columns, rows; /* of the footprint */
    int box;               /* all rows are alike */
} wsi_morphology_size;

/* Scratch of one erosion or dilation with w columns of output: an extended row, its doubled minima, a chord, a
 * pixel of the outside, and for tall rectangles two blocks of rows and one running row. */
static inline size_t wsi_morphology_stage(wsi_morphology_size f, int64_t w, wsi_pixfmt fmt)
{
    const size_t rows = 2 * (size_t)(f.rows / 2) + 1;
    return wsi_morphology_row(w, f.columns / 2, fmt) * (4 + (f.box && rows >= WSI_MORPHOLOGY_TALL ? 2 * rows + 1 : 0));
}

#endif
