/* What measure keeps records in, and objects that images in tests are too small for: far from the origin, of too many
 * runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "kernels/measure-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Records by label ---- */

enum { RECORDS = 200000, SIZE_MAX_BYTES = 120 };

static uint32_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Record i: a label among few, its number, then bytes that follow from that. */
static uint32_t make_record(uint32_t i, uint32_t *label, unsigned char *bytes)
{
    uint64_t seed = i + 1;
    *label = draw(&seed) % (RECORDS / 3) * 64009u;
    const uint32_t size = 4 + draw(&seed) % (SIZE_MAX_BYTES - 4);
    memcpy(bytes, &i, sizeof i);
    memset(bytes + 4, (int)(i % 251), size - 4);
    return size;
}

static void expect_record(const void *bytes, uint32_t size, uint32_t label, uint32_t *number)
{
    unsigned char want[SIZE_MAX_BYTES];
    uint32_t its;
    memcpy(number, bytes, sizeof *number);
    assert_in_range(*number, 0, RECORDS - 1);
    assert_int_equal(make_record(*number, &its, want), size);
    assert_int_equal(its, label);
    assert_memory_equal(bytes, want, size);
}

static void records_come_by_label(void **state)
{
    wsi_label_store *store;
    wsi_label_cursor *cursors[2];
    unsigned char bytes[SIZE_MAX_BYTES];
    const void *got;
    uint32_t label, size, number, last[2] = {0, 0}, before[2] = {0, 0};
    (void)state;
    assert_int_equal(wsi_label_store_open("/tmp", 0, &store, NULL), WSI_OK);
    for (uint32_t i = 0; i < RECORDS; i++) {
        size = make_record(i, &label, bytes);
        assert_int_equal(wsi_label_store_add(store, label, bytes, size, NULL), WSI_OK);
    }
    assert_int_equal(wsi_label_store_finish(store, NULL), WSI_OK);
    for (int k = 0; k < 2; k++) assert_int_equal(wsi_label_cursor_open(store, &cursors[k], NULL), WSI_OK);
    for (uint32_t i = 0; i < 2 * RECORDS; i++) {
        const int k = (int)(i & 1);
        assert_int_equal(wsi_label_cursor_next(cursors[k], &label, &got, &size, NULL), WSI_OK);
        assert_non_null(got);
        expect_record(got, size, label, &number);
        if (i >= 2) {
            assert_true(label >= last[k]);
            assert_true(label > last[k] || number > before[k]);
        }
        last[k] = label;
        before[k] = number;
    }
    for (int k = 0; k < 2; k++) {
        for (int again = 0; again < 2; again++) {
            assert_int_equal(wsi_label_cursor_next(cursors[k], &label, &got, &size, NULL), WSI_OK);
            assert_null(got);
        }
        wsi_label_cursor_close(&cursors[k]);
    }
    wsi_label_store_close(&store);
}

static void an_empty_store_has_no_record(void **state)
{
    wsi_label_store *store;
    wsi_label_cursor *cursor;
    const void *got;
    uint32_t label, size;
    (void)state;
    assert_int_equal(wsi_label_store_open("/tmp", 0, &store, NULL), WSI_OK);
    assert_int_equal(wsi_label_store_finish(store, NULL), WSI_OK);
    assert_int_equal(wsi_label_cursor_open(store, &cursor, NULL), WSI_OK);
    assert_int_equal(wsi_label_cursor_next(cursor, &label, &got, &size, NULL), WSI_OK);
    assert_null(got);
    wsi_label_cursor_close(&cursor);
    wsi_label_store_close(&store);
    wsi_error err = {WSI_OK, ""};
    assert_int_equal(wsi_label_store_open("/nowhere", 0, &store, &err), WSI_ERR_OUTPUT);
    assert_null(store);
}

/* ---- Objects from made-up parts ---- */

