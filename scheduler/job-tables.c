/* Outputs that are tables, and the fits of a job. */
#include "passes.h"

#include <string.h>

#include "common/mem.h"
#include "params-file.h"
#include "writer/outfile.h"

/* Calls take for each table format that the job wants. */
typedef wsi_status (*format_fn)(wsi_slide_job *job, int step, const wsi_table_format *format, wsi_error *err);

static wsi_status each_format(wsi_slide_job *job, int step, format_fn take, wsi_error *err)
{
    const char *list = job->spec.table_formats && job->spec.table_formats[0] ? job->spec.table_formats : "csv";
    for (const char *at = list; *at; at += *at == ',') {
        const size_t n = strcspn(at, ",");
        char name[32] = "";
        if (n < sizeof name) memcpy(name, at, n);
        const wsi_table_format *format = wsi_table_format_find(name);
        WSI_RETURN_IF(!format, WSI_ERR_USAGE, "table format '%.*s' is not known", (int)(n > 40 ? 40 : n), at);
        WSI_FORWARD(take(job, step, format, err));
        at += n;
    }
    return WSI_OK;
}

/* Tables in HDF5 lie in the file of the images where there is one; but places of patches, which other programs look for
 * at the root of a file. */
static int is_within(const wsi_slide_job *job, int step, const wsi_table_format *format)
{
    if (job->spec.chain->steps[step].op->whole->table_kind == WSI_TABLE_PATCHES) return 0;
    return strcmp(format->name, "hdf5") == 0 && strcmp(job->spec.writer->name, "hdf5") == 0 && job->step_count;
}

static char *table_path(const wsi_slide_job *job, int step, const wsi_table_format *format)
{
    if (!job->spec.writer->extension[0] || !job->spec.output_base) return wsi_strdup("");
    if (is_within(job, step, format)) return wsi_strdup(job->outputs[0].path);
    return wsi_asprintf("%s.%s%s", job->spec.output_base, wsi_step_result_name(&job->spec.chain->steps[step]),
                        format->extension);
}

static wsi_status add_table(wsi_slide_job *job, int step, const wsi_table_format *format, wsi_error *err)
{
    WSI_RETURN_IF(job->output_count == WSI_JOB_PATHS_MAX, WSI_ERR_USAGE, "more than %d outputs", WSI_JOB_PATHS_MAX);
    wsi_job_output *o = &job->outputs[job->output_count++];
    o->table = step;
    o->format = is_within(job, step, format) ? NULL : format;
    o->path = table_path(job, step, format);
    o->chain = wsi_chain_text_to(job->spec.chain, step);
    WSI_RETURN_IF(!o->path || !o->chain, WSI_ERR_NO_MEMORY, "no memory for a path");
    return WSI_OK;
}

/* Nothing is written by a format without files. */
static int writes_tables(const wsi_slide_job *job)
{
    return job->spec.writer->extension[0] != '\0';
}

wsi_status wsi_job_describe_tables(wsi_slide_job *job, wsi_error *err)
{
    for (int i = 0; writes_tables(job) && i < job->table_count; i++)
        WSI_FORWARD(each_format(job, job->tables[i], add_table, err));
    return WSI_OK;
}

/* Adds a path to a list of outputs that are nothing else yet. */
static wsi_status add_path(wsi_slide_job *job, int step, const wsi_table_format *format, wsi_error *err)
{
    if (is_within(job, step, format)) return WSI_OK;
    WSI_RETURN_IF(job->output_count == WSI_JOB_PATHS_MAX, WSI_ERR_USAGE, "more than %d outputs", WSI_JOB_PATHS_MAX);
    char *path = table_path(job, step, format);
    WSI_RETURN_IF(!path, WSI_ERR_NO_MEMORY, "no memory for a path");
    job->outputs[job->output_count++].path = path;
    return WSI_OK;
}

wsi_status wsi_job_table_paths(wsi_slide_job *job, char *paths[], int *count, wsi_error *err)
{
    wsi_status status = WSI_OK;
    for (int i = 0; status == WSI_OK && i < job->table_count; i++)
        status = each_format(job, job->tables[i], add_path, err);
    for (int i = 0; i < job->output_count; i++) {
        if (*count < WSI_JOB_PATHS_MAX)
            paths[(*count)++] = job->outputs[i].path;
        else
            wsi_free(job->outputs[i].path);
    }
    return status;
}

/* ---- Writing ---- */

static wsi_status open_table(wsi_slide_job *job, const wsi_job_output *o, const wsi_table_spec *spec, wsi_table **out,
                             wsi_error *err)
{
    return o->format ? wsi_table_open(o->format, spec, out, err) : wsi_sink_table(job->sinks[0].sink, spec, out, err);
}

static wsi_status fill_table(const wsi_global *g, wsi_table *table, const char *bad, wsi_error *err)
{
    WSI_FORWARD(g->of->op->whole->rows(g->self, wsi_table_rows, table, err));
    return bad ? wsi_table_set_bad_tiles(table, bad, err) : WSI_OK;
}

