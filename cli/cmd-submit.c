/* `wsiproc submit`: a batch as a Slurm job array.
 *
 * Everything that `run` refuses before its first slide is refused here, where somebody is looking, but for what only
 * the node can know (its GPUs). The tasks find their share by themselves (--shard auto) in one list of slides. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "batch.h"
#include "cli.h"
#include "cli-file.h"
#include "common/mem.h"
#include "job-folder.h"
#include "job-options.h"
#include "kernels/reduction.h"
#include "lease.h"
#include "plan-manifest.h"
#include "progress.h"
#include "scheduler/chain.h"
#include "shard.h"
#include "slurm-script.h"
#include "values.h"

typedef struct submit_settings {
    wsi_job_options job; /* first: its table counts offsets from here */
    wsi_slurm_options slurm;
} submit_settings;

#define FIELD(name) offsetof(submit_settings, slurm.name)

/* One option a row. */
/* clang-format off */
static const wsi_option rows[] = {
    {.name = "partition", .type = WSI_OPTION_STRING, .argument = "PARTITION", .offset = FIELD(partition),
     .help = "Partition of the cluster"},
    {.name = "time", .type = WSI_OPTION_STRING, .argument = "TIME", .offset = FIELD(time),
     .help = "Time limit of a task as Slurm has it: minutes, H:MM:SS, D-H. What is not done by then is done in another "
     "turn"},
    {.name = "mem", .type = WSI_OPTION_SIZE, .argument = "SIZE", .offset = FIELD(memory), .min = 32 << 20, .max = 9e18,
     .help = "Memory of a task. Half of it is for pixels in flight unless --memory is given"},
    {.name = "cpus", .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(cpus), .min = 1, .max = 4096,
     .help = "CPUs of a task"},
    {.name = "gpus", .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(gpus), .min = 1, .max = 64,
     .help = "GPUs of a task; --device is cuda then unless it is given"},
    {.name = "array", .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(tasks), .min = 1,
     .max = WSI_SLURM_TASKS_MAX, .def_text = "a task a slide up to 16 slides, one for four of more, none that a large slide would outlast anyway",
     .help = "Tasks, never more than slides. They share the slides by estimated cost"},
    {.name = "throttle", .type = WSI_OPTION_INT, .argument = "K", .offset = FIELD(throttle), .min = 1,
     .max = WSI_SLURM_TASKS_MAX, .help = "Tasks that run at once at most"},
    {.name = "requeue", .type = WSI_OPTION_FLAG, .offset = FIELD(requeue),
     .help = "Has Slurm start a task again whose node is lost or whose time is up; this is the default"},
    {.name = "no-requeue", .type = WSI_OPTION_FLAG, .offset = FIELD(no_requeue), .help = "Does without that"},
    {.name = "signal", .type = WSI_OPTION_INT, .argument = "SECONDS", .offset = FIELD(signal_seconds),
     .def_text = "120, less when --time is short", .min = 1, .max = 65535,
     .help = "Seconds before the time limit at which a task stops and waits for another turn. Slurm may be early by a "
     "minute"},
    {.name = "lease", .type = WSI_OPTION_INT, .argument = "SECONDS", .offset = FIELD(lease), .min = 1,
     .max = WSI_LEASE_SECONDS_MAX, .def_text = "run's own", .help = "The --lease of run"},
    {.name = "account", .type = WSI_OPTION_STRING, .argument = "ACCOUNT", .offset = FIELD(account),
     .help = "Account that is charged"},
    {.name = "qos", .type = WSI_OPTION_STRING, .argument = "QOS", .offset = FIELD(qos), .help = "Quality of service"},
    {.name = "constraint", .type = WSI_OPTION_STRING, .argument = "FEATURES", .offset = FIELD(constraint),
     .help = "Features that the nodes must have"},
    {.name = "job-name", .type = WSI_OPTION_STRING, .argument = "TEXT", .offset = FIELD(job_name), .def = "wsiproc",
     .help = "Name of the job"},
    {.name = "sbatch-option", .type = WSI_OPTION_STRING, .argument = "RAW", .offset = FIELD(raw),
     .help = "More options for sbatch as they stand in a script, e.g. '--exclusive --mail-type=FAIL'"},
    {.name = "dry-run", .type = WSI_OPTION_FLAG, .offset = FIELD(dry_run),
     .help = "Prints the script, with each INPUT as it was given; writes and submits nothing"},
};
/* clang-format on */
static const wsi_option_table submit_table = {"Options of submit", rows, sizeof rows / sizeof rows[0]};

