/* Reconstruction by dilation of one tile in memory: a marker rises below a mask until it is stable. The result does not
 * depend on the order of steps. After L. Vincent, "Morphological grayscale reconstruction in image analysis", 1993: one
 * scan down and one up, then a queue of pixels whose neighbours may still rise.
 *
 * Both planes hold keys (order.h) of key_size bytes in rows of `pitch` keys and have a ring of one pixel around their
 * w x h pixels. The ring's mask is 0, so that it never rises; its marker is what the neighbouring tiles hold. */
#ifndef WSI_RISE_H
#define WSI_RISE_H

#include <stddef.h>
#include <stdint.h>

#include "common/error-private.h"
#include "rise-rows.h"

typedef struct wsi_rise {
    const wsi_rise_rows *rows;
    size_t key_size;     /* 1, 2, 4, 8 */
    int corners;         /* 1: eight neighbours, 0: four */
    int64_t w, h, pitch; /* pitch = w + 2 */
    void *marker, *mask; /* (h + 2) * pitch keys */
    uint8_t *queued;     /* as many: 1 for pixels in the queue, else 0 */
    uint32_t *queue;     /* a ring of `room` pixels, a power of two or 0 */
    size_t room, head, count;
} wsi_rise;

/* Makes planes of zeros for tiles of up to w x h pixels, fewer than 2^32. NO_MEMORY. */
wsi_status wsi_rise_open(wsi_rise *r, size_t key_size, int corners, int64_t w, int64_t h, wsi_error *err);
/* For another tile of w x h pixels, not larger than at open: the ring is zeros, the planes are to be filled. */
void wsi_rise_resize(wsi_rise *r, int64_t w, int64_t h);
/* Bytes that it may come to use. */
uint64_t wsi_rise_size(size_t key_size, int64_t w, int64_t h);
void wsi_rise_close(wsi_rise *r);

/* Pixel x of row y (-1 .. h, the ring included) of either plane. */
static inline void *wsi_rise_at(const wsi_rise *r, void *plane, int64_t x, int64_t y)
{
    return (char *)plane + (size_t)((y + 1) * r->pitch + x + 1) * r->key_size;
}

/* Until stable. The marker is nowhere above the mask. NO_MEMORY. */
wsi_status wsi_rise_all(wsi_rise *r, wsi_error *err);
/* The same for a marker that is the mask lowered by the least step: it comes up wherever the mask has a higher
 * neighbour, and then only plateaus are left to rise. */
wsi_status wsi_rise_steps(wsi_rise *r, wsi_error *err);
/* The same for a tile that was stable before its ring rose; *rose = 1 when anything did. */
wsi_status wsi_rise_ring(wsi_rise *r, int *rose, wsi_error *err);

#endif
