/* Point-wise operations on several images: a run of pixels at a time, of which every image gives as many samples as the
 * result has, all within the L1 cache. An image of one channel serves for every channel. */
#ifndef WSI_CPU_OPERAND_H
#define WSI_CPU_OPERAND_H

#include "isa.h"
#include "kernels/op.h"
#include "stores.h"

enum { WSI_RUN_SAMPLES = 2048 };

/* Pixels (x, y) .. (x + n - 1, y) of dst. */
typedef struct wsi_run {
    const wsi_kernel_args *args;
    int64_t x, y;
    int64_t samples; /* n times dst's channels, at most WSI_RUN_SAMPLES */
    void *to;        /* where the first one's result goes */
} wsi_run;

/* Room for a run of samples of any type. */
typedef union wsi_run_buffer {
    float f32[WSI_RUN_SAMPLES];
    double f64[WSI_RUN_SAMPLES];
    unsigned char bytes[WSI_RUN_SAMPLES * sizeof(double)];
} wsi_run_buffer;

typedef void (*wsi_run_fn)(const wsi_run *run, const void *how);

/* The run's first pixel in input `image`. */
const void *WSI_CPU(operand_at)(const wsi_run *run, int image);

/* The largest pixel among inputs and result: what decides how many of them are on the way at a time. */
static inline size_t wsi_largest_pixel(const wsi_kernel_args *args)
{
    size_t largest = wsi_pixfmt_size(args->dst.fmt);
    for (int i = 0; i < args->inputs; i++) {
        const size_t size = wsi_pixfmt_size(args->src[i].fmt);
        if (size > largest) largest = size;
    }
    return largest;
}

/* A result that goes past the caches: held until a run of it is complete. */
static inline void wsi_each_run_past(const wsi_kernel_args *args, wsi_run_fn fn, const void *how)
{
    const wsi_image *dst = &args->dst;
    const size_t size = wsi_pixfmt_size(dst->fmt);
    const int64_t step = wsi_stores_pixels(wsi_largest_pixel(args));
    _Alignas(WSI_STORES_LINE) char held[WSI_STORES_HELD];
    for (int64_t y = 0; y < dst->h; y++)
        for (int64_t x = 0; x < dst->w; x += step) {
            const int64_t n = dst->w - x < step ? dst->w - x : step;
            const wsi_run run = {args, x, y, n * dst->fmt.channels, held};
            const void *alike[WSI_OP_INPUTS_MAX];
            int count = 0;
            for (int i = 0; i < args->inputs; i++) {
                const void *from = WSI_CPU(operand_at)(&run, i);
                const size_t other = wsi_pixfmt_size(args->src[i].fmt);
                if (other == size)
                    alike[count++] = from;
                else
                    wsi_stores_fetch_ahead(from, (size_t)n * other);
            }
            fn(&run, how);
            wsi_stores_put((char *)wsi_image_row(dst, y) + (size_t)x * size, held, (size_t)n * size, alike, count);
        }
    wsi_stores_done();
}

static inline void wsi_each_run(const wsi_kernel_args *args, wsi_run_fn fn, const void *how)
{
    const wsi_image *dst = &args->dst;
    const int channels = dst->fmt.channels;
    const size_t size = wsi_pixfmt_size(dst->fmt);
    const int64_t step = WSI_RUN_SAMPLES / channels;
    if (wsi_stores_stream(dst)) {
        wsi_each_run_past(args, fn, how);
        return;
    }
    for (int64_t y = 0; y < dst->h; y++)
        for (int64_t x = 0; x < dst->w; x += step) {
            const int64_t n = dst->w - x < step ? dst->w - x : step;
            const wsi_run run = {args, x, y, n * channels, (char *)wsi_image_row(dst, y) + (size_t)x * size};
            fn(&run, how);
        }
}

/* The samples of input `image` as they are: in place, or in `buffer`. */
const void *WSI_CPU(operand_row)(const wsi_run *run, int image, wsi_run_buffer *buffer);

/* As float32 or float64 values, unscaled. */
const float *WSI_CPU(operand_f32)(const wsi_run *run, int image, wsi_run_buffer *buffer);
const double *WSI_CPU(operand_f64)(const wsi_run *run, int image, wsi_run_buffer *buffer);

/* As 1 where they are not 0, and 0 where they are. */
void WSI_CPU(operand_nonzero)(uint8_t *to, const wsi_run *run, int image);

#endif
