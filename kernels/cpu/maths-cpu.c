/* The sqrt, log and exp kernels. */
#include "blocks.h"
#include "kernels/px/arithmetic-px.h"

#define EACH(name, function)                                                                                           \
    static void name(float *restrict out, const float *restrict in, int64_t n)                                         \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) out[i] = function(in[i]);                                                      \
    }
#define KERNEL(name)                                                                                                   \
    static void name##_block(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)    \
    {                                                                                                                  \
        name##_samples(out, in, n * args->dst.fmt.channels);                                                           \
    }                                                                                                                  \
    WSI_CPU_KERNEL(name)                                                                                               \
    {                                                                                                                  \
        wsi_each_block(args, 0, name##_block);                                                                         \
    }

/* Most blocks have nothing but values that need no care; what those get is the same either way. */
#define WITH_TAME(name, tame)                                                                                          \
    EACH(any_##name, wsi_px_##name##_any)                                                                              \
    EACH(tame_##name, tame)                                                                                            \
    static void name##_samples(float *restrict out, const float *restrict in, int64_t n)                               \
    {                                                                                                                  \
        uint32_t wild = 0;                                                                                             \
        for (int64_t i = 0; i < n; i++) wild |= !wsi_px_##name##_is_tame(in[i]);                                       \
        if (wild)                                                                                                      \
            any_##name(out, in, n);                                                                                    \
        else                                                                                                           \
            tame_##name(out, in, n);                                                                                   \
    }

EACH(sqrt_samples, wsi_px_sqrt)
WITH_TAME(log, wsi_px_log)
WITH_TAME(exp, wsi_px_exp_within)

KERNEL(sqrt)
KERNEL(log)
KERNEL(exp)
