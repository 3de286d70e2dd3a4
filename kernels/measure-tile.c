/* One tile taken apart: its rows are cut into runs of one label, the runs grouped by label, and each label's part made
 * from its runs; neighbourhoods that lie within the tile are counted beside that. Labels along seams are left for
 * measure-seams.c. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "measure.h"

enum { STRIP = 2 * WSI_MEASURE_REACH /* rows or columns along a seam: half of them are counted, half surround them */ };

size_t wsi_measure_tile_bound(const wsi_measure_plan *plan, int64_t edge)
{
    const size_t pixels = (size_t)edge * (size_t)edge, strips = (size_t)edge * 4 * STRIP * sizeof(uint32_t);
    return sizeof(wsi_measure_tile) + strips + pixels * (sizeof(wsi_measure_frame) + wsi_measure_code_bound(plan));
}

void wsi_measure_workspace_clear(wsi_measure_workspace *ws)
{
    wsi_measure_room *rooms[] = {&ws->spans,  &ws->values,  &ws->found,  &ws->numbers,
                                 &ws->starts, &ws->grouped, &ws->samples};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        wsi_free(rooms[i]->p);
        rooms[i]->p = NULL;
    }
    wsi_measure_plane_clear(&ws->plane);
    wsi_measure_labels_clear(&ws->labels);
}

/* ---- Runs ---- */

static void paint(uint32_t *row, wsi_span span, uint32_t label)
{
    for (uint32_t x = span.start; x < span.end; x++) row[x] = label;
}

/* Appends the runs of a row, of which there are `count` already. */
static wsi_status find_row(const wsi_measure_plan *plan, wsi_measure_workspace *ws, const wsi_image *im, int64_t y,
                           size_t *count, wsi_error *err)
{
    const wsi_spans_kernel *kernel = wsi_spans_kernel_for(wsi_cpu_best());
    wsi_span *spans = (wsi_span *)ws->spans.p;
    uint32_t *values = (uint32_t *)ws->values.p;
    const int64_t n = kernel->labels(wsi_image_row(im, y), im->fmt.type, im->w, 0, spans, values);
    WSI_FORWARD(wsi_measure_reserve(&ws->found, *count + (size_t)n, sizeof(wsi_measure_run), err));
    WSI_FORWARD(wsi_measure_reserve(&ws->numbers, *count + (size_t)n, sizeof(uint32_t), err));
    const int has_sign = im->fmt.type == WSI_I8 || im->fmt.type == WSI_I16 || im->fmt.type == WSI_I32;
    for (int64_t i = 0; i < n; i++) {
        if (has_sign && values[i] >> 31) continue; /* negative: background */
        const uint32_t number = wsi_measure_labels_find(&ws->labels, values[i]);
        WSI_RETURN_IF(number == UINT32_MAX, WSI_ERR_NO_MEMORY, "no memory for labels");
        ((wsi_measure_run *)ws->found.p)[*count] =
            (wsi_measure_run){(int32_t)y, (int32_t)spans[i].start, (int32_t)spans[i].end};
        ((uint32_t *)ws->numbers.p)[*count] = number;
        if (plan->windows) paint(wsi_measure_row(&ws->plane, y), spans[i], values[i]);
        ++*count;
    }
    return WSI_OK;
}

/* Groups the runs by label, those of one in raster order. */
static wsi_status group_runs(wsi_measure_workspace *ws, size_t count, wsi_error *err)
{
    const size_t labels = ws->labels.count;
    WSI_FORWARD(wsi_measure_reserve(&ws->starts, labels + 2, sizeof(size_t), err));
    WSI_FORWARD(wsi_measure_reserve(&ws->grouped, count, sizeof(wsi_measure_run), err));
    size_t *starts = (size_t *)ws->starts.p;
    const uint32_t *numbers = (const uint32_t *)ws->numbers.p;
    memset(starts, 0, (labels + 2) * sizeof *starts);
    for (size_t i = 0; i < count; i++) starts[numbers[i] + 2]++;
    for (size_t k = 2; k < labels + 2; k++) starts[k] += starts[k - 1];
    for (size_t i = 0; i < count; i++)
        ((wsi_measure_run *)ws->grouped.p)[starts[numbers[i] + 1]++] = ((const wsi_measure_run *)ws->found.p)[i];
    return WSI_OK;
}

