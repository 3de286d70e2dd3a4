/* What the parts of `watershed` share: watershed-tile.c floods what lies within a tile, whole-watershed.c joins the
 * others across seams and gives the result out, watershed-parts.c puts them together and floods them.
 *
 * A tile's bytes: head; for its four sides the part of each border pixel (0: none, k: part k - 1); parts; runs; labels
 * of all its pixels within the mask; values of the parts' pixels. Runs and pixels are grouped: first those of
 * components that no other tile can reach (closed), then part after part, each in raster order. */
#ifndef WSI_WATERSHED_PRIVATE_H
#define WSI_WATERSHED_PRIVATE_H

#include "flood.h"
#include "watershed.h"

typedef struct wsi_watershed_head {
    uint32_t parts, runs, pixels, closed_runs, closed_pixels;
    uint32_t pad[11];
} wsi_watershed_head;

/* A component's pixels in one tile. */
typedef struct wsi_watershed_part {
    uint32_t runs, pixels;
} wsi_watershed_part;

typedef enum wsi_watershed_side { WSI_TOP = 0, WSI_BOTTOM, WSI_LEFT, WSI_RIGHT, WSI_SIDES } wsi_watershed_side;

/* Where in a tile's bytes things lie. */
typedef struct wsi_watershed_layout {
    size_t sides[WSI_SIDES], parts, runs, labels, values, end;
} wsi_watershed_layout;

wsi_watershed_layout wsi_watershed_lay(const wsi_watershed_head *head, int64_t w, int64_t h);
/* Bytes of a tile at most. */
size_t wsi_watershed_bound(int64_t edge);
/* wsi_whole.tile. */
wsi_status wsi_watershed_tile(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, void *out, size_t *size,
                              wsi_error *err);

/* A part as append() notes it. */
typedef struct wsi_watershed_piece {
    uint64_t tile;
    uint64_t runs_at, labels_at, values_at; /* in the scratch file */
    uint32_t runs, pixels;
} wsi_watershed_piece;

/* The pieces of one component, which is told its name in messages by its first pixel. */
typedef struct wsi_watershed_group {
    const wsi_watershed_piece *const *pieces;
    int64_t count;
} wsi_watershed_group;

/* Puts the pieces together, floods them, and writes their labels back. Any thread, groups that share no piece. */
wsi_status wsi_watershed_flood(const wsi_whole_call *call, int64_t tiles_x, wsi_scratch *scratch,
                               const wsi_watershed_group *group, wsi_error *err);
/* Bytes of memory that takes. */
uint64_t wsi_watershed_flood_size(const wsi_watershed_group *group);

#endif
