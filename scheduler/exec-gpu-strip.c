/* Strips: which rows lie where, and when their memory is free again. Everything under the executor's lock. */
#include "exec-gpu.h"

#include "common/mem.h"

/* Decode units that hold the source rows of block rows 0 .. by. */
static int64_t units_through(const wsi_exec *x, int64_t by)
{
    const wsi_plan *p = x->plan;
    if (by < 0) return 0;
    return wsi_min64(p->units, wsi_ceil_div((by + 1) * p->block_h + p->halo_y, p->unit_h));
}

wsi_status wsi_strips_init(wsi_exec *x, wsi_error *err)
{
    const wsi_plan *p = x->plan;
    x->unit_owner = wsi_calloc((size_t)p->units, sizeof *x->unit_owner);
    x->strip_of = wsi_calloc((size_t)p->blocks_y, sizeof *x->strip_of);
    WSI_RETURN_IF(!x->unit_owner || !x->strip_of, WSI_ERR_NO_MEMORY, "no memory for the table of strips");
    int64_t by = 0;
    for (int64_t u = 0; u < p->units; u++) {
        while (units_through(x, by) <= u && by + 1 < p->blocks_y) by++;
        x->unit_owner[u] = (int32_t)by;
    }
    return WSI_OK;
}

void wsi_strips_clear(wsi_exec *x)
{
    wsi_free(x->unit_owner);
    wsi_free(x->strip_of);
}

/* ---- Dealing ---- */

/* Rows above its own units, which the strip above has. */
static int64_t carried_rows(const wsi_exec *x, const wsi_strip *s)
{
    return wsi_max64(0, wsi_min64(s->first_unit * x->plan->unit_h, x->plan->h) - s->y0);
}

static void deal(wsi_exec *x, wsi_strip *s, int64_t by)
{
    const wsi_plan *p = x->plan;
    s->by = by;
    s->y0 = wsi_max64(0, by * p->block_h - p->halo_y);
    s->first_unit = units_through(x, by - 1);
    s->units_left = (by + 1 == p->blocks_y ? p->units : units_through(x, by)) - s->first_unit;
    s->carry = carried_rows(x, s) ? WSI_CARRY_WAITING : WSI_CARRY_DONE;
    s->next_bx = 0;
    s->blocks_left = p->blocks_x;
    x->strip_of[by] = s;
}

static wsi_strip *free_strip(wsi_gpu *gpu, int *count)
{
    wsi_strip *found = NULL;
    *count = 0;
    for (int i = 0; i < gpu->strip_count; i++)
        if (gpu->strips[i].by < 0) {
            found = &gpu->strips[i];
            (*count)++;
        }
    return found;
}

void wsi_strips_deal(wsi_exec *x)
{
    while (x->next_strip < x->plan->blocks_y) {
        wsi_strip *best = NULL;
        int most = 0;
        for (int i = 0; i < x->gpu_count; i++) {
            int count;
            wsi_strip *s = free_strip(x->gpus[i], &count);
            if (count > most) {
                most = count;
                best = s;
            }
        }
        if (!best) return;
        deal(x, best, x->next_strip++);
    }
}

/* A strip is free when its blocks are read and the next strip has the rows that both need. */
static void free_when_done(wsi_exec *x, wsi_strip *s)
{
    if (s->by < 0 || s->blocks_left > 0) return;
    const int64_t next = s->by + 1;
    if (next < x->plan->blocks_y && (!x->strip_of[next] || x->strip_of[next]->carry != WSI_CARRY_DONE)) return;
    x->strip_of[s->by] = NULL;
    s->by = -1;
    wsi_strips_deal(x);
    /* The strip just dealt may have been all that another one waited for. */
    for (int64_t by = next; by < x->next_strip; by++)
        if (x->strip_of[by] && x->strip_of[by]->blocks_left == 0) {
            free_when_done(x, x->strip_of[by]);
            return;
        }
}

void wsi_strip_block_read(wsi_strip *s)
{
    s->blocks_left--;
    free_when_done(s->gpu->exec, s);
}

void wsi_strip_carried(wsi_strip *s)
{
    wsi_exec *x = s->gpu->exec;
    s->carry = WSI_CARRY_DONE;
    if (s->by > 0 && x->strip_of[s->by - 1]) free_when_done(x, x->strip_of[s->by - 1]);
}

/* ---- Looking ---- */

wsi_strip *wsi_strip_of_unit(wsi_exec *x, int64_t unit)
{
    return x->strip_of[x->unit_owner[unit]];
}

void wsi_strip_unit_done(wsi_exec *x, int64_t unit)
{
    wsi_strip_of_unit(x, unit)->units_left--;
}

int wsi_strip_complete(const wsi_strip *s)
{
    return s->units_left == 0 && s->carry == WSI_CARRY_DONE;
}

wsi_image wsi_strip_view(const wsi_strip *s, wsi_rect r)
{
    const wsi_exec *x = s->gpu->exec;
    const size_t stride = x->plan->gpu.strip_stride;
    return (wsi_image){s->memory + (size_t)(r.y - s->y0) * stride + (size_t)r.x * wsi_pixfmt_size(x->graph->source),
                       (ptrdiff_t)stride, r.w, r.h, x->graph->source};
}
