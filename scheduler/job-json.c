/* Plans and statistics as JSON. */
#include "passes.h"

#include <string.h>
#include <sys/resource.h>

#include "common/mem.h"
#include "common/text.h"

static json_t *fmt_json(wsi_pixfmt fmt)
{
    return json_pack("{s:s, s:i}", "dtype", wsi_dtype_name(fmt.type), "channels", fmt.channels);
}

static json_t *steps_json(const wsi_graph *g)
{
    json_t *list = json_array();
    for (int i = 0; i < g->node_count; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:o, s:I, s:I}", "operation", g->nodes[i].op->name, "input",
                                        fmt_json(g->nodes[i].in_fmt[0]), "output", fmt_json(g->nodes[i].fmt), "halo_x",
                                        (json_int_t)g->tiler[i].halo_x, "halo_y", (json_int_t)g->tiler[i].halo_y));
    return list;
}

static json_t *levels_json(const wsi_pyramid *py)
{
    json_t *list = json_array();
    for (int k = 0; k < py->levels; k++)
        json_array_append_new(list,
                              json_pack("{s:I, s:I, s:I}", "width", (json_int_t)py->w[k], "height",
                                        (json_int_t)py->h[k], "tiles", (json_int_t)(py->tiles_x[k] * py->tiles_y[k])));
    return list;
}

/* A path as a JSON string, whatever its bytes. */
static json_t *path_json(const char *path)
{
    char *clean = wsi_text_utf8(path);
    json_t *json = clean ? json_string(clean) : NULL;
    wsi_free(clean);
    return json;
}

static const wsi_pyramid *pyramid_of(const wsi_slide_job *job, int result)
{
    return &job->plan.ladders[job->plan.ladder_of[result]].pyramid;
}

/* Raw bytes of a result over all levels. */
static double raw_bytes(const wsi_slide_job *job, int result)
{
    const wsi_pyramid *py = pyramid_of(job, result);
    double pixels = 0;
    for (int k = 0; k < py->levels; k++) pixels += (double)py->w[k] * (double)py->h[k];
    return pixels * (double)wsi_pixfmt_size(job->graph.results[result].stored);
}

static json_t *outputs_json(const wsi_slide_job *job)
{
    json_t *list = json_array();
    for (int i = 0; i < job->output_count; i++)
        for (int k = 0; k < job->outputs[i].result_count; k++) {
            const int r = job->outputs[i].results[k];
            const char *path = job->outputs[i].path;
            json_array_append_new(
                list, json_pack("{s:o, s:s, s:s, s:o, s:I, s:I, s:f}", "path", path_json(path), "result",
                                job->graph.results[r].name, "chain", job->graph.results[r].chain, "pixels",
                                fmt_json(job->graph.results[r].stored), "width", (json_int_t)job->graph.results[r].w,
                                "height", (json_int_t)job->graph.results[r].h, "raw_bytes", raw_bytes(job, r)));
        }
    for (int i = 0; i < job->output_count; i++) {
        const wsi_job_output *o = &job->outputs[i];
        if (o->table < 0) continue;
        const char *name = wsi_step_result_name(&job->spec.chain->steps[o->table]);
        json_array_append_new(list, json_pack("{s:o, s:s, s:s, s:s}", "path", path_json(o->path), "result", name,
                                              "chain", o->chain, "table", o->format ? o->format->name : "hdf5"));
    }
    return list;
}

static json_t *source_json(const wsi_slide_job *job)
{
    const wsi_level *l = &job->info->levels[job->spec.level];
    return json_pack("{s:o, s:s, s:s, s:s, s:i, s:I, s:I, s:f, s:I, s:I, s:I, s:s, s:o}", "path",
                     path_json(job->info->path), "fingerprint", job->info->fingerprint, "driver", job->info->driver,
                     "vendor", job->info->vendor, "level", job->spec.level, "width", (json_int_t)l->w, "height",
                     (json_int_t)l->h, "downsample", l->downsample, "tile_width", (json_int_t)l->tile_w, "tile_height",
                     (json_int_t)l->tile_h, "tiles", (json_int_t)(l->tiles_x * l->tiles_y), "compression",
                     l->compression, "pixels", fmt_json(job->info->fmt));
}

