/* A component of `watershed` that lies in several tiles: its pieces are put into raster order, flooded, and written
 * back to where each tile's labels lie. */
#include "watershed-private.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* A run in pixels of the slide, and which one it is of the pieces' runs, one after the other. */
typedef struct placed {
    wsi_flood_run run;
    uint32_t number;
} placed;

/* Of a run: its first pixel's place in raster order, and its pixels. */
typedef struct span {
    uint32_t to, n;
} span;

typedef struct whole {
    const wsi_whole_call *call;
    int64_t tiles_x;
    wsi_scratch *scratch;
    const wsi_watershed_group *group;
    uint64_t run_count, pixels;
    placed *placed;
    wsi_flood_run *runs;
    span *spans; /* of the pieces' runs, one after the other */
    void *piece; /* values or labels of the largest one */
    wsi_flood flood;
} whole;

static void count(const wsi_watershed_group *g, uint64_t *runs, uint64_t *pixels)
{
    *runs = *pixels = 0;
    for (int64_t i = 0; i < g->count; i++) {
        *runs += g->pieces[i]->runs;
        *pixels += g->pieces[i]->pixels;
    }
}

uint64_t wsi_watershed_flood_size(const wsi_watershed_group *g)
{
    uint64_t runs, pixels;
    count(g, &runs, &pixels);
    return runs * (sizeof(placed) + sizeof(wsi_flood_run) + sizeof(span)) + wsi_flood_size(pixels);
}

static int by_place(const void *a_, const void *b_)
{
    const wsi_flood_run *a = &((const placed *)a_)->run, *b = &((const placed *)b_)->run;
    return a->y != b->y ? (a->y > b->y) - (a->y < b->y) : (a->x > b->x) - (a->x < b->x);
}

static wsi_status place_runs(whole *w, wsi_error *err)
{
    uint32_t number = 0, at = 0;
    for (int64_t i = 0; i < w->group->count; i++) {
        const wsi_watershed_piece *p = w->group->pieces[i];
        const int64_t x = (int64_t)p->tile % w->tiles_x * w->call->tile,
                      y = (int64_t)p->tile / w->tiles_x * w->call->tile;
        WSI_FORWARD(wsi_scratch_read(w->scratch, p->runs_at, w->runs, p->runs * sizeof *w->runs, err));
        for (uint32_t k = 0; k < p->runs; k++, number++) {
            placed *to = &w->placed[number];
            *to = (placed){w->runs[k], number};
            to->run.x += (int32_t)x;
            to->run.y += (int32_t)y;
        }
    }
    qsort(w->placed, w->run_count, sizeof *w->placed, by_place);
    for (uint64_t k = 0; k < w->run_count; k++) {
        w->runs[k] = w->placed[k].run;
        w->spans[w->placed[k].number] = (span){at, w->runs[k].n};
        at += w->runs[k].n;
    }
    return WSI_OK;
}

/* Room for the pixels of the largest piece. */
static wsi_status room_for_piece(whole *w, wsi_error *err)
{
    uint32_t pixels = 0;
    for (int64_t i = 0; i < w->group->count; i++)
        if (w->group->pieces[i]->pixels > pixels) pixels = w->group->pieces[i]->pixels;
    w->piece = wsi_calloc(pixels, sizeof(uint32_t));
    WSI_RETURN_IF(!w->piece, WSI_ERR_NO_MEMORY, "no memory for a piece of %u pixels", pixels);
    return WSI_OK;
}

static wsi_status gather(whole *w, wsi_error *err)
{
    const span *values = w->spans, *labels = w->spans;
    for (int64_t i = 0; i < w->group->count; i++) {
        const wsi_watershed_piece *p = w->group->pieces[i];
        WSI_FORWARD(wsi_scratch_read(w->scratch, p->values_at, w->piece, p->pixels * sizeof(float), err));
        const float *value = (const float *)w->piece;
        for (uint32_t k = 0; k < p->runs; k++, value += values++->n)
            wsi_flood_put_values(&w->flood, values->to, values->n, value);
        WSI_FORWARD(wsi_scratch_read(w->scratch, p->labels_at, w->piece, p->pixels * sizeof(uint32_t), err));
        const uint32_t *label = (const uint32_t *)w->piece;
        for (uint32_t k = 0; k < p->runs; k++, label += labels++->n)
            wsi_flood_put_labels(&w->flood, labels->to, labels->n, label);
    }
    return WSI_OK;
}

static wsi_status scatter(const whole *w, wsi_error *err)
{
    const span *labels = w->spans;
    for (int64_t i = 0; i < w->group->count; i++) {
        const wsi_watershed_piece *p = w->group->pieces[i];
        uint32_t *label = (uint32_t *)w->piece;
        for (uint32_t k = 0; k < p->runs; k++, label += labels++->n)
            wsi_flood_get_labels(&w->flood, labels->to, labels->n, label);
        WSI_FORWARD(wsi_scratch_write(w->scratch, p->labels_at, w->piece, p->pixels * sizeof(uint32_t), err));
    }
    return WSI_OK;
}

static wsi_status flood(whole *w, wsi_error *err)
{
    WSI_FORWARD(place_runs(w, err));
    WSI_FORWARD(room_for_piece(w, err));
    WSI_FORWARD(wsi_flood_begin(&w->flood, w->runs, (int64_t)w->run_count, w->pixels, err));
    WSI_FORWARD(gather(w, err));
    WSI_FORWARD(wsi_flood_component(&w->flood, err));
    return scatter(w, err);
}

wsi_status wsi_watershed_flood(const wsi_whole_call *call, int64_t tiles_x, wsi_scratch *scratch,
                               const wsi_watershed_group *group, wsi_error *err)
{
    const wsi_watershed_params *params = (const wsi_watershed_params *)call->params;
    whole w = {.call = call,
               .tiles_x = tiles_x,
               .scratch = scratch,
               .group = group,
               .flood = {.connectivity = (int)params->connectivity, .line = params->watershed_line}};
    count(group, &w.run_count, &w.pixels);
    const uint64_t bytes = wsi_watershed_flood_size(group), tile = group->pieces[0]->tile;
    WSI_RETURN_IF(bytes > call->memory, WSI_ERR_NO_MEMORY,
                  "watershed: a component of the mask has %llu pixels, the first of them in the tile at (%lld, %lld); "
                  "to flood it takes %.1f MiB, and there are %.1f MiB",
                  (unsigned long long)w.pixels, (long long)((int64_t)tile % tiles_x * call->tile),
                  (long long)((int64_t)tile / tiles_x * call->tile), (double)bytes / 1048576,
                  (double)call->memory / 1048576);
    w.placed = (placed *)wsi_calloc(w.run_count, sizeof *w.placed);
    w.runs = (wsi_flood_run *)wsi_calloc(w.run_count, sizeof *w.runs);
    w.spans = (span *)wsi_calloc(w.run_count, sizeof *w.spans);
    const wsi_status status = w.placed && w.runs && w.spans
                                  ? flood(&w, err)
                                  : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a component of %llu pixels",
                                                  (unsigned long long)w.pixels);
    wsi_flood_close(&w.flood);
    void *all[] = {w.placed, w.runs, w.spans, w.piece};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) wsi_free(all[i]);
    return status;
}
