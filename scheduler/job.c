/* One slide through one chain: open, choose, look whether it is done already, plan, run, finish. */
#include "passes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/folders.h"
#include "common/mem.h"
#include "params-file.h"

/* ---- Options ---- */

static wsi_status check_encoding(const wsi_slide_job *job, wsi_error *err)
{
    const wsi_job_spec *s = &job->spec;
    WSI_RETURN_IF(!(s->writer->codecs >> job->codec & 1), WSI_ERR_USAGE, "format %s does not take compression %s",
                  s->writer->name, wsi_codec_name(job->codec));
    WSI_RETURN_IF(s->quality < 1 || s->quality > 100, WSI_ERR_USAGE, "quality %d is not in 1..100", s->quality);
    const int most = job->codec == WSI_CODEC_ZSTD ? 19 : job->codec == WSI_CODEC_DEFLATE ? 12 : 0;
    WSI_RETURN_IF(s->codec_level && !most, WSI_ERR_USAGE, "compression %s has no levels", wsi_codec_name(job->codec));
    WSI_RETURN_IF(s->codec_level < 0 || s->codec_level > most, WSI_ERR_USAGE, "compression level %d is not in 1..%d",
                  s->codec_level, most);
    WSI_RETURN_IF(s->out_tile && (s->out_tile < 16 || s->out_tile % 16 || s->out_tile > 8192), WSI_ERR_USAGE,
                  "output tile %lld is not a multiple of 16 in 16..8192", (long long)s->out_tile);
    WSI_RETURN_IF(s->tile < 0 || (s->tile && s->tile < 16), WSI_ERR_USAGE, "work tile %lld is below 16",
                  (long long)s->tile);
    WSI_RETURN_IF(s->threads < 1 || s->threads > WSI_THREADS_MAX, WSI_ERR_USAGE, "%d threads is not in 1..%d",
                  s->threads, WSI_THREADS_MAX);
    return WSI_OK;
}

static wsi_status fill_defaults(wsi_slide_job *job, const wsi_job_spec *spec, wsi_error *err)
{
    job->spec = *spec;
    wsi_job_spec *s = &job->spec;
    if (s->slide && !s->input) s->input = wsi_slide_get_info(s->slide)->path;
    WSI_RETURN_IF(!s->input || !s->chain || !s->writer, WSI_ERR_USAGE, "a job needs an input, a chain and a format");
    WSI_RETURN_IF(s->slide && s->mpp_override > 0, WSI_ERR_USAGE, "%s: an open slide keeps the mpp it was opened with",
                  s->input);
    job->codec = s->codec < 0 ? s->writer->default_codec : (wsi_codec)s->codec;
    if (!s->quality) s->quality = 90;
    job->subsampling = s->subsampling >= 0 ? (wsi_subsampling)s->subsampling
                       : s->quality >= 90  ? s->writer->fine_subsampling
                                           : WSI_SUBSAMPLING_420;
    if (!s->threads) s->threads = s->team ? wsi_team_threads(s->team) : wsi_default_threads();
    if (!s->memory) s->memory = wsi_default_memory();
    WSI_RETURN_IF(s->device_count < 0 || s->device_count > WSI_DEVICES_MAX, WSI_ERR_USAGE, "%d GPUs is not in 0..%d",
                  s->device_count, WSI_DEVICES_MAX);
    WSI_RETURN_IF(s->streams < 0 || s->streams > WSI_GPU_SLOTS_MAX, WSI_ERR_USAGE, "%d streams is not in 1..%d",
                  s->streams, WSI_GPU_SLOTS_MAX);
    WSI_RETURN_IF(s->decoder == WSI_DECODER_GPU && !s->device_count, WSI_ERR_USAGE, "decoder gpu needs a GPU");
    return check_encoding(job, err);
}

