/* One program over the registry: every operation, on every instruction set and pixel type, with random legal
 * parameters, sizes from 1x1, crops at every combination of slide edges, noise and extreme fills.
 *
 *   - the plain build against a naive float64 reference, within the row's tolerance;
 *   - every other instruction set against the plain one, bit for bit, also with NaN and infinities;
 *   - tiles cut by the clamped-crop rule, and larger crops, against the whole image, bit for bit;
 *   - a halo one pixel smaller must not do (over all cases of an operation);
 *   - results stored in another type against a following cast;
 *   - guard bytes around every output and scratch;
 *   - what is learnt of the whole image first: the same bits however it was cut, and merged.
 *
 * With --backend cuda every case runs on the first GPU instead and is compared with the plain build, bit for bit; and
 * groups of steps run there as one kernel (--op groups: these alone).
 *
 * usage: checkop [--seed N] [--op NAME] [--share I/N] [--rounds N] [--backend cpu|cuda] [--bench] [--json FILE] */
#include "checkop-data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkop-bench.h"
#include "checkop-device.h"
#include "common/mem.h"

enum { GUARD = 96, GUARD_BYTE = 0x5A, SPEC_MAX = 16 * WSI_FLOATS_MAX + 512 };

/* What a process takes of the registry: operation i when i % of == number; groups go with number 0. Of one operation on
 * a GPU, where each kernel takes its time to be instrumented: its cases, counted likewise. */
typedef struct share {
    int number, of;
} share;

typedef struct context {
    rng rng;
    uint64_t seed;
    char spec[SPEC_MAX];
    wsi_image src[WSI_OP_INPUTS_MAX], reference[WSI_OP_INPUTS_MAX];
    wsi_rect frame; /* the whole result */
    oprun run;
    int cuda; /* the kernel under test is the GPU's */
    share cases_of;
    long turn; /* cases so far, those of other processes too */
    int failures;
    long cases, references, skipped; /* skipped: operations without a kernel */
    int halo_x_needed, halo_y_needed, halo_x_seen, halo_y_seen;
} context;

static void fail(context *c, const char *what)
{
    fprintf(stderr, "FAILED %s: %s (%s x %d, %lldx%lld; --seed %llu --op %s)\n", c->spec, what,
            wsi_dtype_name(c->src[0].fmt.type), c->src[0].fmt.channels, (long long)c->src[0].w, (long long)c->src[0].h,
            (unsigned long long)c->seed, c->run.op ? c->run.op->name : "?");
    c->failures++;
}

/* An image in the middle of guard bytes, at any sample address. */
typedef struct guarded {
    wsi_image im;
    unsigned char *base;
    size_t bytes;
} guarded;

static guarded guarded_image(context *c, wsi_pixfmt fmt, int64_t w, int64_t h)
{
    guarded g;
    const size_t sample = wsi_dtype_size(fmt.type), start = GUARD + (size_t)rng_below(&c->rng, 8) * sample;
    const size_t stride = (size_t)w * wsi_pixfmt_size(fmt) + (size_t)rng_below(&c->rng, 9) * sample;
    g.bytes = start + stride * (size_t)h + GUARD;
    g.base = (unsigned char *)wsi_calloc(g.bytes, 1);
    memset(g.base, GUARD_BYTE, g.bytes);
    g.im = (wsi_image){g.base + start, (ptrdiff_t)stride, w, h, fmt};
    return g;
}

static void check_guards(context *c, const guarded *g)
{
    const size_t row = (size_t)g->im.w * wsi_pixfmt_size(g->im.fmt);
    const unsigned char *first = (const unsigned char *)g->im.data;
    for (size_t i = 0; i < g->bytes; i++) {
        const ptrdiff_t at = g->base + i - first;
        const int inside = at >= 0 && at < g->im.stride * g->im.h && (size_t)(at % g->im.stride) < row;
        if (inside || g->base[i] == GUARD_BYTE) continue;
        fail(c, "writes outside its output");
        return;
    }
}

/* Runs rect; 1 when its bytes are those of the same place in whole. */
static int tile_matches(context *c, wsi_isa isa, wsi_rect rect, const wsi_halo *halo, const wsi_image *whole)
{
    guarded g = guarded_image(c, whole->fmt, rect.w, rect.h);
    const wsi_image want = wsi_image_crop(whole, rect);
    const char *wrong = NULL;
    if (c->cuda)
        wrong = checkop_device_tile(&c->run, &c->rng, c->src, rect, halo, &g.im);
    else
        oprun_tile(&c->run, isa, c->src, rect, halo, &g.im);
    if (wrong) fail(c, wrong);
    const int ok = same_images(&g.im, &want);
    check_guards(c, &g);
    wsi_free(g.base);
    return ok;
}

