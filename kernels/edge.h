/* How an image goes on beyond a slide edge: SciPy's modes, for every operation through this one helper.
 *
 *   reflect   d c b a | a b c d | d c b a        mirror    d c b | a b c d | c b a
 *   nearest   a a a a | a b c d | d d d d        constant  k k k | a b c d | k k k
 *
 * By the clamped-crop rule (op.h) an index outside the crop lies outside the slide; it is mapped against the
 * crop's own size. That is right also for reach far beyond the image: whenever a mapped index would be reflected a
 * second time, both slide edges are inside the reach and the crop is the whole extent. */
#ifndef WSI_EDGE_H
#define WSI_EDGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "px/px.h"

/* Filters offer the first four; morphology also its own three, which it turns into CONSTANT. */
typedef enum wsi_edge {
    WSI_EDGE_REFLECT = 0,
    WSI_EDGE_MIRROR,
    WSI_EDGE_NEAREST,
    WSI_EDGE_CONSTANT,
    WSI_EDGE_MIN,
    WSI_EDGE_MAX,
    WSI_EDGE_IGNORE
} wsi_edge;

/* Index within 0 .. n-1 that stands for i; -1 where CONSTANT's value does. n >= 1. */
static WSI_HD int64_t wsi_edge_map(wsi_edge mode, int64_t i, int64_t n)
{
    if (i >= 0 && i < n) return i;
    if (mode == WSI_EDGE_NEAREST) return i < 0 ? 0 : n - 1;
    if (mode != WSI_EDGE_REFLECT && mode != WSI_EDGE_MIRROR) return -1;
    if (mode == WSI_EDGE_MIRROR && n == 1) return 0;
    const int64_t last = mode == WSI_EDGE_REFLECT ? 2 * n - 1 : 2 * n - 2; /* index that mirrors to 0 */
    const int64_t period = mode == WSI_EDGE_REFLECT ? 2 * n : 2 * n - 2;
    int64_t m = i % period;
    if (m < 0) m += period;
    return m < n ? m : last - m;
}

/* Copies pixels x .. x+count-1 of a row of w pixels of `size` bytes each to dst, extended by mode;
 * constant: one pixel, used by CONSTANT only. */
static inline void wsi_edge_row(void *dst, const void *row, size_t size, int64_t x, int64_t count, int64_t w,
                                wsi_edge mode, const void *constant)
{
    char *out = (char *)dst;
    const char *in = (const char *)row;
    const int64_t first = x < 0 ? (-x < count ? -x : count) : 0;                 /* pixels left of the row */
    const int64_t end = x + count > w ? (w - x > first ? w - x : first) : count; /* pixels up to its right end */
    if (end > first) memcpy(out + (size_t)first * size, in + (size_t)(x + first) * size, (size_t)(end - first) * size);
    for (int64_t i = 0; i < count; i++) {
        if (i == first) i = end;
        if (i >= count) break;
        const int64_t from = wsi_edge_map(mode, x + i, w);
        memcpy(out + (size_t)i * size, from < 0 ? (const char *)constant : in + (size_t)from * size, size);
    }
}

#endif
