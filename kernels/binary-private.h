/* What the rows of the binary and the isotropic operations share. */
#ifndef WSI_BINARY_PRIVATE_H
#define WSI_BINARY_PRIVATE_H

#include "binary.h"
#include "morphology-private.h"

/* Parameters: wsi_morphology_params, whose mode is an index into this table's own names and whose cval is not used. */
enum { WSI_BINARY_PARAM_COUNT = WSI_FOOTPRINT_PARAM_COUNT + 1 };
extern const wsi_param wsi_binary_param_table[WSI_BINARY_PARAM_COUNT];

typedef struct wsi_isotropic_params {
    double radius;
    wsi_floats spacing; /* rows, columns; or one for both */
} wsi_isotropic_params;

enum { WSI_ISOTROPIC_PARAM_COUNT = 2 };
extern const wsi_param wsi_isotropic_param_table[WSI_ISOTROPIC_PARAM_COUNT];

/* A bool image of the input's channels. For wsi_op.resolve. */
wsi_status wsi_binary_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);

/* For the operations that begin with an erosion, and for those that begin with a dilation: the latter turn the
 * footprint round. */
wsi_status wsi_binary_prepare_erosion(const void *params, const wsi_pixfmt *in, int inputs, void *state,
                                      wsi_error *err);
wsi_status wsi_binary_prepare_dilation(const void *params, const wsi_pixfmt *in, int inputs, void *state,
                                       wsi_error *err);
/* What stands outside in a prepared state of truth values; mode: MIN, MAX or IGNORE. */
void wsi_binary_outside(wsi_edge mode, wsi_morphology_state *state);

/* Scratch of one stage and of two, on the CPU and on a device. */
size_t wsi_binary_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_binary_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_binary_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_binary_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
/* What the four are made of: scratch of the grey operation and the plane of truth values before it. */
typedef size_t (*wsi_binary_grey)(wsi_morphology_size f, int stages, wsi_pixfmt fmt, int64_t w, int64_t h);
size_t wsi_binary_scratch(wsi_binary_grey grey, wsi_morphology_size f, int stages, wsi_pixfmt in, int64_t w, int64_t h);

wsi_status wsi_isotropic_check(const void *params, wsi_error *err);
wsi_status wsi_isotropic_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);
wsi_halo wsi_isotropic_halo1(const void *params);
wsi_halo wsi_isotropic_halo2(const void *params);
size_t wsi_isotropic_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_isotropic_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_isotropic_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_isotropic_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);

/* What the rows have in common; stages: 1 or 2; first: erosion or dilation. */
#define WSI_TRUTH_ROW                                                                                                  \
    .module = "morphology", .state_size = sizeof(wsi_morphology_state), .exactness = WSI_EXACT, .backends_exact = 1,   \
    .resolve = wsi_binary_resolve, .kernel = kernel
#define WSI_BINARY_ROW(stages, first)                                                                                  \
    WSI_TRUTH_ROW, .params = wsi_binary_param_table, .param_count = WSI_BINARY_PARAM_COUNT,                            \
                   .params_size = sizeof(wsi_morphology_params), .check = wsi_morphology_check,                        \
                   .halo = wsi_morphology_halo##stages, .scratch = wsi_binary_scratch##stages,                         \
                   .prepare = wsi_binary_prepare_##first, .cuda_scratch = wsi_binary_cuda_scratch##stages
#define WSI_ISOTROPIC_ROW(stages)                                                                                      \
    WSI_TRUTH_ROW, .params = wsi_isotropic_param_table, .param_count = WSI_ISOTROPIC_PARAM_COUNT,                      \
                   .params_size = sizeof(wsi_isotropic_params), .check = wsi_isotropic_check,                          \
                   .halo = wsi_isotropic_halo##stages, .scratch = wsi_isotropic_scratch##stages,                       \
                   .prepare = wsi_isotropic_prepare, .cuda_scratch = wsi_isotropic_cuda_scratch##stages,               \
                   .edge = "nothing outside decides", .complexity = "O(radius / spacing) a pixel"

/* Text that the binary documents end with. */
#define WSI_BINARY_DOC                                                                                                 \
    "Every sample that is not 0 counts as true, also NaN; the result is a bool image. " WSI_FOOTPRINT_DOC              \
    "An even width or height has its extra pixel to the left or above, and dilation turns the footprint round (the "   \
    "grey forms do neither). Beyond the slide's edges lies what never decides (ignore), false (min) or true (max); "   \
    "several channels are processed one by one.\n\n"

/* Text that the isotropic documents end with. */
#define WSI_ISOTROPIC_DOC                                                                                              \
    "Distances are sqrt((dy * spacing[0])^2 + (dx * spacing[1])^2) in float64, one spacing serving both axes. Every "  \
    "sample that is not 0 counts as true, also NaN; the result is a bool image. Where a whole image has no pixel to "  \
    "measure to, the reference measures to a place outside it; here nothing is then within reach. Several channels "   \
    "are processed one by one.\n\n"

#endif
