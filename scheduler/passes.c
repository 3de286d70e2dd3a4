/* Choosing and running passes. */
#include "passes.h"

#include <string.h>

#include "common/mem.h"
#include "params-file.h"

enum { TAP_TILE = 256 }; /* edge of the tiles of passes that write no results */

/* ---- Which steps are what ---- */

/* Level that the step asks to be fitted on: its parameter `level` where that is above the job's, else the job's. */
static int level_of(const wsi_passes *p, int step)
{
    const wsi_step *s = &p->chain->steps[step];
    const int row = s->op->reduction ? wsi_param_find(s->op->params, s->op->param_count, "level") : -1;
    if (row < 0 || step == p->goal) return p->level;
    const int64_t level = *(const int64_t *)(const void *)((const char *)s->params + s->op->params[row].offset);
    return level > p->level ? (int)level : p->level;
}

static int is_open(const wsi_passes *p, int s)
{
    return p->global_of[s] && p->known[s].what == WSI_UNKNOWN;
}

/* A foretold fit is in use, and its last round has not been run. */
static int is_on_trial(const wsi_passes *p, int s)
{
    return p->global_of[s] && p->known[s].what == WSI_FITTED && p->global_of[s]->on_trial;
}

/* Not fitted yet, and to be fitted on another level: what it learns from is computed there. */
static int is_elsewhere(const wsi_passes *p, int s)
{
    return is_open(p, s) && level_of(p, s) != p->level;
}

/* Images of a step that have to be there, on this level, for what is still to be done. */
static int images_here(const wsi_passes *p, int s)
{
    const wsi_step *step = &p->chain->steps[s];
    if (is_on_trial(p, s)) return step->inputs;
    if (is_elsewhere(p, s) && step->op->kernel_inputs) return (int)wsi_min64(step->op->kernel_inputs, step->inputs);
    return wsi_graph_images(p->chain, p->known, s);
}

/* Steps that something still to be made depends on. Of what a step is fitted from on another level, that is other fits:
 * they are those of this one. */
static void find_needed(const wsi_passes *p, unsigned char *needed)
{
    const wsi_slide_job *job = p->job;
    unsigned char there[WSI_STEPS_MAX] = {0};
    if (p->goal >= 0) needed[p->goal] = 1;
    for (int i = 0; p->write && !p->written && i < job->step_count; i++) needed[job->steps[i]] = 1;
    for (int i = 0; p->write && i < job->table_count; i++) needed[job->tables[i]] |= is_open(p, job->tables[i]);
    for (int s = p->chain->count - 1; s >= 0; s--) {
        const wsi_step *step = &p->chain->steps[s];
        if (there[s] && step->op->reduction && (is_open(p, s) || is_on_trial(p, s))) needed[s] = 1;
        const int images = images_here(p, s);
        for (int k = 0; needed[s] && k < images; k++)
            if (step->input[k] >= 0) needed[step->input[k]] = 1;
        for (int k = 0; (there[s] || (needed[s] && is_elsewhere(p, s))) && k < step->inputs; k++)
            if (step->input[k] >= 0) there[step->input[k]] = 1;
    }
}

static int any_blocked(const wsi_step *step, int images, const unsigned char *blocked)
{
    for (int k = 0; k < images; k++)
        if (step->input[k] >= 0 && blocked[step->input[k]]) return 1;
    return 0;
}

static int any_on_trial(const wsi_passes *p, const wsi_pass *pass)
{
    for (int i = 0; i < pass->tap_count; i++)
        if (is_on_trial(p, pass->taps[i])) return 1;
    return 0;
}

