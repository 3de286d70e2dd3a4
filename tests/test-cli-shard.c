/* Shards: every slide in one of them, none above the mean by more than one slide, whatever the order of the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/shard.h"
#include "common/mem.h"
#include "rng.h"

enum { SLIDES_MAX = 60 };

static void make_inputs(wsi_inputs *inputs, const int *order, size_t count)
{
    char path[32];
    *inputs = (wsi_inputs){0};
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "in/s%03d.svs", order[i]);
        assert_int_equal(wsi_inputs_append(inputs, path, NULL, NULL, NULL), WSI_OK);
    }
}

static void shuffle(int *order, size_t count, rng *r)
{
    for (size_t i = 0; i < count; i++) order[i] = (int)i;
    for (size_t i = count; i > 1; i--) {
        const size_t k = (size_t)rng_below(r, (int64_t)i);
        const int swapped = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swapped;
    }
}

/* Deals in one order; shard[s] is that of slide s. */
static void deal(const int *order, const uint64_t *cost, size_t count, int64_t shards, int64_t *shard)
{
    uint64_t costs[SLIDES_MAX];
    int64_t dealt[SLIDES_MAX] = {0};
    wsi_inputs inputs;
    make_inputs(&inputs, order, count);
    for (size_t i = 0; i < count; i++) costs[i] = cost[order[i]];
    assert_int_equal(wsi_shard_deal(&inputs, costs, shards, dealt, NULL), WSI_OK);
    for (size_t i = 0; i < count; i++) shard[order[i]] = dealt[i];
    wsi_inputs_clear(&inputs);
}

static void shards_are_fair(void **state)
{
    rng r = {20240607};
    (void)state;
    for (int round = 0; round < 300; round++) {
        const size_t count = 1 + (size_t)rng_below(&r, SLIDES_MAX);
        const int64_t shards = 1 + rng_below(&r, 20);
        uint64_t cost[SLIDES_MAX], loads[20] = {0}, sum = 0, largest = 0;
        int64_t shard[SLIDES_MAX], again[SLIDES_MAX];
        int order[SLIDES_MAX];
        for (size_t i = 0; i < count; i++) {
            cost[i] = (uint64_t)(1 + (rng_below(&r, 3) ? rng_below(&r, 1000) : rng_below(&r, 4))); /* with ties */
            sum += cost[i];
            if (cost[i] > largest) largest = cost[i];
        }
        shuffle(order, count, &r);
        deal(order, cost, count, shards, shard);
        shuffle(order, count, &r);
        deal(order, cost, count, shards, again);
        assert_memory_equal(shard, again, count * sizeof *shard);
        for (size_t i = 0; i < count; i++) {
            assert_in_range(shard[i], 1, shards);
            loads[shard[i] - 1] += cost[i];
        }
        for (int64_t s = 0; s < shards; s++)
            assert_true(loads[s] * (uint64_t)shards <= sum + largest * (uint64_t)shards);
    }
}

static void a_shard_keeps_its_own(void **state)
{
    static const int order[] = {0, 1, 2, 3, 4};
    const uint64_t all[] = {5, 4, 3, 3, 1};
    const char *const expected[2][3] = {{"in/s000.svs", "in/s003.svs", NULL},
                                        {"in/s001.svs", "in/s002.svs", "in/s004.svs"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        const wsi_shard shard = {.index = i + 1, .count = 2};
        uint64_t costs[5];
        wsi_inputs inputs;
        make_inputs(&inputs, order, 5);
        memcpy(costs, all, sizeof costs);
        assert_int_equal(wsi_shard_take(&shard, &inputs, costs, NULL), WSI_OK);
        assert_int_equal(inputs.count, 2 + i);
        for (size_t k = 0; k < inputs.count; k++) assert_string_equal(inputs.items[k].path, expected[i][k]);
        assert_true(costs[0] == all[i] && costs[1] == all[i ? 2 : 3]);
        wsi_inputs_clear(&inputs);
    }
}

static void huge_costs_do_not_wrap(void **state)
{
    static const int order[] = {0, 1, 2, 3};
    const uint64_t cost[] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, 1};
    int64_t shard[4];
    (void)state;
    deal(order, cost, 4, 2, shard);
    assert_true(shard[0] == 1 && shard[1] == 2);
    deal(order, cost, 4, 4, shard);
    assert_int_equal(shard[3], 4);
}

static void set_array(const char *id, const char *min, const char *max, const char *step, const char *count)
{
    const char *const names[] = {"ID", "MIN", "MAX", "STEP", "COUNT"}, *const values[] = {id, min, max, step, count};
    char name[48];
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "SLURM_ARRAY_TASK_%s", names[i]);
        assert_int_equal(values[i] ? setenv(name, values[i], 1) : unsetenv(name), 0);
    }
}

static void texts_are_read(void **state)
{
    static const char *const bad[] = {"",          "1",    "0/1",
                                      "2/1",       "1/0",  "1/2/3",
                                      "a/2",       "1/b",  " 1/2",

                                      "1/1000001", "Auto", "99999999999999999999/99999999999999999999"};
    wsi_shard shard;
    wsi_error err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(wsi_shard_parse(bad[i], &shard, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_shard_parse(NULL, &shard, &err), WSI_OK);
    assert_int_equal(shard.count, 0);
    assert_int_equal(wsi_shard_parse("3/8", &shard, &err), WSI_OK);
    assert_true(shard.index == 3 && shard.count == 8);
    assert_string_equal(shard.text, "3/8");

    set_array("6", "2", "10", "2", "5");
    assert_int_equal(wsi_shard_parse("auto", &shard, &err), WSI_OK);
    assert_true(shard.index == 3 && shard.count == 5);
    set_array("9", "9", "9", NULL, "1");
    assert_int_equal(wsi_shard_parse("auto", &shard, &err), WSI_OK);
    assert_true(shard.index == 1 && shard.count == 1);
    set_array("7", "2", "10", "2", "5"); /* not one of them */
    assert_int_equal(wsi_shard_parse("auto", &shard, &err), WSI_ERR_USAGE);
    set_array("5", "1", "9", "1", "3"); /* a list */
    assert_int_equal(wsi_shard_parse("auto", &shard, &err), WSI_ERR_USAGE);
    set_array("x", "1", "9", "1", "9");
    assert_int_equal(wsi_shard_parse("auto", &shard, &err), WSI_ERR_USAGE);
    set_array(NULL, NULL, NULL, NULL, NULL);
    assert_int_equal(wsi_shard_parse("auto", &shard, &err), WSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "SLURM_ARRAY_TASK_ID"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_fair),
        cmocka_unit_test(a_shard_keeps_its_own),
        cmocka_unit_test(huge_costs_do_not_wrap),
        cmocka_unit_test(texts_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
