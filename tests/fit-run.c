/* Reductions in memory; see fit-run.h. */
#include "fit-run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "rng.h"

enum { ACCUMULATORS_MAX = 5, RECTS_MAX = 24, GUARD = 64, GUARD_BYTE = 0xC3 };

typedef struct fitter {
    const wsi_op *op;
    const wsi_image *src;
    wsi_fit_call call;
    double *fit;
    wsi_pixfmt in[WSI_OP_INPUTS_MAX];
    rng rng;
    int cut; /* 0: one piece, one accumulator */
} fitter;

static void *must(void *p)
{
    if (p) return p;
    fputs("fit-run: out of memory\n", stderr);
    abort();
}

/* Zeroed, between guard bytes. */
static unsigned char *accumulator_make(const fitter *f, size_t size)
{
    const size_t total = (size + 63) / 64 * 64 + 2 * GUARD;
    unsigned char *base = (unsigned char *)must(aligned_alloc(64, total));
    memset(base, GUARD_BYTE, total);
    memset(base + GUARD, 0, size);
    if (f->op->reduction->init) f->op->reduction->init(&f->call, base + GUARD);
    return base + GUARD;
}

static void accumulator_free(const fitter *f, unsigned char *acc, size_t size)
{
    for (int i = 0; i < GUARD; i++)
        if (acc[-1 - i] != GUARD_BYTE || acc[size + (size_t)i] != GUARD_BYTE) {
            fprintf(stderr, "%s writes outside its accumulator of %zu bytes\n", f->op->name, size);
            abort();
        }
    free(acc - GUARD);
}

/* Cuts one of the rectangles in two, n times. */
static int cut_rects(fitter *f, wsi_rect rects[RECTS_MAX])
{
    int n = 1;
    rects[0] = (wsi_rect){0, 0, f->call.w, f->call.h};
    for (int64_t k = f->cut ? rng_below(&f->rng, RECTS_MAX) : 0; k > 0; k--) {
        wsi_rect *a = &rects[rng_below(&f->rng, n)], *b = &rects[n];
        const int across = rng_below(&f->rng, 2) == 0;
        if ((across ? a->w : a->h) < 2) continue;
        const int64_t at = 1 + rng_below(&f->rng, (across ? a->w : a->h) - 1);
        *b = across ? (wsi_rect){a->x + at, a->y, a->w - at, a->h} : (wsi_rect){a->x, a->y + at, a->w, a->h - at};
        if (across)
            a->w = at;
        else
            a->h = at;
        n++;
    }
    for (int i = n - 1; i > 0; i--) {
        const int64_t k = rng_below(&f->rng, i + 1);
        const wsi_rect kept = rects[i];
        rects[i] = rects[k];
        rects[k] = kept;
    }
    return n;
}

static void give(const fitter *f, wsi_rect rect, void *acc)
{
    wsi_image im[WSI_OP_INPUTS_MAX];
    for (int i = 0; i < f->call.inputs; i++) im[i] = wsi_image_crop(&f->src[i], rect);
    f->op->reduction->accumulate(&f->call, im, rect.x, rect.y, acc);
}

/* Merges all into the one that is given back. */
static unsigned char *merge_all(fitter *f, unsigned char **acc, int n, size_t size)
{
    while (n > 1) {
        const int64_t from = rng_below(&f->rng, n);
        unsigned char *other = acc[from];
        acc[from] = acc[--n];
        f->op->reduction->merge(&f->call, acc[rng_below(&f->rng, n)], other);
        accumulator_free(f, other, size);
    }
    return acc[0];
}

/* After the round before the last one. */
static wsi_status speculate(const fitter *f, const void *acc, double *guess, fit_result *out, wsi_error *err)
{
    memcpy(guess, f->fit, (size_t)out->count * sizeof *guess);
    out->speculated = 1;
    return f->op->reduction->speculate(&f->call, acc, guess, err);
}

static wsi_status run_round(fitter *f, int rounds, double *guess, fit_result *out, wsi_error *err)
{
    const wsi_reduction *r = f->op->reduction;
    const size_t size = r->size(&f->call);
    unsigned char *acc[ACCUMULATORS_MAX];
    wsi_rect rects[RECTS_MAX];
    const int n = cut_rects(f, rects), k = f->cut ? 1 + (int)rng_below(&f->rng, ACCUMULATORS_MAX) : 1;
    for (int i = 0; i < k; i++) acc[i] = accumulator_make(f, size);
    for (int i = 0; i < n; i++) give(f, rects[i], acc[rng_below(&f->rng, k)]);
    unsigned char *all = merge_all(f, acc, k, size);
    wsi_status status = r->finalise(&f->call, all, f->fit, err);
    if (status == WSI_OK && r->speculate && f->call.round == rounds - 2) status = speculate(f, all, guess, out, err);
    accumulator_free(f, all, size);
    return status;
}

