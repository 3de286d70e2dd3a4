/* Operations of any kind over whole images; see oprun-chain.h. An operation that stands for steps is run step by step,
 * every result in memory. */
#include "oprun-chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { STEPS_MAX = 16, SPEC_MAX = 4096 };

static void run_tiles(oprun *run, const oprun_how *how, const wsi_image *src, const wsi_image *dst)
{
    const int64_t tile = how->options.tile, edge = tile > 0 ? tile : wsi_max64(dst->w, dst->h);
    for (int64_t y = 0; y < dst->h; y += edge)
        for (int64_t x = 0; x < dst->w; x += edge) {
            const wsi_rect rect = wsi_rect_intersect((wsi_rect){x, y, edge, edge}, (wsi_rect){0, 0, dst->w, dst->h});
            const wsi_image part = wsi_image_crop(dst, rect);
            oprun_tile(run, how->isa, src, rect, NULL, &part);
        }
}

static wsi_status run_prepared(oprun *run, const oprun_how *how, const wsi_image *src, wsi_image *out,
                               whole_table *table, wsi_error *err)
{
    const wsi_rect frame = oprun_frame(run, &src[0]);
    if (how->store != WSI_DTYPE_COUNT) run->out.type = how->store;
    *out = (wsi_image){NULL, 0, frame.w, frame.h, run->out};
    if (run->op->whole && !run->op->whole->read) return whole_run(run, src, &how->options, NULL, table, err);
    run->reference = how->reference;
    WSI_FORWARD(oprun_fit(run, src, how->options.tile > 0 ? (uint64_t)how->options.tile : 0, err));
    if (how->fit && run->op->reduction && !fit_write(run->op, run->params, &run->fit, src, run->inputs, how->fit))
        return wsi_error_set(err, WSI_ERR_OUTPUT, "cannot write %s", how->fit);
    *out = oprun_image(run->out, frame.w, frame.h);
    if (run->op->whole) return whole_run(run, src, &how->options, out, table, err);
    run_tiles(run, how, src, out);
    return WSI_OK;
}

/* The images that an expansion's steps may name. */
typedef struct scope {
    int count;
    char name[STEPS_MAX + 1][32]; /* "" = none */
    wsi_image image[STEPS_MAX + 1];
} scope;

static const wsi_image *named(const scope *s, const char *name, size_t length)
{
    for (int i = 0; i < s->count; i++)
        if (strlen(s->name[i]) == length && memcmp(s->name[i], name, length) == 0) return &s->image[i];
    fprintf(stderr, "an expansion names '%.*s', which is none of its results\n", (int)length, name);
    abort();
}

/* "op:from=@a,k=@b,j=1" becomes "op:k=@1,j=1" with inputs a, b. */
static int bind(const scope *s, const char *step, char *spec, wsi_image *in)
{
    size_t used = 0;
    int inputs = 1;
    in[0] = s->image[s->count - 1];
    while (*step) {
        const char *at = strchr(step, '@');
        if (!at) at = step + strlen(step);
        const size_t name = *at ? strcspn(at + 1, ",: ") : 0;
        const int from = *at && at - step >= 5 && memcmp(at - 5, "from=", 5) == 0;
        const size_t plain = (size_t)(at - step) - (from ? 5 : 0);
        memcpy(spec + used, step, plain);
        used += plain;
        step = at + (*at ? 1 + name : 0);
        if (from) {
            in[0] = *named(s, at + 1, name);
            step += *step == ',';
        } else if (*at) {
            in[inputs] = *named(s, at + 1, name);
            used += (size_t)sprintf(spec + used, "@%d", inputs++); /* banned-ok: a digit for a name */
        }
    }
    spec[used] = '\0';
    if (used && (spec[used - 1] == ',' || spec[used - 1] == ':')) spec[used - 1] = '\0';
    return inputs;
}

/* One step of an expansion, "op:... as NAME" or without a name, without blanks around it. */
static wsi_status run_step(scope *s, char *step, const oprun_how *how, whole_table *table, wsi_error *err)
{
    char spec[SPEC_MAX];
    wsi_image in[WSI_OP_INPUTS_MAX];
    oprun_how own = *how;
    char *as = strstr(step, " as ");
    if (as) *as = '\0';
    if (strlen(step) + STEPS_MAX >= sizeof spec || s->count > STEPS_MAX) abort();
    const int inputs = bind(s, step, spec, in);
    own.store = WSI_DTYPE_COUNT;
    wsi_image *out = &s->image[s->count];
    WSI_FORWARD(oprun_image_of(spec, &own, in, inputs, out, table, err));
    snprintf(s->name[s->count++], sizeof s->name[0], "%s", as ? as + 4 : "");
    return WSI_OK;
}

static wsi_status run_steps(const oprun *run, const oprun_how *how, const wsi_image *src, wsi_image *out,
                            whole_table *table, wsi_error *err)
{
    char text[SPEC_MAX];
    scope s = {.count = 1, .name = {"input"}, .image = {src[0]}};
    wsi_status status = WSI_OK;
    if (run->op->expand(run->params, text, sizeof text) >= (int)sizeof text) abort();
    for (char *step = text; step && status == WSI_OK;) {
        char *next = strchr(step, '|');
        if (next) *next++ = '\0';
        while (*step == ' ') step++;
        for (size_t n = strlen(step); n && step[n - 1] == ' '; n--) step[n - 1] = '\0';
        if (table) whole_table_clear(table);
        status = run_step(&s, step, how, table, err);
        step = next;
    }
    for (int i = 1; i < s.count - (status == WSI_OK); i++) wsi_free(s.image[i].data);
    if (status == WSI_OK) *out = s.image[s.count - 1];
    return status;
}

wsi_status oprun_image_of(const char *spec, const oprun_how *how, const wsi_image *src, int inputs, wsi_image *out,
                          whole_table *table, wsi_error *err)
{
    oprun run = {0};
    wsi_pixfmt in[WSI_OP_INPUTS_MAX];
    for (int i = 0; i < inputs; i++) in[i] = src[i].fmt;
    memset(out, 0, sizeof *out);
    if (table) memset(table, 0, sizeof *table);
    wsi_status status = oprun_parse(&run, spec, err);
    if (status == WSI_OK && run.op->expand && run.op->expand(run.params, NULL, 0) > 0) {
        status = run_steps(&run, how, src, out, table, err);
    } else if (status == WSI_OK) {
        status = oprun_prepare(&run, in, inputs, err);
        if (status == WSI_OK) status = run_prepared(&run, how, src, out, table, err);
        if (status != WSI_OK) wsi_free(out->data);
    }
    if (status != WSI_OK) out->data = NULL;
    oprun_clear(&run);
    return status;
}
