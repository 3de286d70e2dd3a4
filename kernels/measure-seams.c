/* Tiles one after the other: what neighbourhoods that reach over the seams above and to the left of a tile add is
 * counted on narrow planes of the labels along them; of the tiles before, the last rows and columns are kept for that.
 *
 *              x0-4   x0-2    x0    x0+2             x1-2   x1
 *        y0-4   . . . . . . . . . . . . . . . . . . . . . .
 *        y0-2   . . c c c c c c c c c c c c c c c c c . . .      c: counted with the seam above, corners included
 *        y0     . . c c c c|c c c c c c c c c c c c c . . .
 *        y0+2   . . v v v v . . .                                v: counted with the seam to the left
 */
#include <string.h>

#include "common/mem.h"
#include "measure.h"
#include "varint.h"

enum { REACH = WSI_MEASURE_REACH, STRIP = 2 * REACH };

/* A tile's labels along its seams, as its bytes have them; NULL where a side is none. */
typedef struct sides {
    const uint32_t *top, *bottom, *left, *right;
} sides;

static sides sides_of(const wsi_whole_call *call, wsi_rect at, const unsigned char **bytes)
{
    wsi_rect strips[4];
    const int n = wsi_measure_strips(call, at, strips);
    const uint32_t *labels = (const uint32_t *)(const void *)*bytes, *of[4];
    for (int i = 0; i < n; i++) {
        of[i] = labels;
        labels += strips[i].w * strips[i].h;
    }
    *bytes = (const unsigned char *)labels;
    int k = 0;
    sides s = {NULL, NULL, NULL, NULL};
    if (at.y > 0) s.top = of[k++];
    if (at.y + at.h < call->h) s.bottom = of[k++];
    if (at.x > 0) s.left = of[k++];
    if (at.x + at.w < call->w) s.right = of[k++];
    return s;
}

static void copy_labels(const wsi_measure_plane *plane, wsi_rect to, const uint32_t *from, int64_t pitch)
{
    for (int64_t y = 0; y < to.h; y++)
        memcpy(wsi_measure_row(plane, to.y + y) + to.x, from + y * pitch, (size_t)to.w * sizeof *from);
}

/* ---- Seams ---- */

static wsi_status count(wsi_measure_workspace *ws, wsi_rect at, wsi_error *err)
{
    const wsi_measure_counter counter = {wsi_measure_labels_counts, &ws->labels};
    WSI_RETURN_IF(!wsi_measure_count(&ws->plane, at, &counter), WSI_ERR_NO_MEMORY, "no memory for labels");
    return WSI_OK;
}

static wsi_status count_left(const wsi_whole_call *call, wsi_measure_seams *s, wsi_rect at, const uint32_t *labels,
                             wsi_error *err)
{
    const int64_t columns = wsi_min64(STRIP, at.w);
    WSI_FORWARD(wsi_measure_plane_size(&s->ws.plane, STRIP + columns, at.h, err));
    copy_labels(&s->ws.plane, (wsi_rect){0, 0, STRIP, at.h}, (const uint32_t *)s->left.p, STRIP);
    copy_labels(&s->ws.plane, (wsi_rect){STRIP, 0, columns, at.h}, labels, columns);
    const int64_t y0 = at.y > 0 ? REACH : 0, y1 = at.y + at.h < call->h ? at.h - REACH : at.h + 1;
    return count(&s->ws, (wsi_rect){REACH, y0, wsi_min64(STRIP, call->w + 1 - (at.x - REACH)), y1 - y0}, err);
}

static wsi_status count_above(const wsi_whole_call *call, wsi_measure_seams *s, wsi_rect at, const uint32_t *labels,
                              wsi_error *err)
{
    const int64_t rows = wsi_min64(STRIP, at.h), before = at.x > 0 ? STRIP : 0;
    WSI_FORWARD(wsi_measure_plane_size(&s->ws.plane, before + at.w, STRIP + rows, err));
    copy_labels(&s->ws.plane, (wsi_rect){0, 0, before + at.w, STRIP}, (const uint32_t *)s->above.p + at.x - before,
                call->w);
    if (before) copy_labels(&s->ws.plane, (wsi_rect){0, STRIP, before, rows}, (const uint32_t *)s->left.p, STRIP);
    copy_labels(&s->ws.plane, (wsi_rect){before, STRIP, at.w, rows}, labels, at.w);
    const int64_t x0 = before ? REACH : 0;
    const int64_t x1 = before + (at.x + at.w < call->w ? at.w - REACH : at.w + 1);
    return count(&s->ws, (wsi_rect){x0, REACH, x1 - x0, wsi_min64(STRIP, call->h + 1 - (at.y - REACH))}, err);
}

