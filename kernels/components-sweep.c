/* What every node becomes, once all of the slide has been seen: sweeps over the forest of components that
 * components-seams.c left in the scratch file, a row of tiles at a time.
 *
 * Up: a component learns from its parent what the whole is. That settles what is kept. For numbers, then down: whether
 * a component begins in this row is known now, so those that begin in each row of pixels are counted, tile by tile, and
 * numbered in raster order; a number goes on to the parent. And up again: to all the other children. */
#include "components-private.h"

#include "common/mem.h"

/* A row of tiles in memory. */
typedef struct level {
    const wsi_tile_row *row;
    int64_t at, h; /* first row of pixels, and how many */
    wsi_room places, nodes, of, parts;
} level;

typedef struct sweep {
    wsi_components *c;
    level here, other; /* other: the row above or below, visited before */
    wsi_room starts;   /* uint32_t: a row of tiles' counts, tile by tile, row by row of pixels */
    wsi_room values;
    uint64_t next; /* number of the next component */
} sweep;

static void free_level(level *l)
{
    wsi_free(l->places.p);
    wsi_free(l->nodes.p);
    wsi_free(l->of.p);
    wsi_free(l->parts.p);
}

static wsi_status load(sweep *s, wsi_room *room, uint64_t at, size_t count, size_t size, wsi_error *err)
{
    WSI_FORWARD(wsi_room_for(room, count, size, err));
    return wsi_scratch_read(s->c->scratch, at, room->p, count * size, err);
}

static wsi_status load_level(sweep *s, int64_t number, wsi_error *err)
{
    const wsi_components *c = s->c;
    const wsi_tile_row *row = &c->rows[number];
    level *l = &s->here;
    WSI_RETURN_IF(c->call->cancel && atomic_load(c->call->cancel), WSI_ERR_CANCELLED, "cancelled");
    l->row = row;
    l->at = number * c->call->tile;
    l->h = wsi_min64(c->call->tile, c->call->h - l->at);
    WSI_FORWARD(load(s, &l->places, row->places_at, (size_t)c->across, sizeof(wsi_tile_place), err));
    WSI_FORWARD(load(s, &l->nodes, row->nodes_at, row->nodes, sizeof(wsi_node), err));
    WSI_FORWARD(load(s, &l->of, row->of_at, row->nodes, sizeof(uint32_t), err));
    return load(s, &l->parts, row->parts_at, row->parts, sizeof(wsi_part), err);
}

static wsi_status save_parts(sweep *s, wsi_error *err)
{
    const level *l = &s->here;
    return wsi_scratch_write(s->c->scratch, l->row->parts_at, l->parts.p, l->row->parts * sizeof(wsi_part), err);
}

/* This row is the other one of the next row visited. */
static void leave_level(sweep *s)
{
    const level held = s->here;
    s->here = s->other;
    s->other = held;
}

/* What the node's pixels become. */
static uint32_t value_of(const sweep *s, uint32_t node)
{
    const wsi_components_spec *spec = &s->c->spec;
    const wsi_part *part = (const wsi_part *)s->here.parts.p + ((const uint32_t *)s->here.of.p)[node];
    if (spec->number) return (uint32_t)part->number;
    if (!wsi_component_stays(spec, part->size, part->flags)) return 0;
    return spec->input == WSI_COMPONENTS_LABELS ? part->value : 1;
}

static wsi_status save_values(sweep *s, wsi_error *err)
{
    const level *l = &s->here;
    for (int64_t t = 0; t < s->c->across; t++) {
        const wsi_tile_place *place = (const wsi_tile_place *)l->places.p + t;
        WSI_FORWARD(wsi_room_for(&s->values, place->nodes, sizeof(uint32_t), err));
        uint32_t *values = (uint32_t *)s->values.p;
        for (uint32_t i = 0; i < place->nodes; i++) values[i] = value_of(s, place->first_node + i);
        WSI_FORWARD(wsi_scratch_write(s->c->scratch, place->at + wsi_stored_values(&s->c->spec, l->h), values,
                                      place->nodes * sizeof(uint32_t), err));
    }
    return WSI_OK;
}

/* Upwards: parts get what their parents know; settled: and nodes what they become. */
static wsi_status sweep_up(sweep *s, int settled, wsi_error *err)
{
    for (int64_t r = s->c->down - 1; r >= 0; r--) {
        WSI_FORWARD(load_level(s, r, err));
        wsi_part *parts = (wsi_part *)s->here.parts.p;
        for (uint32_t i = 0; i < s->here.row->parts; i++) {
            const int64_t parent = parts[i].parent;
            if (parent == WSI_NO_COMPONENT) continue;
            parts[i] = ((const wsi_part *)s->other.parts.p)[parent];
            parts[i].parent = parent;
        }
        WSI_FORWARD(settled ? save_values(s, err) : save_parts(s, err));
        leave_level(s);
    }
    return WSI_OK;
}

/* 1 when the whole component begins with this node. */
static int begins(const level *l, uint32_t node)
{
    const wsi_part *part = (const wsi_part *)l->parts.p + ((const uint32_t *)l->of.p)[node];
    return part->first == ((const wsi_node *)l->nodes.p)[node].first;
}

