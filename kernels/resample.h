/* Resampling to a regular grid of another size, after an optional Gaussian blur: what resize and pyramid_reduce share.
 *
 * Result pixel i of an axis lies at (i + 0.5) * zoom - 0.5 of the input, zoom = the input's size / the result's, as
 * SciPy's zoom has it with grid_mode. So positions depend on the whole image's size where that is no multiple of the
 * factor. The blurred input is read there by linear interpolation, or at the nearest pixel; blur and interpolation are
 * one sum along y, then one along x. */
#ifndef WSI_RESAMPLE_H
#define WSI_RESAMPLE_H

#include "separable.h"

enum { WSI_RESAMPLE_FACTOR_MAX = 64, WSI_RESAMPLE_SIGMA_MAX = 64 };

typedef struct wsi_resize_params {
    wsi_floats anti_aliasing_sigma; /* of rows and columns; one: of both; none: by the factor */
    int64_t factor;
    int order; /* index of the row's names */
    int enlarge, mode, anti_aliasing, preserve_range;
} wsi_resize_params;

typedef struct wsi_pyramid_params {
    int64_t downscale, order;
    double sigma; /* 0: 2 * downscale / 6 */
    int mode, preserve_range;
    double cval;
} wsi_pyramid_params;

typedef struct wsi_resample_axis {
    double zoom;
    int radius; /* of the blur; 0: none */
    wsi_tap_table blur;
} wsi_resample_axis;

typedef struct wsi_resample_state {
    wsi_resample_axis y, x;
    int up, down; /* of the row's scale */
    int order;    /* 0: nearest, 1: linear */
    int mode;     /* wsi_edge */
    int symmetric;
    int blur, copy;        /* resize: whether it blurs; 1: results are pixels of the input as they are, of its type */
    float outside, beside; /* CONSTANT's value: of the input, and of sums along y */
    double scale;          /* in the taps along y */
} wsi_resample_state;

/* Lengths of the CPU's scratch, in floats, and where they lie. */
typedef struct wsi_resample_layout {
    size_t line, row, out, weights, starts, floats;
} wsi_resample_layout;

static inline size_t wsi_resample_pad(size_t n)
{
    return (n + 15) / 16 * 16;
}

/* Columns of the input that w pixels of a result read, at most. */
static inline int64_t wsi_resample_columns(int64_t w, int down, int up, int radius)
{
    return w * down / up + 2 * (int64_t)radius + down + 4;
}

static inline wsi_resample_layout wsi_resample_plan(int64_t w, int channels, int down, int up, int radius)
{
    const size_t line = wsi_resample_pad((size_t)(wsi_resample_columns(w, down, up, radius) * channels));
    wsi_resample_layout l;
    l.line = 0;
    l.row = line;
    l.out = 2 * line;
    l.weights = l.out + wsi_resample_pad((size_t)w * (size_t)channels);
    l.starts = l.weights + wsi_resample_pad((size_t)w * (size_t)(2 * radius + 2));
    l.floats = l.starts + wsi_resample_pad((size_t)w);
    return l;
}

#endif
