/* Where point-wise kernels leave their results. A result larger than the caches of a core is not there any more when it
 * is read next, so its rows go past the caches: lines that are written in full need not be read first, which is a third
 * of the traffic of a kernel with one input. Smaller ones are written in place, for the next step to find them.
 *
 * Past the caches, two things decide the speed: that lines leave in one piece, by the widest vectors there are, and
 * that memory is always asked for more. Inputs are therefore fetched ahead of the run that is being computed. */
#ifndef WSI_CPU_STORES_H
#define WSI_CPU_STORES_H

#include <stdint.h>
#include <string.h>

#include "common/image.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum {
    WSI_STORES_PAST_CACHES = 8 << 20, /* bytes of a result that no core's own caches hold */
    WSI_STORES_HELD = 1024,           /* put at a time: short, so that reads and writes of memory overlap */
    WSI_STORES_AHEAD = 8192,          /* bytes of an input that are on their way */
    WSI_STORES_LINE = 64
};

static inline int wsi_stores_stream(const wsi_image *dst)
{
    return dst->w * dst->h * (int64_t)wsi_pixfmt_size(dst->fmt) >= WSI_STORES_PAST_CACHES;
}

/* Pixels of `size` bytes in what is held: whole lines of them, where one pixel is not longer. */
static inline int64_t wsi_stores_pixels(size_t size)
{
    const int64_t n = (int64_t)(WSI_STORES_HELD / size);
    return n >= WSI_STORES_LINE ? n / WSI_STORES_LINE * WSI_STORES_LINE : n;
}

/* A run of an input, `bytes` at `from`, is about to be read: asks for as much WSI_STORES_AHEAD after it. */
static inline void wsi_stores_fetch_ahead(const void *from, size_t bytes)
{
    const uintptr_t next = (uintptr_t)from + WSI_STORES_AHEAD;
    for (size_t i = 0; i < bytes; i += WSI_STORES_LINE) __builtin_prefetch((const void *)(next + i));
}

#if defined(__SSE2__)

/* The line at `to`, which is aligned. */
static inline void wsi_stores_put_line(char *restrict to, const char *restrict from)
{
#if defined(__AVX512F__)
    _mm512_stream_si512((__m512i *)(void *)to, _mm512_loadu_si512(from));
#elif defined(__AVX__)
    const __m256i *in = (const __m256i *)(const void *)from;
    __m256i *out = (__m256i *)(void *)to;
    for (int k = 0; k < 2; k++) _mm256_stream_si256(out + k, _mm256_loadu_si256(in + k));
#else
    const __m128i *in = (const __m128i *)(const void *)from;
    __m128i *out = (__m128i *)(void *)to;
    for (int k = 0; k < 4; k++) _mm_stream_si128(out + k, _mm_loadu_si128(in + k));
#endif
}

/* Copies past the caches; wsi_stores_done() comes before anybody reads `to`. Of each of the inputs, whose pixels are as
 * large as the result's, a line is fetched with every line that leaves: wsi_stores_fetch_ahead, spread over time. */
static inline void wsi_stores_put(char *restrict to, const char *restrict from, size_t bytes, const void *const *inputs,
                                  int count)
{
    const size_t head = (size_t)(-(uintptr_t)to & (WSI_STORES_LINE - 1)), first = head < bytes ? head : bytes;
    memcpy(to, from, first);
    size_t i = first;
    for (; i + WSI_STORES_LINE <= bytes; i += WSI_STORES_LINE) {
        for (int k = 0; k < count; k++) __builtin_prefetch((const char *)inputs[k] + WSI_STORES_AHEAD + i);
        wsi_stores_put_line(to + i, from + i);
    }
    memcpy(to + i, from + i, bytes - i);
}

static inline void wsi_stores_done(void)
{
    _mm_sfence();
}

#else

static inline void wsi_stores_put(char *restrict to, const char *restrict from, size_t bytes, const void *const *inputs,
                                  int count)
{
    (void)inputs, (void)count;
    memcpy(to, from, bytes);
}

static inline void wsi_stores_done(void)
{
}

#endif

#endif