typedef struct submission {
    const submit_settings *settings;
    const wsi_arguments *args;
    wsi_display *display;
    wsi_job_setup setup;
    wsi_inputs inputs;
    wsi_words command;
    char *dir, *folder, *log_folder, *script_path; /* absolute */
    char *manifest;                                /* the list of slides; NULL: the operands are */
    char *text;                                    /* of the script */
    char *job;
    uint64_t *costs; /* one a slide */
    int tasks;
} submission;

/* ---- What run would refuse ---- */

/* Options that name what one process writes: the tasks of an array would overwrite one another's. */
static wsi_status refuse_single(const submission *s, wsi_error *err)
{
    static const wsi_option_table *const tables[] = {&wsi_job_option_table, NULL, NULL};
    static const char *const names[] = {"shard", "stats", "trace"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        WSI_RETURN_IF(wsi_options_given(tables, s->args, names[i]), WSI_ERR_USAGE,
                      "option --%s is for a single run, not for the tasks of submit", names[i]);
    }
    return WSI_OK;
}

/* A GPU that this machine lacks may be there on the nodes. */
static wsi_status make_setup(submission *s, wsi_job_options *options, wsi_error *err)
{
    const wsi_log *log = wsi_display_log(s->display);
    wsi_error cause = {0};
    const wsi_status status = wsi_job_setup_make(options, s->args, log, &s->setup, &cause);
    if (status == WSI_OK) return WSI_OK;
    if (status != WSI_ERR_DEVICE) return wsi_error_set(err, status, "%s", cause.message);
    wsi_job_setup_clear(&s->setup);
    options->device = "cpu";
    options->decoder = WSI_DECODER_AUTO;
    return wsi_job_setup_make(options, s->args, log, &s->setup, err);
}

/* The tasks fit the reference; here it is only seen that there is one, and a step that wants it. */
static wsi_status check_reference(const submission *s, const char *reference, wsi_error *err)
{
    int takers = 0;
    if (!reference) return WSI_OK;
    for (int i = 0; i < s->setup.chain->count; i++) {
        const wsi_reduction *reduction = s->setup.chain->steps[i].op->reduction;
        takers += reduction && reduction->takes_target;
    }
    WSI_RETURN_IF(!takers, WSI_ERR_CHAIN, "option --reference: no step of the chain takes a reference");
    if (wsi_input_is_synthetic(reference) || access(reference, R_OK) == 0) return WSI_OK;
    return wsi_error_set(err, WSI_ERR_INPUT_OPEN, "option --reference: %s: %s", reference, strerror(errno));
}

/* One bad slide fails alone; without a good one there is nothing to submit. */
static wsi_status check_inputs(const wsi_inputs *inputs, wsi_error *err)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->items[i].failure == WSI_OK) return WSI_OK;
    }
    return wsi_error_set(err, inputs->items[0].failure, "%s", inputs->items[0].failure_text);
}

static wsi_status check_all(submission *s, wsi_job_options *options, wsi_error *err)
{
    const wsi_inputs_options how = {.output = options->output, .log = wsi_display_log(s->display)};
    WSI_FORWARD(wsi_slurm_check(&s->settings->slurm, err));
    WSI_FORWARD(refuse_single(s, err));
    WSI_RETURN_IF(!options->output, WSI_ERR_USAGE, "no output folder: give -o DIR");
    WSI_FORWARD(make_setup(s, options, err));
    for (int i = 0; i < s->args->count; i++) {
        WSI_FORWARD(wsi_inputs_add(&s->inputs, s->args->operands[i], &how, err));
    }
    WSI_FORWARD(check_inputs(&s->inputs, err));
    char *summary = wsi_asprintf("%s/summary.json", options->output);
    WSI_RETURN_IF(!summary, WSI_ERR_NO_MEMORY, "out of memory");
    const wsi_status status = wsi_batch_check_outputs(&s->inputs, &s->setup, summary, err);
    wsi_free(summary);
    WSI_FORWARD(status);
    return check_reference(s, options->reference, err);
}

