/* Where point-wise kernels leave their results. A result larger than the caches of a core is not there any more when it
 * is read next, so its rows go past the caches: lines that are written in full need not be read first, which is a third
 * of the traffic of a kernel with one input. Smaller ones are written in place, for the next step to find them. */
#ifndef WSI_CPU_STORES_H
#define WSI_CPU_STORES_H

#include <stdint.h>
#include <string.h>

#include "common/image.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    WSI_STORES_PAST_CACHES = 8 << 20, /* bytes of a result that no core's own caches hold */
    WSI_STORES_HELD = 2048            /* put at a time: short, so that reads and writes of memory overlap */
};

static inline int wsi_stores_stream(const wsi_image *dst)
{
    return dst->w * dst->h * (int64_t)wsi_pixfmt_size(dst->fmt) >= WSI_STORES_PAST_CACHES;
}

#if defined(__SSE2__)

/* Copies past the caches; wsi_stores_done() comes before anybody reads `to`. */
static inline void wsi_stores_put(char *restrict to, const char *restrict from, size_t bytes)
{
    const size_t head = (size_t)(-(uintptr_t)to & 63), first = head < bytes ? head : bytes;
    memcpy(to, from, first);
    size_t i = first;
    for (; i + 64 <= bytes; i += 64) {
        const __m128i *in = (const __m128i *)(const void *)(from + i);
        __m128i *out = (__m128i *)(void *)(to + i);
        for (int k = 0; k < 4; k++) _mm_stream_si128(out + k, _mm_loadu_si128(in + k));
    }
    memcpy(to + i, from + i, bytes - i);
}

static inline void wsi_stores_done(void)
{
    _mm_sfence();
}

#else

static inline void wsi_stores_put(char *restrict to, const char *restrict from, size_t bytes)
{
    memcpy(to, from, bytes);
}

static inline void wsi_stores_done(void)
{
}

#endif

#endif
