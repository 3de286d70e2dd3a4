/* Resampling: for each row of the result the input's rows are summed along y, and that line then along x. */
#include "isa.h"

#include "kernels/edge.h"
#include "kernels/op.h"
#include "kernels/px/resample-px.h"
#include "rows.h"

/* A call: where its crop lies in the whole input, and its part of a line. */
typedef struct resampling {
    const wsi_kernel_args *args;
    const wsi_resample_state *s;
    int64_t crop_x, crop_y; /* of the crop's first pixel, in the whole input */
    wsi_px_columns at;
    int channels, taps; /* along x */
    float *line, *row, *out, *weights;
    int32_t *starts; /* of each result pixel's taps in a line, in floats */
} resampling;

/* Taps of each column of the result. */
static void place_columns(resampling *r)
{
    const wsi_resample_axis *axis = &r->s->x;
    const int64_t w = r->args->dst.w, at_x = r->args->at_x;
    r->taps = wsi_px_resample_taps(axis, r->s->order);
    r->at = wsi_px_resample_columns(r->s, at_x, w, r->crop_x, r->args->src[0].w);
    for (int64_t x = 0; x < w; x++) {
        const wsi_px_place p = wsi_px_resample_place(at_x + x, axis, r->s->order);
        r->starts[x] = (int32_t)((p.first - r->crop_x - r->at.base) * r->channels);
        for (int k = 0; k < r->taps; k++)
            r->weights[x * r->taps + k] = wsi_px_resample_tap(axis, k, p.toward, r->s->order);
    }
}

static resampling begin(const wsi_kernel_args *args)
{
    const wsi_resample_state *s = (const wsi_resample_state *)args->state;
    const int channels = args->dst.fmt.channels;
    const int radius = s->x.radius;
    const wsi_resample_layout l = wsi_resample_plan(args->dst.w, channels, s->down, s->up, radius);
    float *floats = (float *)args->scratch;
    resampling r = {.args = args,
                    .s = s,
                    .crop_x = (args->at_x * s->down - args->ox[0]) / s->up,
                    .crop_y = (args->at_y * s->down - args->oy[0]) / s->up,
                    .channels = channels,
                    .line = floats + l.line,
                    .row = floats + l.row,
                    .out = floats + l.out,
                    .weights = floats + l.weights,
                    .starts = (int32_t *)(void *)(floats + l.starts)};
    place_columns(&r);
    return r;
}

static void add_row(float *restrict line, const float *restrict row, float weight, int64_t n)
{
    for (int64_t i = 0; i < n; i++) line[i] += weight * row[i];
}

static void add_constant(float *restrict line, float value, float weight, int64_t n)
{
    for (int64_t i = 0; i < n; i++) line[i] += weight * value;
}

/* The sum along y of result row y, for the line's columns within the crop. */
static void sum_rows(const resampling *r, float *line, int64_t y)
{
    const wsi_image *src = &r->args->src[0];
    const wsi_resample_axis *axis = &r->s->y;
    const wsi_px_place p = wsi_px_resample_place(r->args->at_y + y, axis, r->s->order);
    const int64_t n = (r->at.hi - r->at.lo) * r->channels;
    const int taps = wsi_px_resample_taps(axis, r->s->order);
    for (int64_t i = 0; i < n; i++) line[i] = 0.0f;
    for (int k = 0; k < taps; k++) {
        const float weight = wsi_px_resample_tap(axis, k, p.toward, r->s->order);
        const int64_t from = wsi_edge_map((wsi_edge)r->s->mode, p.first + k - r->crop_y, src->h);
        if (from < 0) {
            add_constant(line, r->s->outside, weight, n);
            continue;
        }
        const char *at = (const char *)wsi_image_row(src, from) + (size_t)r->at.lo * wsi_pixfmt_size(src->fmt);
        if (src->fmt.type != WSI_F32) WSI_CPU(load_row)(r->row, at, src->fmt.type, r->s->symmetric, (size_t)n);
        add_row(line, src->fmt.type == WSI_F32 ? (const float *)(const void *)at : r->row, weight, n);
    }
}

/* The line's columns beyond the crop. */
static void extend(const resampling *r)
{
    const int c = r->channels;
    for (int64_t x = r->at.first; x < r->at.end; x++) {
        if (x == r->at.lo) x = r->at.hi;
        if (x >= r->at.end) break;
        const int64_t from = wsi_edge_map((wsi_edge)r->s->mode, x, r->args->src[0].w);
        float *to = r->line + (x - r->at.base) * c;
        const float *inside = r->line + (from - r->at.base) * c;
        for (int k = 0; k < c; k++) to[k] = from < 0 ? r->s->beside : inside[k];
    }
}

static void sum_columns(const resampling *r)
{
    const int channels = r->channels, taps = r->taps;
    float *restrict out = r->out;
    for (int64_t x = 0; x < r->args->dst.w; x++) {
        const float *w = r->weights + x * taps, *at = r->line + r->starts[x];
        for (int c = 0; c < channels; c++) {
            float sum = 0.0f;
            for (int k = 0; k < taps; k++) sum += w[k] * at[k * channels + c];
            *out++ = sum;
        }
    }
}

/* Pixels as they are, from wherever their places fall. */
static void copy_pixels(const wsi_kernel_args *args, const resampling *r)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t size = wsi_pixfmt_size(src->fmt);
    for (int64_t y = 0; y < dst->h; y++) {
        const wsi_px_place p = wsi_px_resample_place(args->at_y + y, &r->s->y, 0);
        const char *from = (const char *)wsi_image_row(src, p.first - r->crop_y);
        char *to = (char *)wsi_image_row(dst, y);
        for (int64_t x = 0; x < dst->w; x++) {
            const int64_t at = r->starts[x] / r->channels + r->at.base;
            for (size_t k = 0; k < size; k++) to[(size_t)x * size + k] = from[(size_t)at * size + k];
        }
    }
}

WSI_CPU_KERNEL(resample)
{
    const resampling r = begin(args);
    const wsi_image *dst = &args->dst;
    if (r.s->copy) {
        copy_pixels(args, &r);
        return;
    }
    for (int64_t y = 0; y < dst->h; y++) {
        sum_rows(&r, r.line + (r.at.lo - r.at.base) * r.channels, y);
        extend(&r);
        sum_columns(&r);
        WSI_CPU(store_row)(wsi_image_row(dst, y), dst->fmt.type, r.out, (size_t)(dst->w * r.channels));
    }
}
