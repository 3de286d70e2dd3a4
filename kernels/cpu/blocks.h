/* The loop of point-wise float kernels: a block of pixels at a time is converted to float32, handed to the
 * operation, and stored in the output's type, all within the L1 cache. */
#ifndef WSI_CPU_BLOCKS_H
#define WSI_CPU_BLOCKS_H

#include "kernels/op.h"
#include "rows.h"
#include "stores.h"

enum { WSI_BLOCK_SAMPLES = 1536 }; /* of the widest side; a multiple of 3 */

/* Computes n pixels: in and out are interleaved float32 of the source's and destination's channels. */
typedef void (*wsi_block_fn)(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n);

/* The result goes past the caches where `past` is 1: then blocks are what is put at a time. */
static inline void wsi_each_block_to(const wsi_kernel_args *args, int symmetric, wsi_block_fn fn, int past)
{
    float in[WSI_BLOCK_SAMPLES], out[WSI_BLOCK_SAMPLES];
    _Alignas(WSI_STORES_LINE) char held[WSI_STORES_HELD];
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const int widest = src->fmt.channels > dst->fmt.channels ? src->fmt.channels : dst->fmt.channels;
    const size_t from_size = wsi_pixfmt_size(src->fmt), to_size = wsi_pixfmt_size(dst->fmt);
    const int64_t held_pixels = wsi_stores_pixels(to_size), most = WSI_BLOCK_SAMPLES / widest;
    const int64_t block = past && held_pixels < most ? held_pixels : most;
    const int direct = dst->fmt.type == WSI_F32, alike = from_size == to_size;
    for (int64_t y = 0; y < dst->h; y++) {
        const char *from = (const char *)wsi_image_row(src, y + args->oy[0]) + (size_t)args->ox[0] * from_size;
        char *row = (char *)wsi_image_row(dst, y);
        for (int64_t x = 0; x < dst->w; x += block) {
            const int64_t n = dst->w - x < block ? dst->w - x : block;
            const void *first = from + (size_t)x * from_size;
            char *place = row + (size_t)x * to_size;
            void *to = past ? held : place;
            const float *values = in;
            if (past && !alike) wsi_stores_fetch_ahead(first, (size_t)n * from_size);
            if (src->fmt.type == WSI_F32)
                values = (const float *)first;
            else
                WSI_CPU(load_row)(in, first, src->fmt.type, symmetric, (size_t)(n * src->fmt.channels));
            fn(args, direct ? (float *)to : out, values, n);
            if (!direct) WSI_CPU(store_row)(to, dst->fmt.type, out, (size_t)(n * dst->fmt.channels));
            if (past) wsi_stores_put(place, held, (size_t)n * to_size, &first, alike);
        }
    }
    if (past) wsi_stores_done();
}

static inline void wsi_each_block(const wsi_kernel_args *args, int symmetric, wsi_block_fn fn)
{
    wsi_each_block_to(args, symmetric, fn, wsi_stores_stream(&args->dst));
}

#endif
