/* The kernels of stain normalisation: three table look-ups a pixel, and then logarithms, products with matrices and
 * powers over blocks of pixels that stay in the L1 cache. */
#include "kernels/normalize.h"
#include "kernels/op.h"
#include "isa.h"

enum { BLOCK = 512, CHANNELS = 3 };

/* Room for a block of pixels, and for the fourth float of the last one. */
typedef float buffer[BLOCK * CHANNELS + 4];

static inline wsi_v4f load4(const float *p)
{
    return *(const wsi_v4f *)p;
}

/* step floats of each pixel's vector one after the other: the floats beyond are overwritten by the next pixel. */
static inline void look_up(float *restrict out, const uint8_t *restrict in, int64_t n, int step,
                           const wsi_normalize_state *s)
{
    for (int64_t i = 0; i < n; i++, out += step, in += CHANNELS)
        *(wsi_v4f *)out = (load4(s->table[0][in[0]]) + load4(s->table[1][in[1]])) + load4(s->table[2][in[2]]);
}

/* Pixels of three floats times a matrix. */
static inline void transform(float *restrict out, const float *restrict in, int64_t n, const wsi_affine *m)
{
    const wsi_v4f m0 = load4(m->row[0]), m1 = load4(m->row[1]), m2 = load4(m->row[2]), m3 = load4(m->row[3]);
    for (int64_t i = 0; i < n; i++, in += CHANNELS, out += CHANNELS)
        *(wsi_v4f *)out = ((in[0] * m0 + in[1] * m1) + in[2] * m2) + m3;
}

static inline void powers(float *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_power_of_2(v[i]);
}

static inline void store(uint8_t *restrict out, const float *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out[i] = wsi_px_grey_level(v[i]);
}

typedef void (*normalize_fn)(const wsi_normalize_state *s, uint8_t *restrict out, const uint8_t *restrict in,
                             int64_t n);

static inline void each_block(const wsi_kernel_args *args, normalize_fn fn)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const wsi_normalize_state *s = (const wsi_normalize_state *)args->state;
    for (int64_t y = 0; y < dst->h; y++) {
        const uint8_t *in = (const uint8_t *)wsi_image_row(src, y + args->oy[0]) + CHANNELS * args->ox[0];
        uint8_t *out = (uint8_t *)wsi_image_row(dst, y);
        for (int64_t x = 0; x < dst->w; x += BLOCK)
            fn(s, out + CHANNELS * x, in + CHANNELS * x, wsi_min64(BLOCK, dst->w - x));
    }
}

static void restain(const wsi_normalize_state *s, uint8_t *restrict out, const uint8_t *restrict in, int64_t n)
{
    buffer v;
    look_up(v, in, n, CHANNELS, s);
    for (int64_t i = 0; i < n * CHANNELS; i++) out[i] = wsi_px_grey_level(wsi_px_power_of_2(v[i]));
}

WSI_CPU_KERNEL(restain)
{
    each_block(args, restain);
}

static void restain_sparse(const wsi_normalize_state *s, uint8_t *restrict out, const uint8_t *restrict in, int64_t n)
{
    buffer u, v;
    const wsi_v4f m0 = load4(s->second.row[0]), m1 = load4(s->second.row[1]), m3 = load4(s->second.row[3]);
    look_up(u, in, n, 2, s);
    for (int64_t i = 0; i < n; i++) {
        const wsi_px_amounts c = wsi_px_amounts_of(u[2 * i], u[2 * i + 1], s->pair);
        u[2 * i] = c.s;
        u[2 * i + 1] = c.t;
    }
    for (int64_t i = 0; i < n; i++) *(wsi_v4f *)(v + CHANNELS * i) = (u[2 * i] * m0 + u[2 * i + 1] * m1) + m3;
    powers(v, n * CHANNELS);
    store(out, v, n * CHANNELS);
}

WSI_CPU_KERNEL(restain_sparse)
{
    each_block(args, restain_sparse);
}

static void reinhard(const wsi_normalize_state *s, uint8_t *restrict out, const uint8_t *restrict in, int64_t n)
{
    buffer u, v;
    look_up(u, in, n, CHANNELS, s);
    for (int64_t i = 0; i < n * CHANNELS; i++) u[i] = wsi_px_log(u[i]);
    transform(v, u, n, &s->first);
    powers(v, n * CHANNELS);
    transform(u, v, n, &s->second);
    store(out, u, n * CHANNELS);
}

WSI_CPU_KERNEL(reinhard)
{
    each_block(args, reinhard);
}
