/* Tiles joined, one row of tiles at a time. Union-find runs over the row's nodes and the components of the row above,
 * whose lowest pixels are the frontier. When the row is whole, its sets are its components; each component of the row
 * above is part of one of them, its parent, or of none and ends there. */
#include "components-private.h"

#include <string.h>

#include "common/mem.h"

void wsi_seams_clear(wsi_seams *s)
{
    wsi_room *const rooms[] = {&s->frontier, &s->coming, &s->hanging, &s->nodes, &s->parent,
                               &s->places,   &s->column, &s->parts,   &s->of};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) wsi_free(rooms[i]->p);
    memset(s, 0, sizeof *s);
}

static void join(wsi_seams *s, uint32_t a, uint32_t b)
{
    uint32_t *parent = (uint32_t *)s->parent.p;
    a = wsi_root_of(parent, a);
    b = wsi_root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* The tile's spans at its top with the frontier; `base` is the index of its first node. Both are in order of x, and so
 * are tiles: what ends to the left of one span is never looked at again. */
static void join_top(const wsi_components *c, wsi_seams *s, const wsi_tile_view *tile, uint32_t base)
{
    const int64_t reach = c->spec.connectivity == 2;
    const wsi_seam_span *frontier = (const wsi_seam_span *)s->frontier.p;
    for (uint32_t i = 0; i < tile->header->top; i++) {
        const wsi_seam_span *span = &tile->top[i];
        size_t *j = &s->frontier_at;
        while (*j < s->frontier_count && frontier[*j].end + reach <= span->start) ++*j;
        for (size_t k = *j; k < s->frontier_count && frontier[k].start < span->end + reach; k++)
            if (frontier[k].value == span->value) join(s, frontier[k].node, base + span->node);
    }
}

/* Two nodes (index + 1; 0: none) whose pixels touch. */
static void join_pixels(wsi_seams *s, uint32_t left, uint32_t right)
{
    const wsi_node *nodes = (const wsi_node *)s->nodes.p;
    if (!left || !right) return;
    if (nodes[left - 1].value != nodes[right - 1].value) return;
    join(s, s->hanging_count + left - 1, s->hanging_count + right - 1);
}

/* The tile's left column with the last tile's right one. */
static void join_left(const wsi_components *c, wsi_seams *s, const wsi_tile_view *tile, uint32_t first)
{
    const uint32_t *left = (const uint32_t *)s->column.p;
    const int diagonal = c->spec.connectivity == 2;
    const uint32_t rows = tile->header->left;
    for (uint32_t y = 0; y < rows; y++) {
        const uint32_t here = tile->left[y] ? tile->left[y] + first : 0;
        join_pixels(s, left[y], here);
        if (diagonal && y > 0) join_pixels(s, left[y - 1], here);
        if (diagonal && y + 1 < rows) join_pixels(s, left[y + 1], here);
    }
}

/* Keeps the tile's bottom row and right column for those that come; `first` is the row's index of its first node. */
static wsi_status keep_sides(wsi_seams *s, const wsi_tile_view *tile, uint32_t first, wsi_error *err)
{
    const uint32_t bottom = tile->header->bottom, right = tile->header->right;
    WSI_FORWARD(wsi_room_for(&s->coming, s->coming_count + bottom, sizeof(wsi_seam_span), err));
    WSI_FORWARD(wsi_room_for(&s->column, right, sizeof(uint32_t), err));
    wsi_seam_span *to = (wsi_seam_span *)s->coming.p + s->coming_count;
    for (uint32_t i = 0; i < bottom; i++) {
        to[i] = tile->bottom[i];
        to[i].node += first;
    }
    s->coming_count += bottom;
    uint32_t *column = (uint32_t *)s->column.p;
    for (uint32_t y = 0; y < right; y++) column[y] = tile->right[y] ? tile->right[y] + first : 0;
    return WSI_OK;
}

static wsi_status add_nodes(wsi_seams *s, const wsi_tile_view *tile, wsi_error *err)
{
    const uint32_t n = tile->header->nodes;
    const size_t count = (size_t)s->nodes_count + n, all = s->hanging_count + count;
    WSI_RETURN_IF(all >= UINT32_MAX, WSI_ERR_NO_MEMORY, "components: more than 2^32 of them reach other tiles");
    WSI_FORWARD(wsi_room_for(&s->nodes, count, sizeof(wsi_node), err));
    WSI_FORWARD(wsi_room_for(&s->parent, all, sizeof(uint32_t), err));
    if (n) memcpy((wsi_node *)s->nodes.p + s->nodes_count, tile->nodes, n * sizeof(wsi_node));
    uint32_t *parent = (uint32_t *)s->parent.p;
    for (size_t i = all - n; i < all; i++) parent[i] = (uint32_t)i;
    s->nodes_count += n;
    return WSI_OK;
}

static void add_part(wsi_part *to, uint64_t first, uint64_t size, uint32_t flags)
{
    if (first < to->first) to->first = first;
    to->size += size;
    to->flags |= flags;
}

/* Numbers the row's sets that have nodes: of[i] is node i's. Returns how many. */
static uint32_t number_parts(wsi_seams *s, uint32_t *of, uint32_t *part_of_root, wsi_part *parts)
{
    const wsi_node *nodes = (const wsi_node *)s->nodes.p;
    uint32_t *parent = (uint32_t *)s->parent.p, count = 0;
    memset(part_of_root, 0xff, ((size_t)s->hanging_count + s->nodes_count) * sizeof(uint32_t));
    for (uint32_t i = 0; i < s->nodes_count; i++) {
        uint32_t *part = &part_of_root[wsi_root_of(parent, s->hanging_count + i)];
        if (*part == UINT32_MAX) {
            *part = count++;
            parts[*part] = (wsi_part){UINT64_MAX, 0, nodes[i].value, 0, WSI_NO_COMPONENT, 0};
        }
        of[i] = *part;
        add_part(&parts[*part], nodes[i].first, nodes[i].size, nodes[i].flags);
    }
    return count;
}

/* What hangs down from the row above becomes part of this row's components, or ends. */
static void adopt(wsi_seams *s, const uint32_t *part_of_root, wsi_part *parts)
{
    wsi_part *hanging = (wsi_part *)s->hanging.p;
    for (uint32_t i = 0; i < s->hanging_count; i++) {
        const uint32_t part = part_of_root[wsi_root_of((uint32_t *)s->parent.p, i)];
        if (part == UINT32_MAX) continue;
        hanging[i].parent = part;
        add_part(&parts[part], hanging[i].first, hanging[i].size, hanging[i].flags);
    }
}

static void swap(wsi_room *a, wsi_room *b)
{
    const wsi_room held = *a;
    *a = *b;
    *b = held;
}

/* This row's bottom is the next one's frontier, its components are what hangs down to it. */
static wsi_status descend(wsi_seams *s, const uint32_t *of, uint32_t count, wsi_error *err)
{
    swap(&s->frontier, &s->coming);
    s->frontier_count = s->coming_count;
    s->frontier_at = s->coming_count = 0;
    wsi_seam_span *frontier = (wsi_seam_span *)s->frontier.p;
    for (size_t i = 0; i < s->frontier_count; i++) frontier[i].node = of[frontier[i].node];
    swap(&s->hanging, &s->parts);
    s->hanging_count = count;
    s->nodes_count = 0;
    WSI_FORWARD(wsi_room_for(&s->parent, count, sizeof(uint32_t), err));
    for (uint32_t i = 0; i < count; i++) ((uint32_t *)s->parent.p)[i] = i;
    return WSI_OK;
}

static wsi_status save_hanging(wsi_components *c, wsi_tile_row *row, wsi_error *err)
{
    wsi_seams *s = &c->seams;
    row->parts = s->hanging_count;
    return wsi_scratch_append(c->scratch, s->hanging.p, s->hanging_count * sizeof(wsi_part), &row->parts_at, err);
}

static wsi_status close_row(wsi_components *c, int64_t number, wsi_error *err)
{
    wsi_seams *s = &c->seams;
    wsi_tile_row *row = &c->rows[number];
    const size_t n = s->nodes_count, all = s->hanging_count + n;
    WSI_FORWARD(wsi_room_for(&s->of, n + all, sizeof(uint32_t), err));
    WSI_FORWARD(wsi_room_for(&s->parts, n, sizeof(wsi_part), err));
    uint32_t *of = (uint32_t *)s->of.p, *part_of_root = of + n;
    const uint32_t count = number_parts(s, of, part_of_root, (wsi_part *)s->parts.p);
    adopt(s, part_of_root, (wsi_part *)s->parts.p);
    if (number > 0) WSI_FORWARD(save_hanging(c, row - 1, err));
    row->nodes = s->nodes_count;
    WSI_FORWARD(wsi_scratch_append(c->scratch, s->nodes.p, n * sizeof(wsi_node), &row->nodes_at, err));
    WSI_FORWARD(wsi_scratch_append(c->scratch, of, n * sizeof(uint32_t), &row->of_at, err));
    WSI_FORWARD(
        wsi_scratch_append(c->scratch, s->places.p, (size_t)c->across * sizeof(wsi_tile_place), &row->places_at, err));
    WSI_FORWARD(descend(s, of, count, err));
    return number + 1 == c->down ? save_hanging(c, row, err) : WSI_OK;
}

wsi_status wsi_seams_store(wsi_components *c, int64_t tx, const wsi_tile_view *tile, wsi_error *err)
{
    wsi_seams *s = &c->seams;
    WSI_FORWARD(wsi_room_for(&s->places, (size_t)c->across, sizeof(wsi_tile_place), err));
    wsi_tile_place *place = (wsi_tile_place *)s->places.p + tx;
    *place = (wsi_tile_place){0, tile->header->stored, s->nodes_count, tile->header->nodes};
    return wsi_scratch_append(c->scratch, tile->stored, place->size, &place->at, err);
}

wsi_status wsi_components_append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    wsi_components *c = (wsi_components *)self;
    wsi_seams *s = &c->seams;
    const int64_t tx = s->tile % c->across, ty = s->tile / c->across, edge = c->call->tile;
    const wsi_tile_view tile = wsi_tile_view_of(bytes);
    (void)size;
    WSI_RETURN_IF(at.x != tx * edge || at.y != ty * edge, WSI_ERR_INTERNAL, "components: a tile out of order");
    if (c->spec.input == WSI_COMPONENTS_VALUES) return wsi_values_append(c, tx, ty, &tile, err);
    c->count += tile.header->closed;
    WSI_RETURN_IF(c->spec.number && c->count > c->spec.most, WSI_ERR_INPUT_UNSUPPORTED,
                  "more than %llu components: labels are 32-bit numbers", (unsigned long long)c->spec.most);
    const uint32_t first = s->nodes_count, base = s->hanging_count + first;
    WSI_FORWARD(wsi_seams_store(c, tx, &tile, err));
    WSI_FORWARD(add_nodes(s, &tile, err));
    join_top(c, s, &tile, base);
    if (tx > 0) join_left(c, s, &tile, first);
    WSI_FORWARD(keep_sides(s, &tile, first, err));
    s->tile++;
    return tx + 1 == c->across ? close_row(c, ty, err) : WSI_OK;
}
