/* One operation without the pipeline; see oprun.h. Scratch lies between guard bytes that are checked. */
#include "oprun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { GUARD = 64, GUARD_BYTE = 0xA5 };

static void *must(void *p)
{
    if (p) return p;
    fputs("oprun: out of memory\n", stderr);
    abort();
}

wsi_image oprun_image(wsi_pixfmt fmt, int64_t w, int64_t h)
{
    const size_t row = (size_t)w * wsi_pixfmt_size(fmt);
    return (wsi_image){must(wsi_calloc((size_t)h * row + 1, 1)), (ptrdiff_t)row, w, h, fmt};
}

static wsi_status set_value(oprun *run, const char *key, const char *value, wsi_error *err)
{
    const int i = wsi_param_find(run->op->params, run->op->param_count, key);
    WSI_RETURN_IF(i < 0, WSI_ERR_CHAIN, "%s has no parameter '%s'", run->op->name, key);
    const wsi_param *row = &run->op->params[i];
    if (value[0] == '@') {
        const wsi_operand operand = {atoi(value + 1), 0};
        memcpy((char *)run->params + row->offset, &operand, sizeof operand);
        return WSI_OK;
    }
    return wsi_param_parse(row, value, run->params, err);
}

/* Splits "key=value,key=[a,b]" at commas outside brackets, in place. */
static wsi_status set_all(oprun *run, char *text, wsi_error *err)
{
    while (text && *text) {
        int depth = 0;
        char *end = text;
        for (; *end && (*end != ',' || depth); end++) depth += (*end == '[') - (*end == ']');
        char *next = *end ? end + 1 : NULL;
        *end = '\0';
        char *equals = strchr(text, '=');
        WSI_RETURN_IF(!equals, WSI_ERR_CHAIN, "'%s' is not key=value", text);
        *equals = '\0';
        WSI_FORWARD(set_value(run, text, equals + 1, err));
        text = next;
    }
    return WSI_OK;
}

wsi_status oprun_parse(oprun *run, const char *spec, wsi_error *err)
{
    char *text = (char *)must(wsi_strdup(spec));
    char *colon = strchr(text, ':');
    if (colon) *colon = '\0';
    run->op = wsi_op_find(text);
    wsi_status status = WSI_OK;
    if (!run->op) {
        status = wsi_error_set(err, WSI_ERR_CHAIN, "no operation '%s'", text);
    } else {
        run->params = must(wsi_calloc(1, run->op->params_size + 1));
        status = wsi_param_defaults(run->op->params, run->op->param_count, run->params, err);
        if (status == WSI_OK && colon) status = set_all(run, colon + 1, err);
        if (status == WSI_OK && run->op->check) status = run->op->check(run->params, err);
    }
    wsi_free(text);
    return status;
}

static void clear_state(oprun *run)
{
    if (!run->op || !run->op->reduction) wsi_free(run->state);
    run->state = NULL;
    run->state_size = 0;
    fit_clear(&run->fit);
    fit_clear(&run->target);
}

/* 1 when there is something to be learnt first. */
static int learns(const oprun *run)
{
    const wsi_reduction *r = run->op->reduction;
    const wsi_fit_call call = {.params = run->params, .in = run->in, .inputs = run->inputs, .w = 1, .h = 1};
    return r && (!r->rounds || r->rounds(&call) > 0);
}

wsi_status oprun_prepare(oprun *run, const wsi_pixfmt *in, int inputs, wsi_error *err)
{
    run->inputs = inputs;
    memcpy(run->in, in, (size_t)inputs * sizeof *in);
    WSI_FORWARD(run->op->resolve(run->params, in, inputs, &run->out, err));
    clear_state(run);
    if (learns(run)) return WSI_OK; /* oprun_fit makes it */
    run->state_size = run->op->state_size;
    run->state = run->op->state_size ? must(wsi_calloc(1, run->op->state_size)) : NULL;
    if (run->op->reduction) run->fit.state = run->state;
    if (run->op->prepare) WSI_FORWARD(run->op->prepare(run->params, in, inputs, run->state, err));
    return WSI_OK;
}

wsi_status oprun_fit(oprun *run, const wsi_image *src, uint64_t seed, wsi_error *err)
{
    wsi_status status = WSI_OK;
    if (!run->op->reduction) return WSI_OK;
    clear_state(run);
    WSI_RETURN_IF(run->op->reduction->takes_target == 2 && !run->reference, WSI_ERR_CHAIN, "%s needs a reference",
                  run->op->name);
    if (run->reference) status = fit_run(run->op, run->params, run->reference, run->inputs, NULL, 0, &run->target, err);
    if (status == WSI_OK)
        status = fit_run(run->op, run->params, src, run->inputs, run->target.fit, seed, &run->fit, err);
    run->state = run->fit.state;
    run->state_size = run->fit.state_size;
    return status;
}

