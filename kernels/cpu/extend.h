/* A source row in float32 with what lies beyond the slide's edges on both sides. */
#ifndef WSI_CPU_EXTEND_H
#define WSI_CPU_EXTEND_H

#include "kernels/edge.h"
#include "rows.h"

/* Pixels first .. first + count - 1 of row y to `to`, unscaled; outside: CONSTANT's value, of every channel;
 * symmetric: as for load_row. The range must hold what the mode maps pixels beyond the edges to, as it does within
 * a kernel's reach. */
static inline void wsi_extend_row_as(float *to, const wsi_image *src, int symmetric, int64_t y, int64_t first,
                                     int64_t count, wsi_edge mode, float outside)
{
    const int channels = src->fmt.channels;
    const int64_t end = first + count, from = wsi_edge_map(mode, y, src->h);
    const int64_t lo = first < 0 ? 0 : first, hi = end > src->w ? src->w : end;
    if (from < 0) {
        for (int64_t i = 0; i < count * channels; i++) to[i] = outside;
        return;
    }
    float *inside = to + (lo - first) * channels;
    WSI_CPU(load_row)
    (inside, (const char *)wsi_image_row(src, from) + (size_t)lo * wsi_pixfmt_size(src->fmt), src->fmt.type, symmetric,
     (size_t)((hi - lo) * channels));
    for (int64_t x = first; x < end; x++) {
        if (x == lo) x = hi;
        if (x >= end) break;
        const int64_t at = wsi_edge_map(mode, x, src->w);
        for (int c = 0; c < channels; c++)
            to[(x - first) * channels + c] = at < 0 ? outside : inside[(at - lo) * channels + c];
    }
}

static inline void wsi_extend_row(float *to, const wsi_image *src, int64_t y, int64_t first, int64_t count,
                                  wsi_edge mode, float outside)
{
    wsi_extend_row_as(to, src, 0, y, first, count, mode, outside);
}

#endif