/* ---- The command of a task ---- */

/* Tasks may start in another folder. NULL without memory, or without a working folder. */
static char *absolute(const char *path)
{
    return wsi_input_path_in(NULL, path);
}

/* --NAME=VALUE as it was given, paths absolute. */
static char *option_word(const wsi_option *row, const wsi_job_options *options)
{
    char *value = wsi_option_text(row, options), *word = NULL;
    const wsi_value_kind kind = wsi_value_of_option(row).kind;
    if (value && (kind == WSI_VALUE_FILE || kind == WSI_VALUE_FOLDER)) {
        char *path = absolute(value);
        wsi_free(value);
        value = path;
    }
    if (value) word = row->type == WSI_OPTION_FLAG ? wsi_asprintf("--%s", row->name) : NULL;
    if (value && !word) word = wsi_asprintf("--%s=%s", row->name, value);
    wsi_free(value);
    return word;
}

static char *own_path(void)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    return length > 0 ? wsi_strndup(path, (size_t)length) : wsi_strdup("wsiproc");
}

/* What the node gives a task decides where the user did not. */
static void add_resources(submission *s)
{
    const wsi_job_options *job = &s->settings->job;
    const wsi_slurm_options *slurm = &s->settings->slurm;
    static const wsi_option_table *const tables[] = {&wsi_job_option_table, NULL, NULL};
    if (slurm->gpus && !wsi_options_given(tables, s->args, "device")) {
        wsi_words_add(&s->command, wsi_strdup("--device=cuda"));
    }
    if (slurm->memory && !job->memory) {
        wsi_words_add(&s->command, wsi_asprintf("--memory=%lluM", (unsigned long long)(slurm->memory >> 21)));
    }
}

static void make_command(submission *s)
{
    wsi_words_add(&s->command, own_path());
    wsi_words_add(&s->command, wsi_strdup("run"));
    if (s->manifest) wsi_words_add(&s->command, wsi_strdup(s->manifest));
    for (int i = 0; i < s->args->count && !s->manifest; i++) {
        wsi_words_add(&s->command, absolute(s->args->operands[i]));
    }
    for (int i = 0; i < wsi_job_option_table.count; i++) {
        if (!(s->args->given >> i & 1)) continue;
        wsi_words_add(&s->command, option_word(&wsi_job_option_table.rows[i], &s->settings->job));
    }
    wsi_words_add(&s->command, wsi_strdup("--shard=auto"));
    if (s->settings->slurm.lease) {
        wsi_words_add(&s->command, wsi_asprintf("--lease=%lld", (long long)s->settings->slurm.lease));
    }
    add_resources(s);
}

/* Long tasks are what schedulers like, many tasks are what ends early; but nothing ends before its largest slide. */
static int count_tasks(const submission *s)
{
    enum { EACH_ALONE = 16, SLIDES_A_TASK = 4 };
    const size_t slides = s->inputs.count;
    size_t tasks = (slides + SLIDES_A_TASK - 1) / SLIDES_A_TASK;
    double sum = 0, most = 1;
    for (size_t i = 0; i < slides; i++) {
        sum += (double)s->costs[i];
        if ((double)s->costs[i] > most) most = (double)s->costs[i];
    }
    const size_t useful = 2 * ((size_t)(sum / most) + 1);
    if (tasks < EACH_ALONE) tasks = EACH_ALONE;
    if (tasks > useful) tasks = useful;
    if (s->settings->slurm.tasks) tasks = (size_t)s->settings->slurm.tasks;
    if (tasks > slides) tasks = slides;
    return tasks > WSI_SLURM_TASKS_MAX ? WSI_SLURM_TASKS_MAX : (int)tasks;
}

