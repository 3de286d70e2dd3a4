/* What the rows of filters on kernels/linear.h share. */
#ifndef WSI_LINEAR_PRIVATE_H
#define WSI_LINEAR_PRIVATE_H

#include "cuda/separable-cuda.h"
#include "linear.h"
#include "op-private.h"

/* Parameters that name an axis' own value: the last of a list of one or two, [rows, columns]. */
static inline double wsi_axis_value(const wsi_floats *list, int axis)
{
    return list->v[list->n > 1 ? axis : 0];
}

/* Radius of a Gaussian's samples: floor(truncate * sigma + 0.5), 0 for no blur. */
int64_t wsi_linear_radius(double sigma, double truncate);
/* Refuses a radius that no table of taps holds. */
wsi_status wsi_linear_check_radius(int64_t radius, const char *name, wsi_error *err);
/* What all states have: shape, edges, halo. cval on the scale of the result of img_as_float (scale: its factor). */
void wsi_linear_begin(wsi_linear_state *s, wsi_linear_shape shape, int mode, double cval, double scale, wsi_halo halo);

/* Defines scratch and cuda_scratch for a row whose halo() is defined. */
#define WSI_LINEAR_SCRATCH(SHAPE)                                                                                      \
    static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)                       \
    {                                                                                                                  \
        (void)inputs, (void)h;                                                                                         \
        return wsi_linear_scratch(SHAPE, halo(p), in[0].channels, w);                                                  \
    }                                                                                                                  \
    static size_t cuda_scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)                  \
    {                                                                                                                  \
        (void)inputs;                                                                                                  \
        return wsi_linear_cuda_scratch(SHAPE, halo(p), in[0].channels, w, h);                                          \
    }                                                                                                                  \
    static int cuda_supports(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt out)                          \
    {                                                                                                                  \
        (void)inputs, (void)out;                                                                                       \
        return wsi_separable_cuda_takes((int)halo(p).x, in[0].channels);                                               \
    }

/* What rows of filters in float32 have in common. */
#define WSI_FILTER_ROW(TOLERANCE)                                                                                      \
    .module = "filters", .exactness = WSI_TOLERANCE, .tolerance = TOLERANCE, .backends_exact = 1, .stores_any = 1,     \
    .resolve = wsi_resolve_float, .halo = halo, .scratch = scratch, .prepare = prepare, .kernel = kernel

#define WSI_LINEAR_ROW(TOLERANCE)                                                                                      \
    WSI_FILTER_ROW(TOLERANCE), .state_size = sizeof(wsi_linear_state), .cuda = WSI_CUDA(linear),                       \
                               .cuda_supports = cuda_supports, .cuda_scratch = cuda_scratch

#define WSI_LINEAR_MODE(FIELD_, DEFAULT)                                                                               \
    {                                                                                                                  \
        .name = "mode", .unit = "", .help = "How the image goes on beyond its edges (wrap is not offered).",           \
        .offset = FIELD_, .type = WSI_PARAM_ENUM, .def = DEFAULT, .names = wsi_edge_names_filter                       \
    }
#define WSI_LINEAR_CVAL(FIELD_, UNIT, HELP)                                                                            \
    {                                                                                                                  \
        .name = "cval", .unit = UNIT, .help = HELP, .offset = FIELD_, .type = WSI_PARAM_FLOAT, .def = "0",             \
        .min = -1e9, .max = 1e9                                                                                        \
    }
#define WSI_LINEAR_KEEP(FIELD_)                                                                                        \
    {                                                                                                                  \
        .name = "preserve_range", .unit = "", .help = "Keep an integer image's own scale; false brings it to 0..1.",   \
        .offset = FIELD_, .type = WSI_PARAM_BOOL, .def = "true"                                                        \
    }

#endif