/* Level whose mpp is within 5 % of the one asked for. */
static wsi_status level_of_mpp(const wsi_slide_job *job, int *level, wsi_error *err)
{
    const wsi_slide_info *info = job->info;
    const double base = info->mpp_x > 0 && info->mpp_y > 0 ? sqrt(info->mpp_x * info->mpp_y) : 0;
    WSI_RETURN_IF(base <= 0, WSI_ERR_USAGE, "%s: the slide does not say its mpp: give --mpp-override or --level",
                  info->path);
    char list[512] = "";
    size_t at = 0;
    for (int k = 0; k < info->level_count; k++) {
        const double mpp = base * info->levels[k].downsample;
        if (fabs(mpp / job->spec.mpp - 1) <= 0.05) {
            *level = k;
            return WSI_OK;
        }
        if (at < sizeof list) at += (size_t)snprintf(list + at, sizeof list - at, "%s%.4g", k ? ", " : "", mpp);
    }
    return wsi_error_set(err, WSI_ERR_USAGE, "%s: no level has %.4g mpp; there are %s", info->path, job->spec.mpp,
                         list);
}

/* A list of slides that was made earlier knows what each was then. */
static wsi_status check_fingerprint(const wsi_slide_job *job, wsi_error *err)
{
    const char *wanted = job->spec.fingerprint;
    WSI_RETURN_IF(wanted && strcmp(wanted, job->info->fingerprint) != 0, WSI_ERR_INPUT_CORRUPT,
                  "%s: the slide has changed since the manifest was made", job->info->path);
    return WSI_OK;
}

static wsi_status open_slide(wsi_slide_job *job, wsi_error *err)
{
    const wsi_slide_options options = {.log = job->spec.log, .mpp_override = job->spec.mpp_override};
    if (job->spec.slide)
        job->slide = job->spec.slide;
    else
        WSI_FORWARD(wsi_slide_open(job->spec.input, &options, &job->slide, err));
    job->info = wsi_slide_get_info(job->slide);
    WSI_FORWARD(check_fingerprint(job, err));
    if (job->spec.mpp > 0) return level_of_mpp(job, &job->spec.level, err);
    WSI_RETURN_IF(job->spec.level < 0 || job->spec.level >= job->info->level_count, WSI_ERR_USAGE,
                  "%s: level %d does not exist: there are %d", job->spec.input, job->spec.level,
                  job->info->level_count);
    return WSI_OK;
}

/* ---- Outputs ---- */

static int writes_file(const wsi_job_spec *s)
{
    return s->writer->extension[0] != '\0';
}

/* Benchmarks that keep nothing need level 0 alone. */
int64_t wsi_job_last_edge(const wsi_job_spec *s)
{
    const int pyramid = writes_file(s) || (s->taker && s->taker->all_levels);
    return pyramid ? wsi_max64(s->out_tile, s->writer->last_edge) : INT64_MAX;
}

static char *output_path(const wsi_job_spec *s, const char *result)
{
    if (!writes_file(s)) return wsi_strdup("");
    if (s->writer->many_results) return wsi_asprintf("%s%s", s->output_base, s->writer->extension);
    return wsi_asprintf("%s.%s%s", s->output_base, result, s->writer->extension);
}

static wsi_status add_output(wsi_slide_job *job, int result, wsi_error *err)
{
    wsi_job_output *o = &job->outputs[job->output_count++];
    o->table = -1;
    o->path = output_path(&job->spec, job->graph.results[result].name);
    o->results[o->result_count++] = result;
    WSI_RETURN_IF(!o->path, WSI_ERR_NO_MEMORY, "no memory for a path");
    return WSI_OK;
}

static void fill_result_spec(const wsi_slide_job *job, int result, wsi_result_spec *spec)
{
    const wsi_result *r = &job->graph.results[result];
    const wsi_scale s = r->scale;
    wsi_pyramid py;
    wsi_pyramid_init(&py, r->w, r->h, job->spec.out_tile, wsi_job_last_edge(&job->spec));
    *spec = (wsi_result_spec){
        .name = r->name, .fmt = r->stored, .nearest = r->nearest, .chain = r->chain, .number = result};
    spec->level_count = py.levels;
    double scale = job->info->levels[job->spec.level].downsample * (double)s.down_x / (double)s.up_x;
    spec->aspect = (double)s.down_y / (double)s.up_y / ((double)s.down_x / (double)s.up_x);
    for (int k = 0; k < py.levels; k++, scale *= 2) {
        spec->level_w[k] = py.w[k];
        spec->level_h[k] = py.h[k];
        spec->downsample[k] = scale;
    }
}

