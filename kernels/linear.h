/* Prepared state of the filters that are one separable filter (separable.h) and a step on its outputs, seen by their
 * rows and their kernel. */
#ifndef WSI_LINEAR_H
#define WSI_LINEAR_H

#include "op.h"
#include "separable.h"

/* Verticals, terms and outputs, and kinds of their taps (y, x). */
typedef enum wsi_linear_shape {
    WSI_LINEAR_ANY = 0,  /* one term: any, any */
    WSI_LINEAR_ROWS,     /* one term: odd, even */
    WSI_LINEAR_COLUMNS,  /* one term: even, odd */
    WSI_LINEAR_SUM,      /* two terms, all even, to one output */
    WSI_LINEAR_GRADIENT, /* ROWS to output 0, COLUMNS to output 1 */
    WSI_LINEAR_WAVE      /* verticals even and odd; terms (0, even), (0, odd), (1, even), (1, odd): the first and last
                            to output 0, the others to output 1 */
} wsi_linear_shape;

/* What becomes of the outputs o0, o1 (px/linear-px.h). */
typedef enum wsi_linear_finish {
    WSI_LINEAR_PLAIN = 0, /* o0 */
    WSI_LINEAR_CLIP,      /* o0 within a..b */
    WSI_LINEAR_TURN,      /* a * o0 + b * o1 */
    WSI_LINEAR_MODULUS    /* sqrt(a * (o0^2 + o1^2)) */
} wsi_linear_finish;

typedef struct wsi_linear_state {
    int shape, finish, mode, symmetric;
    int ry, rx; /* halo: at least the reach of all taps */
    float a, b;
    float outside, beside[2]; /* as in wsi_separable */
    wsi_tap_table y[2], x[4];
} wsi_linear_state;

/* The filter, whose taps point into the state. */
void wsi_linear_filter(const wsi_linear_state *s, wsi_separable *filter);

/* Scratch of a row with that halo, for the CPU and for a GPU, and whether a GPU takes it. */
size_t wsi_linear_scratch(wsi_linear_shape shape, wsi_halo halo, int channels, int64_t w);
size_t wsi_linear_cuda_scratch(wsi_linear_shape shape, wsi_halo halo, int channels, int64_t w, int64_t h);

#endif
