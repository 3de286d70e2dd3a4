/* Plans fit their budget, fill what they promise and refuse what cannot fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bind-for-test.h"
#include "scheduler/exec.h"

typedef struct setup {
    wsi_slide *slide;
    wsi_chain *chain;
    wsi_graph graph;
} setup;

static setup *make(const char *slide, const char *chain)
{
    static setup s;
    memset(&s, 0, sizeof s);
    wsi_error err = {WSI_OK, ""};
    if (wsi_slide_open(slide, NULL, &s.slide, &err) != WSI_OK || wsi_chain_parse(chain, &s.chain, &err) != WSI_OK ||
        bind_for_test(&s.graph, s.chain, NULL, wsi_slide_get_info(s.slide)->fmt,
                      wsi_slide_get_info(s.slide)->levels[0].w, wsi_slide_get_info(s.slide)->levels[0].h,
                      &err) != WSI_OK)
        fail_msg("%s", err.message);
    return &s;
}

static void drop(setup *s)
{
    wsi_graph_clear(&s->graph);
    wsi_chain_destroy(&s->chain);
    wsi_slide_close(&s->slide);
}

static wsi_status plan(const setup *s, int64_t tile, int threads, uint64_t memory, wsi_plan *p, wsi_error *err)
{
    const wsi_plan_input in = {.slide = s->slide,
                               .graph = &s->graph,
                               .out_tile = 256,
                               .codec = WSI_CODEC_DEFLATE,
                               .last_edge = 256,
                               .tile = tile,
                               .threads = threads,
                               .memory = memory};
    return wsi_plan_make(&in, p, err);
}

static void plans_fit(void **state)
{
    (void)state;
    static const char *const slides[] = {"synthetic:100x100", "synthetic:5000x3000", "synthetic:100000x100000"};
    static const int64_t tiles[] = {0, 64, 97, 1000};
    for (size_t i = 0; i < 3; i++) {
        setup *s = make(slides[i], "gaussian:sigma=2 | threshold:value=0.5");
        for (size_t t = 0; t < 4; t++)
            for (int threads = 1; threads <= 64; threads *= 4) {
                static wsi_plan p;
                wsi_error err = {WSI_OK, ""};
                const uint64_t memory = UINT64_C(1) << 30;
                if (plan(s, tiles[t], threads, memory, &p, &err) != WSI_OK) fail_msg("%s: %s", slides[i], err.message);
                assert_true(p.memory <= memory);
                assert_true(p.threads >= 1 && p.threads <= threads);
                assert_int_equal(p.ring_rows % p.unit_h, 0);
                const int64_t need = p.block_h + 2 * s->graph.halo_y + p.unit_h - 1;
                assert_true(p.ring_rows >= need - p.unit_h + 1 || p.ring_rows >= p.h);
                assert_int_equal(p.block_w % 256, 0);
                assert_int_equal(p.block_h % 256, 0);
                assert_true(!tiles[t] || (p.piece_w <= tiles[t] && p.piece_h <= tiles[t]));
            }
        drop(s);
    }
}

/* Results do not depend on tiles, so one that is too large for the budget gives way. */
static void huge_tiles_give_way(void **state)
{
    (void)state;
    static const char *const chains[] = {"gaussian:sigma=2", "cast:dtype=float32"};
    for (size_t c = 0; c < 2; c++) {
        setup *s = make("synthetic:5000x3000", chains[c]);
        for (int threads = 1; threads <= 5; threads++) {
            static wsi_plan p;
            wsi_error err = {WSI_OK, ""};
            if (plan(s, INT64_C(1) << 24, threads, UINT64_C(64) << 20, &p, &err) != WSI_OK) fail_msg("%s", err.message);
            assert_true(p.memory <= UINT64_C(64) << 20);
            assert_true(p.piece_w >= 256 && p.piece_h >= 256);
            assert_true(p.piece_w <= p.block_w && p.piece_h <= p.block_h);
        }
        drop(s);
    }
}

static void what_cannot_fit_is_refused(void **state)
{
    (void)state;
    setup *s = make("synthetic:100000x100000", "gaussian:sigma=2");
    static wsi_plan p;
    wsi_error err = {WSI_OK, ""};
    assert_int_equal(plan(s, 0, 2, 64 << 20, &p, &err), WSI_ERR_NO_MEMORY);
    unsigned long long needed = 0;
    assert_int_equal(sscanf(strstr(err.message, "at least"), "at least %llu MiB", &needed), 1);
    /* What it names is enough. */
    assert_int_equal(plan(s, 0, 2, (needed + 1) << 20, &p, &err), WSI_OK);
    drop(s);
}

static void halo_is_kept_cheap(void **state)
{
    (void)state;
    setup *s = make("synthetic:60000x60000", "gaussian:sigma=8 | gaussian:sigma=8 | gaussian:sigma=8");
    static wsi_plan p;
    wsi_error err = {WSI_OK, ""};
    assert_int_equal(plan(s, 0, 2, UINT64_C(4) << 30, &p, &err), WSI_OK);
    assert_true(p.halo_overhead <= 0.1);
    assert_int_equal(s->graph.halo_y, 96);
    drop(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plans_fit), cmocka_unit_test(huge_tiles_give_way),
                                       cmocka_unit_test(what_cannot_fit_is_refused),
                                       cmocka_unit_test(halo_is_kept_cheap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