static wsi_rect whole_rect(const context *c)
{
    return c->frame;
}

static wsi_rect random_rect(context *c)
{
    wsi_rect r;
    r.x = rng_below(&c->rng, c->frame.w);
    r.y = rng_below(&c->rng, c->frame.h);
    r.w = 1 + rng_below(&c->rng, c->frame.w - r.x);
    r.h = 1 + rng_below(&c->rng, c->frame.h - r.y);
    return r;
}

/* Every combination of edges a tile can touch: a 3 x 3 partition at random cuts. */
static void check_partition(context *c, const wsi_image *whole)
{
    const int64_t w = whole->w, h = whole->h;
    const int64_t xs[4] = {0, 1 + rng_below(&c->rng, w), w - rng_below(&c->rng, w), w};
    const int64_t ys[4] = {0, 1 + rng_below(&c->rng, h), h - rng_below(&c->rng, h), h};
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++) {
            const wsi_rect r = {xs[i], ys[j], xs[i + 1] - xs[i], ys[j + 1] - ys[j]};
            if (wsi_rect_empty(r)) continue;
            if (!tile_matches(c, wsi_cpu_best(), r, NULL, whole)) fail(c, "a tile differs from the whole image");
        }
    wsi_halo wide = oprun_halo(&c->run);
    wide.x += rng_below(&c->rng, 9);
    wide.y += rng_below(&c->rng, 9);
    if (!tile_matches(c, WSI_ISA_PLAIN, random_rect(c), &wide, whole)) fail(c, "a larger crop changes the result");
}

/* Notes whether this tile needs the whole halo in x and in y. */
static void observe_tile(context *c, wsi_rect rect, const wsi_image *whole)
{
    const wsi_halo halo = oprun_halo(&c->run);
    const wsi_halo less_x = {halo.x - 1, halo.y}, less_y = {halo.x, halo.y - 1};
    c->halo_x_needed |= halo.x > 0;
    c->halo_y_needed |= halo.y > 0;
    if (halo.x > 0 && !c->halo_x_seen) c->halo_x_seen = !tile_matches(c, WSI_ISA_PLAIN, rect, &less_x, whole);
    if (halo.y > 0 && !c->halo_y_seen) c->halo_y_seen = !tile_matches(c, WSI_ISA_PLAIN, rect, &less_y, whole);
}

/* Weights too small to be seen beside an image's other pixels are seen where those are all zero: a tile whose halo ends
 * at the only bright one. */
static void observe_impulse(context *c)
{
    const wsi_halo halo = oprun_halo(&c->run);
    const wsi_image *src = &c->src[0];
    if (c->run.op->scale) return; /* its result has another frame */
    const wsi_rect across = {halo.x, src->h / 2, src->w - halo.x, 1}, down = {src->w / 2, halo.y, 1, src->h - halo.y};
    for (int k = 0; k < 2; k++) {
        const wsi_rect rect = k ? down : across, at = {k ? src->w / 2 : 0, k ? 0 : src->h / 2, 1, 1};
        if ((k ? c->halo_y_seen : c->halo_x_seen) || wsi_rect_empty(rect)) continue;
        fill_image(&c->rng, src, FILL_ZERO);
        const wsi_image pixel = wsi_image_crop(src, at);
        fill_image(&c->rng, &pixel, FILL_HIGHEST);
        const wsi_image whole = oprun_image(c->run.out, src->w, src->h);
        oprun_tile(&c->run, WSI_ISA_PLAIN, c->src, whole_rect(c), NULL, &whole);
        observe_tile(c, rect, &whole);
        wsi_free(whole.data);
    }
}

/* Notes whether some tile needs the whole halo in x and in y. Spoils the source. */
static void observe_halo(context *c, const wsi_image *whole)
{
    observe_tile(c, (wsi_rect){whole->w / 3, whole->h / 3, (whole->w + 2) / 3, (whole->h + 2) / 3}, whole);
    observe_tile(c, (wsi_rect){0, 0, (whole->w + 2) / 3, (whole->h + 2) / 3}, whole);
    observe_impulse(c);
}

