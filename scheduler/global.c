/* Global steps between their passes. Accumulators are made as threads ask for them: there are never more than threads.
 * Which thread adds to which does not matter, see kernels/reduction.h. */
#include "global.h"

#include <string.h>

#include "common/mem.h"

enum { ALIGN = 64 };

/* The head of an accumulator's memory; the accumulator itself begins at the next multiple of ALIGN. */
typedef struct accumulator {
    struct accumulator *next, *next_idle;
} accumulator;

static void *memory_of(accumulator *a)
{
    const uintptr_t at = (uintptr_t)(a + 1);
    return (void *)((at + ALIGN - 1) / ALIGN * ALIGN);
}

/* ---- Reductions ---- */

static void free_accumulators(wsi_global *g)
{
    for (accumulator *a = g->accumulators, *next; a; a = next) {
        next = a->next;
        wsi_free(a);
    }
    g->accumulators = g->idle = NULL;
}

static accumulator *new_accumulator(const wsi_global *g)
{
    const wsi_reduction *red = g->of->op->reduction;
    accumulator *a = wsi_calloc(1, sizeof *a + ALIGN + red->size(&g->call));
    if (a && red->init) red->init(&g->call, memory_of(a));
    return a;
}

/* One that no other thread uses; NULL: no memory. */
static accumulator *take(wsi_global *g)
{
    pthread_mutex_lock(&g->lock);
    accumulator *a = g->idle;
    if (a) g->idle = a->next_idle;
    pthread_mutex_unlock(&g->lock);
    if (a) return a;
    a = new_accumulator(g);
    if (!a) return NULL;
    pthread_mutex_lock(&g->lock);
    a->next = g->accumulators;
    g->accumulators = a;
    pthread_mutex_unlock(&g->lock);
    return a;
}

static void put(wsi_global *g, accumulator *a)
{
    pthread_mutex_lock(&g->lock);
    a->next_idle = g->idle;
    g->idle = a;
    pthread_mutex_unlock(&g->lock);
}

static wsi_status reduce_tile(void *user, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                              wsi_error *err)
{
    (void)out, (void)capacity;
    wsi_global *g = user;
    accumulator *a = take(g);
    WSI_RETURN_IF(!a, WSI_ERR_NO_MEMORY, "no memory for what %s learns", g->of->shown->name);
    g->of->op->reduction->accumulate(&g->call, im, at.x, at.y, memory_of(a));
    put(g, a);
    *size = 0;
    return WSI_OK;
}

static wsi_status reduce_append(void *user, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    (void)user, (void)at, (void)bytes, (void)size, (void)err;
    return WSI_OK;
}

static wsi_status init_reduction(wsi_global *g, wsi_error *err)
{
    const wsi_reduction *red = g->of->op->reduction;
    g->call = (wsi_fit_call){.params = g->of->params,
                             .in = g->shape->in_fmt,
                             .inputs = g->shape->inputs,
                             .w = g->shape->in_w,
                             .h = g->shape->in_h};
    g->rounds = red->rounds ? red->rounds(&g->call) : 1;
    g->fit_count = wsi_fit_count(red, &g->call);
    g->fit = wsi_calloc((size_t)g->fit_count + 1, sizeof *g->fit);
    WSI_RETURN_IF(!g->fit, WSI_ERR_NO_MEMORY, "no memory for what %s learns", g->of->shown->name);
    g->call.fit = g->fit;
    g->tap = (wsi_tap){.user = g, .parts = 1, .tile = reduce_tile, .append = reduce_append};
    return WSI_OK;
}

/* All accumulators as one. */
static accumulator *merged(wsi_global *g)
{
    accumulator *all = g->accumulators;
    if (!all) return new_accumulator(g);
    for (accumulator *a = all->next; a; a = a->next) {
        g->of->op->reduction->merge(&g->call, memory_of(all), memory_of(a));
    }
    return all;
}

/* What the next round will probably find. */
static wsi_status foretell(wsi_global *g, const void *acc, wsi_error *err)
{
    const size_t bytes = ((size_t)g->fit_count + 1) * sizeof *g->fit;
    g->trial = wsi_calloc(1, bytes);
    WSI_RETURN_IF(!g->trial, WSI_ERR_NO_MEMORY, "no memory for what %s learns", g->of->shown->name);
    memcpy(g->trial, g->fit, bytes);
    return g->of->op->reduction->speculate(&g->call, acc, g->trial, err);
}

