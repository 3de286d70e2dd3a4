/* The channel kernel: a strided copy, one loop a sample size. */
#include "isa.h"

#include "kernels/channel.h"
#include "kernels/op.h"

#define PICK(name, ctype)                                                                                              \
    static void pick_##name(ctype *restrict dst, const ctype *restrict src, int64_t n, int channels)                   \
    {                                                                                                                  \
        if (channels == 3) {                                                                                           \
            for (int64_t i = 0; i < n; i++) dst[i] = src[i * 3];                                                       \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) dst[i] = src[i * channels];                                                \
        }                                                                                                              \
    }

PICK(8, uint8_t)
PICK(16, uint16_t)
PICK(32, uint32_t)
PICK(64, uint64_t)

WSI_CPU_KERNEL(channel)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t size = wsi_dtype_size(src->fmt.type);
    const int64_t index = ((const wsi_channel_params *)args->params)->index, w = dst->w;
    const size_t left = (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt) + (size_t)index * size;
    const int channels = src->fmt.channels;
    for (int64_t y = 0; y < dst->h; y++) {
        const char *in = (const char *)wsi_image_row(src, y + args->oy[0]) + left;
        void *out = wsi_image_row(dst, y);
        if (size == 1)
            pick_8((uint8_t *)out, (const uint8_t *)in, w, channels);
        else if (size == 2)
            pick_16((uint16_t *)out, (const uint16_t *)in, w, channels);
        else if (size == 4)
            pick_32((uint32_t *)out, (const uint32_t *)in, w, channels);
        else
            pick_64((uint64_t *)out, (const uint64_t *)in, w, channels);
    }
}
