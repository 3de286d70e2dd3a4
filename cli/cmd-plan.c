/* `wsiproc plan`: what `run` would do with the same options; writes nothing, or a manifest alone. */
#include <stdio.h>

#include "batch.h"
#include "cli.h"
#include "cli-file.h"
#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"
#include "job-options.h"
#include "json-text.h"
#include "plan-manifest.h"
#include "progress.h"
#include "shard.h"

typedef struct plan_settings {
    wsi_job_options job; /* first: its table counts offsets from here */
    int json;
    const char *manifest;
} plan_settings;

static const wsi_option rows[] = {
    {.name = "json", .type = WSI_OPTION_FLAG, .offset = offsetof(plan_settings, json), .help = "Prints JSON"},
    {.name = "manifest",
     .type = WSI_OPTION_STRING,
     .argument = "FILE",
     .offset = offsetof(plan_settings, manifest),
     .help =
         "Writes a table of all slides (*.csv, *.tsv) with costs, estimates and fingerprints, which run takes as its "
         "INPUT; prints totals alone"},
};
static const wsi_option_table plan_table = {"Options of plan", rows, sizeof rows / sizeof rows[0]};

typedef struct planning {
    wsi_job_setup setup;
    wsi_shard shard;
    wsi_inputs inputs; /* of this shard, once it has been taken */
    size_t all;        /* slides of all shards */
    wsi_display *display;
    json_t *plans;
    wsi_planned *planned; /* of each slide */
    size_t failed;
    wsi_exit status; /* of the failures so far */
} planning;

static wsi_status plan_one(planning *p, const wsi_input *input, wsi_planned *planned, wsi_error *err)
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
    *planned = wsi_planned_of(plan);
    json_array_append_new(p->plans, plan);
    return WSI_OK;
}

/* ---- Before the first plan ---- */