/* ---- Passes ---- */

/* The global steps that a pass feeds; run: it has been run. */
static json_t *taps_json(const wsi_passes *p, const wsi_pass *pass, int run)
{
    json_t *list = json_array();
    for (int i = 0; i < pass->tap_count; i++) {
        const wsi_global *g = p->global_of[pass->taps[i]];
        json_t *o = json_pack("{s:s, s:s}", "step", wsi_step_result_name(g->of), "operation", g->of->op->name);
        if (g->of->op->reduction) {
            json_object_set_new(o, "round", json_integer(g->call.round + !run));
            json_object_set_new(o, "rounds", json_integer(g->rounds));
        }
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *written_json(const wsi_slide_job *job, const wsi_pass *pass)
{
    json_t *list = json_array();
    for (int i = 0; pass->write && i < job->step_count; i++)
        json_array_append_new(list, json_string(wsi_step_result_name(&job->spec.chain->steps[job->steps[i]])));
    return list;
}

static json_t *kept_json(const wsi_passes *p, const wsi_pass *pass)
{
    json_t *list = json_array();
    for (int i = 0; i < pass->keep_count; i++)
        json_array_append_new(list, json_string(wsi_step_result_name(&p->chain->steps[pass->keeps[i]])));
    return list;
}

/* Bytes in the scratch file before compression. */
static double kept_bytes(const wsi_passes *p, const wsi_pass *pass)
{
    double bytes = 0;
    for (int i = 0; i < pass->keep_count; i++) {
        const wsi_shape *shape = &p->shapes[pass->keeps[i]];
        bytes += (double)shape->w * (double)shape->h * (double)wsi_pixfmt_size(shape->fmt);
    }
    return bytes;
}

/* What a pass reads and why it is there, in words. */
static const char *pass_reason(const wsi_passes *p, const wsi_pass *pass)
{
    if (p->goal_kept) return "the mask of --within tells what of the slide is worked on";
    if (pass->keep_count)
        return "these steps must see the whole slide first; what later passes need too is cheaper kept than computed "
               "again";
    if (p->level != p->job->spec.level) return "a step is fitted on another level";
    if (pass->write && pass->tap_count)
        return "results can be computed; steps that must see the whole slide are fed by the way";
    if (pass->write) return "everything the results depend on is known";
    return "these steps must have seen the whole slide before what follows them can be computed";
}

static json_t *pass_json(const wsi_passes *p, const wsi_pass *pass, const wsi_graph *g, const wsi_plan *plan,
                         int number)
{
    const wsi_slide_job *job = p->job;
    const double pixels = (double)plan->w * (double)plan->h;
    const double seconds = wsi_passes_seconds(p, pass, plan->threads);
    return json_pack("{s:i, s:i, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:s}", "pass", number, "level",
                     p->level, "reads", g->reads_source ? "the slide" : "what was kept", "feeds", taps_json(p, pass, 0),
                     "writes", written_json(job, pass), "keeps", kept_json(p, pass), "kept_bytes",
                     (json_int_t)kept_bytes(p, pass), "halo_x", (json_int_t)g->halo_x, "halo_y", (json_int_t)g->halo_y,
                     "source_bytes", (json_int_t)(g->reads_source ? pixels * (double)wsi_pixfmt_size(g->source) : 0),
                     "memory", (json_int_t)plan->memory, "estimated_s", seconds, "why", pass_reason(p, pass));
}

static json_t *work_json(const wsi_slide_job *job)
{
    const wsi_plan *p = &job->plan;
    json_t *work = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "block_width", (json_int_t)p->block_w,
                             "block_height", (json_int_t)p->block_h, "tile_width", (json_int_t)p->piece_w,
                             "tile_height", (json_int_t)p->piece_h, "blocks", (json_int_t)(p->blocks_x * p->blocks_y),
                             "output_tile", (json_int_t)p->out_tile, "halo_overhead", p->halo_overhead);
    if (p->gpu.devices)
        json_object_set_new(work, "gpu",
                            json_pack("{s:i, s:i, s:i, s:i, s:I, s:I, s:I, s:I}", "devices", p->gpu.devices, "streams",
                                      p->gpu.slots, "strips", p->gpu.strips, "decoders", p->gpu.decoders,
                                      "decoder_batch", (json_int_t)p->gpu.jpeg.tiles, "budget_bytes",
                                      (json_int_t)job->spec.device_memory, "planned_bytes",
                                      (json_int_t)p->gpu.device_bytes, "pinned_bytes", (json_int_t)p->gpu.host_bytes));
    return work;
}

/* Bytes of the pass that takes most. */
static json_int_t planned_memory(const json_t *passes)
{
    json_int_t most = 0;
    size_t i;
    json_t *pass;
    json_array_foreach(passes, i, pass)
    {
        const json_int_t bytes = json_integer_value(json_object_get(pass, "memory"));
        if (bytes > most) most = bytes;
    }
    return most;
}

/* The whole plan; g: of the pass that writes the results. */
static char *plan_text(const wsi_slide_job *job, const wsi_graph *g, json_t *passes)
{
    const wsi_plan *p = &job->plan;
    json_t *memory = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "budget", (json_int_t)job->spec.memory, "planned",
                               planned_memory(passes), "band", (json_int_t)p->ring_bytes, "band_rows",
                               (json_int_t)p->ring_rows, "pyramid", (json_int_t)p->pyramid_bytes, "scratch_per_thread",
                               (json_int_t)(p->arena.bytes + p->encode_bytes));
    return wsi_job_json_text(
        json_pack("{s:o, s:s, s:i, s:o, s:o, s:I, s:I, s:i, s:s, s:o, s:o, s:o, s:o}", "source", source_json(job),
                  "chain", wsi_chain_text(job->spec.chain), "passes", (int)json_array_size(passes), "pass_list", passes,
                  "steps", steps_json(&job->graph), "halo_x", (json_int_t)g->halo_x, "halo_y", (json_int_t)g->halo_y,
                  "threads", p->threads, "cpu", wsi_isa_name(job->spec.isa), "work", work_json(job), "memory", memory,
                  "levels", levels_json(pyramid_of(job, 0)), "outputs", outputs_json(job)));
}