static int same_values(const double *a, const double *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i]))) return 0;
    return 1;
}

/* None for a reference's own fit, where the operation cannot do without another. */
static wsi_status make_state(fitter *f, fit_result *out, wsi_error *err)
{
    const wsi_reduction *r = f->op->reduction;
    if (r->takes_target == 2 && !f->call.target) return WSI_OK;
    out->state_size = r->state_size ? r->state_size(&f->call) : f->op->state_size;
    out->state = must(wsi_calloc(1, out->state_size + 1));
    if (r->prepare) WSI_FORWARD(r->prepare(&f->call, out->state, err));
    return WSI_OK;
}

static void about(fitter *f, const wsi_op *op, const void *params, const wsi_image *src, int inputs)
{
    *f = (fitter){.op = op, .src = src};
    for (int i = 0; i < inputs; i++) f->in[i] = src[i].fmt;
    f->call = (wsi_fit_call){.params = params, .in = f->in, .inputs = inputs, .w = src[0].w, .h = src[0].h};
}

wsi_status fit_run(const wsi_op *op, const void *params, const wsi_image *src, int inputs, const double *target,
                   uint64_t seed, fit_result *out, wsi_error *err)
{
    fitter f = {.op = op, .src = src, .rng = {seed ? seed : 1}, .cut = seed != 0};
    memset(out, 0, sizeof *out);
    for (int i = 0; i < inputs; i++) f.in[i] = src[i].fmt;
    f.call =
        (wsi_fit_call){.params = params, .in = f.in, .inputs = inputs, .w = src[0].w, .h = src[0].h, .target = target};
    out->count = wsi_fit_count(op->reduction, &f.call);
    f.call.fit = f.fit = out->fit = (double *)must(wsi_calloc((size_t)out->count + 1, sizeof *f.fit));
    double *guess = (double *)must(wsi_calloc((size_t)out->count + 1, sizeof *guess));
    const int rounds = op->reduction->rounds ? op->reduction->rounds(&f.call) : 1;
    wsi_status status = WSI_OK;
    for (; f.call.round < rounds && status == WSI_OK; f.call.round++) status = run_round(&f, rounds, guess, out, err);
    if (status == WSI_OK && out->speculated) out->speculated += same_values(guess, out->fit, out->count);
    wsi_free(guess);
    return status == WSI_OK ? make_state(&f, out, err) : status;
}

int fit_same(const fit_result *a, const fit_result *b)
{
    return a->count == b->count && a->state_size == b->state_size && same_values(a->fit, b->fit, a->count) &&
           memcmp(a->state, b->state, a->state_size) == 0;
}

static void write_values(FILE *f, const double *v, int64_t n)
{
    fputc('[', f);
    for (int64_t i = 0; i < n; i++) {
        if (i) fputs(", ", f);
        if (isnan(v[i]))
            fputs("NaN", f);
        else if (isinf(v[i]))
            fputs(v[i] > 0 ? "Infinity" : "-Infinity", f);
        else
            fprintf(f, "%.17g", v[i]);
    }
    fputs("], ", f);
}

int fit_write(const wsi_op *op, const void *params, const fit_result *r, const wsi_image *src, int inputs,
              const char *path)
{
    wsi_fit_field fields[WSI_FIT_FIELDS_MAX];
    fitter f;
    about(&f, op, params, src, inputs);
    const int n = op->reduction->fields(&f.call, fields);
    const double *v = r->fit;
    FILE *file = fopen(path, "w");
    if (!file) return 0;
    fputc('{', file);
    for (int i = 0; i < n; v += fields[i++].count) {
        fprintf(file, "\"%s\": ", fields[i].name);
        write_values(file, v, fields[i].count);
    }
    fprintf(file, "\"speculated\": %d}\n", r->speculated);
    return fclose(file) == 0;
}

void fit_clear(fit_result *r)
{
    wsi_free(r->fit);
    wsi_free(r->state);
    memset(r, 0, sizeof *r);
}
