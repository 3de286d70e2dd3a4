/* adjust_gamma: gamma correction: a power of each value. */
#include "adjust-private.h"

typedef struct adjust_gamma_params {
    double gamma, gain;
} adjust_gamma_params;

static const wsi_param params[] = {
    {.name = "gamma",
     .unit = "",
     .help = "Exponent.",
     .offset = offsetof(adjust_gamma_params, gamma),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = 1000},
    {.name = "gain",
     .unit = "",
     .help = "Factor of the result.",
     .offset = offsetof(adjust_gamma_params, gain),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = -1000,
     .max = 1000},
};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const adjust_gamma_params *p = (const adjust_gamma_params *)params_;
    (void)inputs, (void)err;
    wsi_adjust_prepare((wsi_adjust_state *)state, (wsi_px_adjust){WSI_ADJUST_GAMMA, 1, p->gain, p->gamma}, in[0].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(adjust)

const wsi_op wsi_op_adjust_gamma = {
    .name = "adjust_gamma",
    .summary = "Gamma correction: a power of each value.",
    .doc = "result = gain x^gamma for x in 0..1. uint8 images are rounded. " WSI_ADJUST_DOC,
    .cost = 3,
    .source = "scikit-image 0.26 exposure.adjust_gamma",
    .example = "adjust_gamma:gamma=2",
    WSI_ADJUST_ROW(adjust_gamma_params),
};