/* Binds and plans one pass, and notes it. */
static wsi_status plan_pass(wsi_passes *p, wsi_pass *pass, wsi_graph *g, json_t *list, wsi_error *err)
{
    wsi_slide_job *job = p->job;
    wsi_graph_clear(g);
    wsi_passes_choose_keeps(p, pass);
    WSI_FORWARD(wsi_passes_foresee(p, pass, err));
    WSI_FORWARD(wsi_passes_bind(p, pass, g, err));
    WSI_FORWARD(wsi_job_make_plan(job, g, p->level, wsi_passes_tile(p, pass), pass->write, &job->plan, err));
    json_array_append_new(list, pass_json(p, pass, g, &job->plan, (int)json_array_size(list) + 1));
    wsi_passes_suppose(p, pass);
    return WSI_OK;
}

static wsi_status plan_all(wsi_passes *p, wsi_graph *g, json_t *list, wsi_error *err);

/* The passes on another level that fit step s. */
static wsi_status plan_there(wsi_passes *p, int s, wsi_graph *g, json_t *list, wsi_error *err)
{
    const wsi_pass fitted = {.taps = {s}, .tap_count = 1};
    wsi_passes *there = wsi_calloc(1, sizeof *there);
    WSI_RETURN_IF(!there, WSI_ERR_NO_MEMORY, "no memory for the plan");
    wsi_status status = wsi_passes_init_there(p, s, there, err);
    if (status == WSI_OK) status = plan_all(there, g, list, err);
    wsi_passes_clear(there);
    wsi_free(there);
    while (p->known[s].what == WSI_UNKNOWN || p->global_of[s]->on_trial) wsi_passes_suppose(p, &fitted);
    return status;
}

