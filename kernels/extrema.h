/* Parameters and whole operations of `reconstruction`, `h_maxima`, `h_minima`, `local_maxima`, `local_minima`. */
#ifndef WSI_EXTREMA_H
#define WSI_EXTREMA_H

#include <stdint.h>

#include "common/param.h"
#include "whole.h"

typedef enum wsi_neighbours { WSI_NEIGHBOURS_SQUARE = 0, WSI_NEIGHBOURS_DIAMOND } wsi_neighbours;

extern const char *const wsi_neighbours_names[]; /* of footprints of 3 x 3 pixels, in that order */

typedef struct wsi_reconstruction_params {
    wsi_operand mask;
    int method;    /* 0: dilation, 1: erosion */
    int footprint; /* wsi_neighbours */
} wsi_reconstruction_params;

typedef struct wsi_h_extrema_params {
    double h;
    int footprint; /* wsi_neighbours */
} wsi_h_extrema_params;

typedef struct wsi_local_extrema_params {
    int64_t connectivity;
    int allow_borders;
} wsi_local_extrema_params;

extern const wsi_whole wsi_whole_reconstruction;
extern const wsi_whole wsi_whole_h_maxima, wsi_whole_h_minima;
extern const wsi_whole wsi_whole_local_maxima, wsi_whole_local_minima;

/* The row of the parameter `footprint` of a struct `owner`. */
#define WSI_NEIGHBOURS_PARAM(owner)                                                                                    \
    {                                                                                                                  \
        .name = "footprint", .unit = "",                                                                               \
        .help = "Neighbours of a pixel: the 3x3 square's eight, or the 3x3 diamond's four.",                           \
        .offset = offsetof(owner, footprint), .type = WSI_PARAM_ENUM, .def = "square", .names = wsi_neighbours_names   \
    }

/* The whole tables of h-extrema (height: the word for what h measures) and of local extrema. */
#define WSI_H_EXTREMA_PARAMS(height)                                                                                   \
    {.name = "h",                                                                                                      \
     .unit = "image's own scale",                                                                                      \
     .help = "Least " height " of what is kept.",                                                                      \
     .offset = offsetof(wsi_h_extrema_params, h),                                                                      \
     .type = WSI_PARAM_FLOAT,                                                                                          \
     .def = "",                                                                                                        \
     .min = 0,                                                                                                         \
     .max = 1e300,                                                                                                     \
     .flags = WSI_PARAM_REQUIRED | WSI_PARAM_MIN_OPEN},                                                                \
        WSI_NEIGHBOURS_PARAM(wsi_h_extrema_params)
#define WSI_LOCAL_EXTREMA_PARAMS                                                                                       \
    {.name = "connectivity",                                                                                           \
     .unit = "",                                                                                                       \
     .help = "Neighbours of a pixel: 1 = the four beside it, 2 = all eight around it.",                                \
     .offset = offsetof(wsi_local_extrema_params, connectivity),                                                       \
     .type = WSI_PARAM_INT,                                                                                            \
     .def = "2",                                                                                                       \
     .min = 1,                                                                                                         \
     .max = 2},                                                                                                        \
    {                                                                                                                  \
        .name = "allow_borders", .unit = "", .help = "Whether plateaus that touch the slide's edge count.",            \
        .offset = offsetof(wsi_local_extrema_params, allow_borders), .type = WSI_PARAM_BOOL, .def = "true"             \
    }

/* For wsi_op.resolve: one channel in, a mask out. */
wsi_status wsi_resolve_extrema(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);

#endif
