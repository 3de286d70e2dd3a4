/* Halving against a direct reading of the rule, for every type, odd and even sizes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scheduler/downsample.h"

static double load(const wsi_image *im, int64_t x, int64_t y, int c)
{
    const char *p = (const char *)wsi_image_row(im, y) + (size_t)x * wsi_pixfmt_size(im->fmt) +
                    (size_t)c * wsi_dtype_size(im->fmt.type);
    switch (im->fmt.type) {
    case WSI_I8:
        return *(const int8_t *)p;
    case WSI_U16:
        return *(const uint16_t *)p;
    case WSI_I16:
        return *(const int16_t *)p;
    case WSI_U32:
        return *(const uint32_t *)p;
    case WSI_I32:
        return *(const int32_t *)p;
    case WSI_F32:
        return *(const float *)p;
    case WSI_F64:
        return *(const double *)p;
    default:
        return *(const uint8_t *)p;
    }
}

static double expected(const wsi_image *src, int64_t x, int64_t y, int c, int nearest)
{
    if (nearest) return load(src, 2 * x, 2 * y, c);
    double sum = 0;
    int n = 0;
    for (int64_t j = 2 * y; j < 2 * y + 2 && j < src->h; j++)
        for (int64_t i = 2 * x; i < 2 * x + 2 && i < src->w; i++, n++) sum += load(src, i, j, c);
    const int is_float = src->fmt.type == WSI_F32 || src->fmt.type == WSI_F64;
    return is_float ? sum / n : floor(sum / n + 0.5);
}

static void check(wsi_pixfmt fmt, int64_t w, int64_t h, int nearest)
{
    const size_t px = wsi_pixfmt_size(fmt), n = (size_t)(w * h) * px;
    char *a = malloc(n), *b = malloc(n);
    for (size_t i = 0; i < n; i++) a[i] = (char)rand();
    if (fmt.type == WSI_F32)
        for (size_t i = 0; i < n / 4; i++) ((float *)(void *)a)[i] = (float)(rand() % 4096) / 16;
    if (fmt.type == WSI_F64)
        for (size_t i = 0; i < n / 8; i++) ((double *)(void *)a)[i] = (rand() % 4096) / 16.0;
    wsi_image src = {a, (ptrdiff_t)((size_t)w * px), w, h, fmt};
    wsi_image dst = {b, (ptrdiff_t)((size_t)((w + 1) / 2) * px), (w + 1) / 2, (h + 1) / 2, fmt};
    wsi_downsample(&dst, &src, nearest);
    for (int64_t y = 0; y < dst.h; y++)
        for (int64_t x = 0; x < dst.w; x++)
            for (int c = 0; c < fmt.channels; c++)
                if (load(&dst, x, y, c) != expected(&src, x, y, c, nearest))
                    fail_msg("%s x%d, %ldx%ld at %ld,%ld", wsi_dtype_name(fmt.type), fmt.channels, (long)w, (long)h,
                             (long)x, (long)y);
    free(a);
    free(b);
}

static void all_types(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 3}, {8, 5}, {301, 4}, {700, 3}};
    for (int t = 0; t < WSI_DTYPE_COUNT; t++)
        for (int channels = 1; channels <= 4; channels++)
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
                for (int nearest = 0; nearest < 2; nearest++)
                    check((wsi_pixfmt){(wsi_dtype)t, channels}, sizes[s][0], sizes[s][1], nearest);
}

/* A mask as bits, with columns that its tile has and the level does not. */
static void bits_are_as_bytes(void **state)
{
    enum { ROW = 32, ROWS = 6, OUTSIDE = 2 };
    (void)state;
    for (int64_t w = 1; w <= 8 * ROW; w++) {
        uint8_t bits[ROW * ROWS], out[ROWS / 2][4 * ROW + 1];
        const int64_t half = (w + 1) / 2;
        const wsi_image dst = {out, sizeof out[0], half, ROWS / 2, {WSI_BOOL, 1}};
        for (size_t i = 0; i < sizeof bits; i++) bits[i] = (uint8_t)rand();
        memset(out, OUTSIDE, sizeof out);
        wsi_downsample_bits(&dst, bits, ROW);
        for (int64_t y = 0; y < dst.h; y++) {
            for (int64_t x = 0; x < half; x++)
                assert_int_equal(out[y][x], bits[2 * y * ROW + x / 4] >> 2 * (x % 4) & 1);
            assert_int_equal(out[y][half], OUTSIDE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_types), cmocka_unit_test(bits_are_as_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
