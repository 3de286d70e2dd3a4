/* Halos composed backwards through the graph, and grids. The clamped-crop rule is drawn in tiler.h. */
#include "tiler.h"

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

/* All rectangles that align_columns can give lie in this one. */
static wsi_rect widen_columns(wsi_rect r, int64_t align, wsi_rect level)
{
    return wsi_rect_intersect(wsi_rect_grow(r, align - 1, 0), level);
}

static wsi_rect input_frame(const wsi_tiler_node *node, wsi_rect level, const wsi_rect *frames)
{
    return !node->inputs || node->input[0] == WSI_TILER_SOURCE ? level : frames[node->input[0]];
}

/* Of a node without inputs. */
static wsi_rect own_frame(const wsi_tiler_node *node, wsi_rect level)
{
    if (level.w == node->level_w && level.h == node->level_h) return (wsi_rect){0, 0, node->frame_w, node->frame_h};
    return wsi_scale_frame(node->total, level);
}

void wsi_tiler_frames(const wsi_tiler_node *nodes, int count, wsi_rect level, wsi_rect *frames)
{
    for (int i = 0; i < count; i++) {
        frames[i] = level;
        if (!nodes[i].scaled) continue;
        frames[i] = nodes[i].inputs ? wsi_scale_frame(nodes[i].step, input_frame(&nodes[i], level, frames))
                                    : own_frame(&nodes[i], level);
    }
}

typedef wsi_rect (*align_fn)(wsi_rect r, int64_t align, wsi_rect level);

static void backward(const wsi_tiler_node *nodes, int count, const unsigned char *written, wsi_rect core,
                     wsi_rect level, int64_t align, align_fn columns, wsi_rect *rects, wsi_rect *source)
{
    wsi_rect frames[WSI_TILER_NODES_MAX];
    wsi_tiler_frames(nodes, count, level, frames);
    *source = (wsi_rect){0, 0, 0, 0};
    for (int i = 0; i < count; i++) {
        rects[i] = written[i] ? core : (wsi_rect){0, 0, 0, 0};
        if (written[i] && nodes[i].scaled) rects[i] = wsi_scale_share(nodes[i].total, core, level, frames[i]);
    }
    for (int i = count - 1; i >= 0; i--) {
        if (wsi_rect_empty(rects[i])) continue;
        rects[i] = columns(rects[i], align, frames[i]);
        const wsi_rect under = nodes[i].scaled ? wsi_scale_back(nodes[i].step, rects[i]) : rects[i];
        const wsi_rect need = wsi_rect_intersect(wsi_rect_grow(under, nodes[i].halo_x, nodes[i].halo_y),
                                                 input_frame(&nodes[i], level, frames));
        for (int k = 0; k < nodes[i].inputs; k++) {
            wsi_rect *target = nodes[i].input[k] == WSI_TILER_SOURCE ? source : &rects[nodes[i].input[k]];
            *target = wsi_rect_union(*target, need);
        }
    }
    if (!wsi_rect_empty(*source)) *source = columns(*source, align, level);
}

void wsi_tiler_backward_aligned(const wsi_tiler_node *nodes, int count, const unsigned char *written, wsi_rect core,
                                wsi_rect level, int64_t align, wsi_rect *rects, wsi_rect *source)
{
    backward(nodes, count, written, core, level, align, align_columns, rects, source);
}

void wsi_tiler_backward(const wsi_tiler_node *nodes, int count, const unsigned char *written, wsi_rect core,
                        wsi_rect level, wsi_rect *rects, wsi_rect *source)
{
    backward(nodes, count, written, core, level, 1, align_columns, rects, source);
}

void wsi_tiler_period(const wsi_tiler_node *nodes, int count, int64_t *x, int64_t *y)
{
    *x = *y = 1;
    for (int i = 0; i < count; i++) {
        if (!nodes[i].scaled) continue;
        *x = wsi_common_multiple(*x, nodes[i].total.down_x);
        *y = wsi_common_multiple(*y, nodes[i].total.down_y);
    }
}

/* A core in the middle of a level so large that nothing is clamped. */
static wsi_rect place_far(const wsi_tiler_node *nodes, int count, int64_t w, int64_t h, wsi_rect *level)
{
    const int64_t far = INT64_C(1) << 40;
    int64_t px, py;
    wsi_tiler_period(nodes, count, &px, &py);
    *level = (wsi_rect){0, 0, 2 * far, 2 * far};
    return (wsi_rect){far / px * px, far / py * py, w, h};
}

void wsi_tiler_total_halo(const wsi_tiler_node *nodes, int count, const unsigned char *written, int64_t *x, int64_t *y)
{
    wsi_rect level, source, rects[WSI_TILER_NODES_MAX];
    int64_t px, py;
    wsi_tiler_period(nodes, count, &px, &py);
    const wsi_rect core = place_far(nodes, count, px, py, &level);
    wsi_tiler_backward(nodes, count, written, core, level, rects, &source);
    *x = *y = 0;
    if (wsi_rect_empty(source)) return;
    *x = wsi_max64(core.x - source.x, source.x + source.w - (core.x + core.w));
    *y = wsi_max64(core.y - source.y, source.y + source.h - (core.y + core.h));
}

void wsi_tiler_extent(const wsi_tiler_node *nodes, int count, const unsigned char *written, int64_t w, int64_t h,
                      int64_t align, wsi_rect *rects, wsi_rect *source)
{
    wsi_rect level;
    const wsi_rect core = place_far(nodes, count, w, h, &level);
    backward(nodes, count, written, core, level, align, widen_columns, rects, source);
}
