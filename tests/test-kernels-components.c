/* The component engine where scikit-image cannot follow: every instruction set's spans, totals that do not fit memory,
 * refusals, and slides of more than 2^32 pixels in bounded memory. Equality with scikit-image is ops_oracle's matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/mem.h"
#include "kernels/components.h"
#include "kernels/spans.h"
#include "kernels/totals.h"
#include "rng.h"

enum { ROW = 300 };

static int naive_mask(const uint8_t *row, int n, int inverted, wsi_span *spans)
{
    int count = 0;
    for (int x = 0; x < n; x++) {
        if ((row[x] != 0) == inverted) continue;
        if (x > 0 && (row[x - 1] != 0) != inverted)
            spans[count - 1].end++;
        else
            spans[count++] = (wsi_span){(uint32_t)x, (uint32_t)x + 1};
    }
    return count;
}

static void masks_are_cut_into_spans(void **state)
{
    rng r = {11};
    uint8_t row[ROW];
    wsi_span got[ROW + 1], want[ROW + 1];
    (void)state;
    for (int k = 0; k < 4000; k++) {
        const int n = 1 + (int)rng_below(&r, ROW), p = (int)rng_below(&r, 17), inverted = k & 1;
        for (int x = 0; x < n; x++) row[x] = (uint8_t)(rng_below(&r, 16) < p ? 1 + rng_below(&r, 255) : 0);
        const int count = naive_mask(row, n, inverted, want);
        for (int isa = 0; isa <= (int)wsi_cpu_best(); isa++) {
            assert_int_equal(wsi_spans_kernel_for((wsi_isa)isa)->mask(row, n, inverted, got), count);
            assert_memory_equal(got, want, (size_t)count * sizeof *got);
        }
    }
}

static void labels_are_cut_into_spans(void **state)
{
    static const wsi_dtype types[] = {WSI_U8, WSI_I8, WSI_U16, WSI_I16, WSI_U32, WSI_I32};
    rng r = {12};
    int32_t value[ROW];
    unsigned char row[ROW * sizeof(int32_t)];
    wsi_span got[ROW + 1];
    uint32_t values[ROW + 1];
    (void)state;
    for (int k = 0; k < 4000; k++) {
        const wsi_dtype type = types[k % 6];
        const int n = 1 + (int)rng_below(&r, ROW), stay = (int)rng_below(&r, 8);
        const size_t size = wsi_dtype_size(type);
        for (int x = 0; x < n; x++) {
            value[x] = x > 0 && rng_below(&r, 8) < stay ? value[x - 1] : (int32_t)rng_below(&r, 4) - 2 * (int)(k % 2);
            memcpy(row + (size_t)x * size, &value[x], size);
        }
        for (int isa = 0; isa <= (int)wsi_cpu_best(); isa++) {
            const wsi_spans_kernel *kernel = wsi_spans_kernel_for((wsi_isa)isa);
            const int64_t background = type == WSI_U32 ? (int64_t)(uint32_t)value[0] : value[0];
            const int64_t count = kernel->labels(row, type, n, background, got, values);
            int64_t covered = 0, last = 0;
            for (int64_t i = 0; i < count; i++) {
                assert_true(got[i].start >= last && got[i].start < got[i].end && got[i].end <= (uint32_t)n);
                for (uint32_t x = got[i].start; x < got[i].end; x++) assert_int_equal((uint32_t)value[x], values[i]);
                if (i > 0 && got[i].start == last) assert_int_not_equal(values[i], values[i - 1]);
                covered += got[i].end - got[i].start;
                last = got[i].end;
            }
            for (int x = 0; x < n; x++) covered += value[x] == value[0];
            assert_int_equal(covered, n);
            covered = kernel->labels(row, type, n, type == WSI_U32 ? -1 : (int64_t)UINT32_MAX, got, values);
            for (int x = 1; x < n; x++) covered -= value[x] != value[x - 1];
            assert_int_equal(covered, 1); /* no sample has such a value */
        }
    }
}

