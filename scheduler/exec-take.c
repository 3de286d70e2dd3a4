/* Tiles for a taker that wants them as they are finished (wsi_taker): from host memory by the worker that has the tile,
 * before it is encoded, or from device memory by the thread of the GPU's slot that computed the block. Whoever takes
 * tiles in order gets them from the sink.
 *
 * On a device only what it computed itself, in the level's own frame, can be taken there: results of another scale are
 * put together from blocks on the host, and what lies outside the mask of --within is blanked there. */
#include "exec-gpu.h"

int wsi_exec_takes_on_device(const wsi_exec *x, int result)
{
    const wsi_result *r = &x->graph->results[result];
    const int on_host = r->node != WSI_TILER_SOURCE && x->plan->gpu.on_host[r->node];
    if (!x->gpu_count || r->tapped || x->in->within || !wsi_taker_on_device(x->in->spec->taker)) return 0;
    return !on_host && x->plan->ladder_of[result] == 0;
}

int wsi_exec_stays_on_device(const wsi_exec *x, int result)
{
    if (!wsi_exec_takes_on_device(x, result) || !x->in->spec->writer->discards) return 0;
    if (x->plan->ladders[0].pyramid.levels > 1) return 0;
    for (int r = 0; r < x->graph->result_count; r++) /* who shares its memory may want them */
        if ((x->graph->results[r].same_as == result) && !wsi_exec_takes_on_device(x, r)) return 0;
    return 1;
}

int wsi_exec_takes(const wsi_exec *x, int result, int level)
{
    const wsi_taker *taker = x->in->spec->taker;
    if (!wsi_taker_wants(taker, level) || taker->in_order || x->graph->results[result].tapped) return 0;
    return level > 0 || !wsi_exec_takes_on_device(x, result);
}

static wsi_taken_tile describe(const wsi_exec *x, int result, int level, int64_t tx, int64_t ty)
{
    const wsi_pyramid *py = &x->plan->ladders[x->plan->ladder_of[result]].pyramid;
    return (wsi_taken_tile){.name = x->graph->results[result].name,
                            .number = result,
                            .level = level,
                            .level_w = py->w[level],
                            .level_h = py->h[level],
                            .at = wsi_exec_tile_rect(x, result, level, tx, ty)};
}

wsi_status wsi_exec_take(const wsi_exec *x, int result, int level, int64_t tx, int64_t ty, const wsi_image *tile,
                         wsi_error *err)
{
    const wsi_taker *taker = x->in->spec->taker;
    wsi_taken_tile taken = describe(x, result, level, tx, ty);
    taken.pixels = *tile;
    return taker->take(taker->user, &taken, err);
}

wsi_status wsi_exec_take_block(const wsi_exec *x, int result, wsi_rect block, const wsi_image *pixels, int device,
                               wsi_error *err)
{
    const wsi_taker *taker = x->in->spec->taker;
    const int64_t t = x->plan->out_tile;
    for (int64_t y = 0; y < block.h; y += t)
        for (int64_t left = 0; left < block.w; left += t) {
            wsi_taken_tile taken = describe(x, result, 0, (block.x + left) / t, (block.y + y) / t);
            taken.pixels = wsi_image_crop(pixels, (wsi_rect){left, y, taken.at.w, taken.at.h});
            taken.on_device = 1;
            taken.device = device;
            WSI_FORWARD(taker->take(taker->user, &taken, err));
        }
    return WSI_OK;
}