/* The last of the instruction sets to go through; the GPU stands for all of them. */
static int last_isa(const context *c)
{
    return c->cuda ? WSI_ISA_PLAIN : (int)wsi_cpu_best();
}

static void check_instruction_sets(context *c, const wsi_image *whole)
{
    for (int isa = WSI_ISA_PLAIN; isa <= last_isa(c); isa++) {
        if (tile_matches(c, (wsi_isa)isa, whole_rect(c), NULL, whole)) continue;
        char what[64];
        snprintf(what, sizeof what, "%s differs from plain", c->cuda ? "the GPU" : wsi_isa_name((wsi_isa)isa));
        fail(c, what);
    }
}

/* The kernel's own conversion against a cast of its float32 result. */
static void check_stores(context *c, const wsi_image *whole)
{
    for (int type = 0; type < WSI_DTYPE_COUNT; type++) {
        char spec[64];
        wsi_error err;
        oprun cast = {0};
        const wsi_image want = oprun_image((wsi_pixfmt){(wsi_dtype)type, whole->fmt.channels}, whole->w, whole->h);
        snprintf(spec, sizeof spec, "cast:dtype=%s", wsi_dtype_name((wsi_dtype)type));
        if (oprun_parse(&cast, spec, &err) != WSI_OK || oprun_prepare(&cast, &whole->fmt, 1, &err) != WSI_OK)
            fail(c, "cast is refused");
        else
            oprun_tile(&cast, WSI_ISA_PLAIN, whole, whole_rect(c), NULL, &want);
        for (int isa = WSI_ISA_PLAIN; isa <= last_isa(c); isa++)
            if (!tile_matches(c, (wsi_isa)isa, whole_rect(c), NULL, &want)) fail(c, "stored type differs from a cast");
        oprun_clear(&cast);
        wsi_free(want.data);
    }
}

/* Largest finite |value|, at least `least`. */
static double magnitude(const plane *p, double least)
{
    const int64_t n = p->w * p->h * p->channels;
    for (int64_t i = 0; i < n; i++)
        if (__builtin_isfinite(p->v[i]) && p->v[i] != CHECKOP_ANY && __builtin_fabs(p->v[i]) > least)
            least = __builtin_fabs(p->v[i]);
    return least;
}

/* Largest |difference| over the scale; infinite where only one is not finite. */
static double error_of(const plane *got, const plane *want, double scale)
{
    double worst = 0;
    const int64_t n = want->w * want->h * want->channels;
    for (int64_t i = 0; i < n; i++) {
        const int both = isnan(got->v[i]) && isnan(want->v[i]);
        const int same = got->v[i] == want->v[i] || both || want->v[i] == CHECKOP_ANY;
        const double d = same ? 0 : __builtin_fabs(got->v[i] - want->v[i]) / scale;
        if (!(d <= worst)) worst = d;
    }
    return worst;
}

/* The scale of errors, at least `least`: on an image's own scale (own: whatever the parameters), and with values beyond
 * its edges, sums of large values of both signs cancel. */
static double input_scale(const context *c, const plane *in, int own, double least)
{
    const wsi_op *op = c->run.op;
    const int keeps = wsi_param_find(op->params, op->param_count, "preserve_range") >= 0;
    const int cval = wsi_param_find(op->params, op->param_count, "cval") >= 0;
    const double scale = cval ? fmax(least, __builtin_fabs(checkop_number(&c->run, "cval"))) : least;
    return own || (keeps && checkop_number(&c->run, "preserve_range") != 0) ? magnitude(in, scale) : scale;
}

static void check_reference(context *c, const wsi_image *whole)
{
    plane in[WSI_OP_INPUTS_MAX] = {{0}}, got = plane_of(whole), want = plane_of(whole);
    for (int i = 0; i < c->run.inputs; i++) in[i] = plane_of(&c->src[i]);
    checkop_find_row(c->run.op->name)->reference(&c->run, in, &want);
    double scale = magnitude(&want, 1);
    const char *name = c->run.op->name;
    const int own = strcmp(name, "sato") == 0 || strcmp(name, "meijering") == 0 || strcmp(name, "hessian_norm") == 0;
    scale = wsi_dtype_size(got.type) <= 2 ? 1 : input_scale(c, &in[0], own, scale); /* levels are counted */
    const double error = error_of(&got, &want, scale);
    const double allowed = c->run.op->exactness == WSI_EXACT ? 0 : c->run.op->tolerance;
    if (!(error <= allowed)) {
        char what[96];
        snprintf(what, sizeof what, "off the reference by %.3g, allowed %.3g", error, allowed);
        fail(c, what);
    }
    c->references++;
    for (int i = 0; i < c->run.inputs; i++) wsi_free(in[i].v);
    wsi_free(got.v);
    wsi_free(want.v);
}