int wsi_passes_next(const wsi_passes *p, wsi_pass *pass, int *elsewhere)
{
    unsigned char needed[WSI_STEPS_MAX] = {0}, blocked[WSI_STEPS_MAX] = {0};
    unsigned char unsure[WSI_STEPS_MAX] = {0}; /* a fit that the step depends on is not known for certain */
    *pass = (wsi_pass){.write = p->write && !p->written && p->job->step_count};
    *elsewhere = -1;
    find_needed(p, needed);
    for (int s = 0; s < p->chain->count; s++) {
        const wsi_step *step = &p->chain->steps[s];
        const int waits = any_blocked(step, step->inputs, unsure);
        unsure[s] = (unsigned char)(waits || (step->op->reduction && (is_open(p, s) || is_on_trial(p, s))));
        if (!needed[s]) continue;
        blocked[s] = (unsigned char)any_blocked(step, wsi_graph_images(p->chain, p->known, s), blocked);
        const int ready = (is_open(p, s) && !blocked[s]) || is_on_trial(p, s);
        if (is_elsewhere(p, s) && !waits)
            *elsewhere = s;
        else if (ready && level_of(p, s) == p->level)
            pass->taps[pass->tap_count++] = s;
        if (is_open(p, s)) blocked[s] = 1;
    }
    for (int i = 0; i < p->job->step_count; i++) pass->write &= !blocked[p->job->steps[i]];
    if (p->job->spec.taker) pass->write &= !any_on_trial(p, pass); /* what is given cannot be taken back */
    if (p->goal_kept && p->known[p->goal].what != WSI_KEPT && !blocked[p->goal])
        pass->keeps[pass->keep_count++] = p->goal;
    return pass->write || pass->tap_count || pass->keep_count || *elsewhere >= 0;
}

static void know(wsi_passes *p, int s)
{
    const wsi_global *g = p->global_of[s];
    p->known[s].what = p->chain->steps[s].op->whole ? WSI_KEPT : WSI_FITTED;
    p->known[s].fit = g->trial ? g->trial : g->fit;
    p->known[s].kept = g->self;
    p->known[s].read = g->of->op->whole ? g->of->op->whole->read : NULL;
}

static void know_kept(wsi_passes *p, int s, const void *kept)
{
    p->known[s].what = WSI_KEPT;
    p->known[s].kept = kept;
    p->known[s].read = wsi_store_read;
}

void wsi_passes_suppose(wsi_passes *p, const wsi_pass *pass)
{
    for (int i = 0; i < pass->tap_count; i++) {
        wsi_global *g = p->global_of[pass->taps[i]];
        const int early = g->of->op->reduction && g->of->op->reduction->speculate ? 1 : 0;
        if (g->of->op->reduction && ++g->call.round < g->rounds - early) continue;
        know(p, g->step);
        g->on_trial = g->of->op->reduction && g->call.round < g->rounds;
        p->known[g->step].fit = NULL; /* there is none */
        p->known[g->step].kept = g;
    }
    for (int i = 0; i < pass->keep_count; i++) know_kept(p, pass->keeps[i], p);
    p->written |= pass->write;
    p->count++;
}

/* ---- Before the first ---- */

/* The fit of a step that was given, checked against what the step takes. */
static wsi_status take_given(wsi_passes *p, wsi_global *g, wsi_error *err)
{
    int found;
    if (!p->job->given) return WSI_OK;
    WSI_FORWARD(wsi_params_take(p->job->given, g, g->fit, &found, err));
    WSI_RETURN_IF(!found, WSI_ERR_USAGE, "--params: there are no values for '%s'", wsi_step_result_name(g->of));
    know(p, g->step);
    return WSI_OK;
}

/* The reference's values for a step. While those are fitted, each step's are the target of the reference itself for
 * the steps that follow. */