static wsi_status write_table(wsi_slide_job *job, wsi_job_output *o, const wsi_global *g, const char *bad,
                              uint64_t *bytes, wsi_error *err)
{
    wsi_column *columns = wsi_calloc(WSI_COLUMNS_MAX, sizeof *columns);
    wsi_fact facts[WSI_FACTS_MAX];
    wsi_table *table = NULL;
    const wsi_whole *whole = g->of->op->whole;
    WSI_RETURN_IF(!columns, WSI_ERR_NO_MEMORY, "no memory for a table");
    wsi_free(o->provenance);
    o->provenance = wsi_job_provenance(job, o);
    const wsi_table_spec spec = {.path = o->path,
                                 .name = wsi_step_result_name(g->of),
                                 .chain = o->chain,
                                 .kind = whole->table_kind,
                                 .column_count = whole->columns(&g->whole, columns),
                                 .columns = columns,
                                 .fact_count = whole->facts ? whole->facts(&g->whole, facts) : 0,
                                 .facts = facts,
                                 .down_x = g->whole.down_x,
                                 .down_y = g->whole.down_y,
                                 .source = job->info,
                                 .object_type = job->spec.object_type,
                                 .fingerprint_json = o->fingerprint,
                                 .provenance_json = o->provenance};
    wsi_status status = open_table(job, o, &spec, &table, err);
    if (status == WSI_OK) status = fill_table(g, table, bad, err);
    if (status == WSI_OK) {
        *bytes += wsi_table_bytes(table);
        status = wsi_table_finish(&table, err);
    }
    wsi_table_abort(&table);
    wsi_free(columns);
    return status;
}

wsi_status wsi_job_write_tables(wsi_slide_job *job, const wsi_passes *passes, const wsi_exec_stats *stats,
                                uint64_t *bytes, wsi_error *err)
{
    char *bad = stats->bad_count ? wsi_job_bad_tiles_json(job, stats) : NULL;
    wsi_status status = stats->bad_count && !bad
                            ? wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the list of bad tiles")
                            : WSI_OK;
    for (int i = 0; status == WSI_OK && i < job->output_count; i++) {
        wsi_job_output *o = &job->outputs[i];
        if (o->table >= 0) status = write_table(job, o, passes->global_of[o->table], bad, bytes, err);
    }
    wsi_free(bad);
    return status;
}

/* ---- Giving ---- */

typedef struct giving {
    const wsi_table_taker *taker;
    const char *name;
    wsi_column columns[WSI_COLUMNS_MAX];
    int column_count, given;
} giving;

static wsi_status give_rows(void *user, const wsi_rows *rows, wsi_error *err)
{
    giving *g = user;
    g->given = 1;
    return g->taker->take(g->taker->user, g->name, g->columns, g->column_count, rows, err);
}

static wsi_status give_table(giving *to, const wsi_global *g, wsi_error *err)
{
    const wsi_whole *whole = g->of->op->whole;
    const wsi_rows none = {0};
    to->name = wsi_step_result_name(g->of);
    to->column_count = whole->columns(&g->whole, to->columns);
    to->given = 0;
    WSI_FORWARD(whole->rows(g->self, give_rows, to, err));
    return to->given ? WSI_OK : give_rows(to, &none, err);
}

wsi_status wsi_job_give_tables(const wsi_slide_job *job, const wsi_passes *passes, wsi_error *err)
{
    if (!job->spec.table_taker) return WSI_OK;
    giving *g = wsi_calloc(1, sizeof *g);
    WSI_RETURN_IF(!g, WSI_ERR_NO_MEMORY, "no memory for a table");
    g->taker = job->spec.table_taker;
    wsi_status status = WSI_OK;
    for (int i = 0; status == WSI_OK && i < job->table_count; i++)
        status = give_table(g, passes->global_of[job->tables[i]], err);
    wsi_free(g);
    return status;
}

/* ---- Fits ---- */

static wsi_status write_text(const char *path, const char *text, wsi_error *err)
{
    wsi_outfile *file = NULL;
    WSI_FORWARD(wsi_outfile_create(path, &file, err));
    wsi_status status = wsi_outfile_write(file, 0, text, strlen(text), err);
    if (status == WSI_OK) status = wsi_outfile_commit(&file, err);
    wsi_outfile_discard(&file);
    return status;
}

wsi_status wsi_job_save_fits(const wsi_slide_job *job, char **path, wsi_error *err)
{
    *path = NULL;
    if (!json_array_size(json_object_get(job->fits, "steps")) || !job->spec.output_base) return WSI_OK;
    *path = wsi_asprintf("%s.params.json", job->spec.output_base);
    char *text = wsi_params_text(job->fits);
    const wsi_status status = *path && text ? write_text(*path, text, err)
                                            : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for parameters");
    wsi_free(text);
    return status == WSI_OK ? status : wsi_error_prefix(err, "%s: ", job->spec.input);
}