static wsi_status describe_images(wsi_slide_job *job, wsi_error *err)
{
    for (int r = 0; r < job->graph.result_count; r++) {
        if (job->graph.results[r].tapped) continue;
        if (job->spec.writer->many_results && r > 0)
            job->outputs[0].results[job->outputs[0].result_count++] = r;
        else
            WSI_FORWARD(add_output(job, r, err));
    }
    for (int i = 0; i < job->output_count; i++) {
        wsi_job_output *o = &job->outputs[i];
        for (int k = 0; k < o->result_count; k++) fill_result_spec(job, o->results[k], &o->specs[k]);
    }
    return WSI_OK;
}

static wsi_status describe_outputs(wsi_slide_job *job, wsi_error *err)
{
    WSI_FORWARD(describe_images(job, err));
    WSI_FORWARD(wsi_job_describe_tables(job, err));
    for (int i = 0; i < job->output_count; i++) {
        job->outputs[i].fingerprint = wsi_job_fingerprint(job, &job->outputs[i]);
        WSI_RETURN_IF(!job->outputs[i].fingerprint, WSI_ERR_NO_MEMORY, "no memory for the fingerprint");
    }
    return WSI_OK;
}

/* Which of the results are images, and which tables. */
static void split_steps(const wsi_chain *chain, const int *steps, int count, wsi_slide_job *job)
{
    for (int i = 0; i < count; i++) {
        if (wsi_step_is_table(&chain->steps[steps[i]]))
            job->tables[job->table_count++] = steps[i];
        else
            job->steps[job->step_count++] = steps[i];
    }
}

/* Paths of the images. */
static wsi_status image_paths(const wsi_job_spec *spec, const wsi_slide_job *split, char **paths, int *count,
                              wsi_error *err)
{
    const int n = spec->writer->many_results && split->step_count ? 1 : split->step_count;
    for (int i = 0; i < n; i++) {
        paths[i] = output_path(spec, wsi_step_result_name(&spec->chain->steps[split->steps[i]]));
        WSI_RETURN_IF(!paths[i], WSI_ERR_NO_MEMORY, "no memory for a path");
        *count = i + 1;
    }
    return WSI_OK;
}

wsi_status wsi_job_outputs(const wsi_job_spec *spec, char *paths[WSI_JOB_PATHS_MAX], int *count, wsi_error *err)
{
    int steps[WSI_JOB_OUTPUTS_MAX], n;
    *count = 0;
    WSI_FORWARD(wsi_graph_select(spec->chain, spec->write, steps, &n, err));
    if (!writes_file(spec)) return WSI_OK;
    wsi_slide_job *job = wsi_calloc(1, sizeof *job);
    WSI_RETURN_IF(!job, WSI_ERR_NO_MEMORY, "no memory for a job");
    job->spec = *spec;
    split_steps(spec->chain, steps, n, job);
    wsi_status status = image_paths(spec, job, paths, count, err);
    if (status == WSI_OK) status = wsi_job_table_paths(job, paths, count, err);
    wsi_free(job);
    return status;
}

/* ---- Is it done already? ---- */

/* NULL when the output is there and the same; else what is different ("" = it is not there). */
static char *difference(const wsi_job_output *o)
{
    if (access(o->path, F_OK) != 0) return wsi_strdup("");
    char *existing = NULL;
    if (wsi_output_fingerprint(o->path, &existing, NULL) != WSI_OK)
        return wsi_strdup("the existing file is not a complete output");
    char *why = wsi_fingerprint_difference(existing, o->fingerprint);
    wsi_free(existing);
    return why;
}

