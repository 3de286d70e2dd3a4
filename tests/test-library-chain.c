/* Chains through the library: what is said of their steps and of what they make of a slide; and every call with
 * arguments that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <wsiproc/wsiproc.h>

static const char *const nuclei = "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold_otsu | "
                                  "opening:footprint=disk,radius=3 | label as nuclei | measure:intensity=@h as table";

static wsi_chain *parse(const char *text)
{
    wsi_chain *chain = NULL;
    wsi_error err;
    if (wsi_chain_parse(text, &chain, &err) != WSI_OK) fail_msg("%s", err.message);
    return chain;
}

static wsi_slide *open_slide(void)
{
    wsi_slide *slide = NULL;
    assert_int_equal(wsi_slide_open("synthetic:1000x600,levels=2", NULL, &slide, NULL), WSI_OK);
    return slide;
}

static wsi_chain_step step_of(const wsi_chain *chain, int index)
{
    wsi_chain_step step;
    wsi_error err;
    if (wsi_chain_get_step(chain, index, &step, &err) != WSI_OK) fail_msg("%s", err.message);
    return step;
}

static void parsing_refuses(void **state)
{
    (void)state;
    wsi_chain *chain = (wsi_chain *)&state;
    wsi_error err;
    assert_int_equal(wsi_chain_parse("rgb2gray", NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_parse(NULL, &chain, &err), WSI_ERR_USAGE);
    assert_null(chain);
    static const char *const wrong[] = {
        "", "|", "no_such_op", "gaussian:sigma=-1", "gaussian:sigma", "rgb2gray as", "gaussian:from=@later,sigma=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        chain = (wsi_chain *)&state;
        assert_int_equal(wsi_chain_parse(wrong[i], &chain, &err), WSI_ERR_CHAIN);
        assert_null(chain);
        assert_int_equal(err.code, WSI_ERR_CHAIN);
        assert_int_equal(wsi_chain_parse(wrong[i], &chain, NULL), WSI_ERR_CHAIN);
    }
    wsi_chain_destroy(&chain);
    wsi_chain_destroy(NULL);
}

static void canonical_text(void **state)
{
    (void)state;
    wsi_chain *a = parse("gaussian:sigma=2"), *b = parse("# a comment\n  gaussian : sigma = 2.0 ,truncate=4\n");
    assert_string_equal(wsi_chain_text(a), wsi_chain_text(b));
    wsi_chain *again = parse(wsi_chain_text(a));
    assert_string_equal(wsi_chain_text(a), wsi_chain_text(again));
    assert_null(wsi_chain_text(NULL));
    wsi_chain_destroy(&a);
    assert_null(a);
    wsi_chain_destroy(&a);
    wsi_chain_destroy(&b);
    wsi_chain_destroy(&again);
}

static void steps(void **state)
{
    (void)state;
    wsi_chain *chain = parse(nuclei);
    assert_int_equal(wsi_chain_step_count(chain), 7);
    wsi_chain_step step = step_of(chain, 0);
    assert_string_equal(step.operation, "rgb2hed");
    assert_string_equal(step.result, "hed");
    assert_true(step.named && !step.table && !step.global);
    assert_int_equal(step.input_count, 1);
    assert_int_equal(step.inputs[0], WSI_STEP_SOURCE);
    step = step_of(chain, 3);
    assert_string_equal(step.result, "threshold_otsu");
    assert_true(!step.named && step.global);
    /* An opening is an erosion and a dilation inside; here it is one step with one input. */
    step = step_of(chain, 4);
    assert_string_equal(step.operation, "opening");
    assert_int_equal(step.input_count, 1);
    assert_int_equal(step.inputs[0], 3);
    step = step_of(chain, 6);
    assert_true(step.table);
    assert_int_equal(step.input_count, 2);
    assert_int_equal(step.inputs[0], 5);
    assert_int_equal(step.inputs[1], 2);
    assert_int_equal(wsi_chain_find_step(chain, "nuclei"), 5);
    assert_int_equal(wsi_chain_find_step(chain, "opening"), 4);
    assert_int_equal(wsi_chain_find_step(chain, "nobody"), -1);
    wsi_chain_destroy(&chain);
}

