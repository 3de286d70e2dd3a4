/* Parameter table and preparation shared by threshold_niblack, threshold_sauvola and threshold_local. */
#include "local-private.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_local_params, name)

const wsi_param wsi_local_param_table[WSI_LOCAL_PARAM_COUNT] = {
    {.name = "window_size",
     .unit = "px",
     .help = "Odd side of the window: one value, or [rows, columns].",
     .offset = FIELD(window_size),
     .type = WSI_PARAM_FLOATS,
     .def = "15",
     .min = 1,
     .max = WSI_LOCAL_SIDE_MAX,
     .min_count = 1,
     .max_count = 2},
    {.name = "k",
     .unit = "",
     .help = "Weight of the standard deviation.",
     .offset = FIELD(k),
     .type = WSI_PARAM_FLOAT,
     .def = "0.2",
     .min = -1e6,
     .max = 1e6},
    {.name = "r",
     .unit = "image's own scale",
     .help = "Dynamic range of the standard deviation; without it half the range of the image's type (floats: 1).",
     .offset = FIELD(r),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 1e12,
     .min_count = 0,
     .max_count = 1,
     .flags = WSI_PARAM_MIN_OPEN},
};

wsi_status wsi_local_check_odd(const wsi_floats *sides, const char *name, wsi_error *err)
{
    for (int i = 0; i < sides->n; i++)
        WSI_RETURN_IF(fmod(sides->v[i], 2) != 1, WSI_ERR_CHAIN,
                      "parameter %s: %g is not allowed: each side is an odd number of pixels", name, sides->v[i]);
    return WSI_OK;
}

int64_t wsi_local_reach(const wsi_floats *sides, int axis)
{
    return (int64_t)sides->v[sides->n > 1 ? axis : 0] / 2;
}

void wsi_local_window(const wsi_floats *sides, wsi_edge mode, wsi_local_state *out)
{
    out->mode = mode;
    out->ry = (int)wsi_local_reach(sides, 0);
    out->rx = (int)wsi_local_reach(sides, 1);
    out->count = (2.0 * out->ry + 1) * (2.0 * out->rx + 1);
    out->inverse = 1 / out->count;
}

wsi_status wsi_local_check(const void *params, wsi_error *err)
{
    return wsi_local_check_odd(&((const wsi_local_params *)params)->window_size, "window_size", err);
}

wsi_halo wsi_local_halo(const void *params)
{
    const wsi_floats *sides = &((const wsi_local_params *)params)->window_size;
    return (wsi_halo){wsi_local_reach(sides, 1), wsi_local_reach(sides, 0)};
}

size_t wsi_local_row_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_halo reach = wsi_local_halo(params);
    (void)inputs, (void)h;
    return wsi_local_scratch(w, reach.y, reach.x, in[0].channels);
}