/* 1 when every output is up to date. Otherwise report->redone says why an existing one is made anew. */
static int up_to_date(const wsi_slide_job *job, wsi_job_report *report)
{
    if (job->spec.overwrite || !writes_file(&job->spec) || job->spec.taker || job->spec.table_taker) return 0;
    int same = 1, missing = 0, present = 0;
    char *reason = NULL;
    if (job->output_count) wsi_look_again(job->outputs[0].path); /* another machine may have made them just now */
    for (int i = 0; i < job->output_count; i++) {
        if (job->outputs[i].table >= 0 && !job->outputs[i].format) continue; /* within the first */
        char *why = difference(&job->outputs[i]);
        same &= !why;
        missing += why && !why[0];
        present += !why || why[0];
        if (why && why[0] && !reason)
            reason = why;
        else
            wsi_free(why);
    }
    if (!same && !reason && missing && present) reason = wsi_strdup("an output is missing");
    report->redone = reason;
    return same;
}

/* ---- Run ---- */

/* Output tile where none was asked for. Without an output file the source's own tiles are as good as any. */
static int64_t default_out_tile(const wsi_slide_job *job)
{
    const wsi_level *l = &job->info->levels[job->spec.level];
    const int square = l->tile_w == l->tile_h && l->tile_w % 16 == 0 && l->tile_w <= 1024;
    return !writes_file(&job->spec) && square ? l->tile_w : job->spec.writer->default_tile;
}

/* Binds the chain to a level, for shapes; and where it has no global steps, for good. */
static wsi_status bind_shapes(const wsi_slide_job *job, int level, wsi_graph *graph, wsi_shape *shapes, wsi_error *err)
{
    const wsi_level *l = &job->info->levels[level];
    wsi_tapped_step tables[WSI_JOB_OUTPUTS_MAX + 1];
    int taps = job->table_count;
    for (int i = 0; i < job->table_count; i++) tables[i] = (wsi_tapped_step){.step = job->tables[i], .own = 1};
    if (job->spec.within) tables[taps++] = (wsi_tapped_step){.step = job->within_step, .own = 1};
    const wsi_graph_input in = {.chain = job->spec.chain,
                                .source = job->info->fmt,
                                .w = l->w,
                                .h = l->h,
                                .isa = job->spec.isa,
                                .steps = job->steps,
                                .step_count = job->step_count,
                                .writer = job->spec.writer,
                                .codec = job->codec,
                                .taps = tables,
                                .tap_count = taps};
    const wsi_status status = wsi_graph_bind(graph, &in, shapes, err);
    return status == WSI_OK ? status : wsi_error_prefix(err, "%s: ", job->spec.input);
}

wsi_status wsi_job_shapes(const wsi_slide_job *job, int level, wsi_shape *shapes, wsi_error *err)
{
    wsi_graph *graph = wsi_calloc(1, sizeof *graph);
    WSI_RETURN_IF(!graph, WSI_ERR_NO_MEMORY, "no memory for a graph");
    const wsi_status status = bind_shapes(job, level, graph, shapes, err);
    wsi_graph_clear(graph);
    wsi_free(graph);
    return status;
}

static wsi_status load_fits(wsi_slide_job *job, wsi_error *err)
{
    if (job->spec.params) WSI_FORWARD(wsi_params_parse(job->spec.params, &job->given, err));
    if (job->spec.reference) WSI_FORWARD(wsi_params_parse(job->spec.reference, &job->reference, err));
    job->fits = wsi_params_new();
    job->passes = json_array();
    WSI_RETURN_IF(!job->fits || !job->passes, WSI_ERR_NO_MEMORY, "no memory for parameters");
    return WSI_OK;
}

/* The step of --within, "@NAME" or "NAME". */
static wsi_status find_mask(wsi_slide_job *job, wsi_error *err)
{
    const char *name = job->spec.within[0] == '@' ? job->spec.within + 1 : job->spec.within;
    job->within_step = wsi_chain_find(job->spec.chain, name);
    WSI_RETURN_IF(job->within_step < 0, WSI_ERR_CHAIN, "--within: '%.80s' names no step of the chain", name);
    return WSI_OK;
}

