/* What the rows of operations on components share. */
#include "objects-private.h"

#include <math.h>

uint64_t wsi_small_above(const wsi_small_params *p)
{
    if (p->old_size.n == 0) return (uint64_t)p->max_size;
    return p->old_size.v[0] <= 1 ? 0 : (uint64_t)ceil(p->old_size.v[0]) - 1;
}

wsi_status wsi_objects_resolve_mask(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                    wsi_error *err)
{
    (void)params, (void)inputs;
    *out = (wsi_pixfmt){WSI_BOOL, 1};
    return wsi_need_channels(&in[0], 1, err);
}

wsi_status wsi_objects_resolve_labels(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                      wsi_error *err)
{
    (void)params, (void)inputs;
    *out = in[0];
    WSI_RETURN_IF(in[0].type == WSI_F32 || in[0].type == WSI_F64, WSI_ERR_CHAIN,
                  "takes a mask or labels: an image of bool or of whole numbers, not of %s",
                  wsi_dtype_name(in[0].type));
    return wsi_need_channels(&in[0], 1, err);
}

wsi_status wsi_objects_resolve_numbers(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                       wsi_error *err)
{
    WSI_FORWARD(wsi_objects_resolve_labels(params, in, inputs, out, err));
    *out = (wsi_pixfmt){WSI_U32, 1};
    return WSI_OK;
}
