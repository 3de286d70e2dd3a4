/* What the rows of logical operations share. */
#include "logical-private.h"

wsi_status wsi_logical_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    WSI_FORWARD(wsi_arithmetic_resolve(params, in, inputs, out, err));
    out->type = WSI_BOOL;
    return WSI_OK;
}