/* Everything before the first byte is written. */
static wsi_status prepare(wsi_slide_job *job, const wsi_job_spec *spec, wsi_error *err)
{
    int steps[WSI_JOB_OUTPUTS_MAX], count;
    WSI_FORWARD(fill_defaults(job, spec, err));
    WSI_FORWARD(load_fits(job, err));
    WSI_FORWARD(wsi_job_choose_scratch(job, writes_file(&job->spec), err));
    WSI_FORWARD(open_slide(job, err));
    if (!job->spec.out_tile) job->spec.out_tile = default_out_tile(job);
    WSI_FORWARD(wsi_graph_select(spec->chain, spec->write, steps, &count, err));
    split_steps(spec->chain, steps, count, job);
    if (spec->within) WSI_FORWARD(find_mask(job, err));
    WSI_FORWARD(bind_shapes(job, job->spec.level, &job->graph, job->shapes, err));
    return describe_outputs(job, err);
}

/* What a sink says of its origin, now that all is known. */
static wsi_status tell_provenance(wsi_slide_job *job, wsi_job_output *o, wsi_error *err)
{
    wsi_free(o->provenance);
    o->provenance = wsi_job_provenance(job, o);
    WSI_RETURN_IF(!o->provenance, WSI_ERR_NO_MEMORY, "no memory for the provenance");
    return WSI_OK;
}

wsi_status wsi_job_open_sinks(wsi_slide_job *job, wsi_exec_input *in, wsi_error *err)
{
    for (int i = 0; i < job->output_count && job->outputs[i].table < 0; i++) {
        wsi_job_output *o = &job->outputs[i];
        wsi_exec_sink *s = &job->sinks[i];
        WSI_FORWARD(tell_provenance(job, o, err));
        const wsi_sink_spec spec = {.path = o->path,
                                    .codec = job->codec,
                                    .level = job->spec.codec_level,
                                    .quality = job->spec.quality,
                                    .subsampling = job->subsampling,
                                    .tile = job->spec.out_tile,
                                    .force_bigtiff = job->spec.force_bigtiff,
                                    .source = job->info,
                                    .fingerprint_json = o->fingerprint,
                                    .provenance_json = o->provenance,
                                    .result_count = o->result_count,
                                    .results = o->specs,
                                    .taker = job->spec.taker};
        WSI_FORWARD(wsi_sink_open(job->spec.writer, &spec, &s->sink, err));
        job->sink_count = i + 1;
        s->result_count = o->result_count;
        memcpy(s->results, o->results, sizeof s->results);
        in->sinks[in->sink_count++] = *s;
    }
    return WSI_OK;
}

void wsi_job_abort_sinks(wsi_slide_job *job)
{
    for (int i = 0; i < job->sink_count; i++) wsi_sink_abort(&job->sinks[i].sink);
    job->sink_count = 0;
}

static wsi_status set_bad_tiles(wsi_slide_job *job, wsi_sink *sink, const wsi_exec_stats *stats, wsi_error *err)
{
    if (!stats->bad_count) return WSI_OK;
    char *bad = wsi_job_bad_tiles_json(job, stats);
    const wsi_status status = bad ? wsi_sink_set_bad_tiles(sink, bad, err)
                                  : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the list of bad tiles");
    wsi_free(bad);
    return status;
}

static wsi_status finish_sinks(wsi_slide_job *job, const wsi_exec_stats *stats, wsi_job_report *report, wsi_error *err)
{
    for (int i = 0; i < job->sink_count; i++) {
        WSI_FORWARD(set_bad_tiles(job, job->sinks[i].sink, stats, err));
        report->bytes_written += wsi_sink_bytes(job->sinks[i].sink);
        WSI_FORWARD(wsi_sink_finish(&job->sinks[i].sink, err));
    }
    return WSI_OK;
}

