/* Rows of the manifest. Columns are those that manifest.c reads, and the estimates, which it passes over. */
#include "plan-manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli-file.h"
#include "cli-text.h"
#include "common/mem.h"

/* ---- From plans ---- */

static uint64_t whole(const json_t *json, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(json, key));
    return value > 0 ? (uint64_t)value : 0;
}

static void add_passes(wsi_planned *p, const json_t *passes)
{
    size_t i;
    json_t *pass;
    json_array_foreach(passes, i, pass)
    {
        const uint64_t memory = whole(pass, "memory");
        if (memory > p->memory) p->memory = memory;
        p->seconds += json_number_value(json_object_get(pass, "estimated_s"));
    }
}

wsi_planned wsi_planned_of(const json_t *plan)
{
    size_t i;
    json_t *output;
    const json_t *source = json_object_get(plan, "source");
    const char *fingerprint = json_string_value(json_object_get(source, "fingerprint"));
    wsi_planned p = {.level = (int)whole(source, "level"), .cost = whole(source, "width") * whole(source, "height")};
    snprintf(p.fingerprint, sizeof p.fingerprint, "%s", fingerprint ? fingerprint : "");
    add_passes(&p, json_object_get(plan, "pass_list"));
    json_array_foreach(json_object_get(plan, "outputs"), i, output)
    {
        p.bytes += json_number_value(json_object_get(output, "raw_bytes"));
    }
    return p;
}

/* ---- Names ---- */

static const char *extension_of(const char *path)
{
    const char *dot = strrchr(path + wsi_file_name_offset(path), '.');
    return dot ? dot : "";
}

int wsi_plan_manifest_is_name(const char *path)
{
    return strcasecmp(extension_of(path), ".csv") == 0 || strcasecmp(extension_of(path), ".tsv") == 0;
}

/* The slide's path as the manifest, from its own folder, has to name it. Freed with wsi_free; NULL without memory. */
static char *slide_path(const char *manifest, const char *path)
{
    const size_t folder = wsi_file_name_offset(manifest);
    if (*path == '/' || wsi_input_is_synthetic(path)) return wsi_strdup(path);
    const int below = strncmp(path, manifest, folder) == 0 && path[folder] && path[folder] != '/';
    if (below && !wsi_input_is_synthetic(path + folder)) return wsi_strdup(path + folder);
    return wsi_input_path_in(NULL, path);
}

/* ---- Rows ---- */

/* Digits that read back the same number. */
static void put_number(FILE *out, double value)
{
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        double back;
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (wsi_text_parse_float(text, &back) && back == value) break;
    }
    fputs(text, out);
}

static int put_row(FILE *out, char delimiter, const char *manifest, const wsi_input *input, const wsi_planned *p,
                   const wsi_job_options *options)
{
    char *path = slide_path(manifest, input->path);
    const double mpp = input->mpp > 0 ? input->mpp : options->mpp_override;
    if (!path) return 0;
    wsi_text_field(out, path, delimiter);
    fputc(delimiter, out);
    wsi_text_field(out, input->id ? input->id : "", delimiter);
    fputc(delimiter, out);
    if (mpp > 0) put_number(out, mpp);
    fputc(delimiter, out);
    if (p->level >= 0) fprintf(out, "%d", p->level);
    fputc(delimiter, out);
    wsi_text_field(out, input->base, delimiter);
    fprintf(out, "%c%" PRIu64 "%c%" PRIu64 "%c%.3f%c%.0f%c%s%c%s%c", delimiter, p->cost, delimiter, p->memory,
            delimiter, p->seconds, delimiter, p->bytes, delimiter, p->fingerprint, delimiter,
            p->error ? "failed" : "ok", delimiter);
    wsi_text_field(out, p->error ? p->error : "", delimiter);
    fputc('\n', out);
    wsi_free(path);
    return 1;
}

static int put_header(FILE *out, char delimiter)
{
    static const char *const columns[] = {"path",   "id",      "mpp",   "level",       "out",   "cost",
                                          "memory", "seconds", "bytes", "fingerprint", "state", "error"};
    const size_t count = sizeof columns / sizeof columns[0];
    for (size_t i = 0; i < count; i++) fprintf(out, "%s%c", columns[i], i + 1 < count ? delimiter : '\n');
    return 1;
}

wsi_status wsi_plan_manifest_write(const char *path, const wsi_inputs *inputs, const wsi_planned *planned,
                                   const wsi_job_options *options, wsi_error *err)
{
    const char delimiter = strcasecmp(extension_of(path), ".tsv") == 0 ? '\t' : ',';
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    WSI_RETURN_IF(!out, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    int whole_text = put_header(out, delimiter);
    for (size_t i = 0; i < inputs->count && whole_text; i++)
        whole_text = put_row(out, delimiter, path, &inputs->items[i], &planned[i], options);
    const int failed = ferror(out);
    const int good = fclose(out) == 0 && !failed && whole_text;
    const wsi_status status =
        good ? wsi_file_write(path, text, size, err) : wsi_error_set(err, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    free(text); /* the stream's own */
    return status;
}
