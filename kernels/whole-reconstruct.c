/* The reconstruction engine's first half: tiles rise on their own until stable and go to the scratch file; when those
 * that their neighbours lift have risen too, rows of the result come from there. */
#include "whole-reconstruct.h"

#include "common/mem.h"
#include "order.h"
#include "reconstruct-private.h"

/* What tile() leaves: this, then, unless all is one value, lines and planes. */
typedef struct head {
    uint64_t marker, mask; /* of the first pixel */
    uint64_t least, most;  /* of the mask */
    uint64_t flat;
    char pad[24];
} head;

static void free_spares(engine *e)
{
    while (e->spare_count > 0) wsi_rise_close(&e->spare[--e->spare_count]);
}

void wsi_reconstruct_close(void **self)
{
    engine *e = (engine *)*self;
    if (!e) return;
    wsi_scratch_close(&e->scratch);
    free_spares(e);
    for (int i = 0; i < e->lock_count; i++) pthread_mutex_destroy(&e->locks[i]);
    pthread_mutex_destroy(&e->lock);
    pthread_cond_destroy(&e->change);
    wsi_free(e->records);
    wsi_free(e->states);
    wsi_free(e->queue);
    wsi_free(e);
    *self = NULL;
}

wsi_status wsi_reconstruct_open(const wsi_whole_call *call, const wsi_reconstruct_rule *rule, void **self,
                                wsi_error *err)
{
    engine *e = (engine *)wsi_calloc(1, sizeof *e);
    WSI_RETURN_IF(!e, WSI_ERR_NO_MEMORY, "no memory for %s", rule->name);
    *self = e;
    e->call = call;
    e->rule = rule;
    e->key = rule->key_size(call);
    e->corners = rule->corners(call);
    e->tiles_x = (call->w + call->tile - 1) / call->tile;
    e->tiles_y = (call->h + call->tile - 1) / call->tile;
    e->least = UINT64_MAX;
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->change, NULL);
    for (; e->lock_count < LOCKS; e->lock_count++) pthread_mutex_init(&e->locks[e->lock_count], NULL);
    const size_t tiles = (size_t)(e->tiles_x * e->tiles_y);
    e->records = (record *)wsi_calloc(tiles, sizeof *e->records);
    e->states = (uint8_t *)wsi_calloc(tiles, 1);
    e->queue = (int64_t *)wsi_calloc(tiles, sizeof *e->queue);
    WSI_RETURN_IF(!e->records || !e->states || !e->queue, WSI_ERR_NO_MEMORY, "no memory for %s", rule->name);
    return wsi_scratch_open(call->scratch, &e->scratch, err);
}

size_t wsi_reconstruct_bound(const void *self)
{
    const engine *e = (const engine *)self;
    const place p = {.w = e->call->tile, .h = e->call->tile};
    return sizeof(head) + 2 * (lines_bytes(e, &p) + plane_bytes(e, &p));
}

static void range(const wsi_rise *r, const place *p, head *h)
{
    h->least = UINT64_MAX;
    h->most = 0;
    for (int64_t y = 0; y < p->h; y++) r->rows->range(wsi_rise_at(r, r->mask, 0, y), p->w, &h->least, &h->most);
}

static wsi_status fill_rows(const engine *e, const wsi_image *im, wsi_rect at, const wsi_rise *r, wsi_error *err)
{
    for (int64_t y = 0; y < at.h; y++)
        WSI_FORWARD(
            e->rule->row(e->call, im, at, y, wsi_rise_at(r, r->marker, 0, y), wsi_rise_at(r, r->mask, 0, y), err));
    return WSI_OK;
}

static size_t pack_tile(const engine *e, const wsi_rise *r, const place *p, head *h)
{
    char *to = (char *)(h + 1);
    h->marker = wsi_order_at(wsi_rise_at(r, r->marker, 0, 0), e->key, 0);
    h->mask = wsi_order_at(wsi_rise_at(r, r->mask, 0, 0), e->key, 0);
    h->flat = is_flat(r, r->marker, p) && is_flat(r, r->mask, p);
    if (e->rule->nothing) range(r, p, h);
    if (h->flat) return sizeof *h;
    copy_lines(r, r->marker, p, to);
    copy_lines(r, r->mask, p, to + lines_bytes(e, p));
    to += 2 * lines_bytes(e, p);
    pack_marker(e, r, p, to);
    copy_plane(r, r->mask, p, to + marker_bytes(e, p));
    return sizeof *h + 2 * lines_bytes(e, p) + marker_bytes(e, p) + plane_bytes(e, p);
}

/* Planes for a tile: those of an earlier one, if there are any. */
static wsi_status borrow(engine *e, wsi_rise *r, wsi_error *err)
{
    const int64_t w = wsi_min64(e->call->tile, e->call->w), h = wsi_min64(e->call->tile, e->call->h);
    *r = (wsi_rise){0};
    pthread_mutex_lock(&e->lock);
    if (e->spare_count > 0) *r = e->spare[--e->spare_count];
    pthread_mutex_unlock(&e->lock);
    return r->marker ? WSI_OK : wsi_rise_open(r, e->key, e->corners, w, h, err);
}

static void hand_back(engine *e, wsi_rise *r)
{
    pthread_mutex_lock(&e->lock);
    const int kept = e->spare_count < SPARE;
    if (kept) e->spare[e->spare_count++] = *r;
    pthread_mutex_unlock(&e->lock);
    if (!kept) wsi_rise_close(r);
}

