/* What the rows of arithmetic share: the parameter table, and the types of results. */
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

static wsi_status resolve(const void *params, const wsi_pixfmt *in, wsi_dtype type, wsi_pixfmt *out, wsi_error *err)
{
    const int image = ((const wsi_arithmetic_params *)params)->other.image;
    *out = (wsi_pixfmt){type, in[0].channels};
    return image < 0 ? WSI_OK : wsi_need_broadcast(in, image, err);
}

wsi_status wsi_arithmetic_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)inputs;
    return resolve(params, in, WSI_F32, out, err);
}

wsi_dtype wsi_common_type(wsi_dtype own, const wsi_operand *other, const wsi_pixfmt *in)
{
    const int same = other->image < 0 ? wsi_holds(own, other->value) : in[other->image].type == own;
    return same ? own : WSI_F32;
}

wsi_status wsi_arithmetic_resolve_kept(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                       wsi_error *err)
{
    (void)inputs;
    const wsi_operand *other = &((const wsi_arithmetic_params *)params)->other;
    return resolve(params, in, wsi_common_type(in[0].type, other, in), out, err);
}

void wsi_bound_set(wsi_bound_state *state, wsi_dtype type, double low, double high)
{
    wsi_sample_put(type, low, state->low);
    wsi_sample_put(type, high, state->high);
}

void wsi_bound_prepare(wsi_bound_state *state, const wsi_operand *other, const wsi_pixfmt *in, int upper)
{
    const wsi_dtype type = wsi_common_type(in[0].type, other, in);
    double lo, hi;
    if (other->image >= 0) return;
    wsi_type_range(type, &lo, &hi);
    wsi_bound_set(state, type, upper ? lo : other->value, upper ? other->value : hi);
}
