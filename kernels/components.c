/* Connected components of the whole slide: opening, tiles' bytes, workspaces. See components.h for the method;
 * components-tile.c labels a tile, components-code.c writes and paints its spans, components-seams.c joins tiles,
 * components-sweep.c settles what every node becomes. */
#include "components-private.h"

#include <string.h>

#include "common/mem.h"

wsi_status wsi_room_for(wsi_room *room, size_t count, size_t size, wsi_error *err)
{
    size_t need;
    WSI_RETURN_IF(!wsi_mul_size(count, size, &need), WSI_ERR_NO_MEMORY, "no memory for components");
    if (room->p && need <= room->bytes) return WSI_OK;
    const size_t bytes = need + need / 2 + 4096;
    void *p = wsi_realloc_array(room->p, bytes, 1);
    WSI_RETURN_IF(!p, WSI_ERR_NO_MEMORY, "no memory for components");
    *room = (wsi_room){p, bytes};
    return WSI_OK;
}

/* A workspace for this call. Errors: NO_MEMORY. */
static wsi_status take_workspace(const wsi_components *c, wsi_workspace **out, wsi_error *err)
{
    wsi_components *owner = (wsi_components *)(uintptr_t)c; /* spare alone changes, under its lock */
    pthread_mutex_lock(&owner->lock);
    wsi_workspace *ws = owner->spare;
    if (ws) owner->spare = ws->next;
    pthread_mutex_unlock(&owner->lock);
    if (!ws) ws = (wsi_workspace *)wsi_calloc(1, sizeof *ws);
    WSI_RETURN_IF(!ws, WSI_ERR_NO_MEMORY, "no memory for components");
    *out = ws;
    return WSI_OK;
}

static void give_workspace(const wsi_components *c, wsi_workspace *ws)
{
    wsi_components *owner = (wsi_components *)(uintptr_t)c;
    pthread_mutex_lock(&owner->lock);
    ws->next = owner->spare;
    owner->spare = ws;
    pthread_mutex_unlock(&owner->lock);
}

static void free_workspace(wsi_workspace *ws)
{
    wsi_room *const rooms[] = {&ws->spans, &ws->values, &ws->of,     &ws->rows,    &ws->components,
                               &ws->truth, &ws->kept,   &ws->record, &ws->painted, &ws->items};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) wsi_free(rooms[i]->p);
    wsi_free(ws);
}

wsi_status wsi_components_open(const wsi_whole_call *call, const wsi_components_spec *spec, void **self, wsi_error *err)
{
    wsi_components *c = (wsi_components *)wsi_calloc(1, sizeof *c);
    WSI_RETURN_IF(!c, WSI_ERR_NO_MEMORY, "no memory for components");
    *self = c;
    pthread_mutex_init(&c->lock, NULL);
    c->spec = *spec;
    c->call = call;
    c->kernel = wsi_spans_kernel_for(wsi_cpu_best());
    c->across = (call->w + call->tile - 1) / call->tile;
    c->down = (call->h + call->tile - 1) / call->tile;
    c->rows = (wsi_tile_row *)wsi_calloc((size_t)c->down + 1, sizeof *c->rows);
    WSI_RETURN_IF(!c->rows, WSI_ERR_NO_MEMORY, "no memory for components");
    WSI_FORWARD(wsi_scratch_open(call->scratch, &c->scratch, err));
    if (spec->input != WSI_COMPONENTS_VALUES) return WSI_OK;
    return wsi_totals_open(c->scratch, call->memory / 2, &c->totals, err);
}

void wsi_components_close(void **self)
{
    wsi_components *c = (wsi_components *)*self;
    *self = NULL;
    if (!c) return;
    for (wsi_workspace *ws = c->spare, *next; ws; ws = next) {
        next = ws->next;
        free_workspace(ws);
    }
    wsi_seams_clear(&c->seams);
    wsi_totals_close(&c->totals);
    wsi_scratch_close(&c->scratch);
    pthread_mutex_destroy(&c->lock);
    wsi_free(c->rows);
    wsi_free(c);
}

uint64_t wsi_components_count(const void *self)
{
    return ((const wsi_components *)self)->count;
}

/* Where the parts of a tile's bytes lie; see wsi_tile_header. */
typedef struct parts {
    size_t nodes, top, bottom, left, right, stored, end;
} parts;

static parts lay_out(const wsi_tile_header *t)
{
    parts p;
    p.nodes = wsi_round16(sizeof *t);
    p.top = p.nodes + wsi_round16((size_t)t->nodes * t->node_size);
    p.bottom = p.top + wsi_round16(t->top * sizeof(wsi_seam_span));
    p.left = p.bottom + wsi_round16(t->bottom * sizeof(wsi_seam_span));
    p.right = p.left + wsi_round16(t->left * sizeof(uint32_t));
    p.stored = p.right + wsi_round16(t->right * sizeof(uint32_t));
    p.end = p.stored + t->stored;
    return p;
}

