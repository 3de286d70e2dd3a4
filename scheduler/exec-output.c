/* From finished pixels to encoded tiles, and up the pyramid. */
#include "exec-private.h"

#include "downsample.h"
#include "kernels/device-range.h"

void wsi_exec_halve(wsi_worker *w, int r, int k, int64_t tx, int64_t ty, const wsi_image *im)
{
    wsi_exec *e = w->exec;
    const wsi_plan *p = e->plan;
    if (k + 1 >= p->pyramid.levels) return;
    const double start = wsi_now();
    wsi_range_begin("pyramid");
    const int64_t t = p->pyramid.tile, x = tx * t;
    const int64_t up = ty / 2, y = (up % p->slots[k + 1]) * t + (ty & 1) * (t / 2);
    const wsi_pixfmt fmt = im->fmt;
    wsi_image dst = {e->rows[r][k + 1] + (size_t)y * e->row_stride[r][k + 1] + (size_t)(x / 2) * wsi_pixfmt_size(fmt),
                     (ptrdiff_t)e->row_stride[r][k + 1], (im->w + 1) / 2, (im->h + 1) / 2, fmt};
    wsi_downsample(&dst, im, e->graph->results[r].nearest);
    wsi_range_end();
    const double end = wsi_now();
    w->pyramid_busy += end - start;
    wsi_trace_add(w->lane, "pyramid", start, end, k, tx, ty);
}

wsi_status wsi_exec_output_tile(wsi_worker *w, wsi_task *task, int r, int level, int64_t tx, int64_t ty,
                                const wsi_image *tile, wsi_error *err)
{
    WSI_FORWARD(wsi_exec_submit(w, task, r, level, tx, ty, tile, err));
    wsi_exec_halve(w, r, level, tx, ty, tile);
    return WSI_OK;
}

wsi_status wsi_exec_pyramid(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    wsi_exec *x = w->exec;
    const wsi_plan *p = x->plan;
    const int k = task->level;
    const int64_t t = p->pyramid.tile;
    const wsi_rect rect = wsi_grid_rect(p->pyramid.w[k], p->pyramid.h[k], t, t, task->tx, task->ty);
    for (int r = 0; r < x->graph->result_count; r++) {
        const wsi_pixfmt fmt = x->graph->results[r].stored;
        const wsi_image tile = {x->rows[r][k] + (size_t)((task->ty % p->slots[k]) * t) * x->row_stride[r][k] +
                                    (size_t)rect.x * wsi_pixfmt_size(fmt),
                                (ptrdiff_t)x->row_stride[r][k], rect.w, rect.h, fmt};
        WSI_FORWARD(wsi_exec_output_tile(w, task, r, k, task->tx, task->ty, &tile, err));
    }
    return WSI_OK;
}
