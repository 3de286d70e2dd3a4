/* clip: values kept between two numbers. */
#include "arithmetic-private.h"

static const wsi_param params[] = {
    {.name = "min",
     .unit = "image's own scale",
     .help = "Smallest value of the result.",
     .offset = offsetof(wsi_clip_params, min),
     .type = WSI_PARAM_FLOAT,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "max",
     .unit = "image's own scale",
     .help = "Largest value of the result.",
     .offset = offsetof(wsi_clip_params, max),
     .type = WSI_PARAM_FLOAT,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
};

static wsi_dtype type_of(const wsi_clip_params *p, wsi_dtype own)
{
    return wsi_holds(own, p->min) && wsi_holds(own, p->max) ? own : WSI_F32;
}

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)inputs, (void)err;
    *out = (wsi_pixfmt){type_of((const wsi_clip_params *)p, in[0].type), in[0].channels};
    return WSI_OK;
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_clip_params *clip = (const wsi_clip_params *)p;
    (void)inputs, (void)err;
    wsi_bound_set((wsi_bound_state *)state, type_of(clip, in[0].type), clip->min, clip->max);
    return WSI_OK;
}

WSI_KERNEL_PICK(clip)

const wsi_op wsi_op_clip = {
    .name = "clip",
    .module = "arithmetic",
    .summary = "Keep values between two numbers.",
    .doc = "result = min where image < min, max where image > max, else image; NaN stays NaN, and max wins where it is "
           "below min. Exact, in the image's own type, when that holds both numbers (whole numbers within its range "
           "for integers); float32 otherwise. One end alone: `minimum` or `maximum`.",
    .source = "NumPy clip",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | clip:min=0.2,max=0.8",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_clip_params),
    .state_size = sizeof(wsi_bound_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(clip),
};