/* Thresholds that float32 does not hold, and samples next to them. */
static void levels_are_those_of_float64(void **state)
{
    static const double low = 0.1, high = 0.7;
    const float near[] = {0.1f, 0.7f, 0x1.999998p-4f,    0x1.99999cp-4f, 0x1.666664p-1f, 0x1.666668p-1f, 0,
                          -1,   2,    __builtin_nanf("")};
    rng r = {14};
    float f[ROW];
    int16_t n[ROW];
    uint8_t got[ROW];
    (void)state;
    for (int k = 0; k < 500; k++)
        for (int isa = 0; isa <= (int)wsi_cpu_best(); isa++) {
            const wsi_spans_kernel *kernel = wsi_spans_kernel_for((wsi_isa)isa);
            for (int x = 0; x < ROW; x++) f[x] = near[rng_below(&r, 10)];
            kernel->levels(got, f, WSI_F32, ROW, low, high);
            for (int x = 0; x < ROW; x++) assert_int_equal(got[x], ((double)f[x] > low) + 2 * ((double)f[x] > high));
            for (int x = 0; x < ROW; x++) n[x] = (int16_t)(rng_below(&r, 9) - 4);
            kernel->levels(got, n, WSI_I16, ROW, -1.5, 2);
            for (int x = 0; x < ROW; x++) assert_int_equal(got[x], (n[x] > -1.5) + 2 * (n[x] > 2));
            kernel->truth(got, n, WSI_I16, ROW);
            for (int x = 0; x < ROW; x++) assert_int_equal(got[x], n[x] != 0);
        }
}

static void totals_pass_through_the_scratch_file(void **state)
{
    enum { VALUES = 60000, ADDS = 400000 };
    wsi_scratch *scratch;
    wsi_totals *totals;
    wsi_error err = {0};
    rng r = {13};
    uint32_t *counts = (uint32_t *)wsi_calloc(VALUES, sizeof *counts);
    uint64_t count, place, places = 0;
    (void)state;
    assert_int_equal(wsi_scratch_open("/tmp", &scratch, &err), WSI_OK);
    assert_int_equal(wsi_totals_open(scratch, 1, &totals, &err), WSI_OK); /* the least table: spilled often */
    for (int i = 0; i < ADDS; i++) {
        const uint32_t v = (uint32_t)rng_below(&r, VALUES), n = 1 + (uint32_t)rng_below(&r, 3);
        assert_int_equal(wsi_totals_add(totals, v * 71581u + 1, n, &err), WSI_OK);
        counts[v] += n;
    }
    assert_int_equal(wsi_totals_finish(totals, &err), WSI_OK);
    for (uint32_t v = 0; v < VALUES; v++) {
        if (!counts[v]) continue;
        assert_int_equal(wsi_totals_find(totals, v * 71581u + 1, &count, &place, &err), WSI_OK);
        assert_true(count == counts[v] && place == places++);
    }
    assert_true(places == wsi_totals_values(totals));
    assert_int_equal(wsi_totals_find(totals, 2, &count, &place, &err), WSI_ERR_INTERNAL);
    wsi_totals_close(&totals);
    wsi_scratch_close(&scratch);
    wsi_free(counts);
}

/* A slide that is made tile by tile: discs whose places hang on nothing but their numbers. */
typedef struct slide {
    int64_t w, h, pitch;
    int most; /* radius */
    uint8_t *pixels;
} slide;

typedef struct disc {
    int64_t x, y, r;
} disc;

/* One in each square of the lattice, never touching another, across the border of its square or not. */
static disc disc_of(const slide *s, int64_t column, int64_t row)
{
    rng r = {(uint64_t)(row * 1000003 + column) * UINT64_C(0x9E3779B97F4A7C15) + 1};
    (void)rng_next(&r);
    const int64_t radius = 1 + rng_below(&r, s->most), free = s->pitch / 2 - s->most - 1;
    return (disc){column * s->pitch + rng_below(&r, 2 * free) - free, row * s->pitch + rng_below(&r, 2 * free) - free,
                  radius};
}

static void paint_disc(const slide *s, wsi_rect at, disc d)
{
    for (int64_t y = wsi_max64(d.y - d.r, at.y); y <= d.y + d.r && y < at.y + at.h; y++)
        for (int64_t x = wsi_max64(d.x - d.r, at.x); x <= d.x + d.r && x < at.x + at.w; x++)
            if ((x - d.x) * (x - d.x) + (y - d.y) * (y - d.y) <= d.r * d.r) s->pixels[(y - at.y) * at.w + x - at.x] = 1;
}

