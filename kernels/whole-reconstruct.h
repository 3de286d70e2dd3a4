/* Morphological reconstruction of a whole slide, out of core: what `reconstruction`, h-extrema and local extrema share.
 * They say what marker and mask are and what the result makes of them; this engine lets the one rise below the other.
 */
#ifndef WSI_WHOLE_RECONSTRUCT_H
#define WSI_WHOLE_RECONSTRUCT_H

#include "whole.h"

/* All as keys, see order.h: reconstruction by erosion is that by dilation of flipped keys. */
typedef struct wsi_reconstruct_rule {
    const char *name;
    size_t (*key_size)(const wsi_whole_call *call);
    int (*corners)(const wsi_whole_call *call); /* 1: eight neighbours, 0: four */
    /* Row y of the tile `at`, whose pixels im[] holds; the marker is nowhere above the mask. Any thread. */
    wsi_status (*row)(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, int64_t y, void *marker, void *mask,
                      wsi_error *err);
    int steps; /* 1: the marker is the mask lowered by the least step, or the mask itself; the result is 1 where it
                  stays below, else 0, a byte a pixel */
    /* 1 when the result is zeros for a mask of that range. NULL: never. */
    int (*nothing)(const wsi_whole_call *call, uint64_t least, uint64_t most);
    /* n samples of the result from the stable marker and its mask. Any thread. */
    void (*result)(const wsi_whole_call *call, const void *marker, const void *mask, int64_t n, void *to);
} wsi_reconstruct_rule;

/* A wsi_whole's open is wsi_reconstruct_open with its rule, its other functions are these. */
wsi_status wsi_reconstruct_open(const wsi_whole_call *call, const wsi_reconstruct_rule *rule, void **self,
                                wsi_error *err);
size_t wsi_reconstruct_bound(const void *self);
wsi_status wsi_reconstruct_tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                                wsi_error *err);
wsi_status wsi_reconstruct_append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err);
wsi_status wsi_reconstruct_finish(void *self, wsi_error *err);
wsi_status wsi_reconstruct_read(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err);
void wsi_reconstruct_close(void **self);

#define WSI_RECONSTRUCT_WHOLE(opens)                                                                                   \
    {                                                                                                                  \
        .open = opens, .bound = wsi_reconstruct_bound, .tile = wsi_reconstruct_tile, .append = wsi_reconstruct_append, \
        .finish = wsi_reconstruct_finish, .read = wsi_reconstruct_read, .close = wsi_reconstruct_close                 \
    }

#endif
