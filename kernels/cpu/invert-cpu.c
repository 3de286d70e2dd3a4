/* The invert kernel. Integers of every width flip their bits, so bytes serve for all of them. */
#include "kernels/invert.h"
#include "operand.h"
#include "kernels/px/invert-px.h"

static void invert_bytes(uint8_t *restrict dst, const uint8_t *restrict src, int64_t n)
{
    for (int64_t i = 0; i < n; i++) dst[i] = (uint8_t)WSI_PX_INVERT_INTEGER(src[i]);
}

static void invert_bool(uint8_t *restrict dst, const uint8_t *restrict src, int64_t n)
{
    for (int64_t i = 0; i < n; i++) dst[i] = WSI_PX_INVERT_BOOL(src[i]);
}

#define INVERT_FLOAT(name, ctype)                                                                                      \
    static void invert_##name(ctype *restrict dst, const ctype *restrict src, int negate, int64_t n)                   \
    {                                                                                                                  \
        if (negate) {                                                                                                  \
            for (int64_t i = 0; i < n; i++) dst[i] = -src[i];                                                          \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) dst[i] = WSI_PX_INVERT_FLOAT(src[i], (ctype)1);                            \
        }                                                                                                              \
    }

INVERT_FLOAT(f32, float)
INVERT_FLOAT(f64, double)

static void invert_run(const wsi_run *run, const void *how)
{
    const wsi_dtype type = run->args->dst.fmt.type;
    const void *in = WSI_CPU(operand_at)(run, 0);
    const int negate = ((const wsi_invert_params *)how)->signed_float;
    if (type == WSI_BOOL)
        invert_bool((uint8_t *)run->to, (const uint8_t *)in, run->samples);
    else if (type == WSI_F32)
        invert_f32((float *)run->to, (const float *)in, negate, run->samples);
    else if (type == WSI_F64)
        invert_f64((double *)run->to, (const double *)in, negate, run->samples);
    else
        invert_bytes((uint8_t *)run->to, (const uint8_t *)in, run->samples * (int64_t)wsi_dtype_size(type));
}

WSI_CPU_KERNEL(invert)
{
    wsi_each_run(args, invert_run, args->params);
}