static wsi_status find_runs(const wsi_measure_plan *plan, wsi_measure_workspace *ws, const wsi_image *im,
                            wsi_error *err)
{
    size_t count = 0;
    wsi_measure_labels_reset(&ws->labels);
    if (plan->windows) WSI_FORWARD(wsi_measure_plane_size(&ws->plane, im->w, im->h, err));
    WSI_FORWARD(wsi_measure_reserve(&ws->spans, (size_t)im->w + 1, sizeof(wsi_span), err));
    WSI_FORWARD(wsi_measure_reserve(&ws->values, (size_t)im->w + 1, sizeof(uint32_t), err));
    for (int64_t y = 0; y < im->h; y++) WSI_FORWARD(find_row(plan, ws, im, y, &count, err));
    return group_runs(ws, count, err);
}

/* ---- Sums ---- */

/* 0 + 1 + ... + (n - 1), and of the squares. */
static int64_t sum_below(int64_t n)
{
    return n * (n - 1) / 2;
}

static int64_t squares_below(int64_t n)
{
    return n * (n - 1) * (2 * n - 1) / 6;
}

/* Bounding box and sums over places; the runs become relative to the box. */
static void sum_places(wsi_measure_sums *s, wsi_measure_run *runs, size_t count)
{
    int32_t x0 = runs[0].x0, x1 = runs[0].x1;
    const int32_t y0 = runs[0].y;
    for (size_t i = 1; i < count; i++) {
        x0 = runs[i].x0 < x0 ? runs[i].x0 : x0;
        x1 = runs[i].x1 > x1 ? runs[i].x1 : x1;
    }
    int64_t pixels = 0, sy = 0, sx = 0, syy = 0, sxy = 0, sxx = 0;
    for (size_t i = 0; i < count; i++) {
        wsi_measure_run *r = &runs[i];
        *r = (wsi_measure_run){r->y - y0, r->x0 - x0, r->x1 - x0};
        const int64_t n = r->x1 - r->x0, x = sum_below(r->x1) - sum_below(r->x0), y = r->y;
        pixels += n;
        sy += n * y;
        sx += x;
        syy += n * y * y;
        sxy += x * y;
        sxx += squares_below(r->x1) - squares_below(r->x0);
    }
    s->pixels = pixels;
    s->y0 = y0;
    s->x0 = x0;
    s->y1 = y0 + runs[count - 1].y + 1;
    s->x1 = x1;
    s->y = sy;
    s->x = sx;
    s->yy = syy;
    s->xy = sxy;
    s->xx = sxx;
}

static void sum_channels(const wsi_measure_plan *plan, wsi_measure_workspace *ws, const wsi_image *im,
                         const wsi_measure_run *runs, size_t count)
{
    for (int c = 0; c < plan->channels; c++) {
        wsi_measure_channel *channel = &ws->sums.channel[c];
        wsi_measure_channel_start(channel, plan->exact ? &ws->exact[2 * c] : NULL);
        for (size_t i = 0; i < count; i++) wsi_measure_channel_add(channel, im, c, runs[i]);
    }
}

/* All samples of a label's pixels. */
static wsi_status gather_samples(wsi_measure_workspace *ws, const wsi_image *im, const wsi_measure_run *runs,
                                 size_t count, wsi_error *err)
{
    const size_t pixel = wsi_pixfmt_size(im->fmt);
    size_t pixels = 0;
    for (size_t i = 0; i < count; i++) pixels += (size_t)(runs[i].x1 - runs[i].x0);
    WSI_FORWARD(wsi_measure_reserve(&ws->samples, pixels, pixel, err));
    char *to = (char *)ws->samples.p;
    for (size_t i = 0; i < count; i++) {
        const size_t n = (size_t)(runs[i].x1 - runs[i].x0) * pixel;
        memcpy(to, (const char *)wsi_image_row(im, runs[i].y) + (size_t)runs[i].x0 * pixel, n);
        to += n;
    }
    return WSI_OK;
}

/* ---- Bytes ---- */