static wsi_status find_places(submission *s, wsi_error *err)
{
    s->dir = absolute(s->settings->job.output);
    s->folder = s->dir ? wsi_asprintf("%s/" WSI_JOB_FOLDER, s->dir) : NULL;
    s->log_folder = s->folder ? wsi_asprintf("%s/logs", s->folder) : NULL;
    s->costs = wsi_calloc(s->inputs.count, sizeof *s->costs);
    WSI_RETURN_IF(!s->log_folder || !s->costs, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_shard_costs(&s->inputs, &s->setup, 1, s->costs);
    return WSI_OK;
}

static wsi_status make_script(submission *s, wsi_error *err)
{
    make_command(s);
    s->tasks = count_tasks(s);
    const wsi_slurm_script script = {&s->settings->slurm, &s->command, s->log_folder, s->tasks};
    return wsi_slurm_script_text(&script, &s->text, err);
}

/* ---- The list of slides ---- */

/* What the lines of a manifest can hold. */
static int is_expressible(const wsi_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        const wsi_input *in = &inputs->items[i];
        if (strchr(in->path, '\n') || strchr(in->base, '\n') || (in->id && strchr(in->id, '\n'))) return 0;
    }
    return 1;
}

/* With one list, made now, all tasks divide the same slides, whatever comes into a folder meanwhile; and with the costs
 * in it none of them has to look into slides that are another's. */
static wsi_status write_manifest(submission *s, wsi_error *err)
{
    const size_t count = s->inputs.count;
    if (count == 1 || !is_expressible(&s->inputs)) return WSI_OK;
    wsi_planned *planned = wsi_calloc(count, sizeof *planned);
    s->manifest = wsi_asprintf("%.*s.csv", (int)(strlen(s->script_path) - strlen(".sh")), s->script_path);
    wsi_status status = planned && s->manifest ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count && status == WSI_OK; i++) {
        const wsi_input *in = &s->inputs.items[i];
        planned[i] = (wsi_planned){.level = in->level, .cost = s->costs[i], .error = in->failure_text};
        if (in->fingerprint) snprintf(planned[i].fingerprint, sizeof planned[i].fingerprint, "%s", in->fingerprint);
    }
    if (status == WSI_OK) status = wsi_plan_manifest_write(s->manifest, &s->inputs, planned, &s->settings->job, err);
    wsi_free(planned);
    return status;
}

/* All slides wait from now on, for `status`; the tasks will find the same batch. */
static wsi_status enter_batch(const submission *s, wsi_error *err)
{
    const size_t count = s->inputs.count;
    wsi_folder_batch batch = {.entries = wsi_calloc(count, sizeof *batch.entries), .count = count};
    char **paths = wsi_calloc(count, sizeof *paths);
    wsi_status status = batch.entries && paths ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count && status == WSI_OK; i++) {
        const wsi_input *in = &s->inputs.items[i];
        paths[i] = absolute(in->path);
        if (!paths[i]) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
        batch.entries[i] = (wsi_folder_entry){.base = in->base, .input = paths[i], .id = in->id, .cost = s->costs[i]};
    }
    if (status == WSI_OK) status = wsi_folder_write_batch(s->dir, &batch, err);
    for (size_t i = 0; i < count && paths; i++) wsi_free(paths[i]);
    wsi_free(paths);
    wsi_free(batch.entries);
    return status;
}

/* ---- Submitting ---- */

/* submit-N.sh of the first N that is free, so that each submission can be looked up. */
static wsi_status claim_script_path(submission *s, wsi_error *err)
{
    for (int n = 1; n < 100000; n++) {
        s->script_path = wsi_asprintf("%s/submit-%d.sh", s->folder, n);
        WSI_RETURN_IF(!s->script_path, WSI_ERR_NO_MEMORY, "out of memory");
        const int fd = open(s->script_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            close(fd);
            return WSI_OK;
        }
        if (errno != EEXIST) break;
        wsi_free(s->script_path);
        s->script_path = NULL;
    }
    return wsi_error_set(err, wsi_file_output_status(errno), "%s: cannot make a script: %s", s->folder,
                         strerror(errno));
}

static wsi_status hand_over(submission *s, wsi_error *err)
{
    WSI_FORWARD(write_manifest(s, err));
    WSI_FORWARD(make_script(s, err));
    WSI_FORWARD(wsi_file_write(s->script_path, s->text, strlen(s->text), err));
    WSI_FORWARD(enter_batch(s, err));
    return wsi_slurm_submit(s->script_path, &s->job, err);
}

