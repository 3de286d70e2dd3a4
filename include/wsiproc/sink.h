/* Sinks: functions of the caller that get finished tiles of images, and rows of tables, from a job.
 *
 * They return 0 to go on; anything else ends the job with CANCELLED. They may call wsi_job_cancel for their own job and
 * any function on other objects, but may not wait for a job, nor take long without need: in WSI_TILES_AS_FINISHED they
 * run on the threads that compute, and in either order a slow one slows the job down, whose memory stays bounded. */
#ifndef WSIPROC_SINK_H
#define WSIPROC_SINK_H

#include <wsiproc/image.h>
#include <wsiproc/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One tile of one result. What it points to is valid until the function returns; the pixels may be changed. */
typedef struct wsi_tile {
    const char *result;       /* name of the result, as `write` has it */
    int index;                /* of the result among the job's images, from 0, in the order of `write` */
    int level;                /* of the result's pyramid; 0: full size */
    int64_t level_w, level_h; /* pixels of that level, all of it */
    wsi_rect rect;            /* what the tile covers of it; tiles at the right and bottom edges are smaller */
    /* The pixels, interleaved, of the type and channels that the job's format stores (without a format: that the chain
     * computes): host memory, or where device memory was asked for and the tile is there, a GPU's. All work on them is
     * complete: no stream needs to be waited for. Work that the function queues on them must be complete when it
     * returns. */
    wsi_array pixels;
} wsi_tile;

typedef int (*wsi_tile_fn)(void *user, const wsi_tile *tile);

typedef enum wsi_tile_order {
    WSI_TILES_IN_ORDER = 0, /* one call at a time; of each level of a result in raster order, row after row */
    WSI_TILES_AS_FINISHED   /* any thread, many calls at once, in any order; nothing is copied for it */
} wsi_tile_order;

/* Zero it before filling it in: what is added later means nothing when it is 0. */
typedef struct wsi_tile_sink {
    wsi_tile_fn fn; /* NULL: no sink */
    void *user;
    wsi_tile_order order;
    int all_levels; /* 1: pyramid levels above 0 too, as an output file would have them */
    int device;     /* 1, with WSI_TILES_AS_FINISHED: tiles that a GPU has computed come in its memory. Others come in
                       host memory all the same: those of steps that run on the CPU, of results at another scale than
                       the slide's level, of levels above 0, and all of them with `within` or without a GPU */
    uint64_t reserved[6]; /* must be 0 */
} wsi_tile_sink;

/* Some rows of a table, in order. Valid until the function returns. */
typedef struct wsi_table_batch {
    const char *result; /* name of the table, as `write` has it */
    int index;          /* of the table among the job's tables, from 0, in the order of `write` */
    int column_count;
    const wsi_column *columns;
    int64_t first;            /* number of the first of these rows */
    int64_t count;            /* 0: the table has no rows; then this is its only batch */
    const void *const *cells; /* of each column `count` values of its type */
} wsi_table_batch;

/* One call at a time. */
typedef int (*wsi_table_fn)(void *user, const wsi_table_batch *batch);

/* Zero it before filling it in. */
typedef struct wsi_table_sink {
    wsi_table_fn fn; /* NULL: no sink */
    void *user;
    int outlines;         /* 1: outlines are traced; otherwise those columns may hold empty ones */
    uint64_t reserved[6]; /* must be 0 */
} wsi_table_sink;

#ifdef __cplusplus
}
#endif
#endif
