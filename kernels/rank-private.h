/* What the rows of the rank filters share. */
#ifndef WSI_RANK_PRIVATE_H
#define WSI_RANK_PRIVATE_H

#include "footprint-private.h"
#include "op-private.h"
#include "rank.h"

/* The footprint, and rank_percentile's p0. */
enum { WSI_RANK_PARAM_COUNT = WSI_FOOTPRINT_PARAM_COUNT };
extern const wsi_param wsi_rank_param_table[WSI_RANK_PARAM_COUNT + 1];

/* Takes uint8 and uint16 and keeps them; or gives float32. For wsi_op.resolve. */
wsi_status wsi_rank_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);
wsi_status wsi_rank_check(const void *params, wsi_error *err);
wsi_halo wsi_rank_halo(const void *params);
/* Mean, percentile and entropy. */
size_t wsi_rank_row_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
void wsi_rank_state_of(const wsi_rank_params *p, wsi_rank_state *out);
wsi_status wsi_rank_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);
/* Minimum, maximum, and gradient, which has a plane of minima in front: morphology's kernels. */
size_t wsi_rank_extreme_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_rank_extreme_cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
wsi_status wsi_rank_extreme_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);

/* Text that all documents end with. */
#define WSI_RANK_DOC                                                                                                   \
    WSI_FOOTPRINT_DOC                                                                                                  \
    "An even width or height has its extra pixel to the left or above. Takes uint8 and uint16, "                       \
    "channel by channel. The reference's mask, shift_x, shift_y and shift_z are left out.\n\nHalo: the "               \
    "footprint's half-width and half-height."

/* What all rows have; parameters: how many of the table's. */
#define WSI_RANK_ROW(parameters, state)                                                                                \
    .module = "filters", .edge = "none: only pixels inside the image count", .params = wsi_rank_param_table,           \
    .param_count = (parameters), .params_size = sizeof(wsi_rank_params), .state_size = sizeof(state),                  \
    .backends_exact = 1, .check = wsi_rank_check, .halo = wsi_rank_halo

/* Minimum, maximum and gradient. */
#define WSI_RANK_EXTREME_ROW                                                                                           \
    WSI_RANK_ROW(WSI_RANK_PARAM_COUNT, wsi_morphology_state),                                                          \
        .exactness = WSI_EXACT, .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",             \
        .resolve = wsi_rank_resolve, .prepare = wsi_rank_extreme_prepare

/* Mean, percentile and entropy. */
#define WSI_RANK_SUM_ROW(parameters, state) WSI_RANK_ROW(parameters, state), .scratch = wsi_rank_row_scratch

#endif