static wsi_status submit(submission *s, wsi_error *err)
{
    WSI_FORWARD(wsi_file_make_folder(s->dir, err));
    WSI_FORWARD(wsi_job_folder_make(s->dir, err));
    WSI_FORWARD(wsi_file_make_folder(s->log_folder, err));
    WSI_FORWARD(claim_script_path(s, err));
    const wsi_status status = hand_over(s, err);
    if (status == WSI_OK) return WSI_OK;
    unlink(s->script_path); /* nobody will run it */
    if (s->manifest) unlink(s->manifest);
    return status;
}

static void print_submitted(const submission *s)
{
    const char *dir = s->settings->job.output;
    printf("submitted job %s: %zu slide%s, %d task%s\n", s->job, s->inputs.count, s->inputs.count == 1 ? "" : "s",
           s->tasks, s->tasks == 1 ? "" : "s");
    printf("script: %s\n", s->script_path);
    fputs("how it goes: wsiproc status ", stdout);
    wsi_shell_word(stdout, dir);
    fputs("\nafterwards:  wsiproc merge ", stdout);
    wsi_shell_word(stdout, dir);
    putchar('\n');
}

static wsi_status submit_all(submission *s, wsi_job_options *options, wsi_error *err)
{
    s->display = wsi_display_create(WSI_PROGRESS_NONE, (wsi_log_level)options->log_level);
    WSI_RETURN_IF(!s->display, WSI_ERR_NO_MEMORY, "out of memory");
    WSI_FORWARD(check_all(s, options, err));
    WSI_FORWARD(find_places(s, err));
    if (s->settings->slurm.dry_run) {
        WSI_FORWARD(make_script(s, err));
        fputs(s->text, stdout);
        return WSI_OK;
    }
    WSI_FORWARD(submit(s, err));
    print_submitted(s);
    return WSI_OK;
}

static wsi_exit command_submit(const void *settings, const wsi_arguments *args)
{
    submission s = {.settings = settings, .args = args};
    wsi_job_options options = s.settings->job; /* what is checked may differ from what is submitted */
    wsi_error err = {0};
    options.threads = 0; /* what this machine was given says nothing about the nodes */
    options.memory = 0;
    const wsi_status status = submit_all(&s, &options, &err);
    wsi_words_clear(&s.command);
    wsi_free(s.costs);
    wsi_inputs_clear(&s.inputs);
    wsi_job_setup_clear(&s.setup);
    wsi_display_destroy(&s.display);
    char *const owned[] = {s.dir, s.folder, s.log_folder, s.script_path, s.manifest, s.text, s.job};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) wsi_free(owned[i]);
    return status == WSI_OK ? WSI_EXIT_OK : wsi_cli_fail(&err);
}

const wsi_command wsi_command_submit = {
    .name = "submit",
    .summary = "Submits a batch to Slurm as a job array.",
    .operands = "INPUT... -o DIR --chain CHAIN [options]",
    .doc =
        "INPUT and options are those of run; its tasks share the slides among them. What run refuses before its "
        "first slide is refused here as well.\n\n"
        "The script and the list of slides that the tasks share are kept as DIR/.wsiproc/submit-N.sh and .csv; slides "
        "that come into a folder later are not in it. Logs of the tasks are DIR/.wsiproc/logs/slurm-JOB_TASK.log. A "
        "task that is stopped by its time limit or "
        "by the loss of its node waits for another turn and goes on where the outputs are missing; outputs are "
        "whole or absent at any time. Submitting the same again does what is missing.\n\n"
        "The exit status is 1 when sbatch is not there or refuses.",
    .example = "  wsiproc submit slides/ -o out --chain 'rgb2gray | threshold_otsu as mask' --time 2:00:00 --mem 4G "
               "--cpus 4\n"
               "  wsiproc submit slides.csv -o out --chain-file chain.txt --gpus 1 --array 32 --throttle 8 --dry-run",
    .tables = {&wsi_job_option_table, &submit_table},
    .settings_size = sizeof(submit_settings),
    .min_operands = 1,
    .run = command_submit,
};
