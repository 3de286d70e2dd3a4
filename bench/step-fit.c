/* Reductions on several threads: each takes the next strip of rows that nobody has. */
#include "step-fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/thread.h"

enum { STRIP = 64, THREADS_MAX = 64 };

/* One round. */
typedef struct work_list {
    const wsi_reduction *reduction;
    const wsi_fit_call *call;
    const wsi_image *src;
    int64_t next; /* atomic: the first strip that nobody has taken */
} work_list;

typedef struct worker {
    work_list *list;
    void *acc;
} worker;

static void end_on(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    fprintf(stderr, "bench-step-speed: %s\n", err->message);
    exit(2);
}

static void *must(void *p)
{
    if (p) return p;
    fputs("bench-step-speed: out of memory\n", stderr);
    exit(2);
}

static void *accumulate(void *arg)
{
    const worker *w = (const worker *)arg;
    work_list *l = w->list;
    const wsi_fit_call *call = l->call;
    for (;;) {
        const int64_t y = STRIP * __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
        if (y >= call->h) return NULL;
        const wsi_rect rect = {0, y, call->w, wsi_min64(STRIP, call->h - y)};
        wsi_image im[WSI_OP_INPUTS_MAX];
        for (int i = 0; i < call->inputs; i++) im[i] = wsi_image_crop(&l->src[i], rect);
        l->reduction->accumulate(call, im, 0, y, w->acc);
    }
}

static void *make_accumulator(const work_list *l)
{
    const size_t size = l->reduction->size(l->call), whole = (size + 63) / 64 * 64;
    void *acc = must(aligned_alloc(64, whole));
    memset(acc, 0, whole);
    if (l->reduction->init) l->reduction->init(l->call, acc);
    return acc;
}

static void run_round(work_list *l, int threads, double *fit)
{
    wsi_thread thread[THREADS_MAX];
    worker workers[THREADS_MAX];
    wsi_error err = {0};
    for (int i = 0; i < threads; i++) workers[i] = (worker){l, make_accumulator(l)};
    for (int i = 1; i < threads; i++) end_on(wsi_thread_start(&thread[i], "fit", accumulate, &workers[i], &err), &err);
    accumulate(&workers[0]);
    for (int i = 1; i < threads; i++) {
        wsi_thread_join(thread[i]);
        l->reduction->merge(l->call, workers[0].acc, workers[i].acc);
    }
    end_on(l->reduction->finalise(l->call, workers[0].acc, fit, &err), &err);
    for (int i = 0; i < threads; i++) free(workers[i].acc);
}

static wsi_fit_call call_of(const oprun *run, const wsi_image *src, const double *target)
{
    return (wsi_fit_call){
        .params = run->params, .in = run->in, .inputs = run->inputs, .w = src[0].w, .h = src[0].h, .target = target};
}

static double *learn(const oprun *run, wsi_fit_call *call, const wsi_image *src, int threads)
{
    const wsi_reduction *r = run->op->reduction;
    double *fit = (double *)must(wsi_calloc((size_t)wsi_fit_count(r, call) + 1, sizeof *fit));
    const int rounds = r->rounds ? r->rounds(call) : 1;
    call->fit = fit;
    for (call->round = 0; call->round < rounds; call->round++) {
        work_list list = {r, call, src, 0};
        run_round(&list, threads, fit);
    }
    return fit;
}

void step_fit_open(step_fit *f, oprun *run, const wsi_image *src, const wsi_image *reference)
{
    *f = (step_fit){.src = src};
    if (!reference) return;
    wsi_fit_call call = call_of(run, reference, NULL);
    f->target = learn(run, &call, reference, 1);
}

void step_fit_run(step_fit *f, oprun *run, int threads)
{
    const wsi_reduction *r = run->op->reduction;
    wsi_fit_call call = call_of(run, f->src, f->target);
    wsi_error err = {0};
    fit_clear(&run->fit);
    run->fit.fit = learn(run, &call, f->src, threads);
    run->fit.state_size = r->state_size ? r->state_size(&call) : run->op->state_size;
    run->fit.state = must(wsi_calloc(1, run->fit.state_size + 1));
    if (r->prepare) end_on(r->prepare(&call, run->fit.state, &err), &err);
    run->state = run->fit.state;
    run->state_size = run->fit.state_size;
}

void step_fit_close(step_fit *f)
{
    wsi_free(f->target);
}