/* What was counted, as parts without pixels. */
static wsi_status store_counts(const wsi_measure_plan *plan, wsi_measure_workspace *ws, wsi_label_store *store,
                               wsi_error *err)
{
    unsigned char bytes[16 * WSI_VARINT_MAX];
    for (uint32_t i = 0; i < ws->labels.count; i++) {
        const uint32_t label = ((const uint32_t *)ws->labels.labels.p)[i];
        const wsi_measure_part part = {label, &ws->sums, NULL, 0, NULL};
        ws->sums.counts = ((const wsi_measure_counts *)ws->labels.counts.p)[i];
        const unsigned char *end = wsi_measure_code_put(plan, &part, bytes);
        WSI_FORWARD(wsi_label_store_add(store, label, bytes, (uint32_t)(end - bytes), err));
    }
    return WSI_OK;
}

/* Keeps what the tiles to the right and below will ask for. */
static wsi_status keep(const wsi_whole_call *call, wsi_measure_seams *s, wsi_rect at, const sides *of, wsi_error *err)
{
    if (of->right) {
        const size_t labels = (size_t)at.h * STRIP;
        WSI_FORWARD(wsi_measure_reserve(&s->left, labels, sizeof(uint32_t), err));
        memcpy(s->left.p, of->right, labels * sizeof(uint32_t));
    }
    if (!of->bottom) return WSI_OK;
    WSI_FORWARD(wsi_measure_reserve(&s->below, (size_t)call->w * STRIP, sizeof(uint32_t), err));
    for (int64_t y = 0; y < STRIP; y++)
        memcpy((uint32_t *)s->below.p + y * call->w + at.x, of->bottom + y * at.w, (size_t)at.w * sizeof(uint32_t));
    if (at.x + at.w < call->w) return WSI_OK;
    const wsi_measure_room held = s->above;
    s->above = s->below;
    s->below = held;
    return WSI_OK;
}

static wsi_status add_parts(const wsi_measure_tile *tile, const unsigned char *from, wsi_label_store *store,
                            wsi_error *err)
{
    wsi_measure_frame frame;
    for (uint64_t i = 0; i < tile->parts; i++, from += frame.size) {
        memcpy(&frame, from, sizeof frame);
        from += sizeof frame;
        WSI_FORWARD(wsi_label_store_add(store, frame.label, from, frame.size, err));
    }
    return WSI_OK;
}

wsi_status wsi_measure_append(const wsi_whole_call *call, const wsi_measure_plan *plan, wsi_measure_seams *s,
                              wsi_rect at, const unsigned char *bytes, wsi_label_store *store, wsi_error *err)
{
    wsi_measure_tile tile;
    memcpy(&tile, bytes, sizeof tile);
    bytes += sizeof tile;
    if (!plan->windows) return add_parts(&tile, bytes, store, err);
    const sides of = sides_of(call, at, &bytes);
    WSI_FORWARD(add_parts(&tile, bytes, store, err));
    wsi_measure_labels_reset(&s->ws.labels);
    if (of.left) WSI_FORWARD(count_left(call, s, at, of.left, err));
    if (of.top) WSI_FORWARD(count_above(call, s, at, of.top, err));
    WSI_FORWARD(store_counts(plan, &s->ws, store, err));
    return keep(call, s, at, &of, err);
}

void wsi_measure_seams_clear(wsi_measure_seams *s)
{
    wsi_free(s->above.p);
    wsi_free(s->below.p);
    wsi_free(s->left.p);
    wsi_measure_workspace_clear(&s->ws);
}
