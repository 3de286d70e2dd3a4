/* A component of `watershed` that lies in several tiles: its pieces are put into raster order, flooded, and written
 * back to where each tile's labels lie. */
#include "watershed-private.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* A run in pixels of the slide, and where its pixels begin among those of the pieces, one after the other. */
typedef struct placed {
    wsi_flood_run run;
    uint64_t from;
} placed;

typedef struct whole {
    const wsi_whole_call *call;
    int64_t tiles_x;
    wsi_scratch *scratch;
    const wsi_watershed_group *group;
    uint64_t run_count, pixels;
    placed *placed;
    wsi_flood_run *runs;
    float *value;
    uint32_t *label, *pieces; /* in raster order; piece after piece */
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
    return runs * (sizeof(placed) + sizeof(wsi_flood_run)) + pixels * (2 * sizeof(uint32_t) + sizeof(float)) +
           wsi_flood_size(pixels);
}

static int by_place(const void *a_, const void *b_)
{
    const wsi_flood_run *a = &((const placed *)a_)->run, *b = &((const placed *)b_)->run;
    return a->y != b->y ? (a->y > b->y) - (a->y < b->y) : (a->x > b->x) - (a->x < b->x);
}

static wsi_status place_runs(whole *w, wsi_error *err)
{
    uint64_t from = 0;
    placed *to = w->placed;
    for (int64_t i = 0; i < w->group->count; i++) {
        const wsi_watershed_piece *p = w->group->pieces[i];
        const int64_t x = (int64_t)p->tile % w->tiles_x * w->call->tile,
                      y = (int64_t)p->tile / w->tiles_x * w->call->tile;
        WSI_FORWARD(wsi_scratch_read(w->scratch, p->runs_at, w->runs, p->runs * sizeof *w->runs, err));
        for (uint32_t k = 0; k < p->runs; k++, to++) {
            *to = (placed){w->runs[k], from};
            to->run.x += (int32_t)x;
            to->run.y += (int32_t)y;
            from += w->runs[k].n;
        }
    }
    qsort(w->placed, w->run_count, sizeof *w->placed, by_place);
    for (uint64_t k = 0; k < w->run_count; k++) w->runs[k] = w->placed[k].run;
    return WSI_OK;
}

/* Copies pixels of 4 bytes between the pieces' order and raster order. */
static void reorder(const whole *w, void *raster, void *pieces, int back)
{
    char *at = (char *)raster;
    for (uint64_t k = 0; k < w->run_count; k++) {
        const size_t n = w->placed[k].run.n * sizeof(uint32_t);
        char *piece = (char *)pieces + w->placed[k].from * sizeof(uint32_t);
        if (back)
            memcpy(piece, at, n);
        else
            memcpy(at, piece, n);
        at += n;
    }
}

static wsi_status gather(const whole *w, wsi_error *err)
{
    uint32_t *to = w->pieces;
    for (int64_t i = 0; i < w->group->count; i++) {
        const wsi_watershed_piece *p = w->group->pieces[i];
        WSI_FORWARD(wsi_scratch_read(w->scratch, p->values_at, to, p->pixels * sizeof *to, err));
        to += p->pixels;
    }
    reorder(w, w->value, w->pieces, 0);
    to = w->pieces;
    for (int64_t i = 0; i < w->group->count; i++) {
        const wsi_watershed_piece *p = w->group->pieces[i];
        WSI_FORWARD(wsi_scratch_read(w->scratch, p->labels_at, to, p->pixels * sizeof *to, err));
        to += p->pixels;
    }
    reorder(w, w->label, w->pieces, 0);
    return WSI_OK;
}

static wsi_status scatter(const whole *w, wsi_error *err)
{
    const uint32_t *from = w->pieces;
    reorder(w, w->label, w->pieces, 1);
    for (int64_t i = 0; i < w->group->count; i++) {
        const wsi_watershed_piece *p = w->group->pieces[i];
        WSI_FORWARD(wsi_scratch_write(w->scratch, p->labels_at, from, p->pixels * sizeof *from, err));
        from += p->pixels;
    }
    return WSI_OK;
}

static wsi_status flood(whole *w, wsi_error *err)
{
    const wsi_watershed_params *p = (const wsi_watershed_params *)w->call->params;
    wsi_flood f = {.connectivity = (int)p->connectivity, .line = p->watershed_line};
    WSI_FORWARD(place_runs(w, err));
    WSI_FORWARD(gather(w, err));
    const wsi_status status =
        wsi_flood_component(&f, w->runs, (int64_t)w->run_count, w->pixels, w->value, w->label, err);
    wsi_flood_close(&f);
    return status == WSI_OK ? scatter(w, err) : status;
}

wsi_status wsi_watershed_flood(const wsi_whole_call *call, int64_t tiles_x, wsi_scratch *scratch,
                               const wsi_watershed_group *group, wsi_error *err)
{
    whole w = {.call = call, .tiles_x = tiles_x, .scratch = scratch, .group = group};
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
    w.value = (float *)wsi_calloc(w.pixels, sizeof *w.value);
    w.label = (uint32_t *)wsi_calloc(w.pixels, sizeof *w.label);
    w.pieces = (uint32_t *)wsi_calloc(w.pixels, sizeof *w.pieces);
    const wsi_status status = w.placed && w.runs && w.value && w.label && w.pieces
                                  ? flood(&w, err)
                                  : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a component of %llu pixels",
                                                  (unsigned long long)w.pixels);
    void *all[] = {w.placed, w.runs, w.value, w.label, w.pieces};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) wsi_free(all[i]);
    return status;
}
