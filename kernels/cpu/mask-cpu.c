/* The mask kernel: a block of the mask becomes bytes, which then choose between image and fill. */
#include "isa.h"

#include "kernels/mask.h"
#include "kernels/op.h"
#include "kernels/px/cast-px.h"

enum { BLOCK = 1024 }; /* samples */

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

#define CHOOSE(name, ctype)                                                                                            \
    static void choose_##name(ctype *restrict to, const ctype *restrict from, const uint8_t *restrict keep,            \
                              const void *fill, int64_t n)                                                             \
    {                                                                                                                  \
        ctype f;                                                                                                       \
        memcpy(&f, fill, sizeof f);                                                                                    \
        for (int64_t i = 0; i < n; i++) to[i] = keep[i] ? from[i] : f;                                                 \
    }

CHOOSE(8, uint8_t)
CHOOSE(16, uint16_t)
CHOOSE(32, uint32_t)
CHOOSE(64, uint64_t)

static void choose(void *to, const void *from, size_t size, const uint8_t *keep, const void *fill, int64_t n)
{
    switch (size) {
    case 1:
        choose_8((uint8_t *)to, (const uint8_t *)from, keep, fill, n);
        break;
    case 2:
        choose_16((uint16_t *)to, (const uint16_t *)from, keep, fill, n);
        break;
    case 4:
        choose_32((uint32_t *)to, (const uint32_t *)from, keep, fill, n);
        break;
    default:
        choose_64((uint64_t *)to, (const uint64_t *)from, keep, fill, n);
        break;
    }
}

/* One byte a pixel to one a sample. Not inlined: GCC 12 would warn of overflows in turns of the loop that cannot be. */
static __attribute__((noinline)) void spread(uint8_t *restrict to, const uint8_t *restrict from, int64_t n,
                                             int channels)
{
    if (channels == 3) {
        for (int64_t i = 0; i < n; i++) to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
    } else {
        for (int64_t i = 0; i < n; i++)
            for (int c = 0; c < channels; c++) to[i * channels + c] = from[i];
    }
}

static const char *pixel(const wsi_kernel_args *args, int image, int64_t x, int64_t y)
{
    const wsi_image *im = &args->src[image];
    return (const char *)wsi_image_row(im, y + args->oy[image]) +
           (size_t)(x + args->ox[image]) * wsi_pixfmt_size(im->fmt);
}

WSI_CPU_KERNEL(mask)
{
    const int which = ((const wsi_mask_params *)args->params)->mask.image;
    const void *fill = ((const wsi_mask_state *)args->state)->fill;
    const wsi_image *dst = &args->dst, *mask = &args->src[which];
    const int channels = dst->fmt.channels, single = mask->fmt.channels != channels;
    const int64_t block = BLOCK / channels;
    uint8_t keep[BLOCK], each[BLOCK];
    for (int64_t y = 0; y < dst->h; y++)
        for (int64_t x = 0; x < dst->w; x += block) {
            const int64_t n = dst->w - x < block ? dst->w - x : block;
            char *to = (char *)wsi_image_row(dst, y) + (size_t)x * wsi_pixfmt_size(dst->fmt);
            nonzero[mask->fmt.type](single ? each : keep, pixel(args, which, x, y), n * mask->fmt.channels);
            if (single) spread(keep, each, n, channels);
            choose(to, pixel(args, 0, x, y), wsi_dtype_size(dst->fmt.type), keep, fill, n * channels);
        }
}
