/* adjust_log: logarithmic correction, or its inverse. */
#include "adjust-private.h"

typedef struct adjust_log_params {
    double gain;
    int inv;
} adjust_log_params;

static const wsi_param params[] = {
    {.name = "gain",
     .unit = "",
     .help = "Factor of the result.",
     .offset = offsetof(adjust_log_params, gain),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = -1000,
     .max = 1000},
    {.name = "inv",
     .unit = "",
     .help = "The inverse correction.",
     .offset = offsetof(adjust_log_params, inv),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const adjust_log_params *p = (const adjust_log_params *)params_;
    (void)inputs, (void)err;
    wsi_adjust_prepare((wsi_adjust_state *)state,
                       (wsi_px_adjust){p->inv ? WSI_ADJUST_LOG_INVERSE : WSI_ADJUST_LOG, 1, p->gain, 0}, in[0].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(adjust)

const wsi_op wsi_op_adjust_log = {
    .name = "adjust_log",
    .summary = "Logarithmic correction, or its inverse.",
    .doc = "result = gain log2(1 + x), inverse gain (2^x - 1), for x in 0..1. " WSI_ADJUST_DOC,
    .cost = 1.6,
    .source = "scikit-image 0.26 exposure.adjust_log",
    .example = "adjust_log",
    WSI_ADJUST_ROW(adjust_log_params),
};