wsi_status wsi_reconstruct_tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                                wsi_error *err)
{
    engine *e = (engine *)self;
    const place p = place_of(e, at.x / e->call->tile, at.y / e->call->tile);
    wsi_rise r;
    (void)capacity;
    WSI_FORWARD(borrow(e, &r, err));
    wsi_rise_resize(&r, at.w, at.h);
    wsi_status status = fill_rows(e, im, at, &r, err);
    if (status == WSI_OK) status = e->rule->steps ? wsi_rise_steps(&r, err) : wsi_rise_all(&r, err);
    if (status == WSI_OK) *size = pack_tile(e, &r, &p, (head *)out);
    if (status == WSI_OK)
        hand_back(e, &r);
    else
        wsi_rise_close(&r);
    return status;
}

wsi_status wsi_reconstruct_append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    engine *e = (engine *)self;
    const head *h = (const head *)bytes;
    record *r = &e->records[place_of(e, at.x / e->call->tile, at.y / e->call->tile).index];
    r->marker = h->marker;
    r->mask = h->mask;
    e->least = h->least < e->least ? h->least : e->least;
    e->most = h->most > e->most ? h->most : e->most;
    if (h->flat) return WSI_OK;
    /* The first append would lie at 0, which says that there are no bytes. */
    if (wsi_scratch_size(e->scratch) == 0) WSI_FORWARD(wsi_scratch_append(e->scratch, h, sizeof *h, &r->at, err));
    return wsi_scratch_append(e->scratch, h + 1, size - sizeof *h, &r->at, err);
}

/* The result as it lies there: the marker's plane, of a byte a pixel. */
static wsi_status read_steps(const engine *e, const place *p, wsi_rect part, void *rows, const wsi_image *dst,
                             wsi_error *err)
{
    const uint64_t at = e->records[p->index].at + 2 * lines_bytes(e, p) + (uint64_t)(part.y * p->w);
    WSI_FORWARD(wsi_scratch_read(e->scratch, at, rows, (size_t)(part.h * p->w), err));
    for (int64_t y = 0; y < part.h; y++)
        memcpy(wsi_image_row(dst, y), (const char *)rows + y * p->w + part.x, (size_t)part.w);
    return WSI_OK;
}

/* Rows of one tile's part of the result. */
static wsi_status read_part(const engine *e, const place *p, wsi_rect part, void *rows, const wsi_image *dst,
                            wsi_error *err)
{
    const record *r = &e->records[p->index];
    const size_t line = (size_t)p->w * e->key, size = (size_t)part.h * line;
    char *marker = (char *)rows, *mask = marker + size;
    if (r->at != 0 && e->rule->steps) return read_steps(e, p, part, rows, dst, err);
    if (r->at != 0) {
        const uint64_t at = r->at + 2 * lines_bytes(e, p) + (uint64_t)part.y * line;
        WSI_FORWARD(wsi_scratch_read(e->scratch, at, marker, size, err));
        WSI_FORWARD(wsi_scratch_read(e->scratch, at + plane_bytes(e, p), mask, size, err));
    } else {
        for (int64_t i = 0; i < part.h * p->w; i++) {
            wsi_order_put(marker, e->key, i, r->marker);
            wsi_order_put(mask, e->key, i, r->mask);
        }
    }
    for (int64_t y = 0; y < part.h; y++) {
        const size_t at = (size_t)y * line + (size_t)part.x * e->key;
        e->rule->result(e->call, marker + at, mask + at, part.w, wsi_image_row(dst, y));
    }
    return WSI_OK;
}

static void read_nothing(const wsi_image *dst)
{
    for (int64_t y = 0; y < dst->h; y++) memset(wsi_image_row(dst, y), 0, (size_t)dst->w * wsi_pixfmt_size(dst->fmt));
}

static wsi_status read_tiles(const engine *e, wsi_rect at, void *rows, const wsi_image *dst, wsi_error *err)
{
    const int64_t edge = e->call->tile;
    for (int64_t j = at.y / edge; j * edge < at.y + at.h; j++)
        for (int64_t i = at.x / edge; i * edge < at.x + at.w; i++) {
            const place p = place_of(e, i, j);
            const wsi_rect part = wsi_rect_intersect((wsi_rect){i * edge, j * edge, p.w, p.h}, at);
            const wsi_image to = wsi_image_crop(dst, (wsi_rect){part.x - at.x, part.y - at.y, part.w, part.h});
            const wsi_rect within = {part.x - i * edge, part.y - j * edge, part.w, part.h};
            WSI_FORWARD(read_part(e, &p, within, rows, &to, err));
        }
    return WSI_OK;
}

wsi_status wsi_reconstruct_read(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err)
{
    const engine *e = (const engine *)self;
    if (e->nothing) {
        read_nothing(dst);
        return WSI_OK;
    }
    const int64_t rows_most = wsi_min64(at.h, e->call->tile);
    void *rows = wsi_calloc((size_t)(2 * rows_most * e->call->tile), e->key);
    WSI_RETURN_IF(!rows, WSI_ERR_NO_MEMORY, "no memory for a part of a tile");
    const wsi_status status = read_tiles(e, at, rows, dst, err);
    wsi_free(rows);
    return status;
}