static wsi_status find_target(wsi_passes *p, wsi_global *g, wsi_error *err)
{
    wsi_slide_job *job = p->job;
    const int takes = g->of->op->reduction ? g->of->op->reduction->takes_target : 0;
    const json_t *from = job->fit_only ? job->fits : job->reference;
    double **target = &job->targets[g->step];
    int found = 0;
    if (!takes) return WSI_OK;
    if (!*target) *target = wsi_calloc((size_t)g->fit_count + 1, sizeof **target);
    WSI_RETURN_IF(!*target, WSI_ERR_NO_MEMORY, "no memory for a reference's values");
    if (from) WSI_FORWARD(wsi_params_take(from, g, *target, &found, err));
    WSI_RETURN_IF(!found && takes == 2 && !job->fit_only, WSI_ERR_USAGE, "%s needs a reference: give --reference",
                  wsi_step_result_name(g->of));
    if (!found) return WSI_OK;
    g->call.target = *target;
    p->known[g->step].target = *target;
    return WSI_OK;
}

/* Somebody looks at the outlines of objects. */
static int wants_shapes(const wsi_job_spec *spec)
{
    if (spec->table_taker && spec->table_taker->shapes) return 1;
    return spec->table_formats && strstr(spec->table_formats, "geojson");
}

static wsi_status add_global(wsi_passes *p, int s, wsi_error *err)
{
    const wsi_job_spec *spec = &p->job->spec;
    const wsi_level *l = &p->job->info->levels[p->level];
    const wsi_scale total =
        p->chain->steps[s].input[0] < 0 ? WSI_SCALE_ONE : p->shapes[p->chain->steps[s].input[0]].total;
    const double across = l->downsample * (double)total.down_x / (double)total.up_x;
    const double along = l->downsample * (double)total.down_y / (double)total.up_y;
    const wsi_global_context context = {.mpp_x = p->job->info->mpp_x > 0 ? p->job->info->mpp_x * across : 0,
                                        .mpp_y = p->job->info->mpp_y > 0 ? p->job->info->mpp_y * along : 0,
                                        .down_x = across,
                                        .down_y = along,
                                        .no_shapes = !wants_shapes(spec),
                                        .threads = spec->threads,
                                        .team = p->job->team,
                                        .memory = spec->memory / 4,
                                        .scratch = p->job->scratch,
                                        .cancel = spec->cancel};
    wsi_global *g = &p->globals[p->global_count++];
    p->global_of[s] = g;
    WSI_FORWARD(wsi_global_step_init(g, s, &p->chain->steps[s], &p->shapes[s], &context, err));
    if (!g->of->op->reduction) return WSI_OK;
    if (g->rounds == 0) know(p, s);
    WSI_FORWARD(find_target(p, g, err));
    return g->rounds ? take_given(p, g, err) : WSI_OK;
}

wsi_status wsi_passes_init(wsi_passes *p, wsi_slide_job *job, int level, int goal, const wsi_shape *shapes,
                           wsi_error *err)
{
    p->job = job;
    p->chain = job->spec.chain;
    p->level = level;
    p->goal = goal;
    p->write = goal < 0;
    memcpy(p->shapes, shapes, sizeof p->shapes);
    for (int s = 0; s < p->chain->count; s++) {
        p->known[s].shape = &p->shapes[s];
        if (p->shapes[s].inputs && wsi_step_is_global(&p->chain->steps[s])) WSI_FORWARD(add_global(p, s, err));
    }
    return WSI_OK;
}

void wsi_passes_clear(wsi_passes *p)
{
    for (int i = 0; i < p->global_count; i++) wsi_global_step_clear(&p->globals[i]);
    p->global_count = 0;
    for (int s = 0; s < WSI_STEPS_MAX; s++) wsi_store_close(&p->stores[s]);
}

/* ---- One pass ---- */

int64_t wsi_passes_tile(const wsi_passes *p, const wsi_pass *pass)
{
    return pass->write ? p->job->spec.out_tile : TAP_TILE;
}

