/* The rules of h-extrema and of local extrema. Both rebuild the image from a lowered copy of itself, by h, or by the
 * least step of its type: what does not come back are the tops. Minima are maxima of the negative image.
 *
 * Integers stay integers where h is one; with another h they become float64, as in scikit-image. Floats are lowered by
 * h and by a resolution more, in their own precision and scikit-image's order of operations. */
#include "extrema.h"

#include <math.h>
#include <string.h>

#include "op-private.h"
#include "order.h"
#include "rise-rows.h"
#include "samples.h"
#include "whole-reconstruct.h"

enum { RUN = 256 };

wsi_status wsi_resolve_extrema(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs;
    *out = (wsi_pixfmt){WSI_BOOL, 1};
    return wsi_need_channels(in, 1, err);
}

static const wsi_rise_rows *rows_of(size_t key_size)
{
    return wsi_rise_rows_for(wsi_cpu_best(), key_size);
}

static double h_of(const wsi_whole_call *call)
{
    return ((const wsi_h_extrema_params *)call->params)->h;
}

/* In which type heights are compared: the image's own integers, or WSI_F32, WSI_F64. */
static wsi_dtype type_of(const wsi_whole_call *call)
{
    const wsi_dtype type = call->in[0].type;
    if (type == WSI_F32 || type == WSI_F64) return type;
    return h_of(call) == floor(h_of(call)) ? type : WSI_F64;
}

static int is_float(wsi_dtype type)
{
    return type == WSI_F32 || type == WSI_F64;
}

static size_t h_key_size(const wsi_whole_call *call)
{
    return wsi_dtype_size(type_of(call));
}

static int h_corners(const wsi_whole_call *call)
{
    return ((const wsi_h_extrema_params *)call->params)->footprint == WSI_NEIGHBOURS_SQUARE;
}

/* h in steps between keys of integers; more than there are keys: a value above all of them. */
static uint64_t steps_of(const wsi_whole_call *call)
{
    return h_of(call) > UINT32_MAX ? (uint64_t)UINT32_MAX + 1 : (uint64_t)h_of(call);
}

static wsi_status not_finite(int64_t x, int64_t y, wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_CHAIN, "the value of pixel (%lld, %lld) is not finite", (long long)x,
                         (long long)y);
}

/* One row of floats: lowered by h and 2e-6 (float32) or 2e-15 (float64) of the value. Returns the column of the first
 * value that is not finite, or -1. */
static int64_t lower_f32(const wsi_whole_call *call, const float *v, int64_t n, float *lowered)
{
    const float h = (float)h_of(call), resolution = 2 * 1e-6f;
    for (int64_t x = 0; x < n; x++) {
        if (!isfinite(v[x])) return x;
        lowered[x] = v[x] - h - resolution * fabsf(v[x]);
    }
    return -1;
}

static int64_t lower_f64(const wsi_whole_call *call, const double *v, int64_t n, double *lowered)
{
    const double h = h_of(call), resolution = 2 * 1e-15;
    for (int64_t x = 0; x < n; x++) {
        if (!isfinite(v[x])) return x;
        lowered[x] = v[x] - h - resolution * fabs(v[x]);
    }
    return -1;
}

/* n samples of a row from column x on, negated for minima, as the type heights are compared in. */
static void values_f32(const wsi_image *im, int64_t x, int64_t y, int64_t n, int flip, float *v)
{
    const float *from = (const float *)wsi_image_row(im, y) + x;
    for (int64_t i = 0; i < n; i++) v[i] = flip ? -from[i] : from[i];
}

static void values_f64(const wsi_image *im, int64_t x, int64_t y, int64_t n, int flip, double *v)
{
    const wsi_image part = wsi_image_crop(im, (wsi_rect){x, y, n, 1});
    wsi_samples_double(&part, 0, v);
    for (int64_t i = 0; flip && i < n; i++) v[i] = -v[i];
}

/* Keys of a row of numbers in memory. */
static void keys_of(void *values, wsi_dtype type, int64_t n, void *keys)
{
    const wsi_image row = {values, 0, n, 1, {type, 1}};
    wsi_order_keys(&row, 0, 0, keys);
}

/* Marker and mask of a row of floats, some pixels at a time. */
static wsi_status h_row_floats(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, int64_t y, int flip,
                               void *marker, void *mask, wsi_error *err)
{
    const wsi_dtype type = type_of(call);
    const size_t size = wsi_dtype_size(type);
    double v[RUN], lowered[RUN]; /* or floats */
    for (int64_t x = 0; x < at.w; x += RUN) {
        const int64_t n = wsi_min64(RUN, at.w - x);
        int64_t bad;
        if (type == WSI_F32) {
            values_f32(im, x, y, n, flip, (float *)v);
            bad = lower_f32(call, (const float *)v, n, (float *)lowered);
        } else {
            values_f64(im, x, y, n, flip, v);
            bad = lower_f64(call, v, n, lowered);
        }
        if (bad >= 0) return not_finite(at.x + x + bad, at.y + y, err);
        keys_of(v, type, n, (char *)mask + (size_t)x * size);
        keys_of(lowered, type, n, (char *)marker + (size_t)x * size);
    }
    return WSI_OK;
}

static wsi_status h_row(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, int64_t y, int flip, void *marker,
                        void *mask, wsi_error *err)
{
    if (is_float(type_of(call))) return h_row_floats(call, im, at, y, flip, marker, mask, err);
    wsi_order_keys(im, y, flip, mask);
    rows_of(h_key_size(call))->lower(marker, mask, at.w, steps_of(call));
    return WSI_OK;
}