static wsi_status plan_all(wsi_passes *p, wsi_graph *g, json_t *list, wsi_error *err)
{
    wsi_pass pass;
    int elsewhere;
    while (wsi_passes_next(p, &pass, &elsewhere))
        WSI_FORWARD(elsewhere >= 0 ? plan_there(p, elsewhere, g, list, err) : plan_pass(p, &pass, g, list, err));
    return WSI_OK;
}

/* The passes that compute the mask of --within, which come first. */
static wsi_status plan_within(wsi_slide_job *job, wsi_graph *g, json_t *list, wsi_error *err)
{
    wsi_passes *p = wsi_calloc(1, sizeof *p);
    wsi_shape *shapes = wsi_calloc(WSI_STEPS_MAX, sizeof *shapes);
    wsi_status status = p && shapes ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the plan");
    if (status == WSI_OK) status = wsi_passes_init_within(job, p, shapes, err);
    if (status == WSI_OK) status = plan_all(p, g, list, err);
    if (p) wsi_passes_clear(p);
    wsi_free(p);
    wsi_free(shapes);
    return status;
}

static wsi_status plan_passes(wsi_passes *p, wsi_graph *g, json_t *list, wsi_error *err)
{
    if (p->job->spec.within) WSI_FORWARD(plan_within(p->job, g, list, err));
    WSI_FORWARD(wsi_passes_init(p, p->job, p->job->spec.level, -1, p->job->shapes, err));
    return plan_all(p, g, list, err);
}

wsi_status wsi_job_plan_json(wsi_slide_job *job, char **json, wsi_error *err)
{
    wsi_passes *p = wsi_calloc(1, sizeof *p);
    wsi_graph *g = wsi_calloc(1, sizeof *g);
    json_t *list = json_array();
    wsi_status status = p && g && list ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the plan");
    if (status == WSI_OK) {
        p->job = job;
        status = plan_passes(p, g, list, err);
    }
    if (status == WSI_OK) {
        *json = plan_text(job, g, json_incref(list));
        if (!*json) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the plan");
    }
    if (g) wsi_graph_clear(g);
    if (p) wsi_passes_clear(p);
    json_decref(list);
    wsi_free(g);
    wsi_free(p);
    return status;
}

/* ---- Statistics ---- */

/* Busy seconds are summed over threads. A worker's waiting counts for the stage whose task ended it; encoding and
 * halving go on within the tasks of compute and pyramid, so they wait for nothing of their own. */
static json_t *stages_json(const wsi_exec_stats *s, wsi_pixfmt source)
{
    const json_int_t decoded = (json_int_t)(s->pixels_decoded * wsi_pixfmt_size(source));
    json_t *read = json_pack("{s:f, s:f, s:I}", "busy_s", s->read_busy, "wait_s", s->read_wait, "bytes",
                             (json_int_t)s->bytes_read);
    json_t *decode = json_pack("{s:f, s:f, s:I, s:I, s:I}", "busy_s", s->decode_busy, "wait_s", s->decode_wait, "tiles",
                               (json_int_t)s->tiles_decoded, "pixels", (json_int_t)s->pixels_decoded, "bytes", decoded);
    json_t *compute = json_pack("{s:f, s:f, s:I}", "busy_s", s->compute_busy, "wait_s", s->compute_wait, "pixels",
                                (json_int_t)s->pixels_computed);
    json_t *pyramid = json_pack("{s:f, s:f}", "busy_s", s->pyramid_busy, "wait_s", s->pyramid_wait);
    json_t *encode = json_pack("{s:f, s:f, s:I, s:I}", "busy_s", s->encode_busy, "wait_s", 0.0, "tiles",
                               (json_int_t)s->tiles_written, "bytes", (json_int_t)s->bytes_encoded);
    json_t *write = json_pack("{s:f, s:f, s:I, s:I}", "busy_s", s->write_busy, "wait_s", s->write_wait, "tiles",
                              (json_int_t)s->tiles_written, "bytes", (json_int_t)s->bytes_encoded);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "read", read, "decode", decode, "compute", compute, "pyramid",
                     pyramid, "encode", encode, "write", write);
}