static wsi_image make_tile(const slide *s, wsi_rect at)
{
    memset(s->pixels, 0, (size_t)(at.w * at.h));
    for (int64_t row = at.y / s->pitch - 1; row * s->pitch < at.y + at.h + s->pitch; row++)
        for (int64_t column = at.x / s->pitch - 1; column * s->pitch < at.x + at.w + s->pitch; column++)
            if (row > 0 && column > 0 && row * s->pitch < s->h - s->pitch && column * s->pitch < s->w - s->pitch)
                paint_disc(s, at, disc_of(s, column, row));
    return (wsi_image){s->pixels, (ptrdiff_t)at.w, at.w, at.h, {WSI_BOOL, 1}};
}

static int64_t discs_along(int64_t length, int64_t pitch)
{
    int64_t n = 0;
    for (int64_t i = 1; i * pitch < length - pitch; i++) n++;
    return n;
}

static const wsi_pixfmt truth = {WSI_BOOL, 1};

/* Feeds all tiles; WSI_OK or the first error. */
static wsi_status feed(void *self, const slide *s, int64_t edge, wsi_error *err)
{
    const size_t bound = wsi_components_bound(self);
    void *bytes = aligned_alloc(64, (bound + 63) / 64 * 64);
    wsi_status status = WSI_OK;
    assert_non_null(bytes);
    for (int64_t y = 0; y < s->h && status == WSI_OK; y += edge)
        for (int64_t x = 0; x < s->w && status == WSI_OK; x += edge) {
            const wsi_rect at = wsi_rect_intersect((wsi_rect){x, y, edge, edge}, (wsi_rect){0, 0, s->w, s->h});
            const wsi_image im = make_tile(s, at);
            size_t size = 0;
            status = wsi_components_tile(self, &im, at, bytes, bound, &size, err);
            if (status == WSI_OK) status = wsi_components_append(self, at, bytes, size, err);
        }
    free(bytes);
    return status;
}

