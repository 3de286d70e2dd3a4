/* Working within a mask (--within): source tiles that show none of it are neither decoded nor computed; where they lie,
 * results are background, and steps that learn from the whole slide do not see them. Pixels of all other tiles are what
 * they are without a mask: tiles that their halos reach are decoded as well. */
#ifndef WSI_WITHIN_H
#define WSI_WITHIN_H

#include "graph.h"

enum { WSI_NEED_NONE = 0, WSI_NEED_TOP, WSI_NEED_ALL };

typedef struct wsi_within {
    int64_t tile_w, tile_h, tiles_x, tiles_y; /* of the level's grid */
    int64_t shown;                            /* tiles */
    unsigned char *show;                      /* 1: the tile shows some of the mask */
    unsigned char *need;                      /* it, or a tile whose halo reaches it: WSI_NEED_... */
    int64_t top;                              /* rows that halos reach into a tile below */
} wsi_within;

/* Nothing is shown yet. Errors: NO_MEMORY. */
wsi_status wsi_within_create(const wsi_level *level, wsi_within **out, wsi_error *err);
/* Shows the tiles that a rectangle of the level, in its pixels, touches. */
void wsi_within_add(wsi_within *within, double left, double top, double right, double bottom);
/* Fills `need` for halos of x, y pixels. */
void wsi_within_reach(wsi_within *within, int64_t x, int64_t y);
/* Rows of a tile, from its top, that are needed; tile_h: all of them. */
int64_t wsi_within_rows(const wsi_within *within, int64_t tx, int64_t ty);
/* 1 when a shown tile lies in r, of the level. */
int wsi_within_any(const wsi_within *within, wsi_rect r);
/* From tile (*tx, ty) on, the next tiles in a row that are shown (or not), before tile `end`: *tx becomes the first,
 * returns how many. 0: none. */
int64_t wsi_within_run(const wsi_within *within, int64_t *tx, int64_t ty, int64_t end, int shown);
/* From column *x on, the next run of columns of r, of the level, in which tiles are shown: *part becomes the rectangle
 * around those tiles, clipped to r, *x the column behind it. 0: there is none. */
int wsi_within_next(const wsi_within *within, wsi_rect r, int64_t *x, wsi_rect *part);
/* Share of the tiles that `need` marks. */
double wsi_within_share(const wsi_within *within);
void wsi_within_destroy(wsi_within **within);

#endif