wsi_status wsi_passes_bind(wsi_passes *p, const wsi_pass *pass, wsi_graph *graph, wsi_error *err)
{
    const wsi_slide_job *job = p->job;
    const wsi_level *l = &job->info->levels[p->level];
    wsi_tapped_step taps[2 * WSI_STEPS_MAX];
    for (int i = 0; i < pass->tap_count; i++)
        taps[i] = (wsi_tapped_step){pass->taps[i], 0, &p->global_of[pass->taps[i]]->tap};
    for (int i = 0; i < pass->keep_count; i++)
        taps[pass->tap_count + i] = (wsi_tapped_step){pass->keeps[i], 1, &p->store_taps[pass->keeps[i]]};
    const wsi_graph_input in = {.chain = p->chain,
                                .source = job->info->fmt,
                                .w = l->w,
                                .h = l->h,
                                .isa = job->spec.isa,
                                .steps = job->steps,
                                .step_count = pass->write ? job->step_count : 0,
                                .writer = job->spec.writer,
                                .codec = job->codec,
                                .taps = taps,
                                .tap_count = pass->tap_count + pass->keep_count,
                                .known = p->known};
    const wsi_status status = wsi_graph_bind(graph, &in, NULL, err);
    return status == WSI_OK ? status : wsi_error_prefix(err, "%s: ", job->spec.input);
}

static wsi_status begin_keeps(wsi_passes *p, const wsi_pass *pass, const char *folder, int64_t tile, wsi_error *err)
{
    for (int i = 0; i < pass->keep_count; i++) {
        const int s = pass->keeps[i];
        const wsi_shape *shape = &p->shapes[s];
        WSI_FORWARD(
            wsi_store_open(folder, shape->w, shape->h, shape->fmt, tile, &p->stores[s], &p->store_taps[s], err));
    }
    return WSI_OK;
}

wsi_status wsi_passes_foresee(wsi_passes *p, const wsi_pass *pass, wsi_error *err)
{
    const int64_t tile = wsi_passes_tile(p, pass);
    const wsi_status status = begin_keeps(p, pass, NULL, tile, err);
    for (int i = 0; i < pass->keep_count; i++) wsi_store_close(&p->stores[pass->keeps[i]]);
    WSI_FORWARD(status);
    for (int i = 0; i < pass->tap_count; i++)
        if (wsi_global_step_foresee(p->global_of[pass->taps[i]], tile, err) != WSI_OK)
            return wsi_error_prefix(err, "%s: ", p->job->spec.input);
    return WSI_OK;
}

/* Kept images are there now; what rests on a fit that was foretold wrongly is not. */
static void end_keeps(wsi_passes *p, const wsi_pass *pass, int wasted)
{
    for (int i = 0; i < pass->keep_count; i++) {
        const int s = pass->keeps[i];
        if (wasted)
            wsi_store_close(&p->stores[s]);
        else
            know_kept(p, s, p->stores[s]);
    }
}

static wsi_status begin_taps(wsi_passes *p, const wsi_pass *pass, int64_t tile, wsi_error *err)
{
    for (int i = 0; i < pass->tap_count; i++) {
        const wsi_status status = wsi_global_step_begin(p->global_of[pass->taps[i]], tile, err);
        if (status != WSI_OK) return wsi_error_prefix(err, "%s: ", p->job->spec.input);
    }
    return WSI_OK;
}

/* Takes what the pass has found. *wasted = 1: something foretold was wrong; then only that counts. */
static wsi_status end_taps(wsi_passes *p, const wsi_pass *pass, int *wasted, wsi_error *err)
{
    unsigned char tried[WSI_STEPS_MAX] = {0};
    *wasted = 0;
    for (int round = 0; round < 2; round++) /* those on trial first */
        for (int i = 0; i < pass->tap_count; i++) {
            wsi_global *g = p->global_of[pass->taps[i]];
            int complete, right;
            if (round == 0) tried[i] = g->trial != NULL;
            if ((round == 0) != tried[i]) continue;
            if (round == 1 && *wasted) {
                wsi_global_step_drop(g);
                continue;
            }
            const wsi_status status = wsi_global_step_end(g, &complete, &right, err);
            if (status != WSI_OK) return wsi_error_prefix(err, "%s: ", p->job->spec.input);
            if (!right) *wasted = 1;
            if (complete || g->trial) know(p, g->step);
            g->on_trial = g->trial != NULL;
        }
    return WSI_OK;
}

