/* What the rows of ridges and features share. All of them take one channel and give float32. */
#ifndef WSI_FEATURE_PRIVATE_H
#define WSI_FEATURE_PRIVATE_H

#include "linear-private.h"

/* One channel to one, and to the three of a symmetric matrix. */
static inline wsi_status wsi_feature_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                             wsi_error *err)
{
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    return wsi_resolve_float(params, in, inputs, out, err);
}

static inline wsi_status wsi_feature_resolve_matrix(const void *params, const wsi_pixfmt *in, int inputs,
                                                    wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs;
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    *out = (wsi_pixfmt){WSI_F32, 3};
    return WSI_OK;
}

/* The part of a row whose parameters are `params`, of type PARAMS, and whose state is of type STATE. */
#define WSI_FEATURE_ROW(PARAMS, STATE, TOLERANCE)                                                                      \
    .params = params, .param_count = WSI_COUNT(params), .params_size = sizeof(PARAMS), .state_size = sizeof(STATE),    \
    .exactness = WSI_TOLERANCE, .tolerance = TOLERANCE, .backends_exact = 1, .stores_any = 1, .prepare = prepare,      \
    .kernel = kernel

#define WSI_FEATURE_CVAL_HELP "Value beyond the edges in mode constant, for each of the sums."

#define WSI_FEATURE_ORDER(FIELD_, NAMES)                                                                               \
    {                                                                                                                  \
        .name = "order", .unit = "",                                                                                   \
        .help = "Channels: rc for rows first (rr, rc, cc), xy for columns first (xx, xy, yy).", .offset = FIELD_,      \
        .type = WSI_PARAM_ENUM, .def = "rc", .names = NAMES                                                            \
    }

#endif
