/* What the rows of the conversions between colour spaces share. */
#ifndef WSI_COLOUR_PRIVATE_H
#define WSI_COLOUR_PRIVATE_H

#include "colour.h"
#include "op-private.h"

/* Parameters of the conversions from and to Lab: rows of their tables. */
typedef struct wsi_colour_params {
    int illuminant, observer; /* indices of the names below */
} wsi_colour_params;

extern const char *const wsi_illuminants[], *const wsi_observers[];

#define WSI_COLOUR_WHITE_ROWS                                                                                          \
    {.name = "illuminant",                                                                                             \
     .unit = "",                                                                                                       \
     .help = "Light whose colour is white.",                                                                           \
     .offset = offsetof(wsi_colour_params, illuminant),                                                                \
     .type = WSI_PARAM_ENUM,                                                                                           \
     .def = "D65",                                                                                                     \
     .names = wsi_illuminants},                                                                                        \
    {                                                                                                                  \
        .name = "observer", .unit = "", .help = "Field of view in degrees, or R for the values of R's grDevices.",     \
        .offset = offsetof(wsi_colour_params, observer), .type = WSI_PARAM_ENUM, .def = "2", .names = wsi_observers    \
    }

/* What the rows have in common; the kernel's name is on both back ends the same. */
#define WSI_COLOUR_ROW(name)                                                                                           \
    .module = "color", .edge = "none", .complexity = "O(1) a pixel", .state_size = sizeof(wsi_colour_state),           \
    .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1, .stores_any = 1,                               \
    .resolve = wsi_colour_resolve, .kernel = kernel, .cuda = WSI_CUDA(name)

/* And of those with a white point. */
#define WSI_COLOUR_WHITE_ROW(name)                                                                                     \
    WSI_COLOUR_ROW(name), .params = params, .param_count = WSI_COUNT(params), .params_size = sizeof(wsi_colour_params)

/* wsi_op.resolve: three channels to three of float32. */
wsi_status wsi_colour_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);
/* wsi_op.prepare of conversions without constants. */
wsi_status wsi_colour_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);
/* The same of those that know a white point alone. */
wsi_status wsi_colour_prepare_white(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);

/* CIE XYZ of linear sRGB. */
extern const double wsi_xyz_from_rgb[3][3];
/* Luma and colour differences of RGB, before 16, 128 and 128 are added. */
extern const double wsi_ycbcr_from_rgb[3][3];
/* The white point's X, Y, Z. */
const double *wsi_colour_white(const wsi_colour_params *params);
/* Fills state->linear. */
void wsi_colour_tabulate(wsi_colour_state *state);

#endif