static wsi_status complete(wsi_slide_job *job, const wsi_passes *passes, const wsi_exec_stats *stats,
                           wsi_job_report *report, wsi_error *err)
{
    WSI_FORWARD(wsi_slide_check_unchanged(job->slide, err));
    WSI_FORWARD(wsi_job_write_tables(job, passes, stats, &report->bytes_written, err));
    WSI_FORWARD(wsi_job_give_tables(job, passes, err));
    WSI_FORWARD(finish_sinks(job, stats, report, err));
    if (writes_file(&job->spec)) WSI_FORWARD(wsi_job_save_fits(job, &report->params_path, err));
    report->stats_json = wsi_job_stats_json(job, stats, report->bytes_written);
    report->pixels = (uint64_t)job->graph.w * (uint64_t)job->graph.h;
    report->bad_tiles = (uint64_t)stats->bad_count;
    WSI_RETURN_IF(!report->stats_json, WSI_ERR_NO_MEMORY, "no memory for the statistics");
    return WSI_OK;
}

static wsi_status run_passes(wsi_slide_job *job, wsi_passes *passes, wsi_exec_stats *stats, wsi_error *err)
{
    WSI_FORWARD(wsi_passes_init(passes, job, job->spec.level, -1, job->shapes, err));
    passes->expected = wsi_passes_expected(passes);
    return wsi_passes_run(passes, stats, err);
}

/* The threads that will work for the job, when it is certain that there is something to do. */
static wsi_status find_team(wsi_slide_job *job, wsi_error *err)
{
    if (!job->spec.team) WSI_FORWARD(wsi_team_create(job->spec.threads, &job->own_team, err));
    job->team = job->spec.team ? job->spec.team : job->own_team;
    return WSI_OK;
}

static wsi_status execute(wsi_slide_job *job, wsi_job_report *report, wsi_error *err)
{
    wsi_exec_stats stats = {0};
    wsi_passes *passes = wsi_calloc(1, sizeof *passes);
    WSI_RETURN_IF(!passes, WSI_ERR_NO_MEMORY, "no memory for the passes");
    wsi_status status = wsi_job_make_scratch(job, err);
    if (status == WSI_OK) status = find_team(job, err);
    if (status == WSI_OK) status = wsi_job_find_within(job, err);
    if (status == WSI_OK) status = run_passes(job, passes, &stats, err);
    if (status == WSI_OK) status = complete(job, passes, &stats, report, err);
    wsi_job_abort_sinks(job);
    wsi_passes_clear(passes);
    wsi_free(passes);
    wsi_free(stats.bad);
    return status;
}

static void clear_job(wsi_slide_job *job)
{
    for (int i = 0; i < job->output_count; i++) {
        wsi_free(job->outputs[i].path);
        wsi_free(job->outputs[i].chain);
        wsi_free(job->outputs[i].fingerprint);
        wsi_free(job->outputs[i].provenance);
    }
    for (int s = 0; s < WSI_STEPS_MAX; s++) wsi_free(job->targets[s]);
    json_decref(job->given);
    json_decref(job->reference);
    json_decref(job->fits);
    json_decref(job->passes);
    wsi_free(job->scratch);
    wsi_within_destroy(&job->within);
    wsi_job_close_gpus(job);
    wsi_graph_clear(&job->graph);
    if (!job->spec.slide) wsi_slide_close(&job->slide);
    wsi_team_destroy(&job->own_team);
}

wsi_status wsi_job_pixels(const wsi_job_spec *spec, uint64_t *pixels, wsi_error *err)
{
    wsi_slide_job *job = wsi_calloc(1, sizeof *job);
    WSI_RETURN_IF(!job, WSI_ERR_NO_MEMORY, "no memory for a job");
    job->spec = *spec;
    const wsi_status status = open_slide(job, err);
    if (status == WSI_OK)
        *pixels = (uint64_t)job->info->levels[job->spec.level].w * (uint64_t)job->info->levels[job->spec.level].h;
    clear_job(job);
    wsi_free(job);
    return status;
}

static wsi_status report_outputs(const wsi_slide_job *job, wsi_job_report *report, wsi_error *err)
{
    for (int i = 0; i < job->output_count && writes_file(&job->spec); i++) {
        if (job->outputs[i].table >= 0 && !job->outputs[i].format) continue; /* within the first */
        report->outputs[report->output_count] = wsi_strdup(job->outputs[i].path);
        WSI_RETURN_IF(!report->outputs[report->output_count], WSI_ERR_NO_MEMORY, "no memory for the report");
        report->output_count++;
    }
    return WSI_OK;
}

