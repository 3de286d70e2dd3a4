/* Parameters and prepared state of canny_levels, seen by its row, canny's row and the kernels. */
#ifndef WSI_CANNY_H
#define WSI_CANNY_H

#include <stddef.h>
#include <stdint.h>

#include "common/param.h"
#include "edge.h"

enum { WSI_CANNY_RADIUS_MAX = 512 };

enum { WSI_CANNY_LEVELS = 0, WSI_CANNY_MAGNITUDE };

typedef struct wsi_canny_params {
    double sigma;
    wsi_floats low, high; /* n = 0: 0.1 and 0.2 */
    int use_quantiles;
    int mode; /* wsi_edge */
    double cval;
    int output;            /* of canny_levels, as is what follows */
    wsi_operand magnitude; /* whose quantiles are the thresholds */
} wsi_canny_params;

/* Sums are in float64; with `single` what a stage gives is rounded to float32, as the reference does of a float32
 * image. */
typedef struct wsi_canny_state {
    int radius, mode, single, is_signed;
    int output;   /* WSI_CANNY_MAGNITUDE: thresholds are not looked at */
    int share;    /* 1: the blurred image is divided by the share of each sum that lies within the image */
    double scale; /* of img_as_float */
    double cval, epsilon;
    double low, high;
    double inside;                           /* that share where all of a sum does */
    double weight[WSI_CANNY_RADIUS_MAX + 1]; /* of tap 0, 1, ... */
} wsi_canny_state;

/* Beyond the result on each side: the blur, the derivative, and the neighbours in the gradient's direction. */
static inline int64_t wsi_canny_reach(int64_t radius)
{
    return radius + 2;
}

/* Doubles from a row of the CPU's scratch to the next, for a result of w columns. */
static inline int64_t wsi_canny_stride(int64_t radius, int64_t w)
{
    return (w + 2 * wsi_canny_reach(radius) + 15) / 8 * 8;
}

enum {
    WSI_CANNY_SMOOTH = 3, /* rows of the blurred image, */
    WSI_CANNY_EDGES = 9,  /* and of both derivatives and the magnitude, that are kept, */
    WSI_CANNY_LINES = 6   /* and that are worked on */
};

/* Doubles from a row of a plane on a GPU to the next. */
static inline int64_t wsi_canny_pitch(int64_t columns)
{
    return (columns + 15) / 16 * 16;
}

#endif
