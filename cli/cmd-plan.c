/* `wsiproc plan`: what `run` would do with the same options; writes nothing. */
#include <stdio.h>

#include "batch.h"
#include "cli.h"
#include "cli-json.h"
#include "common/mem.h"
#include "job-options.h"
#include "json-text.h"
#include "progress.h"

typedef struct plan_settings {
    wsi_job_options job; /* first: its table counts offsets from here */
    int json;
} plan_settings;

static const wsi_option rows[] = {
    {.name = "json", .type = WSI_OPTION_FLAG, .offset = offsetof(plan_settings, json), .help = "Prints JSON"},
};
static const wsi_option_table plan_table = {"Options of plan", rows, sizeof rows / sizeof rows[0]};

typedef struct planning {
    wsi_job_setup setup;
    wsi_inputs inputs;
    wsi_display *display;
    json_t *plans;
    size_t failed;
    wsi_exit status; /* of the failures so far */
} planning;

static wsi_status plan_one(planning *p, const wsi_input *input, wsi_error *err)
{
    char *base, *text = NULL;
    WSI_RETURN_IF(input->failure != WSI_OK, input->failure, "%s", input->failure_text);
    WSI_FORWARD(wsi_job_setup_output_base(&p->setup, input, &base, err));
    wsi_job_spec spec = wsi_job_setup_spec(&p->setup, input, base);
    if (p->setup.options->log_level > WSI_LOG_WARNING) spec.log = wsi_display_log(p->display);
    const wsi_status status = wsi_job_plan(&spec, &text, err);
    wsi_free(base);
    if (status != WSI_OK) return status;
    json_t *plan = wsi_cli_json_parse(text);
    wsi_free(text);
    WSI_RETURN_IF(!plan, WSI_ERR_INTERNAL, "%s: the plan is not JSON", input->path);
    json_array_append_new(p->plans, plan);
    return WSI_OK;
}

static wsi_status plan_all(planning *p, const plan_settings *s, const wsi_arguments *args, wsi_error *err)
{
    p->plans = json_array();
    p->display = wsi_display_create(WSI_PROGRESS_NONE, (wsi_log_level)s->job.log_level);
    WSI_RETURN_IF(!p->plans || !p->display, WSI_ERR_NO_MEMORY, "out of memory");
    const wsi_inputs_options options = {.output = s->job.output, .log = wsi_display_log(p->display)};
    WSI_FORWARD(wsi_job_setup_make(&s->job, args, wsi_display_log(p->display), &p->setup, err));
    for (int i = 0; i < args->count; i++) WSI_FORWARD(wsi_inputs_add(&p->inputs, args->operands[i], &options, err));
    WSI_FORWARD(wsi_batch_check_outputs(&p->inputs, &p->setup, NULL, err));
    for (size_t i = 0; i < p->inputs.count; i++) {
        wsi_error failure = {0};
        if (plan_one(p, &p->inputs.items[i], &failure) == WSI_OK) continue;
        const wsi_exit status = wsi_cli_fail(&failure);
        if (p->failed++ == 0) p->status = status;
        if (status != p->status) p->status = WSI_EXIT_FAILURE;
    }
    return WSI_OK;
}

static void print_plans(planning *p, int as_json)
{
    const size_t count = json_array_size(p->plans);
    if (as_json && p->inputs.count == 1 && count == 1) {
        wsi_cli_json_print(json_incref(json_array_get(p->plans, 0)));
    } else if (as_json && p->inputs.count > 1) {
        wsi_cli_json_print(json_pack("{sO}", "slides", p->plans));
    } else {
        for (size_t i = 0; i < count; i++) {
            if (i) putchar('\n');
            wsi_json_text_print(json_array_get(p->plans, i), stdout, 0);
        }
    }
}

static wsi_exit command_plan(const void *settings, const wsi_arguments *args)
{
    const plan_settings *s = settings;
    planning p = {0};
    wsi_error err = {0};
    const wsi_status status = plan_all(&p, s, args, &err);
    wsi_exit code = p.failed && p.failed < p.inputs.count ? WSI_EXIT_SOME_FAILED : p.status;
    if (status == WSI_OK) {
        print_plans(&p, s->json);
    } else {
        code = wsi_cli_fail(&err);
    }
    json_decref(p.plans);
    wsi_inputs_clear(&p.inputs);
    wsi_job_setup_clear(&p.setup);
    wsi_display_destroy(&p.display);
    return code;
}

const wsi_command wsi_command_plan = {
    .name = "plan",
    .summary = "Shows what run would do with the same options: steps, halos, tiles, memory, outputs. Writes nothing.",
    .operands = "INPUT... --chain CHAIN [options]",
    .example = "  wsiproc plan a.svs -o out --chain 'rgb2gray | gaussian:sigma=2' --memory 256M",
    .tables = {&wsi_job_option_table, &plan_table},
    .settings_size = sizeof(plan_settings),
    .min_operands = 1,
    .run = command_plan,
};