/* An image whose values differ by less than h has no such extrema. */
static int h_nothing(const wsi_whole_call *call, uint64_t least, uint64_t most)
{
    const wsi_dtype type = type_of(call);
    if (type == WSI_F32) {
        const uint32_t keys[2] = {(uint32_t)least, (uint32_t)most};
        float v[2];
        wsi_order_values(type, keys, 2, 0, v);
        return (float)h_of(call) > v[1] - v[0];
    }
    if (type == WSI_F64) {
        const uint64_t keys[2] = {least, most};
        double v[2];
        wsi_order_values(type, keys, 2, 0, v);
        return h_of(call) > v[1] - v[0];
    }
    return steps_of(call) > most - least;
}

static void h_result_f32(float h, const void *marker, const void *mask, int64_t n, uint8_t *to)
{
    float rebuilt[RUN], image[RUN];
    wsi_order_values(WSI_F32, marker, n, 0, rebuilt);
    wsi_order_values(WSI_F32, mask, n, 0, image);
    for (int64_t x = 0; x < n; x++) to[x] = image[x] - rebuilt[x] >= h;
}

static void h_result_f64(double h, const void *marker, const void *mask, int64_t n, uint8_t *to)
{
    double rebuilt[RUN], image[RUN];
    wsi_order_values(WSI_F64, marker, n, 0, rebuilt);
    wsi_order_values(WSI_F64, mask, n, 0, image);
    for (int64_t x = 0; x < n; x++) to[x] = image[x] - rebuilt[x] >= h;
}

static void h_result(const wsi_whole_call *call, const void *marker, const void *mask, int64_t count, void *to)
{
    const wsi_dtype type = type_of(call);
    const size_t size = wsi_dtype_size(type);
    for (int64_t x = 0; x < count; x += RUN) {
        const int64_t n = wsi_min64(RUN, count - x);
        const char *rebuilt = (const char *)marker + (size_t)x * size, *image = (const char *)mask + (size_t)x * size;
        if (type == WSI_F32)
            h_result_f32((float)h_of(call), rebuilt, image, n, (uint8_t *)to + x);
        else if (type == WSI_F64)
            h_result_f64(h_of(call), rebuilt, image, n, (uint8_t *)to + x);
        else
            rows_of(size)->below((uint8_t *)to + x, rebuilt, image, n, steps_of(call));
    }
}

static const wsi_local_extrema_params *local_params(const wsi_whole_call *call)
{
    return (const wsi_local_extrema_params *)call->params;
}

static size_t local_key_size(const wsi_whole_call *call)
{
    return wsi_dtype_size(call->in[0].type);
}

static int local_corners(const wsi_whole_call *call)
{
    return local_params(call)->connectivity == 2;
}

/* A border's pixels are not lowered where plateaus that touch it do not count. */
static wsi_status local_row(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, int64_t y, int flip,
                            void *marker, void *mask, wsi_error *err)
{
    const size_t size = local_key_size(call);
    const int64_t nan = wsi_order_keys(im, y, flip, mask), row = at.y + y;
    WSI_RETURN_IF(nan >= 0, WSI_ERR_CHAIN, "NaN at pixel (%lld, %lld) has no place in an order",
                  (long long)(at.x + nan), (long long)row);
    rows_of(size)->lower(marker, mask, at.w, 1);
    if (local_params(call)->allow_borders) return WSI_OK;
    if (row == 0 || row == call->h - 1) memcpy(marker, mask, (size_t)at.w * size);
    if (at.x == 0) memcpy(marker, mask, size);
    const size_t last = (size_t)(at.w - 1) * size;
    if (at.x + at.w == call->w) memcpy((char *)marker + last, (const char *)mask + last, size);
    return WSI_OK;
}

static int local_nothing(const wsi_whole_call *call, uint64_t least, uint64_t most)
{
    (void)call;
    return least == most;
}

static void local_result(const wsi_whole_call *call, const void *marker, const void *mask, int64_t n, void *to)
{
    rows_of(local_key_size(call))->below((uint8_t *)to, marker, mask, n, 1);
}

enum { h_steps = 0, local_steps = 1 };

/* The whole operation `op`, one of a kind of rules; flip: minima. */
#define EXTREMA(kind, op, flip)                                                                                        \
    static wsi_status op##_row(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, int64_t y, void *marker,  \
                               void *mask, wsi_error *err)                                                             \
    {                                                                                                                  \
        return kind##_row(call, im, at, y, flip, marker, mask, err);                                                   \
    }                                                                                                                  \
    static wsi_status open_##op(const wsi_whole_call *call, void **self, wsi_error *err)                               \
    {                                                                                                                  \
        static const wsi_reconstruct_rule rule = {.name = #op,                                                         \
                                                  .key_size = kind##_key_size,                                         \
                                                  .corners = kind##_corners,                                           \
                                                  .row = op##_row,                                                     \
                                                  .nothing = kind##_nothing,                                           \
                                                  .steps = kind##_steps,                                               \
                                                  .result = kind##_result};                                            \
        return wsi_reconstruct_open(call, &rule, self, err);                                                           \
    }                                                                                                                  \
    const wsi_whole wsi_whole_##op = WSI_RECONSTRUCT_WHOLE(open_##op);

EXTREMA(h, h_maxima, 0)
EXTREMA(h, h_minima, 1)
EXTREMA(local, local_maxima, 0)
EXTREMA(local, local_minima, 1)