int oprun_kernel_inputs(const oprun *run)
{
    return run->op->kernel_inputs ? run->op->kernel_inputs : run->inputs;
}

wsi_halo oprun_halo(const oprun *run)
{
    return run->op->halo ? run->op->halo(run->params) : (wsi_halo){0, 0};
}

void oprun_prepare_size(oprun *run, int64_t w, int64_t h)
{
    wsi_error err = {0};
    if (run->op->reduction || !run->op->prepare_size ||
        run->op->prepare_size(run->params, w, h, run->state, &err) == WSI_OK)
        return;
    fprintf(stderr, "%s refuses %lld x %lld pixels: %s\n", run->op->name, (long long)w, (long long)h, err.message);
    abort();
}

wsi_rect oprun_frame(const oprun *run, const wsi_image *src)
{
    return wsi_scale_frame(wsi_op_scale(run->op, run->params), (wsi_rect){0, 0, src->w, src->h});
}

wsi_rect oprun_crop(const oprun *run, const wsi_image *src, wsi_rect rect, wsi_halo halo, int64_t *ox, int64_t *oy)
{
    const wsi_scale s = wsi_op_scale(run->op, run->params);
    const wsi_rect all = {0, 0, src->w, src->h};
    const wsi_rect crop = wsi_rect_intersect(wsi_rect_grow(wsi_scale_back(s, rect), halo.x, halo.y), all);
    *ox = rect.x * s.down_x - crop.x * s.up_x;
    *oy = rect.y * s.down_y - crop.y * s.up_y;
    return crop;
}

/* Where the caller has not done so. */
static void fit_or_abort(oprun *run, const wsi_image *src)
{
    wsi_error err = {0};
    if (!run->op->reduction || run->fit.fit || oprun_fit(run, src, 0, &err) == WSI_OK) return;
    fprintf(stderr, "%s cannot be fitted: %s\n", run->op->name, err.message);
    abort();
}

static char *guarded_scratch(oprun *run, size_t size)
{
    const size_t total = (size + 63) / 64 * 64 + 2 * GUARD;
    if (total > run->scratch_size) {
        free(run->scratch);
        run->scratch = must(aligned_alloc(64, total));
        run->scratch_size = total;
    }
    char *scratch = (char *)run->scratch + GUARD;
    memset(run->scratch, GUARD_BYTE, GUARD);
    memset(scratch + size, GUARD_BYTE, GUARD);
    return scratch;
}

static void check_guards(const oprun *run, const char *scratch, size_t size)
{
    for (int i = 0; i < GUARD; i++) {
        if ((unsigned char)scratch[-1 - i] == GUARD_BYTE && (unsigned char)scratch[size + (size_t)i] == GUARD_BYTE)
            continue;
        fprintf(stderr, "%s writes outside its scratch of %zu bytes\n", run->op->name, size);
        abort();
    }
}

void oprun_tile(oprun *run, wsi_isa isa, const wsi_image *src, wsi_rect rect, const wsi_halo *halo,
                const wsi_image *dst)
{
    const wsi_halo reach = halo ? *halo : oprun_halo(run);
    const int inputs = oprun_kernel_inputs(run);
    const size_t size = run->op->scratch ? run->op->scratch(run->params, run->in, inputs, rect.w, rect.h) : 0;
    char *scratch = guarded_scratch(run, size);
    fit_or_abort(run, src);
    oprun_prepare_size(run, src[0].w, src[0].h);
    wsi_kernel_args args = {.params = run->params, .state = run->state, .inputs = inputs, .dst = *dst};
    for (int i = 0; i < inputs; i++) {
        const wsi_rect crop = oprun_crop(run, &src[i], rect, reach, &args.ox[i], &args.oy[i]);
        args.src[i] = wsi_image_crop(&src[i], crop);
    }
    args.at_x = rect.x;
    args.at_y = rect.y;
    args.scratch = scratch;
    run->op->kernel(isa)(&args);
    check_guards(run, scratch, size);
}

void oprun_clear(oprun *run)
{
    clear_state(run);
    wsi_free(run->params);
    free(run->scratch);
    memset(run, 0, sizeof *run);
}