static int by_first_pixel(const void *a, const void *b)
{
    const disc *p = (const disc *)a, *q = (const disc *)b;
    const int64_t py = p->y - p->r, qy = q->y - q->r;
    return py != qy ? (py > qy) - (py < qy) : (p->x > q->x) - (p->x < q->x);
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* Every disc of a slide gets the number of its place in raster order. */
static void number_discs(const slide *s, int64_t edge)
{
    const wsi_whole_call call = {.in = &truth,
                                 .inputs = 1,
                                 .w = s->w,
                                 .h = s->h,
                                 .tile = edge,
                                 .threads = 1,
                                 .memory = 1 << 20,
                                 .scratch = "/tmp"};
    const wsi_components_spec spec = {.connectivity = 2, .number = 1, .offset = 1, .most = UINT32_MAX};
    const int64_t columns = discs_along(s->w, s->pitch), rows = discs_along(s->h, s->pitch);
    disc *discs = (disc *)wsi_calloc((size_t)(columns * rows), sizeof *discs);
    void *self = NULL;
    wsi_error err = {0};
    assert_int_equal(wsi_components_open(&call, &spec, &self, &err), WSI_OK);
    assert_int_equal(feed(self, s, edge, &err), WSI_OK);
    assert_int_equal(wsi_components_finish(self, &err), WSI_OK);
    assert_int_equal(wsi_components_count(self), columns * rows);
    for (int64_t i = 0; i < columns * rows; i++) discs[i] = disc_of(s, 1 + i % columns, 1 + i / columns);
    qsort(discs, (size_t)(columns * rows), sizeof *discs, by_first_pixel);
    for (int64_t i = 0; i < columns * rows; i += 1 + columns * rows / 400) {
        uint32_t label[2] = {7, 7};
        const wsi_image im = {label, sizeof label, 2, 1, {WSI_U32, 1}};
        const wsi_rect at = {discs[i].x + discs[i].r, discs[i].y, 2, 1};
        assert_int_equal(wsi_components_read(self, at, &im, &err), WSI_OK);
        assert_int_equal(label[0], i + 1);
        assert_int_equal(label[1], 0);
    }
    wsi_components_close(&self);
    assert_null(self);
    wsi_free(discs);
}

static void discs_across_tiles_are_numbered(void **state)
{
    slide s = {1500, 1900, 40, 9, NULL};
    (void)state;
    s.pixels = (uint8_t *)wsi_calloc((size_t)(s.w * s.h), 1);
    for (int64_t edge = 16; edge <= 2048; edge *= 2) number_discs(&s, edge);
    wsi_free(s.pixels);
}

static void more_than_2_32_pixels_are_numbered(void **state)
{
    enum { EDGE = 2048 };
    slide s = {70000, 62000, 256, 40, NULL};
    (void)state;
    s.pixels = (uint8_t *)wsi_calloc((size_t)EDGE * EDGE, 1);
    number_discs(&s, EDGE);
    wsi_free(s.pixels);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(peak_kib() < 128 * 1024);
#else
    assert_true(peak_kib() > 0);
#endif
}

static void expect_refused(const slide *s, int64_t edge, uint64_t most, const char *scratch, wsi_status want)
{
    const wsi_whole_call call = {.in = &truth,
                                 .inputs = 1,
                                 .w = s->w,
                                 .h = s->h,
                                 .tile = edge,
                                 .threads = 1,
                                 .memory = 1 << 20,
                                 .scratch = scratch};
    const wsi_components_spec spec = {.connectivity = 2, .number = 1, .offset = 1, .most = most};
    void *self = NULL;
    wsi_error err = {0};
    wsi_status status = wsi_components_open(&call, &spec, &self, &err);
    if (status == WSI_OK) status = feed(self, s, edge, &err);
    if (status == WSI_OK) status = wsi_components_finish(self, &err);
    assert_int_equal(status, want);
    if (status == WSI_ERR_INPUT_UNSUPPORTED) assert_non_null(strstr(err.message, "components"));
    wsi_components_close(&self);
}

/* Whether they lie within tiles, so that append knows them, or reach across seams, so that finish does. */
static void too_many_components_are_refused(void **state)
{
    slide s = {900, 700, 30, 8, NULL};
    (void)state;
    s.pixels = (uint8_t *)wsi_calloc((size_t)(s.w * s.h), 1);
    const uint64_t discs = (uint64_t)(discs_along(s.w, s.pitch) * discs_along(s.h, s.pitch));
    for (int64_t edge = 16; edge <= 1024; edge *= 4) {
        expect_refused(&s, edge, discs, "/tmp", WSI_OK);
        expect_refused(&s, edge, discs - 1, "/tmp", WSI_ERR_INPUT_UNSUPPORTED);
        expect_refused(&s, edge, 3, "/tmp", WSI_ERR_INPUT_UNSUPPORTED);
    }
    expect_refused(&s, 64, discs, "/nowhere/at/all", WSI_ERR_OUTPUT);
    wsi_free(s.pixels);
}

static void cancelling_ends_finish(void **state)
{
    slide s = {300, 300, 30, 8, NULL};
    atomic_int cancel = 1;
    const wsi_whole_call call = {.in = &truth,
                                 .inputs = 1,
                                 .w = 300,
                                 .h = 300,
                                 .tile = 64,
                                 .threads = 1,
                                 .memory = 1 << 20,
                                 .scratch = "/tmp",
                                 .cancel = &cancel};
    const wsi_components_spec spec = {.connectivity = 1, .above = 10};
    void *self = NULL;
    wsi_error err = {0};
    (void)state;
    s.pixels = (uint8_t *)wsi_calloc((size_t)(s.w * s.h), 1);
    assert_int_equal(wsi_components_open(&call, &spec, &self, &err), WSI_OK);
    assert_int_equal(feed(self, &s, 64, &err), WSI_OK);
    assert_int_equal(wsi_components_finish(self, &err), WSI_ERR_CANCELLED);
    wsi_components_close(&self);
    wsi_free(s.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_are_cut_into_spans),
        cmocka_unit_test(labels_are_cut_into_spans),
        cmocka_unit_test(levels_are_those_of_float64),
        cmocka_unit_test(totals_pass_through_the_scratch_file),
        cmocka_unit_test(more_than_2_32_pixels_are_numbered), /* before others take memory */
        cmocka_unit_test(discs_across_tiles_are_numbered),
        cmocka_unit_test(too_many_components_are_refused),
        cmocka_unit_test(cancelling_ends_finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
