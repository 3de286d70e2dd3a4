/* The digitize kernel: each threshold adds one to the pixels that are not below it. */
#include "kernels/arithmetic.h"
#include "kernels/digitize.h"
#include "operand.h"

/* A NaN is below none. */
#define SORT(name, ctype)                                                                                              \
    static void sort_##name(uint8_t *restrict to, const ctype *restrict v, const ctype *level, int count, int64_t n)   \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) to[i] = 0;                                                                     \
        for (int k = 0; k < count; k++) {                                                                              \
            const ctype t = level[k];                                                                                  \
            for (int64_t i = 0; i < n; i++) to[i] = (uint8_t)(to[i] + !(v[i] < t));                                    \
        }                                                                                                              \
    }

SORT(f32, float)
SORT(f64, double)

static void digitize(const wsi_run *run, const void *how)
{
    const wsi_digitize_state *s = (const wsi_digitize_state *)how;
    wsi_run_buffer buffer;
    if (wsi_dtype_wide(run->args->src[0].fmt.type))
        sort_f64((uint8_t *)run->to, WSI_CPU(operand_f64)(run, 0, &buffer), s->f64, s->count, run->samples);
    else
        sort_f32((uint8_t *)run->to, WSI_CPU(operand_f32)(run, 0, &buffer), s->f32, s->count, run->samples);
}

WSI_CPU_KERNEL(digitize)
{
    wsi_each_run(args, digitize, args->state);
}