/* Pipelines plan for their largest rectangle: a smaller one never takes more. */
static void check_scratch(context *c)
{
    const oprun *r = &c->run;
    size_t (*const sizes[2])(const void *, const wsi_pixfmt *, int, int64_t, int64_t) = {r->op->scratch,
                                                                                         r->op->cuda_scratch};
    for (int i = 0; i < 2 * 24; i++) {
        const int64_t w = 1 + rng_below(&c->rng, 3000), h = 1 + rng_below(&c->rng, 3000);
        const int64_t less_w = 1 + rng_below(&c->rng, w), less_h = 1 + rng_below(&c->rng, h);
        if (!sizes[i % 2]) continue;
        if (sizes[i % 2](r->params, r->in, r->inputs, less_w, less_h) <=
            sizes[i % 2](r->params, r->in, r->inputs, w, h))
            continue;
        fail(c, i % 2 ? "a smaller rectangle takes more scratch on a GPU" : "a smaller rectangle takes more scratch");
        return;
    }
}

static void check_all(context *c, fill how)
{
    c->frame = oprun_frame(&c->run, &c->src[0]);
    check_scratch(c);
    const wsi_image whole = oprun_image(c->run.out, c->frame.w, c->frame.h);
    oprun_tile(&c->run, WSI_ISA_PLAIN, c->src, whole_rect(c), NULL, &whole);
    check_instruction_sets(c, &whole);
    check_partition(c, &whole);
    if (c->run.op->stores_any && c->run.out.type == WSI_F32) check_stores(c, &whole);
    if (how != FILL_SPECIAL && !c->cuda) check_reference(c, &whole);
    if ((how == FILL_NOISE || how == FILL_LEVELS) && !c->cuda) observe_halo(c, &whole);
    wsi_free(whole.data);
    c->cases++;
}

/* What was learnt must not depend on how the image came. */
static void check_fit(context *c)
{
    const oprun *run = &c->run;
    for (int k = 0; k < 2; k++) {
        fit_result other;
        wsi_error err = {0};
        const uint64_t seed = rng_next(&c->rng) | 1;
        if (fit_run(run->op, run->params, c->src, run->inputs, run->target.fit, seed, &other, &err) != WSI_OK)
            fail(c, "is fitted in one piece, but not in several");
        else if (!fit_same(&other, &run->fit))
            fail(c, "the fit depends on how the image was cut");
        fit_clear(&other);
    }
}

/* Images of the inputs' formats, for a reduction that may look at a reference first. */
static void make_reference(context *c)
{
    const int64_t w = 1 + rng_below(&c->rng, 40), h = 1 + rng_below(&c->rng, 40);
    c->run.reference = c->reference;
    for (int i = 0; i < c->run.inputs; i++) {
        c->reference[i] = oprun_image(c->src[i].fmt, w, h);
        fill_image(&c->rng, &c->reference[i], i ? FILL_LEVELS : FILL_NOISE);
    }
}

static void clear_case(context *c, int inputs)
{
    for (int i = 0; i < inputs; i++) {
        if (c->run.reference) wsi_free(c->reference[i].data);
        wsi_free(c->src[i].data);
    }
    oprun_clear(&c->run);
}

/* Learns from the inputs where the operation does so; 0 when it refuses them. */
static int fit_case(context *c)
{
    const wsi_reduction *reduction = c->run.op->reduction;
    wsi_error err = {0};
    if (!reduction) return 1;
    if (reduction->takes_target > rng_below(&c->rng, 2)) make_reference(c);
    if (oprun_fit(&c->run, c->src, 0, &err) == WSI_OK) {
        check_fit(c);
        return 1;
    }
    if ((err.code != WSI_ERR_CHAIN && err.code != WSI_ERR_INPUT_UNSUPPORTED) || !err.message[0])
        fail(c, "is not fitted, without an error of the input");
    return 0;
}

