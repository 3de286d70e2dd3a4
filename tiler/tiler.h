/* Geometry: grids, halos, rings, pyramids. Pure arithmetic, no I/O, no threads, no allocation.
 *
 * A tile and its halo, and the clamped-crop rule:
 *
 *        slide's left edge
 *        |
 *        |     crop = (core grown by halo) clamped to the slide
 *        |   +-------------------------------+
 *        |   |  halo                         |   Inside the slide the crop reaches the halo beyond the core; at a
 *        |   |   +-----------------------+   |   true slide edge it stops at the edge. An operation therefore
 *        |   |   |                       |   |   extends its input, by its own edge mode, exactly where a neighbour
 *        |   |   |   core: what is kept  |   |   lies outside the crop: only there is the slide's edge. Padding the
 *        |   |   |                       |   |   source once outside the slide would be wrong for chains: the second
 *        |   |   +-----------------------+   |   operation must extend the first one's output.
 *        |   |                               |
 *        |   +-------------------------------+
 *
 * Crops are computed backwards: what a step must deliver is the union of what its consumers read.
 *
 * Steps that resample give their result a frame of its own: its rectangle of the level is that of its input, scaled.
 * All of the above holds in each frame, with halos in pixels of the input's. A core is always a rectangle of the
 * source's frame; a written result delivers its share of it (wsi_scale_share), in its own frame. */
#ifndef WSI_TILER_H
#define WSI_TILER_H

#include <stdint.h>

#include "common/scale.h"

enum { WSI_TILER_INPUTS_MAX = 4, WSI_TILER_SOURCE = -1, WSI_TILER_NODES_MAX = 256 };

/* A step as the tiler sees it: where its inputs come from (an earlier node's index, or WSI_TILER_SOURCE; all of one
 * frame) and how far beyond its output it reads, in pixels a side. */
typedef struct wsi_tiler_node {
    int inputs;
    int input[WSI_TILER_INPUTS_MAX];
    int64_t halo_x, halo_y;
    int scaled;      /* 0: in the source's frame; step and total are not looked at */
    wsi_scale step;  /* of its result against its input */
    wsi_scale total; /* of its result against the source, in lowest terms */
    /* Without inputs: the size of its frame on a level of this size; elsewhere it follows from the total scale. */
    int64_t frame_w, frame_h, level_w, level_h;
} wsi_tiler_node;

/* The whole image of each node, in its own frame; level is the source's. */
void wsi_tiler_frames(const wsi_tiler_node *nodes, int count, wsi_rect level, wsi_rect *frames);

/* Rectangle each node has to compute, and the one read of the source, so that every node marked in `written`
 * delivers its share of core. Nodes are in topological order; level is the slide's rectangle; nodes nobody needs, and
 * those whose share is empty, get an empty rectangle. */
void wsi_tiler_backward(const wsi_tiler_node *nodes, int count, const unsigned char *written, wsi_rect core,
                        wsi_rect level, wsi_rect *rects, wsi_rect *source);

/* The same with every rectangle's columns rounded outwards to multiples of align, inside the level: rows of device
 * memory then start at aligned addresses. core may get wider too: rects of written nodes contain it. */
void wsi_tiler_backward_aligned(const wsi_tiler_node *nodes, int count, const unsigned char *written, wsi_rect core,
                                wsi_rect level, int64_t align, wsi_rect *rects, wsi_rect *source);

/* Least edge, in pixels of the source, of cores whose shares are all alike: moved by it, every rectangle moves by whole
 * pixels of its frame. 1 without resampling. */
void wsi_tiler_period(const wsi_tiler_node *nodes, int count, int64_t *x, int64_t *y);

/* How far the source is read beyond a core that begins and ends at multiples of the period, each side: halos composed
 * through the whole graph. Any other core lies in such a one that is at most a period less a pixel larger a side. */
void wsi_tiler_total_halo(const wsi_tiler_node *nodes, int count, const unsigned char *written, int64_t *x, int64_t *y);

/* Largest sizes (w, h of rects and *source) for cores of w x h, multiples of the period at multiples of it, with
 * columns rounded outwards to multiples of align. */
void wsi_tiler_extent(const wsi_tiler_node *nodes, int count, const unsigned char *written, int64_t w, int64_t h,
                      int64_t align, wsi_rect *rects, wsi_rect *source);

/* Rounding for positive sizes. */
int64_t wsi_round_up(int64_t a, int64_t multiple);

/* Rectangle of tile (tx, ty) of a grid of tw x th from the origin, clipped to w x h. */
wsi_rect wsi_grid_rect(int64_t w, int64_t h, int64_t tw, int64_t th, int64_t tx, int64_t ty);

/* ---- Pyramids ----
 * Level k+1 has ceil(w/2) x ceil(h/2) pixels: pixel (x, y) is the mean (or, for labels, the first) of the pixels
 * (2x..2x+1, 2y..2y+1) that exist. */
typedef struct wsi_pyramid {
    int levels;
    int64_t w[64], h[64];             /* pixels */
    int64_t tiles_x[64], tiles_y[64]; /* of `tile` pixels a side */
    int64_t tile;
} wsi_pyramid;

/* Levels end with the first of at most last_edge pixels a side: `tile` for the first that fits one tile, INT64_MAX for
 * level 0 alone. */
void wsi_pyramid_init(wsi_pyramid *p, int64_t w, int64_t h, int64_t tile, int64_t last_edge);
/* Tiles of all levels. */
int64_t wsi_pyramid_tiles(const wsi_pyramid *p);

/* The one order in which tiles are written, whatever computes them. Several pyramids of one level of the source, each
 * with its scale against it, are merged: their level-0 tile rows come in the order in which the level's rows, cell_h at
 * a time, complete them from the top (the earlier pyramid first), each followed by the rows of higher levels that it
 * completes. rank[i][k][row] (arrays of tiles_y[k]) gets the number of tiles before the first tile of that row.
 * level_h: rows of the source. */
enum { WSI_ORDERED_MAX = 64 };

typedef struct wsi_ordered {
    const wsi_pyramid *pyramid;
    wsi_scale scale;
    int64_t *const *rank;
} wsi_ordered;

void wsi_pyramid_order(const wsi_ordered *pyramids, int count, int64_t level_h, int64_t cell_h);

#endif
