/* Chains whose results have scales of their own: sizes, refusals, plans, and the same files whatever the tiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/mem.h"
#include "job-files.h"
#include "bind-for-test.h"
#include "scheduler/exec.h"
#include "scheduler/scheduler.h"

static char folder[] = "/tmp/wsi-scale-XXXXXX";

static wsi_job_spec job(const char *input, const wsi_chain *chain, int64_t out_tile)
{
    static char base[64];
    snprintf(base, sizeof base, "%s/out", folder);
    return (wsi_job_spec){.input = input,
                          .output_base = base,
                          .chain = chain,
                          .writer = wsi_writer_find("hdf5"),
                          .codec = -1,
                          .subsampling = -1,
                          .out_tile = out_tile,
                          .threads = 2,
                          .memory = UINT64_C(256) << 20,
                          .isa = wsi_cpu_best(),
                          .overwrite = 1};
}

static char *run(const wsi_job_spec *spec, size_t *size)
{
    wsi_job_report report = {0};
    wsi_error err = {WSI_OK, ""};
    if (wsi_job_execute(spec, &report, &err) != WSI_OK) fail_msg("%s: %s", spec->input, err.message);
    char *data = read_file(report.outputs[0], size);
    wsi_job_report_clear(&report);
    return data;
}

static const char *const chains[] = {
    "gaussian:sigma=1 as a | downscale_local_mean:factors=[3,2] as b | sobel as c",
    "tissue_fraction:block=7 as a | downscale_local_mean:factors=2 as b",
    "rgb2gray as a | blur_laplacian_variance:block=1000 as b | gaussian:sigma=1 as c",
    "resize:factor=3,enlarge=true as c | gaussian:sigma=1 as a | resize:factor=7 as b",
};

/* Every small size, with cells that are larger than the image, than a tile, and than nothing. */
static void tiles_change_nothing(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1, 40}, {37, 2}, {65, 64}, {257, 190}};
    static const int64_t tiles[] = {16, 33, 100}, out_tiles[] = {16, 64};
    static const char *const writes[] = {"a,b", "b"};
    for (int s = 0; s < 5; s++)
        for (int c = 0; c < 4; c++)
            for (int k = 0; k < 4; k++) {
                char input[64];
                size_t n, m;
                snprintf(input, sizeof input, "synthetic:%dx%d,seed=5", sizes[s][0], sizes[s][1]);
                wsi_chain *chain = parse(chains[c]);
                wsi_job_spec spec = job(input, chain, out_tiles[k / 2]);
                spec.write = writes[k % 2];
                char *whole = run(&spec, &n);
                for (int t = 0; t < 3; t++) {
                    spec.tile = tiles[t];
                    spec.threads = 1 + 2 * t;
                    char *tiled = run(&spec, &m);
                    assert_int_equal(n, m);
                    assert_memory_equal(whole, tiled, n);
                    free(tiled);
                }
                free(whole);
                wsi_chain_destroy(&chain);
            }
}

static wsi_status bind(wsi_graph *graph, const wsi_chain *chain, const char *write, int64_t w, int64_t h,
                       wsi_error *err)
{
    memset(graph, 0, sizeof *graph);
    return bind_for_test(graph, chain, write, (wsi_pixfmt){WSI_U8, 3}, w, h, err);
}

static void sizes_follow_from_factors(void **state)
{
    (void)state;
    static wsi_graph graph;
    wsi_error err = {WSI_OK, ""};
    wsi_chain *chain =
        parse("downscale_local_mean:factors=[2,3] as a | invert as b | downscale_local_mean:factors=5 as c");
    assert_int_equal(bind(&graph, chain, "a,b,c", 100, 101, &err), WSI_OK);
    assert_int_equal(graph.results[0].w, 34);
    assert_int_equal(graph.results[0].h, 51);
    assert_int_equal(graph.results[1].w, 34);
    assert_int_equal(graph.results[2].w, 7);
    assert_int_equal(graph.results[2].h, 11);
    assert_int_equal(graph.results[2].scale.down_x, 15);
    assert_int_equal(graph.results[2].scale.down_y, 10);
    assert_int_equal(graph.period_x, 15);
    wsi_graph_clear(&graph);
    wsi_chain_destroy(&chain);
}

static void what_does_not_fit_together_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *chain, *why;
    } cases[] = {
        {"invert as i | downscale_local_mean | add:other=@i",
         "differ in size: one has 50 x 51 pixels, another 100 x 101"},
        {"downscale_local_mean:factors=3 as a | downscale_local_mean:from=@source,factors=[3,4] | multiply:other=@a",
         "differ in size"},
        {"downscale_local_mean:factors=4096 | downscale_local_mean:factors=17", "pass 65536"},
        {"downscale_local_mean:factors=1021 as a | downscale_local_mean:from=@source,factors=1031 as b",
         "meet only every"},
    };
    static wsi_graph graph;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wsi_error err = {WSI_OK, ""};
        wsi_chain *chain = parse(cases[i].chain);
        assert_int_equal(bind(&graph, chain, i == 3 ? "a,b" : NULL, 100, 101, &err), WSI_ERR_CHAIN);
        if (!strstr(err.message, cases[i].why)) fail_msg("%s", err.message);
        assert_non_null(strstr(err.message, "step "));
        wsi_graph_clear(&graph);
        wsi_chain_destroy(&chain);
    }
}

/* Maps of the largest slides are planned within the usual budget. */
static void plans_fit(void **state)
{
    (void)state;
    static const char *const texts[] = {"rgb2gray | blur_tenengrad:block=4096",
                                        "tissue_fraction:block=100 as t | invert as i",
                                        "downscale_local_mean:factors=7 | gaussian:sigma=3 as g"};
    static wsi_plan p;
    static wsi_graph graph;
    for (int i = 0; i < 3 * 3; i++) {
        const uint64_t memory = UINT64_C(512) << (20 + i / 3);
        wsi_slide *slide = NULL;
        wsi_error err = {WSI_OK, ""};
        wsi_chain *chain = parse(texts[i % 3]);
        assert_int_equal(wsi_slide_open("synthetic:100000x90000", NULL, &slide, &err), WSI_OK);
        assert_int_equal(bind(&graph, chain, NULL, 100000, 90000, &err), WSI_OK);
        const wsi_plan_input in = {.slide = slide,
                                   .graph = &graph,
                                   .out_tile = 512,
                                   .codec = WSI_CODEC_DEFLATE,
                                   .last_edge = 512,
                                   .threads = 4,
                                   .memory = memory};
        if (wsi_plan_make(&in, &p, &err) != WSI_OK) fail_msg("%s: %s", texts[i % 3], err.message);
        assert_true(p.memory <= memory);
        assert_int_equal(p.ladder_count, 2);
        assert_int_equal(p.block_w % graph.period_x, 0);
        wsi_graph_clear(&graph);
        wsi_chain_destroy(&chain);
        wsi_slide_close(&slide);
    }
}

static int make_folder(void **state)
{
    (void)state;
    return !mkdtemp(folder);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_follow_from_factors),
                                       cmocka_unit_test(what_does_not_fit_together_is_refused),
                                       cmocka_unit_test(plans_fit), cmocka_unit_test(tiles_change_nothing)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