wsi_tile_view wsi_tile_view_of(const void *bytes)
{
    const wsi_tile_header *t = (const wsi_tile_header *)bytes;
    const parts p = lay_out(t);
    const char *b = (const char *)bytes;
    return (wsi_tile_view){t,
                           (const wsi_node *)(const void *)(b + p.nodes),
                           (const wsi_seam_span *)(const void *)(b + p.top),
                           (const wsi_seam_span *)(const void *)(b + p.bottom),
                           (const uint32_t *)(const void *)(b + p.left),
                           (const uint32_t *)(const void *)(b + p.right),
                           b + p.stored};
}

size_t wsi_components_bound(const void *self)
{
    const wsi_components *c = (const wsi_components *)self;
    const int64_t w = wsi_min64(c->call->tile, c->call->w), h = wsi_min64(c->call->tile, c->call->h);
    const int valued = wsi_components_valued(&c->spec), values = c->spec.input == WSI_COMPONENTS_VALUES;
    const uint32_t row = (uint32_t)wsi_spans_max(w, valued), column = (uint32_t)wsi_spans_max(h, valued);
    const uint32_t nodes = values ? (uint32_t)(w * h) : 2 * row + 2 * column;
    const wsi_tile_header most = {.nodes = nodes,
                                  .top = values ? 0 : row,
                                  .bottom = values ? 0 : row,
                                  .left = values ? 0 : (uint32_t)h,
                                  .right = values ? 0 : (uint32_t)h,
                                  .node_size = values ? sizeof(uint32_t) : sizeof(wsi_node),
                                  .stored = wsi_stored_code(&c->spec, h, nodes) + wsi_code_bound(&c->spec, w, h)};
    return lay_out(&most).end;
}

/* Pixels and values of all components. */
static void put_values(const wsi_workspace *ws, uint32_t *sizes, uint32_t *values)
{
    const wsi_component *all = (const wsi_component *)ws->components.p;
    for (uint32_t i = 0; i < ws->count; i++) {
        sizes[i] = (uint32_t)all[i].size;
        values[i] = all[i].value;
    }
}

/* The tile's nodes, in order. */
static void put_nodes(const wsi_components *c, wsi_rect at, const wsi_workspace *ws, wsi_node *nodes)
{
    const wsi_component *all = (const wsi_component *)ws->components.p;
    for (uint32_t i = 0; i < ws->count; i++) {
        const wsi_component *from = &all[i];
        if (from->node == WSI_NO_COMPONENT) continue;
        const uint64_t first = (uint64_t)(at.y + from->y) * (uint64_t)c->call->w + (uint64_t)(at.x + from->x);
        nodes[from->node] = (wsi_node){first, from->size, from->value, from->flags, 0, 0};
    }
}

static uint32_t spans_of_row(const wsi_workspace *ws, int64_t y)
{
    const uint32_t *row = (const uint32_t *)ws->rows.p;
    return row[y + 1] - row[y];
}

static void put_seam_row(const wsi_workspace *ws, int64_t x, int64_t y, uint32_t n, wsi_seam_span *out)
{
    const wsi_component *all = (const wsi_component *)ws->components.p;
    const uint32_t first = ((const uint32_t *)ws->rows.p)[y];
    for (uint32_t i = 0; i < n; i++) {
        const wsi_span s = ((const wsi_span *)ws->spans.p)[first + i];
        const wsi_component *of = &all[((const uint32_t *)ws->of.p)[first + i]];
        out[i] = (wsi_seam_span){x + s.start, x + s.end, (uint32_t)of->node, of->value};
    }
}

/* For each row the node + 1 whose span reaches column x, the first (0) or the last (w), or 0. */
static void put_seam_column(const wsi_workspace *ws, int64_t h, uint32_t x, uint32_t *out)
{
    const wsi_component *all = (const wsi_component *)ws->components.p;
    const wsi_span *spans = (const wsi_span *)ws->spans.p;
    const uint32_t *row = (const uint32_t *)ws->rows.p;
    for (int64_t y = 0; y < h; y++) {
        const uint32_t i = x ? row[y + 1] - 1 : row[y];
        const int reaches = row[y] < row[y + 1] && (x ? spans[i].end == x : spans[i].start == 0);
        out[y] = reaches ? (uint32_t)all[((const uint32_t *)ws->of.p)[i]].node + 1 : 0;
    }
}

static uint64_t closed_starts(const uint32_t *starts, int64_t h)
{
    uint64_t sum = 0;
    for (int64_t y = 0; y < h; y++) sum += starts[y];
    return sum;
}