static void add_taps(const wsi_graph *graph, wsi_exec_input *in)
{
    for (int r = 0; r < graph->result_count; r++) {
        if (!graph->results[r].tap) continue;
        wsi_exec_sink *s = &in->sinks[in->sink_count++];
        s->sink = NULL;
        s->result_count = 1;
        s->results[0] = r;
    }
}

static wsi_status execute(wsi_passes *p, const wsi_pass *pass, const wsi_graph *graph, wsi_plan *plan,
                          wsi_exec_stats *stats, wsi_error *err)
{
    wsi_slide_job *job = p->job;
    wsi_exec_input in = {.spec = &job->spec,
                         .team = job->team,
                         .slide = job->slide,
                         .graph = graph,
                         .plan = plan,
                         .within = p->level == job->spec.level ? job->within : NULL,
                         .scratch = job->scratch,
                         .pass = p->count,
                         .passes = wsi_max64(p->expected, p->count + 1)};
    if (in.within) wsi_within_reach(job->within, graph->halo_x, graph->halo_y);
    WSI_FORWARD(wsi_job_make_plan(job, graph, p->level, wsi_passes_tile(p, pass), pass->write, plan, err));
    in.gpus = plan->gpu.devices ? &job->gpus : NULL;
    if (pass->write) WSI_FORWARD(wsi_job_open_sinks(job, &in, err));
    add_taps(graph, &in);
    return wsi_exec_run(&in, stats, err);
}

static wsi_status run_bound(wsi_passes *p, const wsi_pass *pass, wsi_graph *graph, wsi_exec_stats *stats,
                            wsi_error *err)
{
    wsi_plan *plan = wsi_calloc(1, sizeof *plan);
    int wasted = 0;
    WSI_RETURN_IF(!plan, WSI_ERR_NO_MEMORY, "no memory for a plan");
    wsi_free(stats->bad);
    memset(stats, 0, sizeof *stats);
    wsi_status status = execute(p, pass, graph, plan, stats, err);
    if (status == WSI_OK) status = end_taps(p, pass, &wasted, err);
    if (status == WSI_OK) end_keeps(p, pass, wasted);
    if (status == WSI_OK) status = wsi_job_note_pass(p, pass, graph, plan, stats, wasted, err);
    if (wasted && pass->write) wsi_job_abort_sinks(p->job);
    if (status == WSI_OK && !wasted) p->written |= pass->write;
    if (status == WSI_OK && (pass->write || p->job->step_count == 0)) p->job->plan = *plan;
    wsi_free(plan);
    return status;
}

static wsi_status run_pass(wsi_passes *p, const wsi_pass *pass, wsi_exec_stats *stats, wsi_error *err)
{
    wsi_graph *graph = wsi_calloc(1, sizeof *graph);
    WSI_RETURN_IF(!graph, WSI_ERR_NO_MEMORY, "no memory for a graph");
    const int64_t tile = wsi_passes_tile(p, pass);
    wsi_status status = begin_taps(p, pass, tile, err);
    if (status == WSI_OK) status = begin_keeps(p, pass, p->job->scratch, tile, err);
    if (status == WSI_OK) status = wsi_passes_bind(p, pass, graph, err);
    if (status == WSI_OK) status = run_bound(p, pass, graph, stats, err);
    for (int i = 0; i < pass->tap_count; i++)
        if (p->global_of[pass->taps[i]]->started) wsi_global_step_drop(p->global_of[pass->taps[i]]);
    wsi_graph_clear(graph);
    wsi_free(graph);
    return status;
}

/* ---- Other levels ---- */

