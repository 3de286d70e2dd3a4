/* Source rows in float64 or float32, each channel by itself, with what lies beyond the slide's edges: the way into
 * kernels that compare pixels of several channels. */
#ifndef WSI_CPU_PLANAR_H
#define WSI_CPU_PLANAR_H

#include "kernels/edge.h"
#include "kernels/op.h"

#define WSI_PLANAR_CASE(value, ctype)                                                                                  \
    case value:                                                                                                        \
        for (int64_t i = 0; i < n; i++) to[i] = (WSI_PLANAR)((const ctype *)from)[i * step] * scale;                   \
        break;

/* Defines NAME(to, from, type, step, n, scale): every step-th sample from `from` on, times scale. */
#define WSI_DEFINE_GATHER(name)                                                                                        \
    static void name(WSI_PLANAR *restrict to, const void *restrict from, wsi_dtype type, int64_t step, int64_t n,      \
                     WSI_PLANAR scale)                                                                                 \
    {                                                                                                                  \
        switch (type) {                                                                                                \
        case WSI_BOOL:                                                                                                 \
            for (int64_t i = 0; i < n; i++) to[i] = ((const uint8_t *)from)[i * step] != 0 ? 1 : 0;                    \
            break;                                                                                                     \
            WSI_PLANAR_CASE(WSI_U8, uint8_t)                                                                           \
            WSI_PLANAR_CASE(WSI_I8, int8_t)                                                                            \
            WSI_PLANAR_CASE(WSI_U16, uint16_t)                                                                         \
            WSI_PLANAR_CASE(WSI_I16, int16_t)                                                                          \
            WSI_PLANAR_CASE(WSI_U32, uint32_t)                                                                         \
            WSI_PLANAR_CASE(WSI_I32, int32_t)                                                                          \
            WSI_PLANAR_CASE(WSI_F32, float)                                                                            \
        default:                                                                                                       \
            for (int64_t i = 0; i < n; i++) to[i] = (WSI_PLANAR)(((const double *)from)[i * step] * (double)scale);    \
            break;                                                                                                     \
        }                                                                                                              \
    }

/* Defines NAME(to, pitch, src, y, first, count, mode, outside, scale) over the above, called GATHER: pixels first ..
 * first + count - 1 of row y, channel c at to + c * pitch. The range must hold what the mode maps pixels beyond the
 * edges to, as it does within a kernel's reach. */
#define WSI_DEFINE_PLANAR_ROW(name, gather)                                                                            \
    static void name(WSI_PLANAR *to, size_t pitch, const wsi_image *src, int64_t y, int64_t first, int64_t count,      \
                     wsi_edge mode, WSI_PLANAR outside, WSI_PLANAR scale)                                              \
    {                                                                                                                  \
        const int64_t from = wsi_edge_map(mode, y, src->h), lo = first < 0 ? 0 : first;                                \
        const int64_t hi = first + count > src->w ? src->w : first + count;                                            \
        for (int c = 0; c < src->fmt.channels; c++, to += pitch) {                                                     \
            if (from < 0) {                                                                                            \
                for (int64_t i = 0; i < count; i++) to[i] = outside;                                                   \
                continue;                                                                                              \
            }                                                                                                          \
            const size_t at = ((size_t)(lo * src->fmt.channels) + (size_t)c) * wsi_dtype_size(src->fmt.type);          \
            gather(to + (lo - first), (const char *)wsi_image_row(src, from) + at, src->fmt.type, src->fmt.channels,   \
                   hi - lo, scale);                                                                                    \
            for (int64_t x = first; x < first + count; x++) {                                                          \
                if (x == lo) x = hi;                                                                                   \
                if (x >= first + count) break;                                                                         \
                const int64_t inside = wsi_edge_map(mode, x, src->w);                                                  \
                to[x - first] = inside < 0 ? outside : to[inside - first];                                             \
            }                                                                                                          \
        }                                                                                                              \
    }

#endif
