/* Labels as deflate: what libdeflate makes of the streams, on bytes that come in runs and on bytes that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "writer/encode-deflate.h"
#include "writer/encode-labels.h"

#include <string.h>

static uint64_t seed = 88172645463325252u;

static uint32_t below(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

/* Discs numbered across the image, or the bytes of one of four planes of such numbers. */
static void fill_labels(uint8_t *out, size_t w, size_t h, size_t width, int planes)
{
    const uint32_t first = below(4) ? below(70000) : UINT32_MAX - 400;
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            const int dx = (int)(x % 23) - 11, dy = (int)(y % 19) - 9;
            const uint32_t label = dx * dx + dy * dy < 70 ? first + (uint32_t)(y / 19 * 40 + x / 23) : 0;
            for (size_t b = 0; b < width; b++) {
                const size_t at = planes ? b * w * h + y * w + x : (y * w + x) * width + b;
                out[at] = (uint8_t)(label >> (8 * b));
            }
        }
}

/* Through the encoder and back; returns the stream's size, 0 when it was declined. */
static size_t round_trip(const uint8_t *in, size_t bytes, size_t near, size_t above, size_t capacity)
{
    void *scratch = wsi_calloc(1, wsi_labels_scratch(bytes));
    uint8_t *out = wsi_calloc(1, capacity + 1), *back = wsi_calloc(1, bytes + 1);
    size_t size = 0;
    wsi_error err = {WSI_OK, ""};
    out[capacity] = 0xa5;
    wsi_labels_encode(in, bytes, near, above, scratch, out, capacity, &size);
    assert_int_equal(out[capacity], 0xa5);
    if (size) {
        assert_int_equal(wsi_deflate_decode(out, size, back, bytes, &err), WSI_OK);
        assert_memory_equal(in, back, bytes);
    }
    wsi_free(scratch);
    wsi_free(out);
    wsi_free(back);
    return size;
}

static void labels_come_back(void **state)
{
    (void)state;
    int taken = 0;
    for (int i = 0; i < 200; i++) {
        const size_t w = 1 + below(300), h = 1 + below(200), width = (size_t)1 << below(3), bytes = w * h * width;
        const int planes = (int)below(2);
        uint8_t *in = wsi_calloc(1, bytes);
        fill_labels(in, w, h, width, planes);
        const size_t size = round_trip(in, bytes, planes ? 1 : width, planes ? w : w * width, bytes + 1024);
        if (bytes > 20000) {
            assert_true(size > 0);
            assert_true(size < bytes / 4);
            taken++;
        }
        wsi_free(in);
    }
    assert_true(taken > 40);
}

/* One value takes next to nothing, whatever it is. */
static void flat_tiles_are_small(void **state)
{
    (void)state;
    static uint8_t in[256 * 256 * 4];
    for (int v = 0; v < 256; v += 51) {
        memset(in, v, sizeof in);
        const size_t size = round_trip(in, sizeof in, 1, 256, sizeof in);
        assert_true(size > 0 && size < 700);
    }
}

static void noise_is_declined(void **state)
{
    (void)state;
    static uint8_t in[64 * 64];
    for (size_t i = 0; i < sizeof in; i++) in[i] = (uint8_t)below(256);
    assert_int_equal(round_trip(in, sizeof in, 1, 64, 2 * sizeof in), 0);
}

/* A stream that may not fit is not begun. */
static void small_buffers_are_respected(void **state)
{
    (void)state;
    static uint8_t in[128 * 128 * 4];
    fill_labels(in, 128, 128, 4, 1);
    const size_t size = round_trip(in, sizeof in, 1, 128, sizeof in);
    assert_true(size > 0);
    for (size_t capacity = 0; capacity < 3 * size; capacity += 7) round_trip(in, sizeof in, 1, 128, capacity);
    assert_int_equal(round_trip(in, sizeof in, 1, 128, size / 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_come_back),
        cmocka_unit_test(flat_tiles_are_small),
        cmocka_unit_test(noise_is_declined),
        cmocka_unit_test(small_buffers_are_respected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
