/* The stack and unstack kernels: channel by channel, strided copies of a few pixels that stay in the L1 cache. */
#include "kernels/gather.h"
#include "operand.h"

/* Pixels of `to` and `from` are so many samples apart. */
#define COPY(name, ctype)                                                                                              \
    static void copy_##name(ctype *restrict to, int apart, const ctype *restrict from, int from_apart, int64_t n)      \
    {                                                                                                                  \
        if (apart == 3 && from_apart == 1) {                                                                           \
            for (int64_t i = 0; i < n; i++) to[3 * i] = from[i];                                                       \
        } else if (apart == 3 && from_apart == 3) {                                                                    \
            for (int64_t i = 0; i < n; i++) to[3 * i] = from[3 * i];                                                   \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) to[i * apart] = from[i * from_apart];                                      \
        }                                                                                                              \
    }

COPY(8, uint8_t)
COPY(16, uint16_t)
COPY(32, uint32_t)
COPY(64, uint64_t)

static void copy_channel(const wsi_run *run, int to, int image, int channel)
{
    const wsi_pixfmt dst = run->args->dst.fmt, src = run->args->src[image].fmt;
    const size_t size = wsi_dtype_size(dst.type);
    const int64_t n = run->samples / dst.channels;
    char *out = (char *)run->to + (size_t)to * size;
    const char *in = (const char *)WSI_CPU(operand_at)(run, image) + (size_t)channel * size;
    if (size == 1)
        copy_8((uint8_t *)out, dst.channels, (const uint8_t *)in, src.channels, n);
    else if (size == 2)
        copy_16((uint16_t *)(void *)out, dst.channels, (const uint16_t *)(const void *)in, src.channels, n);
    else if (size == 4)
        copy_32((uint32_t *)(void *)out, dst.channels, (const uint32_t *)(const void *)in, src.channels, n);
    else
        copy_64((uint64_t *)(void *)out, dst.channels, (const uint64_t *)(const void *)in, src.channels, n);
}

static void gather_run(const wsi_run *run, const void *how)
{
    const wsi_gather_state *s = (const wsi_gather_state *)how;
    for (int c = 0; c < run->args->dst.fmt.channels; c++) copy_channel(run, c, s->input[c], s->channel[c]);
}

WSI_CPU_KERNEL(stack)
{
    wsi_each_run(args, gather_run, args->state);
}

WSI_CPU_KERNEL(unstack)
{
    wsi_each_run(args, gather_run, args->state);
}
