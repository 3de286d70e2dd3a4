/* The logical kernels: operands as bytes, false where they are 0. */
#include "kernels/arithmetic.h"
#include "operand.h"

#include <string.h>

typedef void (*logical_fn)(uint8_t *restrict to, const uint8_t *restrict a, const uint8_t *restrict b, int64_t n);

/* a and b: bytes that are 0 or not. */
#define LOGICAL(name, sign)                                                                                            \
    static void name(uint8_t *restrict to, const uint8_t *restrict a, const uint8_t *restrict b, int64_t n)            \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) to[i] = (uint8_t)((a[i] != 0) sign(b[i] != 0));                                \
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

/* Samples of an input as bytes that are 0 where they are: those of one byte as they lie. */
static const uint8_t *operand(const wsi_run *run, int image, wsi_run_buffer *buffer)
{
    if (wsi_dtype_size(run->args->src[image].fmt.type) == 1)
        return (const uint8_t *)WSI_CPU(operand_row)(run, image, buffer);
    WSI_CPU(operand_nonzero)(buffer->bytes, run, image);
    return buffer->bytes;
}

static void combine(const wsi_run *run, logical_fn op)
{
    const wsi_operand other = ((const wsi_arithmetic_params *)run->args->params)->other;
    wsi_run_buffer a, b;
    if (other.image < 0) memset(b.bytes, other.value != 0, (size_t)run->samples);
    op((uint8_t *)run->to, operand(run, 0, &a), other.image < 0 ? b.bytes : operand(run, other.image, &b),
       run->samples);
}

LOGICAL(and, &)
LOGICAL(or, |)
LOGICAL(xor, ^)

static void negate(uint8_t *restrict to, const uint8_t *restrict a, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = a[i] == 0;
}

static void not_run(const wsi_run *run, const void *how)
{
    wsi_run_buffer a;
    (void)how;
    negate((uint8_t *)run->to, operand(run, 0, &a), run->samples);
}

WSI_CPU_KERNEL(logical_not)
{
    wsi_each_run(args, not_run, NULL);
}
