/* `wsiproc status`: how a batch goes, from its job folder; reads it while runs write to it. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "cli-json.h"
#include "cli-text.h"
#include "job-overview.h"
#include "common/mem.h"
#include "progress.h"

typedef struct status_settings {
    int json;
    double watch;
} status_settings;

static const wsi_option rows[] = {
    {.name = "json",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(status_settings, json),
     .help = "Prints JSON; with --watch an object a line"},
    {.name = "watch",
     .type = WSI_OPTION_FLOAT,
     .argument = "SECONDS",
     .offset = offsetof(status_settings, watch),
     .min = 0,
     .max = 86400,
     .help = "Looks again after so many seconds, until no slide runs or waits"},
};
static const wsi_option_table status_table = {"Options", rows, sizeof rows / sizeof rows[0]};

enum { ROWS_SHOWN = 200 };

/* "123_4", "123", or "" where Slurm has no part. */
static const char *slurm_task(const wsi_folder_run *run, char buf[WSI_TEXT_SHORT])
{
    buf[0] = '\0';
    if (run && run->slurm_array_job && run->slurm_array_task) {
        snprintf(buf, WSI_TEXT_SHORT, "%.16s_%.10s", run->slurm_array_job, run->slurm_array_task);
    } else if (run && run->slurm_job) {
        snprintf(buf, WSI_TEXT_SHORT, "%.24s", run->slurm_job);
    }
    return buf;
}

/* What a failure says after the slide's own name, which stands beside it. */
static const char *cause_of(const wsi_overview_slide *s)
{
    const char *error = s->record->error;
    const size_t length = strlen(s->record->input);
    if (!error) return "no reason was recorded";
    const int named = strncmp(error, s->record->input, length) == 0 && strncmp(error + length, ": ", 2) == 0;
    return named ? error + length + 2 : error;
}

/* ---- JSON ---- */

static json_t *if_known(double value)
{
    return value < 0 ? json_null() : wsi_cli_json_measured(value);
}

static json_t *slide_json(const wsi_overview_slide *s)
{
    char task[WSI_TEXT_SHORT];
    json_t *json = json_pack("{s:o, s:o}", "base", wsi_cli_json_text(s->base), "input", wsi_cli_json_text(s->input));
    wsi_cli_json_set_text(json, "id", s->id);
    json_object_set_new(json, "run", wsi_cli_json_text(s->record->run));
    json_object_set_new(json, "host", wsi_cli_json_text(s->record->host));
    json_object_set_new(json, "pid", json_integer(s->record->pid));
    json_object_set_new(json, "slurm_task", *slurm_task(s->run, task) ? wsi_cli_json_text(task) : json_null());
    json_object_set_new(json, "attempt", json_integer(s->record->attempt));
    json_object_set_new(json, "seconds", if_known(s->record->seconds));
    return json;
}

static json_t *running_json(const wsi_overview_slide *s)
{
    json_t *json = slide_json(s);
    json_object_set_new(json, "progress", if_known(s->record->progress));
    json_object_set_new(json, "silence_seconds", if_known(s->silence));
    json_object_set_new(json, "lost", json_boolean(s->lost));
    return json;
}

static json_t *failed_json(const wsi_overview_slide *s)
{
    json_t *json = slide_json(s);
    json_object_set_new(json, "error_kind", json_string(wsi_status_name(s->record->code)));
    json_object_set_new(json, "error", wsi_cli_json_text(s->record->error));
    return json;
}

static json_t *counts_json(const wsi_overview *o)
{
    json_t *json = json_pack("{s:I}", "slides", (json_int_t)o->count);
    for (int i = 0; i < WSI_OVERVIEW_STATES; i++) {
        const char *name = wsi_overview_state_name((wsi_overview_state)i);
        json_object_set_new(json, name, json_integer((json_int_t)o->counts[i]));
    }
    json_object_set_new(json, "skipped", json_integer((json_int_t)o->skipped));
    json_object_set_new(json, "cancelled", json_integer((json_int_t)o->cancelled));
    json_object_set_new(json, "lost", json_integer((json_int_t)o->lost));
    return json;
}

