/* rolling_ball: a ring of source rows; a block of results at a time is the least over the rows of the ball, nearest
 * rows first, since they lie highest: what is far from the apex is soon too low to matter, and the least value of each
 * block of each source row tells. */
#include "isa.h"

#include "kernels/op.h"
#include "kernels/rolling_ball.h"
#include "rows.h"

#include <string.h>

enum { BLOCK = WSI_ROLLING_BALL_BLOCK };

typedef struct ball_job {
    const wsi_kernel_args *args;
    const wsi_rolling_ball_state *state;
    size_t stride;     /* samples of a row of the ring, a multiple of BLOCK */
    void *rows, *lows; /* and the least of each block, of the type computed in */
} ball_job;

/* Ring slot of output row y's source row; -radius <= y. */
static size_t slot_of(const ball_job *j, int64_t y)
{
    return (size_t)((y + j->state->radius) % (2 * j->state->radius + 1));
}

/* Sums that stop at the type's maximum. */
static inline uint8_t add_8(uint8_t v, uint8_t drop)
{
    const uint8_t most = (uint8_t)(255u - drop), low = v < most ? v : most;
    return (uint8_t)(low + drop);
}

static inline uint16_t add_16(uint16_t v, uint16_t drop)
{
    const uint16_t most = (uint16_t)(65535u - drop), low = v < most ? v : most;
    return (uint16_t)(low + drop);
}

#define T uint8_t
#define HIGH 255
#define DROP drop_whole
#define ADD(v, d) add_8(v, d)
#define K(name) name##_8
#include "rolling_ball-cpu-tmpl.h"
#undef T
#undef HIGH
#undef ADD
#undef K
#define T uint16_t
#define HIGH 65535
#define ADD(v, d) add_16(v, d)
#define K(name) name##_16
#include "rolling_ball-cpu-tmpl.h"
#undef T
#undef HIGH
#undef DROP
#undef ADD
#undef K
#define T float
#define HIGH __builtin_inff()
#define DROP drop_f32
#define ADD(v, d) ((v) + (d))
#define K(name) name##_f32
#include "rolling_ball-cpu-tmpl.h"
#undef T
#undef HIGH
#undef DROP
#undef K
#define T double
#define HIGH __builtin_inf()
#define DROP drop
#define K(name) name##_f64
#include "rolling_ball-cpu-tmpl.h"

#define LOOP(to, from, name)                                                                                           \
    static void convert_##name(to *restrict dst, const from *restrict src, int64_t n)                                  \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) dst[i] = (to)src[i];                                                           \
    }

LOOP(double, int8_t, from_i8)
LOOP(double, int16_t, from_i16)
LOOP(double, int32_t, from_i32)
LOOP(double, uint32_t, from_u32)
LOOP(int8_t, double, to_i8)
LOOP(int16_t, double, to_i16)
LOOP(int32_t, double, to_i32)
LOOP(uint32_t, double, to_u32)

static void load_wide(double *to, const void *from, wsi_dtype type, int64_t n)
{
    if (type == WSI_I8) convert_from_i8(to, (const int8_t *)from, n);
    if (type == WSI_I16) convert_from_i16(to, (const int16_t *)from, n);
    if (type == WSI_I32) convert_from_i32(to, (const int32_t *)from, n);
    if (type == WSI_U32) convert_from_u32(to, (const uint32_t *)from, n);
}

static void store_wide(void *to, const double *from, wsi_dtype type, int64_t n)
{
    if (type == WSI_I8) convert_to_i8((int8_t *)to, from, n);
    if (type == WSI_I16) convert_to_i16((int16_t *)to, from, n);
    if (type == WSI_I32) convert_to_i32((int32_t *)to, from, n);
    if (type == WSI_U32) convert_to_u32((uint32_t *)to, from, n);
}

/* Output row y's source row into the ring. */
static void load_row(const ball_job *j, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    const int64_t c = src->fmt.channels, first = j->args->ox[0] - j->state->radius, from = y + j->args->oy[0];
    const int64_t last = first + j->args->dst.w + 2 * j->state->radius;
    const int64_t lo = first < 0 ? 0 : first, hi = last > src->w ? src->w : last;
    const int inside = from >= 0 && from < src->h;
    const size_t slot = slot_of(j, y), at = slot * j->stride + (size_t)((lo - first) * c);
    const int64_t n = inside ? (hi - lo) * c : 0, start = (lo - first) * c, end = start + n;
    const wsi_dtype type = src->fmt.type;
    const char *row = inside ? (const char *)wsi_image_row(src, from) + (size_t)lo * wsi_pixfmt_size(src->fmt) : NULL;
    if (type == WSI_U8) {
        if (inside) memcpy((uint8_t *)j->rows + at, row, (size_t)n);
        close_row_8(j, slot, start, end);
    } else if (type == WSI_U16) {
        if (inside) memcpy((uint16_t *)j->rows + at, row, (size_t)n * sizeof(uint16_t));
        close_row_16(j, slot, start, end);
    } else if (!wsi_rolling_ball_wide(type)) {
        if (inside) WSI_CPU(load_row)((float *)j->rows + at, row, type, 0, (size_t)n);
        close_row_f32(j, slot, start, end);
    } else {
        if (inside) load_wide((double *)j->rows + at, row, type, n);
        close_row_f64(j, slot, start, end);
    }
}

static void find_row(const ball_job *j, int64_t y)
{
    const wsi_image *dst = &j->args->dst;
    const int64_t n = dst->w * dst->fmt.channels;
    const size_t size = wsi_dtype_size(dst->fmt.type);
    double best[BLOCK]; /* of the type computed in */
    for (int64_t x = 0; x < n; x += BLOCK) {
        char *out = (char *)wsi_image_row(dst, y) + (size_t)x * size;
        const int64_t count = n - x < BLOCK ? n - x : BLOCK;
        if (dst->fmt.type == WSI_U8)
            find_block_8((uint8_t *)best, j, y, x);
        else if (dst->fmt.type == WSI_U16)
            find_block_16((uint16_t *)best, j, y, x);
        else if (dst->fmt.type == WSI_F32)
            find_block_f32((float *)best, j, y, x);
        else
            find_block_f64(best, j, y, x);
        if (wsi_rolling_ball_wide(dst->fmt.type))
            store_wide(out, best, dst->fmt.type, count);
        else
            memcpy(out, best, (size_t)count * size);
    }
}

WSI_CPU_KERNEL(rolling_ball)
{
    ball_job j = {.args = args, .state = (const wsi_rolling_ball_state *)args->state, .rows = args->scratch};
    const int64_t r = j.state->radius;
    j.stride = wsi_rolling_ball_stride(args->dst.w, r, args->dst.fmt.channels);
    j.lows = (double *)j.rows + (2 * (size_t)r + 1) * j.stride;
    for (int64_t y = -r; y < args->dst.h + r; y++) {
        load_row(&j, y);
        if (y >= r) find_row(&j, y - r);
    }
}