static json_t *memory_json(const wsi_exec_stats *s)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    json_t *kinds = json_object();
    for (int k = 0; k < WSI_MEM_KINDS; k++)
        json_object_set_new(kinds, wsi_mem_kind_name((wsi_mem_kind)k),
                            json_pack("{s:I, s:I, s:I}", "peak_bytes", (json_int_t)s->memory.peak_kind[k],
                                      "allocations", (json_int_t)s->memory.allocations[k], "reuses",
                                      (json_int_t)s->memory.reuses[k]));
    return json_pack("{s:I, s:I, s:I, s:o}", "budget_bytes", (json_int_t)s->memory.budget, "peak_pool_bytes",
                     (json_int_t)s->memory.peak, "peak_rss_bytes", (json_int_t)usage.ru_maxrss * 1024, "kinds", kinds);
}

static json_t *queues_json(const wsi_slide_job *job, const wsi_exec_stats *s)
{
    return json_pack("{s:{s:I, s:I, s:I}, s:{s:I, s:I}, s:{s:I, s:I, s:I, s:I}}", "read_ahead", "high_water_batches",
                     (json_int_t)s->raw_batches_high, "high_water_bytes", (json_int_t)s->raw_high, "limit_bytes",
                     (json_int_t)job->plan.raw_cap, "band", "high_water_rows", (json_int_t)s->band_rows_high, "rows",
                     (json_int_t)job->plan.ring_rows, "encoded", "high_water_tiles", (json_int_t)s->reorder_high,
                     "high_water_bytes", (json_int_t)s->encoded_high, "limit_bytes", (json_int_t)job->plan.encoded_cap,
                     "spilled_tiles", (json_int_t)s->tiles_spilled);
}

static json_t *seconds_json(const double *seconds, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) json_array_append_new(list, json_real(seconds[i]));
    return list;
}

/* Busy seconds of an engine are those in which at least one stream used it; those of a stream are its own. */
static json_t *gpus_json(const wsi_gpu_plan *p, const wsi_exec_stats *s)
{
    json_t *list = json_array();
    for (int i = 0; i < s->gpu_count; i++) {
        const wsi_gpu_stats *g = &s->gpus[i];
        json_t *engines =
            json_pack("{s:f, s:f, s:f, s:f, s:f}", "decode_s", g->decode_busy, "upload_s", g->upload_busy, "compute_s",
                      g->compute_busy, "encode_s", g->encode_busy, "download_s", g->download_busy);
        json_t *streams = json_pack("{s:o, s:o}", "slots_s", seconds_json(g->slot_busy, p->slots), "decoders_s",
                                    seconds_json(g->decoder_busy, s->gpu_decode ? p->decoders : 0));
        json_array_append_new(list,
                              json_pack("{s:i, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "index", g->index, "name",
                                        g->name, "busy", engines, "streams", streams, "bytes_to_device",
                                        (json_int_t)g->bytes_up, "bytes_from_device", (json_int_t)g->bytes_down,
                                        "decoded_tiles", (json_int_t)g->tiles_decoded, "blocks", (json_int_t)g->blocks,
                                        "memory_peak_bytes", (json_int_t)g->memory, "strips", (json_int_t)p->strips));
    }
    return list;
}