/* One case of c->spec; 1 when the operation took it. */
static int run_case(context *c, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h, fill how)
{
    wsi_error err = {0};
    int taken = 0;
    if (c->turn++ % c->cases_of.of != c->cases_of.number) return 1; /* another process's */
    for (int i = 0; i < inputs; i++) {
        c->src[i] = oprun_image(in[i], w, h);
        fill_image(&c->rng, &c->src[i], i ? FILL_LEVELS : how);
    }
    if (oprun_parse(&c->run, c->spec, &err) == WSI_OK && oprun_prepare(&c->run, in, inputs, &err) == WSI_OK) {
        taken = fit_case(c);
        if (taken) check_all(c, how);
    } else if (err.code != WSI_ERR_CHAIN || !err.message[0]) {
        fail(c, "refused without a CHAIN error");
    }
    clear_case(c, inputs);
    return taken;
}

static int random_case(context *c, const wsi_op *op, wsi_pixfmt fmt)
{
    static const int64_t sizes[] = {1, 1, 2, 3, 5, 8, 16, 21, 33, 64, 70};
    static const int64_t wide[] = {71, 130, 257, 300, 519}; /* several blocks of a GPU's grid */
    const int more = c->cuda && rng_below(&c->rng, 3) == 0;
    const int64_t w = more ? wide[rng_below(&c->rng, 5)] : sizes[rng_below(&c->rng, 11)];
    const int64_t h = more ? wide[rng_below(&c->rng, 3)] : sizes[rng_below(&c->rng, 9)];
    const fill how = (fill)(rng_below(&c->rng, 2) ? FILL_NOISE : rng_below(&c->rng, FILL_COUNT));
    wsi_pixfmt in[WSI_OP_INPUTS_MAX] = {fmt};
    int inputs;
    for (int i = 1; i < WSI_OP_INPUTS_MAX; i++)
        in[i] = (wsi_pixfmt){rng_below(&c->rng, 2) ? fmt.type : (wsi_dtype)rng_below(&c->rng, WSI_DTYPE_COUNT),
                             rng_below(&c->rng, 2) ? 1 : fmt.channels};
    random_spec(&c->rng, op, fmt, c->spec, sizeof c->spec, &inputs);
    return run_case(c, in, inputs, w, h, how);
}

/* The row's own specs. */
static void check_large(context *c, const char *const *specs)
{
    static const int64_t sizes[][2] = {{1, 1}, {7, 5}, {1, 23}, {31, 2}, {13, 11}};
    static const wsi_dtype types[] = {WSI_U8, WSI_I16, WSI_F32};
    for (; specs && *specs; specs++) {
        snprintf(c->spec, sizeof c->spec, "%s", *specs);
        for (size_t k = 0; k < 5 * 3; k++) {
            const wsi_pixfmt in = {types[k % 3], k % 2 ? 1 : 3};
            const fill how = k % 2 ? FILL_NOISE : FILL_LEVELS;
            const wsi_pixfmt gray = {in.type, 1}; /* all that some operations take */
            if (!run_case(c, &in, 1, sizes[k / 3][0], sizes[k / 3][1], how) &&
                !run_case(c, &gray, 1, sizes[k / 3][0], sizes[k / 3][1], how))
                fail(c, "is refused");
        }
    }
}

static int halo_unseen(const context *c)
{
    return !c->cuda && (c->halo_x_needed != c->halo_x_seen || c->halo_y_needed != c->halo_y_seen);
}

/* Of many pixels few tell a mask's operation where its halo ends: more cases until some have. */
static void seek_halo(context *c, const wsi_op *op)
{
    enum { TRIES = 400 };
    for (int k = 0; k < TRIES && halo_unseen(c); k++) {
        wsi_pixfmt in[WSI_OP_INPUTS_MAX];
        int inputs;
        for (int i = 0; i < WSI_OP_INPUTS_MAX; i++) in[i] = (wsi_pixfmt){WSI_U8, k % 2 ? 3 : 1};
        random_spec(&c->rng, op, in[0], c->spec, sizeof c->spec, &inputs);
        (void)run_case(c, in, inputs, 31, 24, FILL_LEVELS);
    }
}

/* More cases of 8-bit RGB for an operation that takes little else, or learns nothing from most noise. */
static int seek_cases(context *c, const wsi_op *op, int taken)
{
    enum { ENOUGH = 12, TRIES = 200 };
    for (int k = 0; k < TRIES && taken < ENOUGH; k++) {
        wsi_pixfmt in[WSI_OP_INPUTS_MAX] = {{WSI_U8, 3}};
        int inputs;
        for (int i = 1; i < WSI_OP_INPUTS_MAX; i++) in[i] = (wsi_pixfmt){WSI_U8, 1};
        random_spec(&c->rng, op, in[0], c->spec, sizeof c->spec, &inputs);
        taken += run_case(c, in, inputs, 64, 40, FILL_NOISE);
        if (!taken) taken += random_case(c, op, k % 2 ? (wsi_pixfmt){WSI_U8, 4} : (wsi_pixfmt){WSI_F32, 1});
    }
    return taken;
}

