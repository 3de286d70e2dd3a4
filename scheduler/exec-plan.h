/* What the plans for the CPU and for GPUs share. */
#ifndef WSI_EXEC_PLAN_H
#define WSI_EXEC_PLAN_H

#include "exec.h"

/* Zeroes the plan; level, ladders without their bounds, and cells. */
void wsi_plan_start(const wsi_plan_input *in, wsi_plan *p, int threads);
/* Decode units and batches. */
void wsi_plan_units(const wsi_plan_input *in, wsi_plan *p);
/* Compressed sizes of the level's tiles, in bytes; zeros where tiles are not read raw. Looks at every tile. */
typedef struct wsi_tile_sizes {
    uint64_t largest;
    double average;
} wsi_tile_sizes;

wsi_tile_sizes wsi_plan_tile_sizes(const wsi_plan_input *in);
/* Blocks of about w x h, and the pieces they are computed in. */
void wsi_plan_blocks(const wsi_plan_input *in, wsi_plan *p, int64_t w, int64_t h);
/* Encoded tiles and pyramid rows, from the blocks, p->spare_slots and p->gpu.depth. */
void wsi_plan_output(const wsi_plan_input *in, wsi_plan *p);

typedef struct wsi_arena_input {
    int64_t piece_w, piece_h;
    const unsigned char *left_out; /* of each node: 1 = needs no buffer here; NULL = all do */
    int device;                    /* 1: in device memory */
    int64_t align;                 /* of columns, see wsi_tiler_backward_aligned */
} wsi_arena_input;

/* Largest sizes of all nodes' rectangles and of the source's for pieces of w x h, as wsi_tiler_extent. */
void wsi_plan_extent(const wsi_plan *p, const wsi_graph *g, int64_t w, int64_t h, int64_t align, wsi_rect *rects,
                     wsi_rect *source);
/* Buffers of nodes and scratch; results are added on top. */
void wsi_plan_arena(const wsi_plan *p, const wsi_graph *g, const wsi_arena_input *in, wsi_arena *a);
void wsi_plan_results(const wsi_plan *p, const wsi_graph *g, int device, wsi_arena *a);

/* Bytes from row to row. */
size_t wsi_plan_stride(int64_t w, wsi_pixfmt fmt, int device);

#endif