static wsi_status put_part(const wsi_measure_plan *plan, wsi_measure_workspace *ws, const wsi_image *im, wsi_rect at,
                           uint32_t number, unsigned char **to, wsi_error *err)
{
    const size_t *starts = (const size_t *)ws->starts.p, count = starts[number + 1] - starts[number];
    wsi_measure_run *runs = (wsi_measure_run *)ws->grouped.p + starts[number];
    const wsi_image *intensity = plan->channels ? &im[1] : NULL;
    sum_channels(plan, ws, intensity, runs, count);
    if (plan->median) WSI_FORWARD(gather_samples(ws, intensity, runs, count, err));
    sum_places(&ws->sums, runs, count);
    ws->sums.counts = ((const wsi_measure_counts *)ws->labels.counts.p)[number];
    ws->sums.y0 += at.y;
    ws->sums.y1 += at.y;
    ws->sums.x0 += at.x;
    ws->sums.x1 += at.x;
    const wsi_measure_part part = {((const uint32_t *)ws->labels.labels.p)[number], &ws->sums, runs, count,
                                   ws->samples.p};
    unsigned char *end = wsi_measure_code_put(plan, &part, *to + sizeof(wsi_measure_frame));
    const wsi_measure_frame frame = {part.label, (uint32_t)(end - *to - (ptrdiff_t)sizeof(wsi_measure_frame))};
    memcpy(*to, &frame, sizeof frame);
    *to = end;
    return WSI_OK;
}

/* Labels of a rectangle of the tile, row after row. */
static unsigned char *put_strip(const wsi_measure_plane *plane, wsi_rect r, unsigned char *to)
{
    for (int64_t y = r.y; y < r.y + r.h; y++, to += (size_t)r.w * sizeof(uint32_t))
        memcpy(to, wsi_measure_row(plane, y) + r.x, (size_t)r.w * sizeof(uint32_t));
    return to;
}

static unsigned char *put_strips(const wsi_whole_call *call, const wsi_measure_plane *plane, wsi_rect at,
                                 unsigned char *to)
{
    wsi_rect strips[4];
    const int n = wsi_measure_strips(call, at, strips);
    for (int i = 0; i < n; i++) to = put_strip(plane, strips[i], to);
    return to;
}

int wsi_measure_strips(const wsi_whole_call *call, wsi_rect at, wsi_rect strips[4])
{
    const int64_t rows = wsi_min64(STRIP, at.h), columns = wsi_min64(STRIP, at.w);
    int n = 0;
    if (at.y > 0) strips[n++] = (wsi_rect){0, 0, at.w, rows};
    if (at.y + at.h < call->h) strips[n++] = (wsi_rect){0, at.h - rows, at.w, rows};
    if (at.x > 0) strips[n++] = (wsi_rect){0, 0, columns, at.h};
    if (at.x + at.w < call->w) strips[n++] = (wsi_rect){at.w - columns, 0, columns, at.h};
    return n;
}

/* Neighbourhoods that lie within the tile. */
static wsi_status count_inside(const wsi_whole_call *call, wsi_measure_workspace *ws, wsi_rect at, wsi_error *err)
{
    const wsi_measure_counter counter = {wsi_measure_labels_counts, &ws->labels};
    wsi_rect inside = wsi_measure_inside(at, call->w, call->h);
    inside.x -= at.x;
    inside.y -= at.y;
    WSI_RETURN_IF(!wsi_measure_count(&ws->plane, inside, &counter), WSI_ERR_NO_MEMORY, "no memory for labels");
    return WSI_OK;
}

wsi_status wsi_measure_tile_put(const wsi_whole_call *call, const wsi_measure_plan *plan, wsi_measure_workspace *ws,
                                const wsi_image *im, wsi_rect at, unsigned char *out, size_t *size, wsi_error *err)
{
    unsigned char *first = out + sizeof(wsi_measure_tile);
    WSI_FORWARD(find_runs(plan, ws, &im[0], err));
    if (plan->windows) {
        WSI_FORWARD(count_inside(call, ws, at, err));
        first = put_strips(call, &ws->plane, at, first);
    }
    unsigned char *to = first;
    for (uint32_t i = 0; i < ws->labels.count; i++) WSI_FORWARD(put_part(plan, ws, im, at, i, &to, err));
    const wsi_measure_tile header = {ws->labels.count, (uint64_t)(to - first)};
    memcpy(out, &header, sizeof header);
    *size = (size_t)(to - out);
    return WSI_OK;
}
