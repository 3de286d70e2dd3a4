/* Parameter table shared by add and multiply. */
#include "arithmetic-private.h"

const wsi_param wsi_arithmetic_param_table[1] = {
    {.name = "other",
     .unit = "image's own scale",
     .help = "Second operand: a number, or an image.",
     .offset = offsetof(wsi_arithmetic_params, other),
     .type = WSI_PARAM_OPERAND,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
};

wsi_status wsi_arithmetic_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int image = ((const wsi_arithmetic_params *)params)->other.image;
    (void)inputs;
    *out = (wsi_pixfmt){WSI_F32, in[0].channels};
    return image < 0 ? WSI_OK : wsi_need_broadcast(in, image, err);
}
