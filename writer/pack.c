/* Tile packing: see pack.h. Plain loops over restrict pointers, which compilers turn into vector code. */
#include "pack.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the files are little-endian, and so must the host be");

int wsi_pack_needless(const wsi_image *view, int64_t tile_w, int64_t tile_h)
{
    return view->w == tile_w && view->h == tile_h && view->fmt.type != WSI_BOOL &&
           view->stride == (ptrdiff_t)((size_t)tile_w * wsi_pixfmt_size(view->fmt));
}

/* 0 and 1 become 0 and 255. */
static void widen_bool(const uint8_t *restrict in, uint8_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(0 - in[i]);
}

void wsi_pack_plain(const wsi_image *view, int64_t tile_w, int64_t tile_h, void *out)
{
    const size_t pixel = wsi_pixfmt_size(view->fmt);
    const size_t used = (size_t)view->w * pixel, row = (size_t)tile_w * pixel;
    uint8_t *to = out;
    for (int64_t y = 0; y < view->h; y++, to += row) {
        if (view->fmt.type == WSI_BOOL)
            widen_bool(wsi_image_row(view, y), to, used);
        else
            memcpy(to, wsi_image_row(view, y), used);
        for (size_t i = used; i < row; i++) to[i] = to[i - pixel];
    }
    for (int64_t y = view->h; y < tile_h; y++, to += row) memcpy(to, to - row, row);
}

#if defined(__SSE2__)
/* 64 bytes of 0 and 1 as bits. */
static uint64_t gather64(const uint8_t *in)
{
    uint64_t bits = 0;
    for (int k = 0; k < 4; k++) {
        const __m128i v = _mm_slli_epi16(_mm_loadu_si128((const __m128i *)(const void *)(in + 16 * k)), 7);
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(v) << 16 * k;
    }
    return bits;
}
#else
/* 64 bytes of 0 and 1 as bits: the product brings the lowest bits of eight bytes together in its highest byte. */
static uint64_t gather64(const uint8_t *in)
{
    uint64_t bits = 0;
    for (unsigned k = 0; k < 8; k++) {
        uint64_t v;
        memcpy(&v, in + 8 * k, sizeof v);
        bits |= (v * 0x0102040810204080u >> 56) << 8 * k;
    }
    return bits;
}
#endif

/* Bits first .. n-1 repeat the pixel before them, c samples each. */
static void repeat_bits(uint64_t *bits, size_t first, size_t n, size_t c)
{
    for (size_t i = first; i < n; i++)
        if (bits[(i - c) / 64] >> (i - c) % 64 & 1) bits[i / 64] |= (uint64_t)1 << i % 64;
}

void wsi_pack_bits(const wsi_image *view, int64_t tile_w, int64_t tile_h, uint64_t *out)
{
    const size_t channels = (size_t)view->fmt.channels, used = (size_t)view->w * channels;
    const size_t row = (size_t)tile_w * channels, words = row / 64;
    for (int64_t y = 0; y < view->h; y++, out += words) {
        const uint8_t *in = wsi_image_row(view, y);
        const size_t whole = used / 64;
        for (size_t i = 0; i < whole; i++) out[i] = gather64(in + 64 * i);
        memset(out + whole, 0, (words - whole) * sizeof *out);
        for (size_t i = 64 * whole; i < used; i++) out[i / 64] |= (uint64_t)in[i] << i % 64;
        repeat_bits(out, used, row, channels);
    }
    for (int64_t y = view->h; y < tile_h; y++, out += words) memcpy(out, out - words, words * sizeof *out);
}

/* One row of differences; c samples a pixel. Repeated pixels behind the view's edge differ by zero. */
#define DEFINE_PREDICT(name, type)                                                                                     \
    static void name(const type *restrict in, type *restrict out, size_t n, size_t c)                                  \
    {                                                                                                                  \
        for (size_t i = 0; i < c; i++) out[i] = in[i];                                                                 \
        for (size_t i = c; i < n; i++) out[i] = (type)(in[i] - in[i - c]);                                             \
    }
DEFINE_PREDICT(predict8, uint8_t)
DEFINE_PREDICT(predict16, uint16_t)
DEFINE_PREDICT(predict32, uint32_t)

/* On 0 and 255 = -1 modulo 256 the difference is that of 0 and 1 with the sign turned. */
static void predict_bool(const uint8_t *restrict in, uint8_t *restrict out, size_t n, size_t c)
{
    for (size_t i = 0; i < c; i++) out[i] = (uint8_t)(0 - in[i]);
    for (size_t i = c; i < n; i++) out[i] = (uint8_t)(in[i - c] - in[i]);
}

void wsi_pack_predicted(const wsi_image *view, int64_t tile_w, int64_t tile_h, void *out)
{
    const size_t channels = (size_t)view->fmt.channels, n = (size_t)view->w * channels;
    const size_t width = wsi_dtype_size(view->fmt.type);
    const size_t used = n * width, row = (size_t)tile_w * channels * width;
    uint8_t *to = out;
    for (int64_t y = 0; y < view->h; y++, to += row) {
        const void *from = wsi_image_row(view, y);
        if (view->fmt.type == WSI_BOOL)
            predict_bool(from, to, n, channels);
        else if (width == 1)
            predict8(from, to, n, channels);
        else if (width == 2)
            predict16(from, (uint16_t *)(void *)to, n, channels);
        else
            predict32(from, (uint32_t *)(void *)to, n, channels);
        memset(to + used, 0, row - used);
    }
    for (int64_t y = view->h; y < tile_h; y++, to += row) memcpy(to, to - row, row);
}

/* Inlined for each width in use, so that compilers move vectors. */
static inline __attribute__((always_inline)) void shuffle(const uint8_t *restrict from, size_t n, size_t width,
                                                          uint8_t *restrict out)
{
    for (size_t k = 0; k < width; k++) {
        uint8_t *restrict to = out + k * n;
        for (size_t i = 0; i < n; i++) to[i] = from[i * width + k];
    }
}

static inline __attribute__((always_inline)) void unshuffle(const uint8_t *restrict in, size_t n, size_t width,
                                                            uint8_t *restrict to)
{
    for (size_t k = 0; k < width; k++) {
        const uint8_t *restrict from = in + k * n;
        for (size_t i = 0; i < n; i++) to[i * width + k] = from[i];
    }
}

#define EACH_WIDTH(name)                                                                                               \
    switch (width) {                                                                                                   \
    case 2:                                                                                                            \
        name(in, n, 2, out);                                                                                           \
        break;                                                                                                         \
    case 4:                                                                                                            \
        name(in, n, 4, out);                                                                                           \
        break;                                                                                                         \
    case 8:                                                                                                            \
        name(in, n, 8, out);                                                                                           \
        break;                                                                                                         \
    default:                                                                                                           \
        name(in, n, width, out);                                                                                       \
        break;                                                                                                         \
    }

void wsi_pack_shuffle(const void *in, size_t n, size_t width, void *out)
{
    EACH_WIDTH(shuffle)
}

void wsi_pack_unshuffle(const void *in, size_t n, size_t width, void *out)
{
    EACH_WIDTH(unshuffle)
}
