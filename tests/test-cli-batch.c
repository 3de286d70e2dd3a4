/* What a batch ends with and reports, and what it refuses before it begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/batch.h"
#include "cli/cli-file.h"
#include "common/mem.h"

static void every_status_has_its_exit(void **state)
{
    static const struct {
        wsi_status status;
        int exit;
    } cases[] = {{WSI_OK, 0},
                 {WSI_ERR_INTERNAL, 1},
                 {WSI_ERR_NO_MEMORY, 1},
                 {WSI_ERR_CANCELLED, 1},
                 {WSI_ERR_USAGE, 2},
                 {WSI_ERR_CHAIN, 2},
                 {WSI_ERR_INPUT_OPEN, 5},
                 {WSI_ERR_INPUT_FORMAT, 5},
                 {WSI_ERR_INPUT_CORRUPT, 5},
                 {WSI_ERR_INPUT_UNSUPPORTED, 5},
                 {WSI_ERR_OUTPUT, 6},
                 {WSI_ERR_OUTPUT_FULL, 6},
                 {WSI_ERR_DEVICE, 7},
                 {WSI_ERR_VERIFY, 8}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(wsi_exit_of_status(cases[i].status), cases[i].exit);
    }
}

enum { SLIDES_MAX = 3 };
static char paths[SLIDES_MAX][16] = {"a/x.svs", "b/y.svs", "c/z.svs"};

/* A batch whose slides ended with these statuses: WSI_OK is done. */
static void make_batch(wsi_batch *batch, wsi_inputs *inputs, const wsi_status *codes, size_t count)
{
    *inputs = (wsi_inputs){0};
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(wsi_inputs_append(inputs, paths[i], NULL, NULL, NULL), WSI_OK);
    }
    assert_int_equal(wsi_batch_create(batch, inputs, NULL), WSI_OK);
    for (size_t i = 0; i < count; i++) {
        batch->records[i].state = WSI_SLIDE_DONE;
        if (codes[i] != WSI_OK) wsi_slide_record_fail(&batch->records[i], codes[i], "it broke");
    }
}

static int exit_with(const wsi_status *codes, size_t count, wsi_status stopped_by)
{
    wsi_batch batch;
    wsi_inputs inputs;
    make_batch(&batch, &inputs, codes, count);
    batch.stopped_by = stopped_by;
    const int status = (int)wsi_batch_exit(&batch);
    wsi_batch_clear(&batch);
    wsi_inputs_clear(&inputs);
    return status;
}

static void a_batch_ends_as_documented(void **state)
{
    (void)state;
    assert_int_equal(exit_with((wsi_status[]){WSI_OK}, 1, WSI_OK), 0);
    assert_int_equal(exit_with((wsi_status[]){WSI_ERR_INPUT_CORRUPT}, 1, WSI_OK), 5);
    assert_int_equal(exit_with((wsi_status[]){WSI_ERR_CHAIN}, 1, WSI_OK), 2);
    assert_int_equal(exit_with((wsi_status[]){WSI_OK, WSI_ERR_INPUT_OPEN, WSI_OK}, 3, WSI_OK), 3);
    assert_int_equal(exit_with((wsi_status[]){WSI_ERR_INPUT_OPEN, WSI_ERR_INPUT_CORRUPT}, 2, WSI_OK), 5);
    assert_int_equal(exit_with((wsi_status[]){WSI_ERR_INPUT_OPEN, WSI_ERR_OUTPUT}, 2, WSI_OK), 1);
    assert_int_equal(exit_with((wsi_status[]){WSI_OK, WSI_ERR_OUTPUT_FULL}, 2, WSI_ERR_OUTPUT_FULL), 6);
}

static void failures_name_their_slide(void **state)
{
    static const char *const cases[][2] = {{"it broke", "a/x.svs: it broke"},
                                           {"a/x.svs: level 0", "a/x.svs: level 0"},
                                           {"x.svs: level 0", "x.svs: level 0"},
                                           {"out/x.h5: full", "a/x.svs: out/x.h5: full"}};
    wsi_batch batch;
    wsi_inputs inputs;
    (void)state;
    make_batch(&batch, &inputs, (wsi_status[]){WSI_OK}, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wsi_slide_record_fail(&batch.records[0], WSI_ERR_OUTPUT, cases[i][0]);
        assert_string_equal(batch.records[0].error, cases[i][1]);
        assert_int_equal(batch.records[0].state, WSI_SLIDE_FAILED);
    }
    wsi_slide_record_fail(&batch.records[0], WSI_ERR_CANCELLED, "cancelled");
    assert_int_equal(batch.records[0].state, WSI_SLIDE_CANCELLED);
    wsi_batch_clear(&batch);
    wsi_inputs_clear(&inputs);
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "(none)";
}