static void add_gpus(json_t *o, const wsi_plan *p, const wsi_exec_stats *s)
{
    if (!s->gpu_count) return;
    json_object_set_new(o, "gpus", gpus_json(&p->gpu, s));
    json_object_set_new(o, "encoded_tiles_gpu", json_integer((json_int_t)s->tiles_encoded_gpu));
    json_object_set_new(o, "decoded_tiles_gpu", json_integer((json_int_t)s->tiles_decoded_gpu));
}

/* Notes a pass of several. */
wsi_status wsi_job_note_pass(wsi_passes *p, const wsi_pass *pass, const wsi_graph *graph, const wsi_plan *plan,
                             const wsi_exec_stats *s, int wasted, wsi_error *err)
{
    json_t *o =
        json_pack("{s:i, s:i, s:s, s:o, s:o, s:o, s:f, s:f, s:I, s:f, s:b, s:o}", "pass",
                  (int)json_array_size(p->job->passes) + 1, "level", p->level, "reads",
                  graph->reads_source ? "the slide" : "what was kept", "feeds", taps_json(p, pass, 1), "writes",
                  written_json(p->job, pass), "keeps", kept_json(p, pass), "wall_s", s->wall, "overlap_efficiency",
                  s->overlap, "decoded_tiles", (json_int_t)s->tiles_decoded, "halo_overhead", plan->halo_overhead,
                  "wasted", wasted, "stages", stages_json(s, graph->source));
    if (o) add_gpus(o, plan, s);
    const int noted = o && json_array_append_new(p->job->passes, o) == 0;
    WSI_RETURN_IF(!noted, WSI_ERR_NO_MEMORY, "no memory for the statistics");
    return WSI_OK;
}

/* Seconds of all passes. */
static double all_passes(const wsi_slide_job *job)
{
    double wall = 0;
    size_t i;
    json_t *pass;
    json_array_foreach(job->passes, i, pass) wall += json_real_value(json_object_get(pass, "wall_s"));
    return wall;
}

char *wsi_job_stats_json(const wsi_slide_job *job, const wsi_exec_stats *s, uint64_t bytes_written)
{
    const wsi_plan *p = &job->plan;
    const double pixels = (double)p->w * (double)p->h, wall = all_passes(job);
    json_t *all =
        json_pack("{s:o, s:s, s:i, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:o, s:o, s:o}", "input",
                  path_json(job->spec.input), "chain", wsi_chain_text(job->spec.chain), "threads", p->threads, "wall_s",
                  wall, "setup_s", s->setup, "overlap_efficiency", s->overlap, "mpix_per_s",
                  wall > 0 ? pixels / wall / 1e6 : 0.0, "pixels", (json_int_t)(p->w * p->h), "bytes_written",
                  (json_int_t)bytes_written, "decoded_tiles", (json_int_t)s->tiles_decoded, "source_tiles",
                  (json_int_t)s->tiles_total, "decode_amplification", (double)s->tiles_decoded / (double)s->tiles_total,
                  "halo_overhead", p->halo_overhead, "bad_tiles", (json_int_t)s->bad_count, "stages",
                  stages_json(s, job->graph.source), "queues", queues_json(job, s), "memory", memory_json(s));
    if (json_array_size(job->passes) > 1) json_object_set(all, "passes", job->passes);
    add_gpus(all, p, s);
    return wsi_job_json_text(all);
}

char *wsi_job_bad_tiles_json(const wsi_slide_job *job, const wsi_exec_stats *s)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < s->bad_count; i++)
        json_array_append_new(list, json_pack("{s:i, s:I, s:I}", "level", job->plan.level, "x",
                                              (json_int_t)s->bad[i].tx, "y", (json_int_t)s->bad[i].ty));
    return wsi_job_json_text(list);
}
