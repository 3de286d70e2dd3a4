/* The sqrt, log and exp kernels. */
#include "blocks.h"
#include "kernels/px/arithmetic-px.h"

#define MATHS(name, function)                                                                                          \
    static void name##_block(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)    \
    {                                                                                                                  \
        const int64_t samples = n * args->dst.fmt.channels;                                                            \
        for (int64_t i = 0; i < samples; i++) out[i] = function(in[i]);                                                \
    }                                                                                                                  \
    WSI_CPU_KERNEL(name)                                                                                               \
    {                                                                                                                  \
        wsi_each_block(args, 0, name##_block);                                                                         \
    }

MATHS(sqrt, wsi_px_sqrt)
MATHS(log, wsi_px_log_any)
MATHS(exp, wsi_px_exp_any)