static void reports_tell_what_happened(void **state)
{
    wsi_batch batch;
    wsi_inputs inputs;
    (void)state;
    make_batch(&batch, &inputs, (wsi_status[]){WSI_OK, WSI_ERR_INPUT_CORRUPT, WSI_OK}, 3);
    wsi_job_report *report = &batch.records[0].report;
    report->outputs[report->output_count++] = wsi_strdup("out/x.h5");
    report->redone = wsi_strdup("chain differs");
    report->stats_json = wsi_strdup("{\"wall_s\": 1.5}");
    report->pixels = 3000000;
    batch.records[0].seconds = 2;
    batch.records[2].state = WSI_SLIDE_SKIPPED;

    json_t *slide = wsi_slide_record_json(&batch.records[0]);
    assert_string_equal(text_of(slide, "input"), "a/x.svs");
    assert_string_equal(text_of(slide, "status"), "done");
    assert_string_equal(text_of(slide, "redone"), "chain differs");
    assert_true(json_number_value(json_object_get(slide, "mpix_per_second")) == 1.5);
    assert_string_equal(json_string_value(json_array_get(json_object_get(slide, "outputs"), 0)), "out/x.h5");
    json_decref(slide);
    slide = wsi_slide_record_json(&batch.records[1]);
    assert_string_equal(text_of(slide, "error"), "b/y.svs: it broke");
    assert_string_equal(text_of(slide, "error_kind"), "input corrupt");
    json_decref(slide);

    json_t *stats = wsi_batch_stats_json(&batch), *list = json_object_get(stats, "slides");
    assert_int_equal(json_array_size(list), 3);
    assert_true(json_number_value(json_object_get(json_array_get(list, 0), "wall_s")) == 1.5);
    assert_string_equal(text_of(json_array_get(list, 1), "status"), "failed");
    assert_string_equal(text_of(json_array_get(list, 2), "status"), "skipped");
    json_decref(stats);

    const wsi_batch_totals totals = wsi_batch_total(&batch);
    assert_true(totals.count[WSI_SLIDE_DONE] == 1 && totals.count[WSI_SLIDE_FAILED] == 1);
    assert_true(totals.count[WSI_SLIDE_SKIPPED] == 1 && totals.pixels == 3000000);
    wsi_batch_clear(&batch);
    wsi_inputs_clear(&inputs);
}

/* ---- Clashes ---- */

static wsi_status check_outputs(const wsi_job_options *options, const char *const *slides, wsi_error *err)
{
    static const wsi_arguments none;
    wsi_job_setup setup;
    wsi_inputs inputs = {0};
    wsi_status status = wsi_job_setup_make(options, &none, NULL, &setup, err);
    for (int i = 0; slides[i] && status == WSI_OK; i++) status = wsi_inputs_append(&inputs, slides[i], NULL, NULL, err);
    if (status == WSI_OK) status = wsi_batch_check_outputs(&inputs, &setup, NULL, err);
    wsi_inputs_clear(&inputs);
    wsi_job_setup_clear(&setup);
    return status;
}

static void clashing_outputs_are_refused(void **state)
{
    char folder[] = "/tmp/wsiproc-batch-XXXXXX", slide[64];
    wsi_job_options o = {.chain = "rgb2gray as g", .device = "cpu", .compression = -1, .subsampling = -1, .cpu = -1};
    wsi_error err = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    o.output = folder;
    assert_int_equal(check_outputs(&o, (const char *const[]){"a/x.svs", "b/y.svs", NULL}, &err), WSI_OK);
    assert_int_equal(check_outputs(&o, (const char *const[]){"a/x.svs", "b/x.tif", NULL}, &err), WSI_ERR_USAGE);
    assert_true(strstr(err.message, "a/x.svs") && strstr(err.message, "b/x.tif") && strstr(err.message, "x.h5"));

    snprintf(slide, sizeof slide, "%s/x.h5", folder); /* its own output's name */
    assert_int_equal(wsi_file_write(slide, "x", 1, NULL), WSI_OK);
    assert_int_equal(check_outputs(&o, (const char *const[]){slide, NULL}, &err), WSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "is the input"));
    o.stats = slide;
    o.output = "elsewhere";
    assert_int_equal(check_outputs(&o, (const char *const[]){slide, NULL}, &err), WSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "--stats"));
    assert_int_equal(unlink(slide) | rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_exit),    cmocka_unit_test(a_batch_ends_as_documented),
        cmocka_unit_test(failures_name_their_slide),    cmocka_unit_test(reports_tell_what_happened),
        cmocka_unit_test(clashing_outputs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
