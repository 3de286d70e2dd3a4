/* The overlay kernel: find_boundaries marks a plane of bytes, the marks spread to their neighbours as often as the
 * contours are thick, and rows of the image are painted where there are marks. */
#include "rows.h"

#include <string.h>

#include "kernels/op.h"
#include "kernels/overlay.h"

void WSI_CPU(find_boundaries)(const wsi_kernel_args *);

typedef struct marks {
    uint8_t *p; /* of the first pixel; a 0 stands on every side of the rectangle */
    int64_t stride, w, h;
} marks;

static marks marks_at(void *memory, wsi_rect rect)
{
    const marks m = {(uint8_t *)memory + rect.w + 2 + 1, rect.w + 2, rect.w, rect.h};
    memset(memory, 0, (size_t)(m.stride * (rect.h + 2)));
    return m;
}

static void find_marks(const wsi_kernel_args *args, int labels, wsi_rect rect, marks m, void *scratch)
{
    const wsi_overlay_state *s = (const wsi_overlay_state *)args->state;
    wsi_kernel_args sub = {.params = &s->boundaries, .inputs = 1, .scratch = scratch};
    sub.src[0] = args->src[labels];
    sub.ox[0] = rect.x;
    sub.oy[0] = rect.y;
    sub.dst = (wsi_image){m.p, (ptrdiff_t)m.stride, m.w, m.h, {WSI_BOOL, 1}};
    WSI_CPU(find_boundaries)(&sub);
}

/* A row of `to` where any of the nine neighbours is a line becomes `mark`, lines stay. */
static void spread_row(uint8_t *restrict to, const uint8_t *restrict from, int64_t stride, int64_t n, uint8_t mark)
{
    const uint8_t *up = from - stride, *down = from + stride;
    for (int64_t i = 0; i < n; i++) {
        const uint8_t left = up[i - 1] | from[i - 1] | down[i - 1], right = up[i + 1] | from[i + 1] | down[i + 1];
        const uint8_t any = (uint8_t)(left | right | up[i] | from[i] | down[i]);
        to[i] = from[i] ? WSI_OVERLAY_LINE : any ? mark : 0;
    }
}

static void spread(marks to, marks from, uint8_t mark)
{
    for (int64_t y = 0; y < from.h; y++)
        spread_row(to.p + y * to.stride, from.p + y * from.stride, from.stride, from.w, mark);
}

static void widen(float *restrict rgb, const float *restrict gray, float scale, int64_t n)
{
    for (int64_t i = 0; i < n; i++) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = gray[i] * scale;
}

static void paint_row(float *restrict rgb, const uint8_t *restrict mark, const wsi_overlay_state *s, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (!mark[i]) continue;
        const float *colour = mark[i] == WSI_OVERLAY_LINE ? s->color : s->outline;
        for (int c = 0; c < 3; c++) rgb[3 * i + c] = colour[c];
    }
}

/* The image's row as float32 RGB, by way of its unscaled samples. */
static void load_image_row(const wsi_kernel_args *args, float *rgb, float *samples, int64_t y)
{
    const wsi_image *src = &args->src[0];
    const float scale = ((const wsi_overlay_state *)args->state)->scale;
    const int64_t w = args->dst.w;
    const char *row = (const char *)wsi_image_row(src, y + args->oy[0]);
    WSI_CPU(load_row)
    (samples, row + (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt), src->fmt.type, 1, (size_t)(w * src->fmt.channels));
    if (src->fmt.channels == 1) {
        widen(rgb, samples, scale, w);
    } else {
        for (int64_t i = 0; i < 3 * w; i++) rgb[i] = samples[i] * scale;
    }
}

WSI_CPU_KERNEL(overlay)
{
    const wsi_overlay_params *p = (const wsi_overlay_params *)args->params;
    const wsi_overlay_state *s = (const wsi_overlay_state *)args->state;
    const wsi_image *dst = &args->dst;
    const int labels = p->label_img.image;
    const int64_t reach = wsi_overlay_reach(p);
    const wsi_rect rect = wsi_overlay_rect(&args->src[labels], args->ox[labels], args->oy[labels], dst, reach);
    const size_t bytes = wsi_overlay_plane_bytes(dst->w, dst->h, reach);
    marks now = marks_at(args->scratch, rect), next = marks_at((char *)args->scratch + bytes, rect);
    char *rows = (char *)args->scratch + 2 * bytes;
    float *rgb = (float *)(void *)(rows + 3 * wsi_boundaries_row(dst->w + 2 * reach, args->src[labels].fmt));
    find_marks(args, labels, rect, now, rows);
    for (int64_t k = 0; k < reach; k++) {
        const int last = k == p->thickness - 1; /* the outline follows the contours */
        spread(next, now, last ? WSI_OVERLAY_OUTLINE : WSI_OVERLAY_LINE);
        const marks spent = now;
        now = next;
        next = spent;
    }
    const uint8_t *mark = now.p + (args->oy[labels] - rect.y) * now.stride + (args->ox[labels] - rect.x);
    for (int64_t y = 0; y < dst->h; y++, mark += now.stride) {
        load_image_row(args, rgb, rgb + 3 * dst->w, y);
        paint_row(rgb, mark, s, dst->w);
        WSI_CPU(store_row)(wsi_image_row(dst, y), dst->fmt.type, rgb, (size_t)(3 * dst->w));
    }
}