static wsi_status end_round(wsi_global *g, int *complete, int *right, wsi_error *err)
{
    const wsi_reduction *red = g->of->op->reduction;
    accumulator *all = merged(g);
    WSI_RETURN_IF(!all, WSI_ERR_NO_MEMORY, "no memory for what %s learns", g->of->shown->name);
    if (!g->accumulators) g->accumulators = all;
    WSI_FORWARD(red->finalise(&g->call, memory_of(all), g->fit, err));
    if (g->trial) *right = memcmp(g->trial, g->fit, (size_t)g->fit_count * sizeof *g->fit) == 0;
    wsi_free(g->trial);
    g->trial = NULL;
    if (red->speculate && g->call.round == g->rounds - 2) WSI_FORWARD(foretell(g, memory_of(all), err));
    g->call.round++;
    *complete = g->call.round == g->rounds;
    return WSI_OK;
}

/* ---- Operations on the whole image ---- */

static wsi_status whole_tile(void *user, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                             wsi_error *err)
{
    wsi_global *g = user;
    return g->of->op->whole->tile(g->self, im, at, out, capacity, size, err);
}

static wsi_status whole_append(void *user, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    wsi_global *g = user;
    return g->of->op->whole->append(g->self, at, bytes, size, err);
}

static void init_whole(wsi_global *g, const wsi_global_context *context)
{
    g->whole = (wsi_whole_call){.params = g->of->params,
                                .in = g->shape->in_fmt,
                                .inputs = g->shape->inputs,
                                .w = g->shape->in_w,
                                .h = g->shape->in_h,
                                .mpp_x = context->mpp_x,
                                .mpp_y = context->mpp_y,
                                .down_x = context->down_x,
                                .down_y = context->down_y,
                                .no_shapes = context->no_shapes,
                                .threads = context->threads,
                                .team = context->team,
                                .memory = context->memory,
                                .scratch = context->scratch,
                                .cancel = context->cancel};
    g->tap = (wsi_tap){.user = g, .tile = whole_tile, .append = whole_append};
}

/* ---- Both ---- */

wsi_status wsi_global_step_init(wsi_global *g, int step, const wsi_step *of, const wsi_shape *shape,
                                const wsi_global_context *context, wsi_error *err)
{
    g->step = step;
    g->of = of;
    g->shape = shape;
    pthread_mutex_init(&g->lock, NULL);
    if (of->op->reduction) return init_reduction(g, err);
    init_whole(g, context);
    return WSI_OK;
}

wsi_status wsi_global_step_begin(wsi_global *g, int64_t tile, wsi_error *err)
{
    g->started = 1;
    if (g->of->op->reduction) return WSI_OK;
    g->whole.tile = tile;
    WSI_FORWARD(g->of->op->whole->open(&g->whole, &g->self, err));
    g->tap.bound = g->of->op->whole->bound(g->self);
    return WSI_OK;
}

wsi_status wsi_global_step_foresee(wsi_global *g, int64_t tile, wsi_error *err)
{
    if (g->of->op->reduction) return WSI_OK;
    const char *scratch = g->whole.scratch;
    g->whole.scratch = NULL;
    const wsi_status status = wsi_global_step_begin(g, tile, err);
    wsi_global_step_drop(g);
    g->whole.scratch = scratch;
    return status;
}

wsi_status wsi_global_step_end(wsi_global *g, int *complete, int *right, wsi_error *err)
{
    *complete = *right = 1;
    g->started = 0;
    wsi_status status;
    if (g->of->op->reduction) {
        status = end_round(g, complete, right, err);
        free_accumulators(g);
    } else {
        status = g->of->op->whole->finish(g->self, err);
    }
    return status == WSI_OK ? status : wsi_error_prefix(err, "%s: ", g->of->shown->name);
}

void wsi_global_step_drop(wsi_global *g)
{
    g->started = 0;
    free_accumulators(g);
    if (g->self) g->of->op->whole->close(&g->self);
}

void wsi_global_step_clear(wsi_global *g)
{
    if (!g->of) return;
    wsi_global_step_drop(g);
    wsi_free(g->fit);
    wsi_free(g->trial);
    pthread_mutex_destroy(&g->lock);
    memset(g, 0, sizeof *g);
}
