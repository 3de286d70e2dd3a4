/* Halos composed backwards through the graph, and grids. The clamped-crop rule is drawn in tiler.h. */
#include "tiler.h"

int64_t wsi_ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

int64_t wsi_round_up(int64_t a, int64_t multiple)
{
    return wsi_ceil_div(a, multiple) * multiple;
}

wsi_rect wsi_grid_rect(int64_t w, int64_t h, int64_t tw, int64_t th, int64_t tx, int64_t ty)
{
    const wsi_rect tile = {tx * tw, ty * th, tw, th};
    return wsi_rect_intersect(tile, (wsi_rect){0, 0, w, h});
}

static wsi_rect align_columns(wsi_rect r, int64_t align, wsi_rect level)
{
    const int64_t left = r.x / align * align, right = wsi_round_up(r.x + r.w, align);
    return wsi_rect_intersect((wsi_rect){left, r.y, right - left, r.h}, level);
}

void wsi_tiler_backward_aligned(const wsi_tiler_node *nodes, int count, const unsigned char *written, wsi_rect core,
                                wsi_rect level, int64_t align, wsi_rect *rects, wsi_rect *source)
{
    *source = (wsi_rect){0, 0, 0, 0};
    for (int i = 0; i < count; i++) rects[i] = written[i] ? core : (wsi_rect){0, 0, 0, 0};
    for (int i = count - 1; i >= 0; i--) {
        if (wsi_rect_empty(rects[i])) continue;
        rects[i] = align_columns(rects[i], align, level);
        const wsi_rect need = wsi_rect_intersect(wsi_rect_grow(rects[i], nodes[i].halo_x, nodes[i].halo_y), level);
        for (int k = 0; k < nodes[i].inputs; k++) {
            wsi_rect *target = nodes[i].input[k] == WSI_TILER_SOURCE ? source : &rects[nodes[i].input[k]];
            *target = wsi_rect_union(*target, need);
        }
    }
    if (!wsi_rect_empty(*source)) *source = align_columns(*source, align, level);
}

void wsi_tiler_backward(const wsi_tiler_node *nodes, int count, const unsigned char *written, wsi_rect core,
                        wsi_rect level, wsi_rect *rects, wsi_rect *source)
{
    wsi_tiler_backward_aligned(nodes, count, written, core, level, 1, rects, source);
}

/* Longest way from any written node to the source, per axis: reach[i] is how far beyond the core node i is needed. */
void wsi_tiler_total_halo(const wsi_tiler_node *nodes, int count, const unsigned char *written, int64_t *x, int64_t *y)
{
    /* A level so large that nothing is clamped, and a core in its middle. */
    const int64_t far = INT64_C(1) << 40;
    const wsi_rect level = {0, 0, 2 * far, 2 * far}, core = {far, far, 1, 1};
    wsi_rect source, rects[256];
    *x = *y = 0;
    if (count > 256) return;
    wsi_tiler_backward(nodes, count, written, core, level, rects, &source);
    if (wsi_rect_empty(source)) return;
    *x = wsi_max64(core.x - source.x, source.x + source.w - (core.x + core.w));
    *y = wsi_max64(core.y - source.y, source.y + source.h - (core.y + core.h));
}