/* Writes what wsi_tile_header describes; returns its size. */
static size_t put_tile(const wsi_components *c, wsi_rect at, wsi_workspace *ws, unsigned char *out)
{
    const wsi_sides sides = wsi_sides_of(c, at);
    const int values = c->spec.input == WSI_COMPONENTS_VALUES;
    wsi_tile_header *t = (wsi_tile_header *)(void *)out;
    *t = (wsi_tile_header){.nodes = ws->nodes,
                           .top = sides.top ? spans_of_row(ws, 0) : 0,
                           .bottom = sides.bottom ? spans_of_row(ws, at.h - 1) : 0,
                           .left = sides.left ? (uint32_t)at.h : 0,
                           .right = sides.right ? (uint32_t)at.h : 0,
                           .node_size = values ? sizeof(uint32_t) : sizeof(wsi_node)};
    const parts p = lay_out(t);
    wsi_node *nodes = (wsi_node *)(void *)(out + p.nodes);
    memset(out + sizeof *t, 0, p.stored - sizeof *t);
    if (!values) put_nodes(c, at, ws, nodes);
    put_seam_row(ws, at.x, 0, t->top, (wsi_seam_span *)(void *)(out + p.top));
    put_seam_row(ws, at.x, at.h - 1, t->bottom, (wsi_seam_span *)(void *)(out + p.bottom));
    if (t->left) put_seam_column(ws, at.h, 0, (uint32_t *)(void *)(out + p.left));
    if (t->right) put_seam_column(ws, at.h, (uint32_t)at.w, (uint32_t *)(void *)(out + p.right));

    unsigned char *stored = out + p.stored;
    const size_t code = wsi_stored_code(&c->spec, at.h, t->nodes);
    uint32_t *starts = (uint32_t *)(void *)(stored + sizeof(wsi_stored_tile));
    memset(stored, 0, code);
    if (values)
        put_values(ws, (uint32_t *)(void *)(out + p.nodes),
                   (uint32_t *)(void *)(stored + wsi_stored_values(&c->spec, at.h)));
    wsi_stored_tile *s = (wsi_stored_tile *)(void *)stored;
    *s = (wsi_stored_tile){.w = (uint32_t)at.w,
                           .h = (uint32_t)at.h,
                           .nodes = t->nodes,
                           .items = wsi_counts_starts(&c->spec) ? ws->count : ws->nodes,
                           .code = wsi_code_put(&c->spec, at.h, ws, nodes, starts, stored + code)};
    t->stored = code + s->code;
    if (wsi_counts_starts(&c->spec)) t->closed = closed_starts(starts, at.h);
    return lay_out(t).end;
}

wsi_status wsi_components_tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                               wsi_error *err)
{
    const wsi_components *c = (const wsi_components *)self;
    wsi_workspace *ws = NULL;
    WSI_RETURN_IF(capacity < wsi_components_bound(self), WSI_ERR_INTERNAL, "components: too little room for a tile");
    WSI_FORWARD(take_workspace(c, &ws, err));
    const wsi_status status = wsi_components_label(c, im, at, ws, err);
    if (status == WSI_OK) *size = put_tile(c, at, ws, (unsigned char *)out);
    give_workspace(c, ws);
    return status;
}

/* The part of one tile that `at` covers, into its place of dst. */
static wsi_status read_tile(const wsi_components *c, wsi_workspace *ws, const wsi_tile_place *place, wsi_rect tile,
                            wsi_rect at, const wsi_image *dst, wsi_error *err)
{
    const wsi_rect part = wsi_rect_intersect(tile, at);
    const wsi_image to = wsi_image_crop(dst, (wsi_rect){part.x - at.x, part.y - at.y, part.w, part.h});
    WSI_FORWARD(wsi_room_for(&ws->record, place->size, 1, err));
    WSI_FORWARD(wsi_scratch_read(c->scratch, place->at, ws->record.p, place->size, err));
    return wsi_code_paint(&c->spec, ws, (wsi_rect){part.x - tile.x, part.y - tile.y, part.w, part.h}, &to, err);
}

static wsi_status read_tiles(const wsi_components *c, wsi_workspace *ws, wsi_rect at, const wsi_image *dst,
                             wsi_error *err)
{
    const int64_t edge = c->call->tile;
    for (int64_t ty = at.y / edge; ty * edge < at.y + at.h; ty++)
        for (int64_t tx = at.x / edge; tx * edge < at.x + at.w; tx++) {
            wsi_tile_place place;
            const uint64_t from = c->rows[ty].places_at + (uint64_t)tx * sizeof place;
            const wsi_rect tile = {tx * edge, ty * edge, edge, edge};
            WSI_FORWARD(wsi_scratch_read(c->scratch, from, &place, sizeof place, err));
            WSI_FORWARD(read_tile(c, ws, &place, tile, at, dst, err));
        }
    return WSI_OK;
}

wsi_status wsi_components_read(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err)
{
    const wsi_components *c = (const wsi_components *)self;
    wsi_workspace *ws = NULL;
    WSI_FORWARD(take_workspace(c, &ws, err));
    const wsi_status status = read_tiles(c, ws, at, dst, err);
    give_workspace(c, ws);
    return status;
}
