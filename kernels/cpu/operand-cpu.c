/* A run of samples of an input: loads, conversions, one channel for many. */
#include "operand.h"

#include "kernels/px/cast-px.h"
#include "rows.h"
#include "rows64.h"

/* One sample a pixel to one for each of its channels. Not inlined: GCC 12 would warn of overflows in turns of the loop
 * that cannot be. */
#define SPREAD(name, ctype)                                                                                            \
    static __attribute__((noinline)) void spread_##name(ctype *restrict to, const ctype *restrict from, int64_t n,     \
                                                        int channels)                                                  \
    {                                                                                                                  \
        if (channels == 3) {                                                                                           \
            for (int64_t i = 0; i < n; i++) to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];                       \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++)                                                                            \
                for (int c = 0; c < channels; c++) to[i * channels + c] = from[i];                                     \
        }                                                                                                              \
    }

SPREAD(8, uint8_t)
SPREAD(16, uint16_t)
SPREAD(32, uint32_t)
SPREAD(64, uint64_t)

static void spread(void *to, const void *from, size_t size, int64_t n, int channels)
{
    if (size == 1)
        spread_8((uint8_t *)to, (const uint8_t *)from, n, channels);
    else if (size == 2)
        spread_16((uint16_t *)to, (const uint16_t *)from, n, channels);
    else if (size == 4)
        spread_32((uint32_t *)to, (const uint32_t *)from, n, channels);
    else
        spread_64((uint64_t *)to, (const uint64_t *)from, n, channels);
}

/* Channels that one sample of the input is for: 1, or all of dst's. */
static int copies_of(const wsi_run *run, int image)
{
    const int channels = run->args->dst.fmt.channels;
    return run->args->src[image].fmt.channels == channels ? 1 : channels;
}

const void *WSI_CPU(operand_at)(const wsi_run *run, int image)
{
    const wsi_kernel_args *args = run->args;
    const wsi_image *im = &args->src[image];
    return (const char *)wsi_image_row(im, run->y + args->oy[image]) +
           (size_t)(run->x + args->ox[image]) * wsi_pixfmt_size(im->fmt);
}

const void *WSI_CPU(operand_row)(const wsi_run *run, int image, wsi_run_buffer *buffer)
{
    const void *from = WSI_CPU(operand_at)(run, image);
    const int copies = copies_of(run, image);
    if (copies == 1) return from;
    spread(buffer, from, wsi_dtype_size(run->args->src[image].fmt.type), run->samples / copies, copies);
    return buffer;
}

const float *WSI_CPU(operand_f32)(const wsi_run *run, int image, wsi_run_buffer *buffer)
{
    const wsi_dtype type = run->args->src[image].fmt.type;
    const int copies = copies_of(run, image);
    wsi_run_buffer loaded;
    if (type == WSI_F32) return (const float *)WSI_CPU(operand_row)(run, image, buffer);
    float *to = copies == 1 ? buffer->f32 : loaded.f32;
    WSI_CPU(load_row)(to, WSI_CPU(operand_at)(run, image), type, 0, (size_t)(run->samples / copies));
    if (copies > 1) spread(buffer, to, sizeof(float), run->samples / copies, copies);
    return buffer->f32;
}

const double *WSI_CPU(operand_f64)(const wsi_run *run, int image, wsi_run_buffer *buffer)
{
    const wsi_dtype type = run->args->src[image].fmt.type;
    const int copies = copies_of(run, image);
    wsi_run_buffer loaded;
    if (type == WSI_F64) return (const double *)WSI_CPU(operand_row)(run, image, buffer);
    double *to = copies == 1 ? buffer->f64 : loaded.f64;
    WSI_CPU(load_row64)(to, WSI_CPU(operand_at)(run, image), type, (size_t)(run->samples / copies));
    if (copies > 1) spread(buffer, to, sizeof(double), run->samples / copies, copies);
    return buffer->f64;
}

#define NONZERO(name, ctype, arg)                                                                                      \
    static void nonzero_##name(uint8_t *restrict to, const void *restrict from, int64_t n)                             \
    {                                                                                                                  \
        const ctype *p = (const ctype *)from;                                                                          \
        for (int64_t i = 0; i < n; i++) to[i] = p[i] != 0;                                                             \
    }

WSI_PX_TYPES(NONZERO, )

typedef void (*nonzero_fn)(uint8_t *restrict to, const void *restrict from, int64_t n);

static const nonzero_fn nonzero[WSI_DTYPE_COUNT] = {nonzero_bool, nonzero_u8,  nonzero_i8,  nonzero_u16, nonzero_i16,
                                                    nonzero_u32,  nonzero_i32, nonzero_f32, nonzero_f64};

void WSI_CPU(operand_nonzero)(uint8_t *to, const wsi_run *run, int image)
{
    const int copies = copies_of(run, image);
    uint8_t each[WSI_RUN_SAMPLES];
    nonzero[run->args->src[image].fmt.type](copies > 1 ? each : to, WSI_CPU(operand_at)(run, image),
                                            run->samples / copies);
    if (copies > 1) spread_8(to, each, run->samples / copies, copies);
}
