/* Points: the order in which a Python set gives pairs (CPython 3.11's own answers), which blobs stay, memory that runs
 * out, and peaks that tie across tiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "common/mem.h"
#include "kernels/blob-prune.h"
#include "kernels/pair-order.h"
#include "whole-run.h"

/* All pairs of numbers below n at most `apart` apart. */
static wsi_pair *pairs_of(int64_t n, int64_t apart, size_t *count)
{
    wsi_pair *pairs = wsi_calloc((size_t)(n * apart), sizeof *pairs);
    assert_non_null(pairs);
    *count = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j <= i + apart && j < n; j++) pairs[(*count)++] = (wsi_pair){0, i, j};
    return pairs;
}

static void few_pairs_come_as_from_a_set(void **state)
{
    static const int want[][2] = {{3, 4}, {4, 6}, {0, 2}, {0, 5}, {1, 6}, {2, 5}, {1, 3},
                                  {4, 5}, {5, 6}, {3, 6}, {0, 1}, {2, 4}, {1, 2}, {0, 4},
                                  {1, 5}, {3, 5}, {0, 3}, {1, 4}, {0, 6}, {2, 3}, {2, 6}};
    size_t n;
    wsi_pair *pairs = pairs_of(7, 6, &n);
    (void)state;
    assert_int_equal(n, 21);
    assert_int_equal(wsi_pairs_order(pairs, n, NULL), WSI_OK);
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(pairs[k].i, want[k][0]);
        assert_int_equal(pairs[k].j, want[k][1]);
    }
    wsi_free(pairs);
}

/* hash((h ^ (i * 100003 + j)) * 1099511628211) over list(set(pairs)). */
static void many_pairs_come_as_from_a_set(void **state)
{
    static const struct {
        int64_t n;
        uint64_t hash;
    } want[] = {{10, UINT64_C(7331234275170116157)},
                {200, UINT64_C(15171883519182934801)},
                {3000, UINT64_C(14603775471403835645)},
                {40000, UINT64_C(5072075667251897771)}};
    (void)state;
    for (size_t t = 0; t < sizeof want / sizeof *want; t++) {
        size_t n;
        wsi_pair *pairs = pairs_of(want[t].n, 8, &n);
        uint64_t hash = UINT64_C(1469598103934665603), last = 0;
        assert_int_equal(wsi_pairs_order(pairs, n, NULL), WSI_OK);
        for (size_t k = 0; k < n; k++) {
            hash = (hash ^ (uint64_t)(pairs[k].i * 100003 + pairs[k].j)) * UINT64_C(1099511628211);
            last = pairs[k].place;
        }
        assert_true(hash == want[t].hash);
        assert_true(last <= wsi_pairs_mask(n));
        wsi_free(pairs);
    }
}

static wsi_points points_of(const wsi_point *at, size_t n, uint64_t memory)
{
    wsi_points p;
    wsi_points_open(&p, "test", memory);
    for (size_t i = 0; i < n; i++) assert_int_equal(wsi_points_add(&p, at[i], NULL), WSI_OK);
    return p;
}

/* Of two that coincide the smaller goes, of two alike the first; those apart stay, in their order. */
static void smaller_blobs_go(void **state)
{
    static const double sigma[] = {2, 5};
    static const wsi_point at[] = {
        {9, 100, 100, 0}, {8, 101, 100, 1}, {7, 300, 7, 0}, {6, 301, 7, 0}, {5, 500, 500, 1}};
    wsi_points p = points_of(at, 5, 1 << 20);
    (void)state;
    assert_int_equal(wsi_blob_prune(&p, sigma, 0.5, 0, 1 << 20, NULL), WSI_OK);
    assert_int_equal(p.count, 3);
    assert_int_equal(p.at[0].x, 101);
    assert_int_equal(p.at[1].x, 301);
    assert_int_equal(p.at[2].x, 500);
    wsi_points_close(&p);
}

static void more_points_than_memory_is_an_error(void **state)
{
    wsi_points p;
    wsi_error err = {0};
    wsi_status status = WSI_OK;
    (void)state;
    wsi_points_open(&p, "test", 100 * sizeof(wsi_point));
    for (int i = 0; i < 51 && status == WSI_OK; i++) status = wsi_points_add(&p, (wsi_point){1, i, 0, 0}, &err);
    assert_int_equal(status, WSI_ERR_NO_MEMORY);
    assert_int_equal(p.count, 50);
    wsi_points_close(&p);
}

/* A plateau over the whole of a slide but one pixel: peaks stand on a lattice from the first one, whatever the tiles.
 */
static void plateaus_do_not_know_of_tiles(void **state)
{
    const wsi_pixfmt fmt[2] = {{WSI_U8, 1}, {WSI_U8, 1}};
    const wsi_image src[2] = {oprun_image(fmt[0], 100, 90), oprun_image(fmt[0], 100, 90)};
    (void)state;
    for (int64_t i = 0; i < 9000; i++) ((uint8_t *)src[0].data)[i] = ((uint8_t *)src[1].data)[i] = 9;
    ((uint8_t *)src[0].data)[8999] = 1;
    for (int64_t tile = 16; tile <= 112; tile += 32) {
        oprun run = {0};
        whole_table table = {0};
        const whole_options options = {.tile = tile, .threads = 2, .seed = (uint64_t)tile};
        assert_int_equal(oprun_parse(&run, "select_peaks:largest=@1,min_distance=7,exclude_border=false", NULL),
                         WSI_OK);
        assert_int_equal(oprun_prepare(&run, fmt, 2, NULL), WSI_OK);
        assert_int_equal(whole_run(&run, src, &options, NULL, &table, NULL), WSI_OK);
        assert_int_equal(table.count, 15 * 13);
        for (int64_t i = 0; i < table.count; i++) {
            assert_int_equal(((int64_t *)table.cells[0])[i], i / 15 * 7);
            assert_int_equal(((int64_t *)table.cells[1])[i], i % 15 * 7);
        }
        whole_table_clear(&table);
        oprun_clear(&run);
    }
    for (int i = 0; i < 2; i++) wsi_free(src[i].data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_pairs_come_as_from_a_set),
        cmocka_unit_test(many_pairs_come_as_from_a_set),
        cmocka_unit_test(smaller_blobs_go),
        cmocka_unit_test(more_points_than_memory_is_an_error),
        cmocka_unit_test(plateaus_do_not_know_of_tiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