static wsi_status run(wsi_slide_job *job, const wsi_job_spec *spec, wsi_job_report *report, wsi_error *err)
{
    WSI_FORWARD(prepare(job, spec, err));
    WSI_FORWARD(report_outputs(job, report, err));
    if (up_to_date(job, report)) {
        report->outcome = WSI_JOB_SKIPPED;
        return WSI_OK;
    }
    return execute(job, report, err);
}

wsi_status wsi_job_execute(const wsi_job_spec *spec, wsi_job_report *report, wsi_error *err)
{
    const double start = wsi_now();
    wsi_slide_job *job = wsi_calloc(1, sizeof *job);
    WSI_RETURN_IF(!job, WSI_ERR_NO_MEMORY, "no memory for a job");
    const wsi_status status = run(job, spec, report, err);
    report->seconds = wsi_now() - start;
    clear_job(job);
    wsi_free(job);
    return status;
}

void wsi_job_report_clear(wsi_job_report *report)
{
    for (int i = 0; i < report->output_count; i++) wsi_free(report->outputs[i]);
    wsi_free(report->redone);
    wsi_free(report->stats_json);
    wsi_free(report->params_path);
    memset(report, 0, sizeof *report);
}

wsi_status wsi_job_plan(const wsi_job_spec *spec, char **json, wsi_error *err)
{
    wsi_slide_job *job = wsi_calloc(1, sizeof *job);
    WSI_RETURN_IF(!job, WSI_ERR_NO_MEMORY, "no memory for a job");
    wsi_status status = prepare(job, spec, err);
    if (status == WSI_OK) status = wsi_job_plan_json(job, json, err);
    clear_job(job);
    wsi_free(job);
    return status;
}

/* Steps of the chain that a reference is of use for. */
static int takes_reference(const wsi_slide_job *job, int s)
{
    const wsi_reduction *red = job->spec.chain->steps[s].op->reduction;
    return red && red->takes_target && job->shapes[s].inputs;
}

static wsi_status fit_step(wsi_slide_job *job, int s, wsi_error *err)
{
    wsi_exec_stats stats = {0};
    wsi_passes *passes = wsi_calloc(1, sizeof *passes);
    WSI_RETURN_IF(!passes, WSI_ERR_NO_MEMORY, "no memory for the passes");
    wsi_status status = wsi_passes_init(passes, job, job->spec.level, s, job->shapes, err);
    if (status == WSI_OK) status = wsi_passes_run(passes, &stats, err);
    if (status == WSI_OK && !wsi_params_add(job->fits, passes->global_of[s]))
        status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for parameters");
    wsi_passes_clear(passes);
    wsi_free(passes);
    wsi_free(stats.bad);
    return status;
}

static wsi_status fit_reference(wsi_slide_job *job, const wsi_job_spec *spec, char **json, wsi_error *err)
{
    int fitted = 0;
    job->fit_only = 1;
    WSI_FORWARD(prepare(job, spec, err));
    WSI_FORWARD(find_team(job, err));
    for (int s = 0; s < spec->chain->count; s++) {
        if (!takes_reference(job, s)) continue;
        WSI_FORWARD(fit_step(job, s, err));
        fitted++;
    }
    WSI_RETURN_IF(!fitted, WSI_ERR_CHAIN, "no step of the chain takes a reference");
    *json = wsi_params_text(job->fits);
    WSI_RETURN_IF(!*json, WSI_ERR_NO_MEMORY, "no memory for parameters");
    return WSI_OK;
}

wsi_status wsi_job_fit_reference(const wsi_job_spec *spec, char **json, wsi_error *err)
{
    wsi_slide_job *job = wsi_calloc(1, sizeof *job);
    WSI_RETURN_IF(!job, WSI_ERR_NO_MEMORY, "no memory for a job");
    const wsi_status status = fit_reference(job, spec, json, err);
    clear_job(job);
    wsi_free(job);
    return status;
}