typedef struct bench {
    wsi_measure_params params;
    wsi_pixfmt format;
    wsi_whole_call call;
    wsi_measure_plan plan;
    wsi_measure_object object;
    wsi_measure_shaper shaper;
    wsi_measure_outline outline;
    wsi_measure_row_values row;
} bench;

static void open_bench(bench *b)
{
    memset(b, 0, sizeof *b);
    b->params = (wsi_measure_params){.properties = WSI_MEASURE_ALL, .outline = 1};
    b->params.intensity.image = -1;
    b->format = (wsi_pixfmt){WSI_U32, 1};
    b->call = (wsi_whole_call){.params = &b->params, .in = &b->format, .inputs = 1, .threads = 1};
    b->plan = wsi_measure_plan_of(&b->call);
    assert_int_equal(wsi_measure_object_open(&b->plan, &b->object, NULL), WSI_OK);
    wsi_measure_object_reset(&b->plan, &b->object, 7);
}

static void close_bench(bench *b)
{
    wsi_measure_object_clear(&b->object);
    wsi_measure_shaper_clear(&b->shaper);
    wsi_measure_outline_clear(&b->outline);
}

/* Adds runs as a part whose box begins at (y0, x0); runs are relative to that. */
static void add_runs(bench *b, int64_t y0, int64_t x0, const wsi_measure_run *runs, size_t count)
{
    wsi_measure_sums s = {.y0 = y0, .x0 = x0, .y1 = y0 + runs[count - 1].y + 1, .x1 = x0};
    for (size_t i = 0; i < count; i++) {
        for (int64_t x = runs[i].x0, y = runs[i].y; x < runs[i].x1; x++) {
            s.pixels++;
            s.y += y;
            s.x += x;
            s.yy += y * y;
            s.xy += x * y;
            s.xx += x * x;
        }
        s.x1 = wsi_max64(s.x1, x0 + runs[i].x1);
    }
    s.counts.runs = (int64_t)count;
    const wsi_measure_part part = {7, &s, runs, count, NULL};
    unsigned char *bytes = wsi_calloc(count * 16 + 256, 1);
    assert_non_null(bytes);
    const unsigned char *end = wsi_measure_code_put(&b->plan, &part, bytes);
    assert_true((size_t)(end - bytes) <= (size_t)s.pixels * wsi_measure_code_bound(&b->plan));
    assert_int_equal(wsi_measure_object_add(&b->plan, &b->object, bytes, NULL), WSI_OK);
    wsi_free(bytes);
}

static double value_of(const bench *b, const char *name)
{
    wsi_column columns[WSI_COLUMNS_MAX];
    const int n = wsi_measure_columns(&b->call, columns);
    for (int i = 0; i < n; i++)
        if (strcmp(columns[i].name, name) == 0) return b->row.value[i];
    fail_msg("no column %s", name);
    return NAN;
}

static void finish_bench(bench *b)
{
    wsi_measure_object_whole(&b->object);
    assert_int_equal(wsi_measure_values(&b->call, &b->plan, &b->shaper, &b->object, &b->outline, &b->row, NULL),
                     WSI_OK);
}

/* A bar three pixels high and a slanted line, in two parts. */
static void add_shape(bench *b, int64_t y0, int64_t x0)
{
    static const wsi_measure_run bar[] = {{0, 0, 40}, {1, 0, 40}, {2, 3, 40}};
    static const wsi_measure_run line[] = {{0, 0, 4}, {1, 2, 6}, {2, 4, 9}, {3, 8, 11}};
    add_runs(b, y0, x0, bar, 3);
    add_runs(b, y0 + 3, x0 + 30, line, 4);
}