/* Row of pixels, within the row of tiles, in which the node begins. */
static int64_t row_of(const sweep *s, uint32_t node)
{
    const uint64_t first = ((const wsi_node *)s->here.nodes.p)[node].first;
    return (int64_t)(first / (uint64_t)s->c->call->w) - s->here.at;
}

/* For each tile and row of pixels the components that begin there: closed ones, as stored, and nodes. */
static wsi_status count_starts(sweep *s, wsi_error *err)
{
    const level *l = &s->here;
    const size_t h = (size_t)l->h;
    WSI_FORWARD(wsi_room_for(&s->starts, (size_t)s->c->across * h, sizeof(uint32_t), err));
    for (int64_t t = 0; t < s->c->across; t++) {
        const wsi_tile_place *place = (const wsi_tile_place *)l->places.p + t;
        uint32_t *starts = (uint32_t *)s->starts.p + (size_t)t * h;
        WSI_FORWARD(
            wsi_scratch_read(s->c->scratch, place->at + sizeof(wsi_stored_tile), starts, h * sizeof(uint32_t), err));
        for (uint32_t i = place->first_node; i < place->first_node + place->nodes; i++)
            if (begins(l, i)) starts[row_of(s, i)]++;
    }
    return WSI_OK;
}

/* Counts become the number of the first component that begins in that tile and row of pixels. */
static wsi_status number_starts(sweep *s, wsi_error *err)
{
    const size_t h = (size_t)s->here.h;
    uint32_t *starts = (uint32_t *)s->starts.p;
    for (size_t y = 0; y < h; y++)
        for (int64_t t = 0; t < s->c->across; t++) {
            uint32_t *at = &starts[(size_t)t * h + y];
            const uint32_t count = *at;
            *at = (uint32_t)s->next;
            s->next += count;
        }
    WSI_RETURN_IF(s->next - 1 > s->c->spec.most, WSI_ERR_INPUT_UNSUPPORTED,
                  "more than %llu components: labels are 32-bit numbers", (unsigned long long)s->c->spec.most);
    for (int64_t t = 0; t < s->c->across; t++) {
        const wsi_tile_place *place = (const wsi_tile_place *)s->here.places.p + t;
        WSI_FORWARD(wsi_scratch_write(s->c->scratch, place->at + sizeof(wsi_stored_tile), starts + (size_t)t * h,
                                      h * sizeof(uint32_t), err));
    }
    return WSI_OK;
}

/* Nodes of a tile are in raster order of their first pixels, and know how many closed components come before them. */
static void number_nodes(sweep *s)
{
    const level *l = &s->here;
    const uint32_t *starts = (const uint32_t *)s->starts.p;
    for (int64_t t = 0; t < s->c->across; t++) {
        const wsi_tile_place *place = (const wsi_tile_place *)l->places.p + t;
        int64_t row = -1;
        uint32_t before = 0; /* nodes that begin earlier in this row of pixels */
        for (uint32_t i = place->first_node; i < place->first_node + place->nodes; i++) {
            if (!begins(l, i)) continue;
            const int64_t y = row_of(s, i);
            before = y == row ? before + 1 : 0;
            row = y;
            wsi_part *part = (wsi_part *)l->parts.p + ((const uint32_t *)l->of.p)[i];
            part->number = (uint64_t)starts[t * l->h + y] + ((const wsi_node *)l->nodes.p)[i].before + before;
        }
    }
}

/* Downwards: numbers of what begins here, and of what came from above. */
static wsi_status sweep_down(sweep *s, wsi_error *err)
{
    s->next = 1;
    for (int64_t r = 0; r < s->c->down; r++) {
        WSI_FORWARD(load_level(s, r, err));
        const wsi_part *above = (const wsi_part *)s->other.parts.p;
        for (uint32_t i = 0; r > 0 && i < s->other.row->parts; i++)
            if (above[i].number && above[i].parent != WSI_NO_COMPONENT)
                ((wsi_part *)s->here.parts.p)[above[i].parent].number = above[i].number;
        WSI_FORWARD(count_starts(s, err));
        WSI_FORWARD(number_starts(s, err));
        number_nodes(s);
        WSI_FORWARD(save_parts(s, err));
        leave_level(s);
    }
    s->c->count = s->next - 1;
    return WSI_OK;
}

static wsi_status sweep_all(sweep *s, wsi_error *err)
{
    if (s->c->spec.number) {
        WSI_FORWARD(sweep_up(s, 0, err));
        WSI_FORWARD(sweep_down(s, err));
    }
    return sweep_up(s, 1, err);
}

wsi_status wsi_components_finish(void *self, wsi_error *err)
{
    wsi_components *c = (wsi_components *)self;
    sweep s = {.c = c};
    WSI_RETURN_IF(c->seams.tile != c->across * c->down, WSI_ERR_INTERNAL, "components: tiles are missing");
    wsi_seams_clear(&c->seams);
    if (c->spec.input == WSI_COMPONENTS_VALUES) return wsi_values_finish(c, err);
    const wsi_status status = sweep_all(&s, err);
    free_level(&s.here);
    free_level(&s.other);
    wsi_free(s.starts.p);
    wsi_free(s.values.p);
    return status;
}