static void steps_refuse(void **state)
{
    (void)state;
    wsi_chain *chain = parse("rgb2gray");
    wsi_chain_step step;
    wsi_error err;
    char *json = (char *)&step;
    assert_int_equal(wsi_chain_step_count(NULL), 0);
    assert_int_equal(wsi_chain_get_step(NULL, 0, &step, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_get_step(chain, 0, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_get_step(chain, -1, &step, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_get_step(chain, 1, &step, NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_find_step(NULL, "rgb2gray"), -1);
    assert_int_equal(wsi_chain_find_step(chain, NULL), -1);
    assert_int_equal(wsi_chain_describe(chain, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_describe(NULL, &json, &err), WSI_ERR_USAGE);
    assert_null(json);
    wsi_chain_destroy(&chain);
}

static void described(void **state)
{
    (void)state;
    static const char *const parts[] = {"\"operation\": \"threshold_otsu\"", "\"result\": \"nuclei\"",
                                        "\"table\": true", "\"global\": true", "\"text\": \"rgb2hed as hed | "};
    wsi_chain *chain = parse(nuclei);
    char *json = NULL;
    assert_int_equal(wsi_chain_describe(chain, &json, NULL), WSI_OK);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(json, parts[i])) fail_msg("%s is not in %s", parts[i], json);
    wsi_free(json);
    wsi_chain_destroy(&chain);
}

static void outputs(void **state)
{
    (void)state;
    wsi_slide *slide = open_slide();
    wsi_chain *chain = parse(nuclei);
    wsi_chain_output out[WSI_CHAIN_OUTPUTS_MAX];
    int n = -1;
    wsi_error err;
    if (wsi_chain_outputs(chain, slide, 0, "h,threshold_otsu,nuclei,table", out, &n, &err) != WSI_OK)
        fail_msg("%s", err.message);
    assert_int_equal(n, 4);
    assert_string_equal(out[0].name, "h");
    assert_int_equal(out[0].step, 2);
    assert_true(out[0].format.type == WSI_F32 && out[0].format.channels == 1 && !out[0].table);
    assert_true(out[0].w == 1000 && out[0].h == 600 && out[0].downsample_x == 1);
    assert_int_equal(out[1].format.type, WSI_BOOL);
    assert_int_equal(out[2].format.type, WSI_U32);
    assert_true(out[3].table && out[3].w == 1000);
    assert_int_equal(wsi_chain_outputs(chain, slide, 1, NULL, out, &n, NULL), WSI_OK); /* the last step */
    assert_int_equal(n, 1);
    assert_string_equal(out[0].name, "table");
    wsi_chain_destroy(&chain);
    chain = parse("rgb2gray | downscale_local_mean:factors=[4,2] as small");
    assert_int_equal(wsi_chain_outputs(chain, slide, 1, "", out, &n, &err), WSI_OK);
    assert_true(out[0].w == 250 && out[0].h == 75 && out[0].downsample_x == 2 && out[0].downsample_y == 4);
    wsi_chain_destroy(&chain);
    wsi_slide_close(&slide);
}

static void expect_halo(const char *text, const char *write, int64_t x, int64_t y)
{
    wsi_slide *slide = open_slide();
    wsi_chain *chain = parse(text);
    int64_t got_x = -1, got_y = -1;
    wsi_error err;
    if (wsi_chain_halo(chain, slide, 0, write, &got_x, &got_y, &err) != WSI_OK) fail_msg("%s", err.message);
    if (got_x != x || got_y != y) fail_msg("%s: halo %lld x %lld", text, (long long)got_x, (long long)got_y);
    wsi_chain_destroy(&chain);
    wsi_slide_close(&slide);
}

static void halos(void **state)
{
    (void)state;
    expect_halo("rgb2gray", NULL, 0, 0);
    expect_halo("rgb2gray | gaussian:sigma=2", NULL, 8, 8); /* truncate 4 */
    expect_halo("rgb2gray | gaussian:sigma=2 as g | sobel", NULL, 9, 9);
    expect_halo("rgb2gray | gaussian:sigma=2 as g | sobel", "g", 8, 8);
    expect_halo("rgb2gray | gaussian:sigma=2 | threshold_otsu | opening:footprint=disk,radius=3", NULL, 14, 14);
}

static void outputs_refuse(void **state)
{
    (void)state;
    wsi_slide *slide = open_slide();
    wsi_chain *chain = parse("rgb2gray as g | rgb2hed");
    wsi_chain_output out[WSI_CHAIN_OUTPUTS_MAX];
    int n;
    int64_t x, y;
    wsi_error err = {WSI_OK, ""};
    assert_int_equal(wsi_chain_outputs(NULL, slide, 0, NULL, out, &n, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_outputs(chain, NULL, 0, NULL, out, &n, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_outputs(chain, slide, 2, NULL, out, &n, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_outputs(chain, slide, -1, NULL, out, &n, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_outputs(chain, slide, 0, NULL, NULL, &n, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_outputs(chain, slide, 0, NULL, out, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_outputs(chain, slide, 0, "x", out, &n, &err), WSI_ERR_CHAIN);
    assert_int_equal(wsi_chain_outputs(chain, slide, 0, "g,g", out, &n, &err), WSI_ERR_CHAIN);
    assert_int_equal(wsi_chain_outputs(chain, slide, 0, ",", out, &n, &err), WSI_ERR_CHAIN);
    /* The second step does not take one channel; the first alone is fine. */
    assert_int_equal(wsi_chain_outputs(chain, slide, 0, NULL, out, &n, &err), WSI_ERR_CHAIN);
    assert_int_equal(n, 0);
    assert_int_equal(wsi_chain_outputs(chain, slide, 0, "g", out, &n, &err), WSI_OK);
    assert_int_equal(wsi_chain_halo(chain, slide, 0, NULL, &x, &y, &err), WSI_ERR_CHAIN);
    assert_int_equal(wsi_chain_halo(NULL, slide, 0, NULL, &x, &y, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_halo(chain, NULL, 0, NULL, &x, &y, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_halo(chain, slide, 0, "g", NULL, &y, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_chain_halo(chain, slide, 0, "g", &x, NULL, NULL), WSI_ERR_USAGE);
    wsi_chain_destroy(&chain);
    wsi_slide_close(&slide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing_refuses), cmocka_unit_test(canonical_text), cmocka_unit_test(steps),
        cmocka_unit_test(steps_refuse),    cmocka_unit_test(described),      cmocka_unit_test(outputs),
        cmocka_unit_test(halos),           cmocka_unit_test(outputs_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
