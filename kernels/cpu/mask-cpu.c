/* The mask and where kernels: a run of the mask becomes bytes, which then choose between two values. */
#include "kernels/mask.h"
#include "operand.h"

#include <string.h>

/* From two images, or from an image and one value. */
#define CHOOSE(name, ctype)                                                                                            \
    static void choose_##name(void *restrict out, const void *restrict image, const void *restrict other,              \
                              const uint8_t *restrict keep, int64_t n)                                                 \
    {                                                                                                                  \
        const ctype *a = (const ctype *)image, *b = (const ctype *)other;                                              \
        ctype *to = (ctype *)out;                                                                                      \
        for (int64_t i = 0; i < n; i++) to[i] = keep[i] ? a[i] : b[i];                                                 \
    }                                                                                                                  \
    static void keep_##name(void *restrict out, const void *restrict image, const void *restrict fill,                 \
                            const uint8_t *restrict keep, int64_t n)                                                   \
    {                                                                                                                  \
        const ctype *a = (const ctype *)image;                                                                         \
        ctype *to = (ctype *)out, f;                                                                                   \
        memcpy(&f, fill, sizeof f);                                                                                    \
        for (int64_t i = 0; i < n; i++) to[i] = keep[i] ? a[i] : f;                                                    \
    }

CHOOSE(8, uint8_t)
CHOOSE(16, uint16_t)
CHOOSE(32, uint32_t)
CHOOSE(64, uint64_t)

typedef void (*choose_fn)(void *restrict out, const void *restrict image, const void *restrict other,
                          const uint8_t *restrict keep, int64_t n);

static choose_fn choice(size_t size, int number)
{
    static const choose_fn choose[4][2] = {
        {choose_8, keep_8}, {choose_16, keep_16}, {choose_32, keep_32}, {choose_64, keep_64}};
    return choose[size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3][number];
}

/* As samples of dst's type: other types become float32. */
static const void *samples(const wsi_run *run, int image, wsi_run_buffer *buffer)
{
    const int own = run->args->src[image].fmt.type == run->args->dst.fmt.type;
    return own ? WSI_CPU(operand_row)(run, image, buffer) : WSI_CPU(operand_f32)(run, image, buffer);
}

/* how: wsi_where_params. */
static void choose_run(const wsi_run *run, const void *how)
{
    const wsi_where_params *p = (const wsi_where_params *)how;
    const int number = p->other.image < 0;
    wsi_run_buffer a, b;
    uint8_t keep[WSI_RUN_SAMPLES];
    WSI_CPU(operand_nonzero)(keep, run, p->condition.image);
    const void *other = number ? ((const wsi_mask_state *)run->args->state)->fill : samples(run, p->other.image, &b);
    const size_t size = wsi_dtype_size(run->args->dst.fmt.type);
    choice(size, number)(run->to, samples(run, 0, &a), other, keep, run->samples);
}

WSI_CPU_KERNEL(mask)
{
    const wsi_where_params by = {((const wsi_mask_params *)args->params)->mask, {-1, 0}};
    wsi_each_run(args, choose_run, &by);
}

WSI_CPU_KERNEL(where)
{
    wsi_each_run(args, choose_run, args->params);
}
