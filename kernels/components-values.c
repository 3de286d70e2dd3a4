/* All pixels of a value as one component: nothing is joined, but every value's pixels are counted over the whole slide
 * (totals.h), and then every tile is told what its values become. */
#include "components-private.h"

#include <stdlib.h>

#include "common/mem.h"

wsi_status wsi_values_append(wsi_components *c, int64_t tx, int64_t ty, const wsi_tile_view *tile, wsi_error *err)
{
    const wsi_stored_tile *stored = (const wsi_stored_tile *)tile->stored;
    const uint32_t *sizes = (const uint32_t *)(const void *)tile->nodes;
    const uint32_t *values =
        (const uint32_t *)(const void *)((const char *)tile->stored + wsi_stored_values(&c->spec, stored->h));
    WSI_FORWARD(wsi_seams_store(c, tx, tile, err));
    for (uint32_t i = 0; i < stored->nodes; i++) WSI_FORWARD(wsi_totals_add(c->totals, values[i], sizes[i], err));
    c->seams.tile++;
    if (tx + 1 < c->across) return WSI_OK;
    return wsi_scratch_append(c->scratch, c->seams.places.p, (size_t)c->across * sizeof(wsi_tile_place),
                              &c->rows[ty].places_at, err);
}

/* A tile's value and its index there. */
typedef struct listed {
    uint32_t value, index;
} listed;

static int by_value(const void *a, const void *b)
{
    const uint32_t x = ((const listed *)a)->value, y = ((const listed *)b)->value;
    return (x > y) - (x < y);
}

static wsi_status settle(wsi_components *c, const listed *from, uint32_t *values, wsi_error *err)
{
    uint64_t count, place;
    WSI_FORWARD(wsi_totals_find(c->totals, from->value, &count, &place, err));
    if (c->spec.number)
        values[from->index] = (uint32_t)(c->spec.offset + place);
    else
        values[from->index] = wsi_component_stays(&c->spec, count, 0) ? from->value : 0;
    return WSI_OK;
}

typedef struct lists {
    wsi_room values, listed;
} lists;

/* Values of a tile in ascending order, so that the totals are read in order too. */
static wsi_status settle_tile(wsi_components *c, const wsi_tile_place *place, int64_t h, lists *l, wsi_error *err)
{
    const uint64_t at = place->at + wsi_stored_values(&c->spec, h);
    const size_t n = place->nodes;
    WSI_FORWARD(wsi_room_for(&l->values, n, sizeof(uint32_t), err));
    WSI_FORWARD(wsi_room_for(&l->listed, n, sizeof(listed), err));
    uint32_t *values = (uint32_t *)l->values.p;
    listed *all = (listed *)l->listed.p;
    WSI_FORWARD(wsi_scratch_read(c->scratch, at, values, n * sizeof(uint32_t), err));
    for (uint32_t i = 0; i < n; i++) all[i] = (listed){values[i], i};
    qsort(all, n, sizeof *all, by_value);
    for (size_t i = 0; i < n; i++) WSI_FORWARD(settle(c, &all[i], values, err));
    return wsi_scratch_write(c->scratch, at, values, n * sizeof(uint32_t), err);
}

static wsi_status settle_all(wsi_components *c, lists *l, wsi_error *err)
{
    const int64_t edge = c->call->tile;
    for (int64_t i = 0; i < c->across * c->down; i++) {
        const int64_t ty = i / c->across, h = wsi_min64(edge, c->call->h - ty * edge);
        const uint64_t from = c->rows[ty].places_at + (uint64_t)(i % c->across) * sizeof(wsi_tile_place);
        wsi_tile_place place;
        WSI_RETURN_IF(c->call->cancel && atomic_load(c->call->cancel), WSI_ERR_CANCELLED, "cancelled");
        WSI_FORWARD(wsi_scratch_read(c->scratch, from, &place, sizeof place, err));
        WSI_FORWARD(settle_tile(c, &place, h, l, err));
    }
    return WSI_OK;
}

wsi_status wsi_values_finish(wsi_components *c, wsi_error *err)
{
    lists l = {{NULL, 0}, {NULL, 0}};
    WSI_FORWARD(wsi_totals_finish(c->totals, err));
    c->count = wsi_totals_values(c->totals);
    WSI_RETURN_IF(c->spec.number && c->spec.offset + c->count - 1 > c->spec.most, WSI_ERR_INPUT_UNSUPPORTED,
                  "%llu labels from %llu on pass %llu, the greatest there may be", (unsigned long long)c->count,
                  (unsigned long long)c->spec.offset, (unsigned long long)c->spec.most);
    const wsi_status status = settle_all(c, &l, err);
    wsi_free(l.values.p);
    wsi_free(l.listed.p);
    return status;
}