static json_t *overview_json(const wsi_overview *o, const char *dir)
{
    json_t *running = json_array(), *failed = json_array();
    for (size_t i = 0; i < o->count; i++) {
        const wsi_overview_slide *s = &o->slides[i];
        if (s->state == WSI_OVERVIEW_RUNNING) json_array_append_new(running, running_json(s));
        if (s->state == WSI_OVERVIEW_FAILED) json_array_append_new(failed, failed_json(s));
    }
    return json_pack("{s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o}", "folder", wsi_cli_json_text(dir),
                     "time", if_known(o->time), "counts", counts_json(o), "active_runs", (json_int_t)o->active_runs,
                     "slides_per_hour", if_known(o->slides_per_hour), "mpix_per_second", if_known(o->mpix_per_second),
                     "seconds_left", if_known(o->seconds_left), "pixels", (json_int_t)o->pixels, "bytes_written",
                     (json_int_t)o->bytes, "bad_tiles", (json_int_t)o->bad_tiles, "running", running, "failed", failed);
}

static void print_json(json_t *json, int one_line)
{
    if (!one_line) {
        wsi_cli_json_print(json);
        return;
    }
    char *text = json ? wsi_cli_json_dump(json, JSON_COMPACT) : NULL;
    if (text) puts(text);
    wsi_free(text);
    json_decref(json);
}

/* ---- Text ---- */

static void print_counts(const wsi_overview *o)
{
    const size_t *n = o->counts;
    printf("%zu slide%s: %zu done", o->count, o->count == 1 ? "" : "s", n[WSI_OVERVIEW_DONE]);
    if (o->skipped) printf(" (%zu up to date)", o->skipped);
    printf(", %zu running", n[WSI_OVERVIEW_RUNNING]);
    if (o->lost) printf(" (%zu without a sign of life)", o->lost);
    printf(", %zu failed, %zu waiting", n[WSI_OVERVIEW_FAILED], n[WSI_OVERVIEW_WAITING]);
    if (o->cancelled) printf(" (%zu cut short)", o->cancelled);
    putchar('\n');
}

static void print_rates(const wsi_overview *o)
{
    char left[WSI_TEXT_SHORT];
    if (!o->active_runs) {
        puts(o->counts[WSI_OVERVIEW_WAITING] + o->counts[WSI_OVERVIEW_RUNNING] ? "no run is at work" : "all ended");
        return;
    }
    printf("%zu run%s at work: %.1f slides/h, %.1f MPix/s, %s left\n", o->active_runs, o->active_runs == 1 ? "" : "s",
           o->slides_per_hour, o->mpix_per_second, wsi_text_duration(o->seconds_left, left));
}

static void add_running(wsi_text_table *table, const wsi_overview_slide *s)
{
    char progress[WSI_TEXT_SHORT], time[WSI_TEXT_SHORT], pid[WSI_TEXT_SHORT], task[WSI_TEXT_SHORT], life[64];
    snprintf(progress, sizeof progress, "%.0f %%", 100 * s->record->progress);
    snprintf(pid, sizeof pid, "%lld", (long long)s->record->pid);
    if (s->lost && s->silence < 1) {
        snprintf(life, sizeof life, "process is gone");
    } else if (s->lost) {
        snprintf(life, sizeof life, "no sign of life for %.0f s", s->silence);
    } else {
        snprintf(life, sizeof life, "%.0f s ago", s->silence > 0 ? s->silence : 0);
    }
    wsi_text_table_row(table, (const char *[]){s->base, progress, wsi_text_duration(s->record->seconds, time),
                                               s->record->host, pid, slurm_task(s->run, task), life});
}

static void add_failed(wsi_text_table *table, const wsi_overview_slide *s)
{
    char attempts[WSI_TEXT_SHORT];
    snprintf(attempts, sizeof attempts, "%lld", (long long)s->record->attempt);
    wsi_text_table_row(table, (const char *[]){s->base, attempts, s->record->host, cause_of(s)});
}

