/* What hessian_matrix without Gaussian derivatives, hessian_matrix_det and shape_index share: an image smoothed by a
 * Gaussian, of which differences of differences are taken, all in float64: shape_index is a quotient of small ones. */
#ifndef WSI_DIFFERENCES_H
#define WSI_DIFFERENCES_H

#include "op.h"
#include "px/px.h"

enum { WSI_DIFFERENCES_SIGMA_MAX = 100, WSI_DIFFERENCES_RADIUS_MAX = 4 * WSI_DIFFERENCES_SIGMA_MAX + 1 };

typedef enum wsi_differences_result {
    WSI_DIFFERENCES_MATRIX = 0, /* three channels */
    WSI_DIFFERENCES_DETERMINANT,
    WSI_DIFFERENCES_SHAPE_INDEX
} wsi_differences_result;

/* Of all three; each has rows for its own. */
typedef struct wsi_hessian_params {
    double sigma, cval;
    int mode;  /* wsi_edge */
    int order; /* hessian_matrix; 1: xy */
    int use_gaussian_derivatives;
    int approximate; /* hessian_matrix_det */
} wsi_hessian_params;

typedef struct wsi_differences_state {
    int result; /* wsi_differences_result */
    int mode;   /* wsi_edge */
    int columns_first;
    int radius;
    double scale; /* of img_as_float */
    double cval;  /* CONSTANT: beyond the input after that factor, and beyond what is summed */
    double w[WSI_DIFFERENCES_RADIUS_MAX + 1];
} wsi_differences_state;

void wsi_differences_prepare(const wsi_hessian_params *p, wsi_dtype type, wsi_differences_result result,
                             wsi_differences_state *s);
/* For rows whose parameters are wsi_hessian_params. */
wsi_halo wsi_differences_halo(const void *params);
size_t wsi_differences_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_differences_cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);

/* Scratch of the CPU, in float64 values from its start, for results w pixels across. */
typedef struct wsi_differences_layout {
    int64_t stride;          /* of a row of any of them: as many columns as sums along y */
    int64_t window, sums;    /* 2 radius + 1 rows of the source; a row of sums along y */
    int64_t smooth, derived; /* five rows of the smoothed image; seven of its differences and the result */
    size_t bytes;
} wsi_differences_layout;

enum { WSI_SMOOTH_ROWS = 5, WSI_DERIVED_ROWS = 7 };

static inline wsi_differences_layout wsi_differences_plan(int radius, int64_t w)
{
    wsi_differences_layout l;
    l.stride = (w + 4 + 2 * (int64_t)radius + 7) / 8 * 8;
    l.window = 0;
    l.sums = (2 * (int64_t)radius + 1) * l.stride;
    l.smooth = l.sums + l.stride;
    l.derived = l.smooth + WSI_SMOOTH_ROWS * l.stride;
    l.bytes = (size_t)(l.derived + WSI_DERIVED_ROWS * l.stride) * sizeof(double);
    return l;
}

/* hessian_matrix_det from boxes: sides of the reference's boxes, and what is prepared of them. */
typedef struct wsi_box_state {
    int size;    /* int(3 sigma), the longer side of a middle box */
    int third;   /* size / 3 */
    int half;    /* (size - 1) / 2 */
    int precise; /* 1: float64 results as they are; they are rounded to float32 otherwise */
    double scale, per_area;
} wsi_box_state;

wsi_box_state wsi_box_prepare(double sigma, wsi_dtype type);

/* Sums over rows that boxes are made of: `rows` rows below row y + from. */
enum { WSI_BOX_SUMS = 5 };
typedef struct wsi_box_rows {
    int from, rows;
} wsi_box_rows;

enum { WSI_BOX_ABOVE = 0, WSI_BOX_BELOW, WSI_BOX_WIDE, WSI_BOX_TALL, WSI_BOX_SIDE };

static WSI_HD wsi_box_rows wsi_box_rows_of(const wsi_box_state *s, int sum)
{
    const wsi_box_rows all[WSI_BOX_SUMS] = {{-s->third, s->third},
                                            {1, s->third},
                                            {1 - s->third, 2 * s->third - 1},
                                            {-s->half, s->size},
                                            {-(s->third / 2), s->third}};
    return all[sum];
}

/* Scratch of the CPU: 2 size + 1 rows of the source, the sums, and boxes, each `stride` float64 values long. */
enum { WSI_BOXES = 8 };
static inline int64_t wsi_box_stride(int size, int64_t w)
{
    return (w + 3 * (int64_t)size + 8) / 8 * 8;
}

#endif