static void distance_costs_no_digit(void **state)
{
    static const char *const names[] = {
        "area",        "axis_major_length", "axis_minor_length", "eccentricity", "orientation",        "extent",
        "moments-1-1", "moments-2-0",       "area_convex",       "solidity",     "feret_diameter_max", "area_filled"};
    bench near, far;
    (void)state;
    open_bench(&near);
    open_bench(&far);
    add_shape(&near, 0, 0);
    add_shape(&far, 1000000007, 2000000011);
    finish_bench(&near);
    finish_bench(&far);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(value_of(&near, names[i]) == value_of(&far, names[i]));
    assert_true(value_of(&far, "bbox-3") == 2000000011 + 41);
    assert_true(fabs(value_of(&far, "centroid-0") - value_of(&near, "centroid-0") - 1000000007) < 1e-6);
    assert_int_equal(far.row.outline.ring_count, near.row.outline.ring_count);
    assert_int_equal(far.object.run_count, near.object.run_count);
    close_bench(&near);
    close_bench(&far);
}

/* A comb of more runs than an object may have for its shape. */
static void too_many_runs_have_no_shape(void **state)
{
    enum { TEETH = 2048, ROWS = 512 };
    bench b;
    wsi_measure_run *runs = wsi_calloc((size_t)TEETH * ROWS, sizeof *runs);
    (void)state;
    assert_non_null(runs);
    open_bench(&b);
    for (int y = 0; y < ROWS; y++)
        for (int i = 0; i < TEETH; i++) runs[y * TEETH + i] = (wsi_measure_run){y, 2 * i, 2 * i + 1};
    for (int part = 0; part < 5; part++) add_runs(&b, (int64_t)part * ROWS, 0, runs, (size_t)TEETH * ROWS);
    finish_bench(&b);
    assert_true(value_of(&b, "area") == 5.0 * TEETH * ROWS);
    assert_true(isnan(value_of(&b, "area_convex")) && isnan(value_of(&b, "solidity")));
    assert_true(isnan(value_of(&b, "feret_diameter_max")) && isnan(value_of(&b, "area_filled")));
    assert_int_equal(b.row.outline.ring_count, 0);
    /* The next object is none of that. */
    wsi_measure_object_reset(&b.plan, &b.object, 8);
    add_shape(&b, 5, 5);
    finish_bench(&b);
    assert_true(value_of(&b, "area_convex") > 0);
    assert_true(b.row.outline.ring_count > 0);
    close_bench(&b);
    wsi_free(runs);
}

/* ---- Statistics ---- */

enum { TRIALS = 3 };

/* A wider type than double is not the same on every machine: those of x86-64 gave these other last bits. */
static void deviations_have_their_last_bit(void **state)
{
    static const struct {
        int64_t sum, squares;
        double deviation;
    } of[TRIALS] = {{1202816, 47401875200, 0x1.05d67dce66dc1p+14},
                    {233613, 1668946601, 0x1.58ecaff15460fp+11},
                    {8711, 2691657, 0x1.19e3ce5e426e7p+7}};
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        const wsi_measure_channel channel = {0, 65535, of[i].sum, of[i].squares, NULL};
        const wsi_measure_statistics s = wsi_measure_channel_statistics(&channel, 40);
        assert_true(s.deviation == of[i].deviation);
        assert_true(s.mean == (double)of[i].sum / 40);
    }
}

/* 2^44 pixels, a quarter of them of the largest value there is and the rest 0: what the sums of squares reach. */
static void largest_integers_have_a_deviation(void **state)
{
    const int64_t quarter = INT64_C(1) << 42;
    const wsi_int128 value = UINT32_MAX;
    const wsi_measure_channel channel = {0, UINT32_MAX, value * quarter, value * value * quarter, NULL};
    (void)state;
    const wsi_measure_statistics s = wsi_measure_channel_statistics(&channel, 4 * quarter);
    assert_true(s.mean == UINT32_MAX / 4.0);
    assert_true(fabs(s.deviation / (UINT32_MAX * sqrt(3.0 / 16)) - 1) < 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_by_label),          cmocka_unit_test(an_empty_store_has_no_record),
        cmocka_unit_test(distance_costs_no_digit),        cmocka_unit_test(too_many_runs_have_no_shape),
        cmocka_unit_test(deviations_have_their_last_bit), cmocka_unit_test(largest_integers_have_a_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
