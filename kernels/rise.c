/* Reconstruction of a tile: planes, queue, and the algorithm for each width of keys. */
#include "rise.h"

#include <string.h>

#include "common/mem.h"

enum { FIRST_ROOM = 1 << 12, PART = 128 }; /* PART: pixels of a row looked at together */

static size_t cells_of(int64_t w, int64_t h)
{
    return (size_t)(w + 2) * (size_t)(h + 2);
}

wsi_status wsi_rise_open(wsi_rise *r, size_t key_size, int corners, int64_t w, int64_t h, wsi_error *err)
{
    const size_t cells = cells_of(w, h);
    *r = (wsi_rise){.key_size = key_size,
                    .corners = corners,
                    .w = w,
                    .h = h,
                    .pitch = w + 2,
                    .rows = wsi_rise_rows_for(wsi_cpu_best(), key_size)};
    WSI_RETURN_IF(cells > UINT32_MAX, WSI_ERR_NO_MEMORY, "reconstruction: a tile has 2^32 pixels or more");
    r->marker = wsi_calloc(cells, key_size);
    r->mask = wsi_calloc(cells, key_size);
    r->queued = (uint8_t *)wsi_calloc(cells, 1);
    if (r->marker && r->mask && r->queued) return WSI_OK;
    wsi_rise_close(r);
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a tile");
}

void wsi_rise_resize(wsi_rise *r, int64_t w, int64_t h)
{
    r->w = w;
    r->h = h;
    r->pitch = w + 2;
    const size_t line = (size_t)r->pitch * r->key_size;
    void *const planes[2] = {r->marker, r->mask};
    for (int i = 0; i < 2; i++) {
        memset(wsi_rise_at(r, planes[i], -1, -1), 0, line);
        memset(wsi_rise_at(r, planes[i], -1, h), 0, line);
        for (int64_t y = 0; y < h; y++) {
            memset(wsi_rise_at(r, planes[i], -1, y), 0, r->key_size);
            memset(wsi_rise_at(r, planes[i], w, y), 0, r->key_size);
        }
    }
}

uint64_t wsi_rise_size(size_t key_size, int64_t w, int64_t h)
{
    return (uint64_t)cells_of(w, h) * (2 * key_size + 1 + 2 * sizeof(uint32_t));
}

void wsi_rise_close(wsi_rise *r)
{
    wsi_free(r->marker);
    wsi_free(r->mask);
    wsi_free(r->queued);
    wsi_free(r->queue);
    *r = (wsi_rise){0};
}

/* Twice the room; what lay at the ring's beginning moves behind what lay at its end. */
static wsi_status grow(wsi_rise *r, wsi_error *err)
{
    const size_t room = r->room ? 2 * r->room : FIRST_ROOM;
    uint32_t *queue = (uint32_t *)wsi_realloc_array(r->queue, room, sizeof *queue);
    WSI_RETURN_IF(!queue, WSI_ERR_NO_MEMORY, "no memory for a queue of pixels");
    if (r->head > 0) memcpy(queue + r->room, queue, r->head * sizeof *queue);
    r->queue = queue;
    r->room = room;
    return WSI_OK;
}

static wsi_status put(wsi_rise *r, uint32_t at, wsi_error *err)
{
    if (r->queued[at]) return WSI_OK;
    if (r->count == r->room) WSI_FORWARD(grow(r, err));
    r->queued[at] = 1;
    r->queue[(r->head + r->count++) & (r->room - 1)] = at;
    return WSI_OK;
}

static uint32_t take(wsi_rise *r)
{
    const uint32_t at = r->queue[r->head];
    r->head = (r->head + 1) & (r->room - 1);
    r->count--;
    r->queued[at] = 0;
    return at;
}

#define KEY uint8_t
#define RISE(name) name##_8
#include "rise-tmpl.h"
#undef KEY
#undef RISE
#define KEY uint16_t
#define RISE(name) name##_16
#include "rise-tmpl.h"
#undef KEY
#undef RISE
#define KEY uint32_t
#define RISE(name) name##_32
#include "rise-tmpl.h"
#undef KEY
#undef RISE
#define KEY uint64_t
#define RISE(name) name##_64
#include "rise-tmpl.h"
#undef KEY
#undef RISE

static wsi_status rise(wsi_rise *r, int scanned, wsi_error *err)
{
    return r->key_size == 1   ? all_8(r, scanned, err)
           : r->key_size == 2 ? all_16(r, scanned, err)
           : r->key_size == 4 ? all_32(r, scanned, err)
                              : all_64(r, scanned, err);
}

wsi_status wsi_rise_all(wsi_rise *r, wsi_error *err)
{
    return rise(r, 0, err);
}

wsi_status wsi_rise_steps(wsi_rise *r, wsi_error *err)
{
    typedef void (*rows_fn)(void *marker, const void *mask, ptrdiff_t pitch, int64_t w, int corners);
    const rows_fn steps[] = {r->rows->by_slope, r->rows->by_all, r->rows->by_all};
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < r->h; i++) {
            const int64_t y = k % 2 ? r->h - 1 - i : i; /* down, up, down */
            steps[k](wsi_rise_at(r, r->marker, 0, y), wsi_rise_at(r, r->mask, 0, y), r->pitch, r->w, r->corners);
        }
    return rise(r, 1, err);
}

wsi_status wsi_rise_ring(wsi_rise *r, int *rose, wsi_error *err)
{
    return r->key_size == 1   ? ring_8(r, rose, err)
           : r->key_size == 2 ? ring_16(r, rose, err)
           : r->key_size == 4 ? ring_32(r, rose, err)
                              : ring_64(r, rose, err);
}
