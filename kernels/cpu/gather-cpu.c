/* The stack and unstack kernels: channel by channel, strided copies of a few pixels that stay in the L1 cache; three
 * channels of three images, or of an image of three, at once. */
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

/* Three images of one channel; and the channels of one image in another order, of which a compiler makes permutations.
 */
#define THREE(name, ctype)                                                                                             \
    static void three_##name(ctype *restrict to, const ctype *restrict a, const ctype *restrict b,                     \
                             const ctype *restrict c, int64_t n)                                                       \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) to[3 * i] = a[i], to[3 * i + 1] = b[i], to[3 * i + 2] = c[i];                  \
    }                                                                                                                  \
    static void turned_##name(ctype *restrict to, const ctype *restrict from, int64_t n)                               \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const ctype a = from[3 * i], b = from[3 * i + 1], c = from[3 * i + 2];                                     \
            to[3 * i] = c, to[3 * i + 1] = b, to[3 * i + 2] = a;                                                       \
        }                                                                                                              \
    }

#define EACH_SIZE(X) X(8, uint8_t) X(16, uint16_t) X(32, uint32_t) X(64, uint64_t)
EACH_SIZE(COPY)
EACH_SIZE(THREE)

/* CASE(size in bits, type) of samples of `size` bytes. */
#define BY_SIZE(size, CASE)                                                                                            \
    switch (size) {                                                                                                    \
    case 1:                                                                                                            \
        CASE(8, uint8_t);                                                                                              \
        break;                                                                                                         \
    case 2:                                                                                                            \
        CASE(16, uint16_t);                                                                                            \
        break;                                                                                                         \
    case 4:                                                                                                            \
        CASE(32, uint32_t);                                                                                            \
        break;                                                                                                         \
    default:                                                                                                           \
        CASE(64, uint64_t);                                                                                            \
        break;                                                                                                         \
    }

static void copy_channel(const wsi_run *run, int to, int image, int channel)
{
    const wsi_pixfmt dst = run->args->dst.fmt, src = run->args->src[image].fmt;
    const void *in = WSI_CPU(operand_at)(run, image);
    const int64_t n = run->samples / dst.channels;
#define CASE(bits, ctype) copy_##bits((ctype *)run->to + to, dst.channels, (const ctype *)in + channel, src.channels, n)
    BY_SIZE(wsi_dtype_size(dst.type), CASE)
#undef CASE
}

/* 1 when the result is three images of one channel. */
static int three_images(const wsi_run *run, const wsi_gather_state *s)
{
    int one = run->args->dst.fmt.channels == 3;
    for (int c = 0; one && c < 3; c++) one = run->args->src[s->input[c]].fmt.channels == 1;
    return one;
}

static void stack_three(const wsi_run *run, const wsi_gather_state *s)
{
    const void *a = WSI_CPU(operand_at)(run, s->input[0]), *b = WSI_CPU(operand_at)(run, s->input[1]);
    const void *c = WSI_CPU(operand_at)(run, s->input[2]);
#define CASE(bits, ctype)                                                                                              \
    three_##bits((ctype *)run->to, (const ctype *)a, (const ctype *)b, (const ctype *)c, run->samples / 3)
    BY_SIZE(wsi_dtype_size(run->args->dst.fmt.type), CASE)
#undef CASE
}

/* 1 when the result is an image of three channels turned round: RGB as BGR. */
static int turned(const wsi_run *run, const wsi_gather_state *s)
{
    const int three = run->args->dst.fmt.channels == 3 && run->args->src[0].fmt.channels == 3;
    const int one = s->input[0] == 0 && s->input[1] == 0 && s->input[2] == 0;
    return three && one && s->channel[0] == 2 && s->channel[1] == 1 && s->channel[2] == 0;
}

static void turn(const wsi_run *run)
{
    const void *from = WSI_CPU(operand_at)(run, 0);
#define CASE(bits, ctype) turned_##bits((ctype *)run->to, (const ctype *)from, run->samples / 3)
    BY_SIZE(wsi_dtype_size(run->args->dst.fmt.type), CASE)
#undef CASE
}

static void gather_run(const wsi_run *run, const void *how)
{
    const wsi_gather_state *s = (const wsi_gather_state *)how;
    if (three_images(run, s))
        stack_three(run, s);
    else if (turned(run, s))
        turn(run);
    else
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
