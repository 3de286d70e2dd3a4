/* What the rows of erosion, dilation, opening and closing share. */
#ifndef WSI_MORPHOLOGY_PRIVATE_H
#define WSI_MORPHOLOGY_PRIVATE_H

#include "footprint-private.h"
#include "morphology.h"
#include "op-private.h"

enum { WSI_MORPHOLOGY_PARAM_COUNT = WSI_FOOTPRINT_PARAM_COUNT + 2 };
extern const wsi_param wsi_morphology_param_table[WSI_MORPHOLOGY_PARAM_COUNT];

wsi_status wsi_morphology_check(const void *params, wsi_error *err);
wsi_status wsi_morphology_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);
/* Halo and scratch of one stage (erosion, dilation) and of two (opening, closing). */
wsi_halo wsi_morphology_halo1(const void *params);
wsi_halo wsi_morphology_halo2(const void *params);
size_t wsi_morphology_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_morphology_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
/* The same for a device. */
size_t wsi_morphology_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_morphology_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);

/* What the six above are made of, for rows whose footprint comes from other parameters. stages: 1 or 2. */
wsi_morphology_size wsi_morphology_size_of(const wsi_footprint_params *p);
/* For two stages twice the larger reach, also where an even footprint reaches less far to one side: an edge mode may
 * turn the farther look beyond one edge of the slide into one to the other side. */
wsi_halo wsi_morphology_halo(wsi_morphology_size f, int stages);
size_t wsi_morphology_scratch(wsi_morphology_size f, int stages, wsi_pixfmt fmt, int64_t w, int64_t h);
size_t wsi_morphology_cuda_scratch(wsi_morphology_size f, int stages, wsi_pixfmt fmt, int64_t w, int64_t h);

/* What the six grey rows have in common; stages: 1 or 2. */
#define WSI_MORPHOLOGY_ROW(stages)                                                                                     \
    .module = "morphology", .params = wsi_morphology_param_table, .param_count = WSI_MORPHOLOGY_PARAM_COUNT,           \
    .params_size = sizeof(wsi_morphology_params), .state_size = sizeof(wsi_morphology_state), .exactness = WSI_EXACT,  \
    .backends_exact = 1, .resolve = wsi_resolve_same, .check = wsi_morphology_check,                                   \
    .halo = wsi_morphology_halo##stages, .scratch = wsi_morphology_scratch##stages, .prepare = wsi_morphology_prepare, \
    .kernel = kernel, .cuda_scratch = wsi_morphology_cuda_scratch##stages

#define WSI_MORPHOLOGY_COST "O(rows of the footprint) a pixel; rectangles O(log width)"

/* Text that all grey documents end with. */
#define WSI_MORPHOLOGY_DOC                                                                                             \
    WSI_FOOTPRINT_DOC                                                                                                  \
    "An even width or height has its extra pixel to the right or below. Works on every sample type and keeps it; "     \
    "several channels are processed one by one. Mode min or max continues the image with the type's least or "         \
    "greatest value, ignore with the one that never decides. In float images NaN never decides, and -0 counts as "     \
    "0.\n\n"

#endif
