/* What the rows of resize and pyramid_reduce share. */
#ifndef WSI_RESAMPLE_PRIVATE_H
#define WSI_RESAMPLE_PRIVATE_H

#include "op-private.h"
#include "resample.h"

/* SciPy's radius of a Gaussian with truncate 4. */
int wsi_resample_radius(double sigma);
/* Zoom and blur of both axes, whose sizes are given, before and after. */
void wsi_resample_axes(wsi_resample_state *s, int64_t w, int64_t h, double sigma_x, double sigma_y);
size_t wsi_resample_cuda_scratch(int64_t w, int64_t h, int channels, int down, int up, int radius);

/* A parameter that both have; PARAMS is the row's struct. */
#define WSI_RESAMPLE_RANGE(PARAMS)                                                                                     \
    {                                                                                                                  \
        .name = "preserve_range", .unit = "",                                                                          \
        .help = "Keep an integer image's own scale instead of bringing it to 0..1.",                                   \
        .offset = offsetof(PARAMS, preserve_range), .type = WSI_PARAM_BOOL, .def = "false"                             \
    }

/* What both rows have in common. */
#define WSI_RESAMPLE_ROW                                                                                               \
    .module = "transform", .complexity = "O(1) a pixel of the input", .params = params,                                \
    .param_count = WSI_COUNT(params), .state_size = sizeof(wsi_resample_state), .exactness = WSI_TOLERANCE,            \
    .tolerance = 1e-6, .backends_exact = 1, .scale = scale, .halo = halo, .scratch = scratch, .prepare = prepare,      \
    .prepare_size = prepare_size, .kernel = kernel, .cuda = WSI_CUDA(resample), .cuda_scratch = cuda_scratch

#endif