static void check_op(context *c, const wsi_op *op, int rounds)
{
    static const int channel_counts[] = {1, 3, 2, 4};
    int taken = 0;
    c->halo_x_needed = c->halo_y_needed = c->halo_x_seen = c->halo_y_seen = 0;
    const checkop_row *row = checkop_find_row(op->name);
    if (!row) {
        snprintf(c->spec, sizeof c->spec, "%s", op->name);
        fail(c, "has no reference: add one to tests/checkop-ref-*.c");
        return;
    }
    for (int round = 0; round < rounds; round++)
        for (int type = 0; type < WSI_DTYPE_COUNT; type++)
            taken += random_case(c, op, (wsi_pixfmt){(wsi_dtype)type, channel_counts[round % 4]});
    check_large(c, row->large);
    taken = seek_cases(c, op, taken);
    if (!taken) fail(c, "no case was taken");
    seek_halo(c, op);
    if (halo_unseen(c)) fail(c, "a halo one pixel smaller gives the same result in every case");
}

/* In place of an operation's name: groups of steps on a GPU. */
static int is_groups(const char *name)
{
    return strcmp(name, "groups") == 0;
}

/* Each operation's own, whatever others there are: FNV-1a of its name. */
static uint64_t sequence(uint64_t seed, const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    hash ^= seed * UINT64_C(0x9E3779B97F4A7C15);
    return hash ? hash : 1;
}

static int run_checks(uint64_t seed, const char *only, share mine, int rounds, int cuda)
{
    context c = {.seed = seed, .cuda = cuda, .cases_of = only && cuda ? mine : (share){0, 1}};
    if (only) mine = (share){0, 1};
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    for (int i = 0; i < count; i++) {
        if ((only && strcmp(only, ops[i]->name) != 0) || i % mine.of != mine.number) continue;
        if (!ops[i]->kernel) {
            printf("%-20s no kernel: checked on whole images\n", ops[i]->name);
            c.skipped++;
            continue;
        }
        c.rng.state = sequence(seed, ops[i]->name);
        const long before = c.cases;
        check_op(&c, ops[i], rounds);
        printf("%-20s %ld cases\n", ops[i]->name, c.cases - before);
        fflush(stdout); /* a run that is cut short tells how far it came */
    }
    if (cuda && (only ? is_groups(only) : mine.number == 0)) {
        c.failures += checkop_device_groups(seed, rounds);
        c.cases++;
    }
    printf("%ld cases, %ld against a reference, %d failures, %s %s, seed %llu\n", c.cases, c.references, c.failures,
           cuda ? "on" : "best instruction set",
           cuda ? wsi_device_about(checkop_device())->name : wsi_isa_name(wsi_cpu_best()), (unsigned long long)seed);
    return c.failures || !(c.cases + c.skipped) ? 1 : 0;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    const char *only = NULL, *json = NULL;
    share mine = {0, 1};
    int rounds = 60, bench = 0, cuda = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--bench") == 0)
            bench = 1;
        else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--backend") == 0)
            cuda = strcmp(argv[++i], "cuda") == 0;
        else if (i + 1 < argc && strcmp(argv[i], "--json") == 0)
            json = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--rounds") == 0)
            rounds = (int)strtol(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--op") == 0)
            only = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--share") == 0 &&
                 sscanf(argv[i + 1], "%d/%d", &mine.number, &mine.of) == 2 && mine.number >= 0 && mine.of > mine.number)
            i++;
        else
            return fprintf(stderr,
                           "usage: checkop [--seed N] [--op NAME] [--share I/N] [--rounds N] [--backend cpu|cuda] "
                           "[--bench] [--json FILE]\n"),
                   2;
    }
    if (only && !wsi_op_find(only) && !is_groups(only)) return fprintf(stderr, "checkop: no operation '%s'\n", only), 2;
    if (!cuda) return bench ? checkop_bench(only) : run_checks(seed ? seed : 1, only, mine, rounds, 0);
    if (!checkop_device_open()) return 77;
    const int status = bench ? checkop_device_bench(only, json) : run_checks(seed ? seed : 1, only, mine, rounds, 1);
    checkop_device_close();
    return status;
}