/* The slides of one state as a table, the first ones of very many. */
static void print_slides(const wsi_overview *o, wsi_overview_state state, const char *align, const char *const *head,
                         void (*add)(wsi_text_table *table, const wsi_overview_slide *s))
{
    size_t shown = 0;
    if (!o->counts[state]) return;
    wsi_text_table *table = wsi_text_table_create(align);
    wsi_text_table_row(table, head);
    for (size_t i = 0; i < o->count && shown < ROWS_SHOWN; i++) {
        if (o->slides[i].state != state) continue;
        add(table, &o->slides[i]);
        shown++;
    }
    printf("\n%s:\n", wsi_overview_state_name(state));
    wsi_text_table_print(table, stdout, 2);
    wsi_text_table_destroy(&table);
    if (shown < o->counts[state]) printf("  and %zu more (--json has all)\n", o->counts[state] - shown);
}

static void print_text(const wsi_overview *o)
{
    static const char *const running[] = {"slide", "done", "time", "host", "process", "Slurm task", "sign of life"};
    static const char *const failed[] = {"slide", "attempts", "host", "cause"};
    print_counts(o);
    print_rates(o);
    print_slides(o, WSI_OVERVIEW_RUNNING, "lrrlrll", running, add_running);
    print_slides(o, WSI_OVERVIEW_FAILED, "lrll", failed, add_failed);
}

/* ---- The command ---- */

static void wait_seconds(double seconds)
{
    const time_t whole = (time_t)seconds;
    const struct timespec t = {whole, (long)(1e9 * (seconds - (double)whole))};
    nanosleep(&t, NULL);
}

/* One look; *over when there is nothing to wait for. */
static wsi_exit show(const char *dir, const status_settings *s, const wsi_log *log, int *over)
{
    wsi_overview o;
    wsi_error err = {0};
    const wsi_status status = wsi_overview_read(dir, log, &o, &err);
    *over = status != WSI_OK || o.counts[WSI_OVERVIEW_RUNNING] + o.counts[WSI_OVERVIEW_WAITING] == 0;
    wsi_exit code = WSI_EXIT_OK;
    if (status != WSI_OK) {
        code = wsi_cli_fail(&err);
    } else {
        if (o.counts[WSI_OVERVIEW_FAILED]) code = WSI_EXIT_SOME_FAILED;
        if (s->watch > 0 && !s->json && isatty(STDOUT_FILENO)) fputs("\033[H\033[J", stdout);
        if (s->json) {
            print_json(overview_json(&o, dir), s->watch > 0);
        } else {
            print_text(&o);
        }
    }
    fflush(stdout);
    wsi_overview_clear(&o);
    return code;
}

static wsi_exit command_status(const void *settings, const wsi_arguments *args)
{
    const status_settings *s = settings;
    int over = 0;
    if (args->count > 1) {
        wsi_cli_error("status takes one folder; see 'wsiproc status --help'");
        return WSI_EXIT_USAGE;
    }
    wsi_display *display = wsi_display_create(WSI_PROGRESS_NONE, WSI_LOG_WARNING);
    const wsi_log *log = display ? wsi_display_log(display) : NULL;
    wsi_exit code = show(args->operands[0], s, log, &over);
    while (s->watch > 0 && !over && !ferror(stdout)) {
        wait_seconds(s->watch);
        if (!s->json && !isatty(STDOUT_FILENO)) putchar('\n');
        code = show(args->operands[0], s, log, &over);
    }
    wsi_display_destroy(&display);
    return code;
}

const wsi_command wsi_command_status = {
    .name = "status",
    .summary = "Shows how a batch goes: slides done, running, failed, waiting; rate and time left.",
    .operands = "DIR [options]",
    .doc =
        "DIR is the output folder of run or submit. What is shown comes from DIR/.wsiproc, where every run tells what "
        "it does; it can be asked for at any time and from any host that sees the folder.\n\n"
        "A slide waits until it is begun, when it was cut short by a signal, and when it was made with another chain "
        "or other options than those of the latest run. A running one shows no sign of life when nothing has been "
        "heard "
        "of it for a minute, its process is gone, or its run has ended: another run takes it over. Rate and time left "
        "are those of the runs at work.\n\n"
        "Exit status: 0 no slide failed so far; 3 some did; 5 DIR has no job folder.",
    .example = "  wsiproc status out/ --watch 10",
    .tables = {&status_table},
    .settings_size = sizeof(status_settings),
    .min_operands = 1,
    .run = command_status,
};