/* What is known of fits holds on every level. */
static void share_fits(const wsi_passes *from, wsi_passes *to)
{
    for (int s = 0; s < from->chain->count; s++) {
        if (from->known[s].what != WSI_FITTED || s == to->goal || is_on_trial(from, s)) continue;
        to->known[s].what = WSI_FITTED;
        to->known[s].fit = from->known[s].fit;
        to->known[s].kept = from->known[s].kept;
        to->known[s].target = from->known[s].target;
    }
}

wsi_status wsi_passes_init_there(const wsi_passes *p, int s, wsi_passes *there, wsi_error *err)
{
    const int level = level_of(p, s);
    WSI_RETURN_IF(level >= p->job->info->level_count, WSI_ERR_USAGE, "%s: %s: level %d does not exist: there are %d",
                  p->job->spec.input, wsi_step_result_name(&p->chain->steps[s]), level, p->job->info->level_count);
    wsi_shape *shapes = wsi_calloc(WSI_STEPS_MAX, sizeof *shapes);
    WSI_RETURN_IF(!shapes, WSI_ERR_NO_MEMORY, "no memory for a pass");
    wsi_status status = wsi_job_shapes(p->job, level, shapes, err);
    if (status == WSI_OK) status = wsi_passes_init(there, p->job, level, s, shapes, err);
    wsi_free(shapes);
    if (status == WSI_OK) share_fits(p, there);
    return status;
}

static wsi_status fit_there(wsi_passes *p, int s, wsi_passes *there, wsi_exec_stats *stats, wsi_error *err)
{
    wsi_global *g = p->global_of[s];
    WSI_FORWARD(wsi_passes_init_there(p, s, there, err));
    WSI_FORWARD(wsi_passes_run(there, stats, err));
    const wsi_global *done = there->global_of[s];
    WSI_RETURN_IF(done->fit_count != g->fit_count, WSI_ERR_CHAIN, "%s: %s cannot be fitted on another level",
                  p->job->spec.input, wsi_step_result_name(g->of));
    memcpy(g->fit, done->fit, (size_t)g->fit_count * sizeof *g->fit);
    g->call.round = g->rounds;
    know(p, s);
    p->count += there->count;
    return WSI_OK;
}

static wsi_status fit_elsewhere(wsi_passes *p, int s, wsi_exec_stats *stats, wsi_error *err)
{
    wsi_passes *there = wsi_calloc(1, sizeof *there);
    WSI_RETURN_IF(!there, WSI_ERR_NO_MEMORY, "no memory for a pass");
    const wsi_status status = fit_there(p, s, there, stats, err);
    wsi_passes_clear(there);
    wsi_free(there);
    return status;
}

/* ---- All of them ---- */

/* The fits that are certain, for provenance and for the file of them. */
static wsi_status tell_fits(wsi_passes *p, wsi_error *err)
{
    json_t *fits = wsi_params_new();
    WSI_RETURN_IF(!fits, WSI_ERR_NO_MEMORY, "no memory for parameters");
    for (int i = 0; i < p->global_count; i++) {
        const wsi_global *g = &p->globals[i];
        if (!p->known[g->step].fit || !g->rounds) continue; /* fits of images that are kept stay */
        if (!wsi_params_add(fits, g)) {
            json_decref(fits);
            return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for parameters");
        }
    }
    json_decref(p->job->fits);
    p->job->fits = fits;
    return WSI_OK;
}

wsi_status wsi_passes_run(wsi_passes *p, wsi_exec_stats *stats, wsi_error *err)
{
    wsi_pass pass;
    int elsewhere;
    while (wsi_passes_next(p, &pass, &elsewhere)) {
        if (p->goal < 0) WSI_FORWARD(tell_fits(p, err));
        wsi_passes_choose_keeps(p, &pass);
        if (elsewhere >= 0)
            WSI_FORWARD(fit_elsewhere(p, elsewhere, stats, err));
        else
            WSI_FORWARD(run_pass(p, &pass, stats, err));
        if (elsewhere < 0) p->count++;
    }
    return p->goal < 0 ? tell_fits(p, err) : WSI_OK;
}
