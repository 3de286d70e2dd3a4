/* `wsiproc merge`: one summary of a batch, from its job folder and its outputs. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "cli-file.h"
#include "cli-json.h"
#include "common/mem.h"
#include "job-overview.h"
#include "merge-report.h"
#include "progress.h"
#include "thumbnails.h"

typedef struct merge_settings {
    const char *prefix;
    int no_thumbnails;
} merge_settings;

static const wsi_option rows[] = {
    {.name = "output",
     .letter = 'o',
     .type = WSI_OPTION_STRING,
     .argument = "FILE",
     .offset = offsetof(merge_settings, prefix),
     .def_text = "DIR/" WSI_MERGE_NAME,
     .help = "Path of the three files without their extensions .json, .csv and .html"},
    {.name = "no-thumbnails",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(merge_settings, no_thumbnails),
     .help = "Leaves out the pictures; slides are not opened then"},
};
static const wsi_option_table merge_table = {"Options", rows, sizeof rows / sizeof rows[0]};

enum { PICTURE_BYTES_MAX = 96 << 20 };

typedef struct merging {
    const char *dir;
    const merge_settings *settings;
    wsi_display *display;
    wsi_overview overview;
    wsi_thumbnail_request *requests; /* one a slide */
    json_t *pictures;                /* what was made of them */
    size_t picture_bytes;
    const char *last_chain; /* the one that was looked at last, and whether it measures quality */
    int last_quality;
    json_t *report;
} merging;

/* ---- Pictures ---- */

static int expects_quality(merging *m, const char *chain)
{
    if (!m->last_chain || strcmp(m->last_chain, chain) != 0) m->last_quality = wsi_thumbnails_expect_quality(chain);
    m->last_chain = chain;
    return m->last_quality;
}

/* What was made by another chain than the latest run's is not shown. */
static wsi_thumbnail_request request_of(merging *m, size_t i)
{
    const wsi_overview_slide *s = &m->overview.slides[i];
    const int pictures = !m->settings->no_thumbnails && (i < WSI_MERGE_PICTURED_MAX || s->state == WSI_OVERVIEW_FAILED);
    wsi_thumbnail_request r = {.dir = m->dir, .input = s->input, .base = s->base, .pictures = pictures};
    if (s->state == WSI_OVERVIEW_DONE) r.outputs = s->record->outputs;
    if (s->run) {
        r.chain = s->run->chain;
        r.folder = s->run->folder;
    }
    if (!pictures && r.chain && !expects_quality(m, r.chain)) r.outputs = NULL;
    return r;
}

/* Keeps the page of a size that browsers open. */
static void take_pictures(void *user, size_t i, json_t *list)
{
    merging *m = user;
    size_t k;
    json_t *picture;
    (void)i;
    json_array_foreach(list, k, picture)
    {
        const size_t size = json_string_length(json_object_get(picture, "jpeg"));
        m->picture_bytes += size;
        if (!size || m->picture_bytes <= PICTURE_BYTES_MAX) continue;
        json_object_del(picture, "jpeg");
        json_object_set_new(picture, "note", json_string("left out: the report has enough pictures"));
    }
    json_array_append(m->pictures, list);
}

static wsi_status make_pictures(merging *m, wsi_error *err)
{
    const size_t count = m->overview.count;
    m->requests = wsi_calloc(count, sizeof *m->requests);
    m->pictures = json_array();
    WSI_RETURN_IF(!m->requests || !m->pictures, WSI_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) m->requests[i] = request_of(m, i);
    wsi_thumbnails_make_apart(m->requests, count, take_pictures, m);
    return WSI_OK;
}

/* ---- Files ---- */

static wsi_status write_file(const char *prefix, const char *extension, const char *text, size_t size, wsi_error *err)
{
    char *path = wsi_asprintf("%s%s", prefix, extension);
    WSI_RETURN_IF(!path, WSI_ERR_NO_MEMORY, "out of memory");
    const wsi_status status = wsi_file_write(path, text, size, err);
    wsi_free(path);
    return status;
}

static wsi_status write_json(const merging *m, const char *prefix, wsi_error *err)
{
    char *path = wsi_asprintf("%s.json", prefix);
    WSI_RETURN_IF(!path, WSI_ERR_NO_MEMORY, "out of memory");
    const wsi_status status = wsi_cli_json_write(json_incref(m->report), path, err);
    wsi_free(path);
    return status;
}