/* Leaves the slides of the shard. */
static wsi_status divide(planning *p, wsi_error *err)
{
    p->all = p->inputs.count;
    if (!p->shard.count) return WSI_OK;
    uint64_t *costs = wsi_calloc(p->all + 1, sizeof *costs);
    WSI_RETURN_IF(!costs, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_shard_costs(&p->inputs, &p->setup, 1, costs);
    const wsi_status status = wsi_shard_take(&p->shard, &p->inputs, costs, err);
    wsi_free(costs);
    return status;
}

static wsi_status prepare(planning *p, const plan_settings *s, const wsi_arguments *args, wsi_error *err)
{
    p->plans = json_array();
    p->display = wsi_display_create(WSI_PROGRESS_NONE, (wsi_log_level)s->job.log_level);
    WSI_RETURN_IF(!p->plans || !p->display, WSI_ERR_NO_MEMORY, "out of memory");
    WSI_RETURN_IF(s->manifest && !wsi_plan_manifest_is_name(s->manifest), WSI_ERR_USAGE,
                  "option --manifest: %s: a manifest is named *.csv or *.tsv", s->manifest);
    const wsi_inputs_options options = {.output = s->job.output, .log = wsi_display_log(p->display)};
    WSI_FORWARD(wsi_job_setup_make(&s->job, args, wsi_display_log(p->display), &p->setup, err));
    WSI_FORWARD(wsi_shard_parse(s->job.shard, &p->shard, err));
    for (int i = 0; i < args->count; i++) WSI_FORWARD(wsi_inputs_add(&p->inputs, args->operands[i], &options, err));
    WSI_FORWARD(wsi_batch_check_outputs(&p->inputs, &p->setup, NULL, err));
    if (s->manifest) WSI_FORWARD(wsi_file_check_writable(s->manifest, err));
    WSI_FORWARD(divide(p, err));
    p->planned = wsi_calloc(p->inputs.count + 1, sizeof *p->planned);
    WSI_RETURN_IF(!p->planned, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

/* ---- Slides ---- */

/* One that cannot be planned stays in the manifest, with the size of its file as its cost. */
static void note_failure(planning *p, size_t i, const wsi_error *failure)
{
    const wsi_exit status = wsi_cli_fail(failure);
    const wsi_input *input = &p->inputs.items[i];
    p->planned[i] = (wsi_planned){.level = input->level, .cost = wsi_shard_file_size(input)};
    p->planned[i].error = wsi_strdup(failure->message);
    if (p->failed++ == 0) p->status = status;
    if (status != p->status) p->status = WSI_EXIT_FAILURE;
}

static wsi_status plan_all(planning *p, const plan_settings *s, const wsi_arguments *args, wsi_error *err)
{
    WSI_FORWARD(prepare(p, s, args, err));
    for (size_t i = 0; i < p->inputs.count; i++) {
        wsi_error failure = {0};
        if (plan_one(p, &p->inputs.items[i], &p->planned[i], &failure) != WSI_OK) note_failure(p, i, &failure);
    }
    if (!s->manifest) return WSI_OK;
    return wsi_plan_manifest_write(s->manifest, &p->inputs, p->planned, &s->job, err);
}

/* ---- Reports ---- */

static void print_json(planning *p)
{
    if (p->inputs.count == 1 && json_array_size(p->plans) == 1 && !p->shard.count) {
        wsi_cli_json_print(json_incref(json_array_get(p->plans, 0)));
    } else if (p->inputs.count > 1 || p->shard.count) {
        json_t *json = json_pack("{sO}", "slides", p->plans);
        if (p->shard.count) json_object_set_new(json, "shard", json_string(p->shard.text));
        wsi_cli_json_print(json);
    }
}

static void print_totals(const planning *p, const char *manifest)
{
    char time[WSI_TEXT_SHORT], memory[WSI_TEXT_SHORT], bytes[WSI_TEXT_SHORT];
    double seconds = 0, raw = 0, pixels = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < p->inputs.count; i++) {
        const wsi_planned *one = &p->planned[i];
        if (one->error) continue;
        seconds += one->seconds;
        raw += one->bytes;
        pixels += (double)one->cost;
        if (one->memory > most) most = one->memory;
    }
    printf("%s: %zu slide%s", manifest, p->inputs.count, p->inputs.count == 1 ? "" : "s");
    if (p->failed) printf(", %zu of them failed", p->failed);
    printf("; %.1f MPix; estimates: %s of work on this machine, %s of memory, %s of results before compression\n",
           pixels / 1e6, wsi_text_duration(seconds, time), wsi_text_bytes(most, memory),
           wsi_text_bytes((uint64_t)raw, bytes));
}

static void print_plans(planning *p, const plan_settings *s)
{
    const size_t count = json_array_size(p->plans);
    if (s->json) {
        print_json(p);
        return;
    }
    if (p->shard.count) printf("shard %s: %zu of %zu slides\n", p->shard.text, p->inputs.count, p->all);
    if (s->manifest) {
        print_totals(p, s->manifest);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (i || p->shard.count) putchar('\n');
        wsi_json_text_print(json_array_get(p->plans, i), stdout, 0);
    }
}

static void clear(planning *p)
{
    for (size_t i = 0; p->planned && i < p->inputs.count; i++) wsi_free(p->planned[i].error);
    wsi_free(p->planned);
    json_decref(p->plans);
    wsi_inputs_clear(&p->inputs);
    wsi_job_setup_clear(&p->setup);
    wsi_display_destroy(&p->display);
}

static wsi_exit command_plan(const void *settings, const wsi_arguments *args)
{
    const plan_settings *s = settings;
    planning p = {0};
    wsi_error err = {0};
    const wsi_status status = plan_all(&p, s, args, &err);
    wsi_exit code = p.failed && p.failed < p.inputs.count ? WSI_EXIT_SOME_FAILED : p.status;
    if (status == WSI_OK) {
        print_plans(&p, s);
    } else {
        code = wsi_cli_fail(&err);
    }
    clear(&p);
    return code;
}

const wsi_command wsi_command_plan = {
    .name = "plan",
    .summary = "Shows what run would do with the same options: steps, halos, tiles, memory, outputs. Writes nothing.",
    .doc =
        "With --manifest it writes a table with a row for each slide: path, id, mpp, level and out, as run takes them; "
        "cost "
        "(pixels, for --shard), memory and bytes (of results before compression); seconds, an estimate of decoding, "
        "computing and encoding on this machine; fingerprint of the slide; and state. A slide that cannot be opened "
        "stays in it, "
        "with "
        "its error, and the exit status is 3.",
    .operands = "INPUT... --chain CHAIN [options]",
    .example = "  wsiproc plan a.svs -o out --chain 'rgb2gray | gaussian:sigma=2' --memory 256M\n"
               "  wsiproc plan slides/ --chain 'rgb2gray | gaussian:sigma=2' --manifest slides.csv",
    .tables = {&wsi_job_option_table, &plan_table},
    .settings_size = sizeof(plan_settings),
    .min_operands = 1,
    .run = command_plan,
};
