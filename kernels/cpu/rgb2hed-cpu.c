/* The rgb2hed kernel. 8-bit images take three table look-ups a pixel, each the contribution of one channel to all
 * three stains; other types compute the logarithm. */
#include "blocks.h"

#include "kernels/px/stain-px.h"
#include "kernels/stain.h"

static inline wsi_v4f load4(const float *p)
{
    return *(const wsi_v4f *)p;
}

/* wsi_px_not_below_0 of four. */
static inline wsi_v4f not_below_0(wsi_v4f v)
{
    typedef int32_t v4i __attribute__((vector_size(16)));
    return (wsi_v4f)((v4i)v & ~(v4i)(v < 0.0f));
}

/* A pixel of three as a vector of four: the fourth float is overwritten by the next pixel, which must exist. */
static inline void store4(float *out, wsi_v4f v)
{
    *(wsi_v4f *)out = not_below_0(v);
}

static inline void store3(float *out, wsi_v4f v)
{
    const wsi_v4f r = not_below_0(v);
    memcpy(out, &r, 3 * sizeof(float));
}

static inline wsi_v4f look_up(const wsi_stain_state *s, const uint8_t *rgb)
{
    return (load4(s->table[0][rgb[0]]) + load4(s->table[1][rgb[1]])) + load4(s->table[2][rgb[2]]);
}

static void separate_u8(const wsi_stain_state *s, float *restrict out, const uint8_t *restrict in, int64_t n)
{
    for (int64_t i = 0; i < n - 1; i++) store4(out + 3 * i, look_up(s, in + 3 * i));
    store3(out + 3 * (n - 1), look_up(s, in + 3 * (n - 1)));
}

static void separate(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)
{
    const wsi_stain_state *s = (const wsi_stain_state *)args->state;
    const wsi_v4f m0 = load4(s->matrix[0]), m1 = load4(s->matrix[1]), m2 = load4(s->matrix[2]);
    const float *p;
    float a[WSI_BLOCK_SAMPLES];
    for (int64_t i = 0; i < 3 * n; i++) a[i] = wsi_px_absorbance(in[i] * s->scale);
    for (p = a; p < a + 3 * (n - 1); p += 3, out += 3) store4(out, (p[0] * m0 + p[1] * m1) + p[2] * m2);
    store3(out, (p[0] * m0 + p[1] * m1) + p[2] * m2);
}

/* 8-bit rows: straight from the image into the output, by blocks only where a conversion follows. */
static void run_u8(const wsi_kernel_args *args)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const wsi_stain_state *s = (const wsi_stain_state *)args->state;
    const size_t size = wsi_pixfmt_size(dst->fmt);
    float out[WSI_BLOCK_SAMPLES];
    for (int64_t y = 0; y < dst->h; y++) {
        const uint8_t *in = (const uint8_t *)wsi_image_row(src, y + args->oy[0]) + 3 * args->ox[0];
        char *to = (char *)wsi_image_row(dst, y);
        if (dst->fmt.type == WSI_F32) {
            separate_u8(s, (float *)(void *)to, in, dst->w);
            continue;
        }
        for (int64_t x = 0; x < dst->w; x += WSI_BLOCK_SAMPLES / 3) {
            const int64_t n = dst->w - x < WSI_BLOCK_SAMPLES / 3 ? dst->w - x : WSI_BLOCK_SAMPLES / 3;
            separate_u8(s, out, in + 3 * x, n);
            WSI_CPU(store_row)(to + (size_t)x * size, dst->fmt.type, out, (size_t)(3 * n));
        }
    }
}

WSI_CPU_KERNEL(rgb2hed)
{
    if (args->src[0].fmt.type == WSI_U8)
        run_u8(args);
    else
        wsi_each_block(args, 1, separate);
}
