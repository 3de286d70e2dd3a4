/* adjust_sigmoid: sigmoid correction of the contrast. */
#include "adjust-private.h"

typedef struct adjust_sigmoid_params {
    double cutoff, gain;
    int inv;
} adjust_sigmoid_params;

static const wsi_param params[] = {
    {.name = "cutoff",
     .unit = "",
     .help = "Value that becomes one half.",
     .offset = offsetof(adjust_sigmoid_params, cutoff),
     .type = WSI_PARAM_FLOAT,
     .def = "0.5",
     .min = -1000,
     .max = 1000},
    {.name = "gain",
     .unit = "",
     .help = "Steepness.",
     .offset = offsetof(adjust_sigmoid_params, gain),
     .type = WSI_PARAM_FLOAT,
     .def = "10",
     .min = -1000,
     .max = 1000},
    {.name = "inv",
     .unit = "",
     .help = "The negative correction.",
     .offset = offsetof(adjust_sigmoid_params, inv),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const adjust_sigmoid_params *p = (const adjust_sigmoid_params *)params_;
    (void)inputs, (void)err;
    wsi_adjust_prepare((wsi_adjust_state *)state,
                       (wsi_px_adjust){p->inv ? WSI_ADJUST_SIGMOID_INVERSE : WSI_ADJUST_SIGMOID, 1, p->gain, p->cutoff},
                       in[0].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(adjust)

const wsi_op wsi_op_adjust_sigmoid = {
    .name = "adjust_sigmoid",
    .summary = "Sigmoid correction of the contrast.",
    .doc = "result = 1 / (1 + exp(gain (cutoff - x))), inverse 1 minus that, for x in 0..1. " WSI_ADJUST_DOC,
    .cost = 1.7,
    .source = "scikit-image 0.26 exposure.adjust_sigmoid",
    .example = "adjust_sigmoid:cutoff=0.6",
    WSI_ADJUST_ROW(adjust_sigmoid_params),
};
