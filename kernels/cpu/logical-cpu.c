/* The logical kernels: both operands as bytes of 0 and 1. */
#include "kernels/arithmetic.h"
#include "operand.h"

#include <string.h>

typedef void (*logical_fn)(uint8_t *restrict to, const uint8_t *restrict a, const uint8_t *restrict b, int64_t n);

#define LOGICAL(name, sign)                                                                                            \
    static void name(uint8_t *restrict to, const uint8_t *restrict a, const uint8_t *restrict b, int64_t n)            \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) to[i] = a[i] sign b[i];                                                        \
    }                                                                                                                  \
    static void name##_run(const wsi_run *run, const void *how)                                                        \
    {                                                                                                                  \
        (void)how;                                                                                                     \
        combine(run, name);                                                                                            \
    }                                                                                                                  \
    WSI_CPU_KERNEL(logical_##name)                                                                                     \
    {                                                                                                                  \
        wsi_each_run(args, name##_run, NULL);                                                                          \
    }

static void combine(const wsi_run *run, logical_fn op)
{
    const wsi_operand other = ((const wsi_arithmetic_params *)run->args->params)->other;
    uint8_t a[WSI_RUN_SAMPLES], b[WSI_RUN_SAMPLES];
    WSI_CPU(operand_nonzero)(a, run, 0);
    if (other.image < 0)
        memset(b, other.value != 0, (size_t)run->samples);
    else
        WSI_CPU(operand_nonzero)(b, run, other.image);
    op((uint8_t *)run->to, a, b, run->samples);
}

LOGICAL(and, &)
LOGICAL(or, |)
LOGICAL(xor, ^)

static void not_run(const wsi_run *run, const void *how)
{
    uint8_t *to = (uint8_t *)run->to;
    (void)how;
    WSI_CPU(operand_nonzero)(to, run, 0);
    for (int64_t i = 0; i < run->samples; i++) to[i] ^= 1;
}

WSI_CPU_KERNEL(logical_not)
{
    wsi_each_run(args, not_run, NULL);
}
