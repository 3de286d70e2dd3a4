/* What the rows of threshold_niblack and threshold_sauvola share. */
#ifndef WSI_LOCAL_PRIVATE_H
#define WSI_LOCAL_PRIVATE_H

#include "local.h"
#include "op-private.h"

/* window_size, k, r; threshold_niblack has the first two. */
enum { WSI_LOCAL_PARAM_COUNT = 3 };
extern const wsi_param wsi_local_param_table[WSI_LOCAL_PARAM_COUNT];

/* Refuses a list of sides of which one is even. For wsi_op.check of rows that start with such a list. */
wsi_status wsi_local_check_odd(const wsi_floats *sides, const char *name, wsi_error *err);
/* Reach along an axis (0: y) of a list of one or two sides. */
int64_t wsi_local_reach(const wsi_floats *sides, int axis);
/* A window's state but for formula, k, r_scale and offset. */
void wsi_local_window(const wsi_floats *sides, wsi_edge mode, wsi_local_state *out);

wsi_status wsi_local_check(const void *params, wsi_error *err);
wsi_halo wsi_local_halo(const void *params);
size_t wsi_local_row_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);

/* Fields that both rows have in common; they define prepare. count: of the table's parameters. */
#define WSI_LOCAL_ROW(count)                                                                                           \
    .module = "filters", .edge = "mirror (numpy's reflect)",                                                           \
    .complexity = "O(log width) a pixel for integers of up to 16 bits, else O(height)",                                \
    .params = wsi_local_param_table, .param_count = (count), .params_size = sizeof(wsi_local_params),                  \
    .state_size = sizeof(wsi_local_state), .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1,         \
    .resolve = wsi_resolve_float, .check = wsi_local_check, .halo = wsi_local_halo, .scratch = wsi_local_row_scratch,  \
    .prepare = prepare, .kernel = kernel

/* Text that both documents end with. */
#define WSI_LOCAL_DOC                                                                                                  \
    "m and s are the mean and the standard deviation of the window, in the image's own units. Sums of integers of up " \
    "to 16 bits are exact; those of other types are float64 and in an order that does not depend on tiles. To get "    \
    "the mask, compare the image with the threshold.\n\nHalo: half of window_size a side."

#endif