static wsi_status write_csv(const merging *m, const char *prefix, wsi_error *err)
{
    char *text = NULL;
    size_t size = 0;
    WSI_FORWARD(wsi_merge_csv(m->report, &text, &size, err));
    const wsi_status status = write_file(prefix, ".csv", text, size, err);
    wsi_free(text);
    return status;
}

static wsi_status write_html(const merging *m, const char *prefix, wsi_error *err)
{
    char *text = NULL;
    size_t size = 0;
    WSI_FORWARD(wsi_merge_html(m->report, m->pictures, &text, &size, err));
    const wsi_status status = write_file(prefix, ".html", text, size, err);
    wsi_free(text);
    return status;
}

static wsi_status write_all(const merging *m, wsi_error *err)
{
    char *prefix = m->settings->prefix ? wsi_strdup(m->settings->prefix) : wsi_asprintf("%s/" WSI_MERGE_NAME, m->dir);
    WSI_RETURN_IF(!prefix, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = write_json(m, prefix, err);
    if (status == WSI_OK) status = write_csv(m, prefix, err);
    if (status == WSI_OK) status = write_html(m, prefix, err);
    const size_t *n = m->overview.counts;
    if (status == WSI_OK) {
        printf("%zu slide%s: %zu done, %zu running, %zu failed, %zu waiting\n", m->overview.count,
               m->overview.count == 1 ? "" : "s", n[WSI_OVERVIEW_DONE], n[WSI_OVERVIEW_RUNNING], n[WSI_OVERVIEW_FAILED],
               n[WSI_OVERVIEW_WAITING]);
        printf("report: %s.html, %s.csv, %s.json\n", prefix, prefix, prefix);
    }
    wsi_free(prefix);
    return status;
}

/* ---- The command ---- */

static wsi_status merge(merging *m, wsi_error *err)
{
    m->display = wsi_display_create(WSI_PROGRESS_NONE, WSI_LOG_WARNING);
    WSI_RETURN_IF(!m->display, WSI_ERR_NO_MEMORY, "out of memory");
    WSI_FORWARD(wsi_overview_read(m->dir, wsi_display_log(m->display), &m->overview, err));
    WSI_FORWARD(make_pictures(m, err));
    m->report = wsi_merge_json(&m->overview, m->pictures);
    WSI_RETURN_IF(!m->report, WSI_ERR_NO_MEMORY, "out of memory");
    return write_all(m, err);
}

static wsi_exit command_merge(const void *settings, const wsi_arguments *args)
{
    merging m = {.dir = args->operands[0], .settings = settings};
    wsi_error err = {0};
    if (args->count > 1) {
        wsi_cli_error("merge takes one folder; see 'wsiproc merge --help'");
        return WSI_EXIT_USAGE;
    }
    wsi_exit code = merge(&m, &err) == WSI_OK ? WSI_EXIT_OK : wsi_cli_fail(&err);
    if (code == WSI_EXIT_OK && m.overview.counts[WSI_OVERVIEW_FAILED]) code = WSI_EXIT_SOME_FAILED;
    json_decref(m.report);
    json_decref(m.pictures);
    wsi_free(m.requests);
    wsi_overview_clear(&m.overview);
    wsi_display_destroy(&m.display);
    return code;
}

const wsi_command wsi_command_merge = {
    .name = "merge",
    .summary = "Makes one report of a batch: JSON, CSV, and a page of HTML with pictures.",
    .operands = "DIR [options]",
    .doc =
        "DIR is the output folder of run or submit, of one run or of the many tasks of a job array. The report says of "
        "each slide what became of it, in what time, where, and what it was made into; failures come first, with their "
        "reasons. The page is one file that opens without a network: it holds pictures of the slides and of their "
        "results, labels in colours, and maps of quality (blur_*, tissue_fraction) on a colour scale with their least, "
        "mean and greatest value.\n\n"
        "It can be made while runs are at work; slides are then shown as they stand. Beyond 500 slides the page has "
        "pictures of the first 500 and of those that failed.\n\n"
        "Exit status: 0 the report is written; 3 it is, and some slides failed; 5 DIR has no job folder; 6 the report "
        "cannot be written.",
    .example = "  wsiproc merge out/\n"
               "  wsiproc merge out/ -o reports/june --no-thumbnails",
    .tables = {&merge_table},
    .settings_size = sizeof(merge_settings),
    .min_operands = 1,
    .run = command_merge,
};
