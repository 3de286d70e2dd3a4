/* The loop of sample-wise float64 kernels: a block of samples at a time is converted to float64, changed in place by
 * the operation, and stored in the output's type, all within the L1 cache. Source and destination have as many
 * channels. */
#ifndef WSI_CPU_BLOCKS64_H
#define WSI_CPU_BLOCKS64_H

#include "kernels/op.h"
#include "rows64.h"
#include "stores.h"

enum { WSI_BLOCK64_SAMPLES = 512 };

typedef void (*wsi_block64_fn)(const wsi_kernel_args *args, double *v, int64_t n);

static inline void wsi_each_block64(const wsi_kernel_args *args, wsi_block64_fn fn)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t from_size = wsi_dtype_size(src->fmt.type), to_size = wsi_dtype_size(dst->fmt.type);
    const int64_t samples = dst->w * dst->fmt.channels;
    const int streams = wsi_stores_stream(dst), alike = from_size == to_size;
    double block[WSI_BLOCK64_SAMPLES];
    _Alignas(WSI_STORES_LINE) double held[WSI_BLOCK64_SAMPLES];
    for (int64_t y = 0; y < dst->h; y++) {
        const char *in =
            (const char *)wsi_image_row(src, y + args->oy[0]) + (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt);
        char *out = (char *)wsi_image_row(dst, y);
        for (int64_t i = 0; i < samples; i += WSI_BLOCK64_SAMPLES) {
            const int64_t n = samples - i < WSI_BLOCK64_SAMPLES ? samples - i : WSI_BLOCK64_SAMPLES;
            const void *first = in + (size_t)i * from_size;
            if (streams && !alike) wsi_stores_fetch_ahead(first, (size_t)n * from_size);
            WSI_CPU(load_row64)(block, first, src->fmt.type, (size_t)n);
            fn(args, block, n);
            char *to = out + (size_t)i * to_size;
            WSI_CPU(store_row64)(streams ? (char *)held : to, dst->fmt.type, block, (size_t)n);
            if (streams) wsi_stores_put(to, (const char *)held, (size_t)n * to_size, &first, alike);
        }
    }
    if (streams) wsi_stores_done();
}

#endif
