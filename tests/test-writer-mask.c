/* Masks as deflate: what libdeflate and zlib's rules make of the streams, on masks of every kind and shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "writer/encode.h"
#include "writer/encode-deflate.h"
#include "writer/encode-mask.h"
#include "writer/pack.h"

#include <string.h>

static uint64_t seed = 88172645463325252u;

static uint32_t below(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

typedef enum kind { EMPTY = 0, FULL, NOISE, SPARSE, DISKS, STRIPES, DIAGONAL, CHECKERS, KINDS } kind;

static int value(kind k, int64_t x, int64_t y, int64_t c)
{
    switch (k) {
    case FULL:
        return 1;
    case NOISE:
        return (int)below(2);
    case SPARSE:
        return below(97) == 0;
    case DISKS:
        return (x % 41 - 20) * (x % 41 - 20) + (y % 37 - 18) * (y % 37 - 18) < 150 + 40 * c;
    case STRIPES:
        return (int)(y / 3 + c) & 1;
    case DIAGONAL:
        return (x + y + c) % 64 == 0;
    case CHECKERS:
        return (int)(x + y + c) & 1;
    default:
        return 0;
    }
}

static void fill(const wsi_image *im, kind k)
{
    for (int64_t y = 0; y < im->h; y++)
        for (int64_t x = 0; x < im->w; x++)
            for (int64_t c = 0; c < im->fmt.channels; c++)
                ((uint8_t *)wsi_image_row(im, y))[x * im->fmt.channels + c] = (uint8_t)value(k, x, y, c);
}

/* A mask of w x h in a tile of tw x th, through the encoder and back; returns the size, 0 when it was declined. */
static size_t round_trip(kind k, int64_t w, int64_t h, int channels, int64_t tw, int64_t th)
{
    wsi_error err = {WSI_OK, ""};
    const size_t raw = (size_t)(tw * th * channels), stride = (size_t)(w * channels) + below(9);
    const size_t capacity = wsi_deflate_bound(raw);
    uint8_t *pixels = wsi_calloc(stride, (size_t)h), *packed = wsi_calloc(1, raw), *back = wsi_calloc(1, raw);
    uint8_t *out = wsi_calloc(1, capacity + 1);
    const wsi_image im = {pixels, (ptrdiff_t)stride, w, h, {WSI_BOOL, channels}};
    wsi_encoder_pool *pool = NULL;
    wsi_encoder *encoder = NULL;
    size_t size = 0;
    fill(&im, k);
    out[capacity] = 0xA5;
    assert_int_equal(wsi_encoder_pool_create(WSI_CODEC_DEFLATE, 0, NULL, &pool, &err), WSI_OK);
    assert_int_equal(wsi_encoder_lend(pool, &encoder, &err), WSI_OK);
    assert_int_equal(wsi_encode_mask(encoder, &im, tw, th, out, capacity, &size, &err), WSI_OK);
    assert_int_equal(out[capacity], 0xA5);
    if (size) {
        wsi_pack_plain(&im, tw, th, packed);
        assert_int_equal(wsi_deflate_decode(out, size, back, raw, &err), WSI_OK);
        assert_memory_equal(back, packed, raw);
    }
    wsi_encoder_give_back(pool, encoder);
    wsi_encoder_pool_destroy(&pool);
    wsi_free(pixels);
    wsi_free(packed);
    wsi_free(back);
    wsi_free(out);
    return size;
}

static void every_kind_comes_back(void **state)
{
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        assert_in_range(round_trip((kind)k, 256, 256, 1, 256, 256), 1, 65536);
        assert_in_range(round_trip((kind)k, 512, 512, 1, 512, 512), 1, 262144);
        assert_int_equal(round_trip((kind)k, 64, 1, 1, 64, 1), 0); /* the codes alone could take more */
        assert_in_range(round_trip((kind)k, 128, 64, 3, 128, 64), 1, 3 * 8192);
        assert_in_range(round_trip((kind)k, 64, 16, 64, 64, 16), 1, 65536);
    }
}

static void edges_are_extended(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        const int channels = 1 + (int)below(4);
        const int64_t tw = 64 * (1 + below(4)), th = 40 + below(80);
        assert_true(round_trip((kind)below(KINDS), 1 + below((uint32_t)tw), 1 + below((uint32_t)th), channels, tw, th) >
                    0);
    }
}

static void flat_masks_are_small(void **state)
{
    (void)state;
    assert_in_range(round_trip(EMPTY, 256, 256, 1, 256, 256), 1, 130);
    assert_in_range(round_trip(FULL, 256, 256, 1, 256, 256), 1, 130);
    assert_in_range(round_trip(DISKS, 256, 256, 1, 256, 256), 1, 3000);
}

/* Rows that are no whole words, other types and levels are for the general compressor. */
static void others_are_declined(void **state)
{
    wsi_error err = {WSI_OK, ""};
    uint8_t pixels[64 * 4] = {0}, out[1024];
    wsi_image im = {pixels, 64, 64, 4, {WSI_U8, 1}};
    size_t size = 1;
    (void)state;
    assert_int_equal(round_trip(DISKS, 40, 40, 1, 40, 40), 0);
    for (int level = 0; level <= 6; level += 6) {
        wsi_encoder_pool *pool = NULL;
        wsi_encoder *encoder = NULL;
        if (level) im.fmt.type = WSI_BOOL;
        assert_int_equal(wsi_encoder_pool_create(WSI_CODEC_DEFLATE, level, NULL, &pool, &err), WSI_OK);
        assert_int_equal(wsi_encoder_lend(pool, &encoder, &err), WSI_OK);
        assert_int_equal(wsi_encode_mask(encoder, &im, 64, 4, out, sizeof out, &size, &err), WSI_OK);
        assert_int_equal(size, 0);
        wsi_encoder_give_back(pool, encoder);
        wsi_encoder_pool_destroy(&pool);
    }
}

/* A stream that does not fit is not begun. */
static void short_buffers_are_left_alone(void **state)
{
    enum { ROW = 64, ROWS = 64 };
    static const uint64_t bits[ROWS];
    void *scratch = wsi_calloc(1, wsi_mask_scratch(ROW * ROWS));
    uint8_t out[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    size_t size = 1;
    (void)state;
    wsi_mask_encode(bits, scratch, 1, ROW, ROWS, out, sizeof out, &size);
    assert_int_equal(size, 0);
    assert_int_equal(out[0], 1);
    wsi_free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),        cmocka_unit_test(edges_are_extended),
        cmocka_unit_test(flat_masks_are_small),         cmocka_unit_test(others_are_declined),
        cmocka_unit_test(short_buffers_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
