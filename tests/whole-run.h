/* Drives a whole operation (kernels/whole.h) over images in memory, as a pipeline would: tiles on several threads in
 * random order, appended in raster order while others are still being made, then rectangles of the result read on
 * several threads, and the table. Tests alone use it. */
#ifndef WSI_WHOLE_RUN_H
#define WSI_WHOLE_RUN_H

#include "kernels/whole.h"
#include "oprun.h"

typedef struct whole_options {
    int64_t tile;        /* edge of the grid's tiles; rounded up to a multiple of 16; 0: one tile */
    int threads;         /* at least 1; 0 = 1 */
    uint64_t seed;       /* of the order of tiles and the rectangles read; 0 = 1 */
    double mpp_x, mpp_y; /* 0 = not known */
    uint64_t memory;     /* 0: 64 MiB */
    const char *scratch; /* folder; NULL: the system's for temporary files */
} whole_options;

/* All rows of a table, column by column; outlines point into memory of their own. */
typedef struct whole_table {
    int columns;
    wsi_column column[WSI_COLUMNS_MAX];
    int64_t count;
    void *cells[WSI_COLUMNS_MAX]; /* count values of column c's type */
} whole_table;

/* Runs a step that oprun_prepare has prepared over src[0 .. inputs-1], images of one size. dst (may be NULL: not read)
 * has that size and the format run->out; table may be NULL, otherwise it is filled and freed by whole_table_clear, also
 * after an error. Aborts when memory is short, and when the same result read at once and in pieces differs. */
wsi_status whole_run(const oprun *run, const wsi_image *src, const whole_options *options, const wsi_image *dst,
                     whole_table *table, wsi_error *err);
void whole_table_clear(whole_table *table);
/* As JSON: {"columns": {NAME: {"type": ..., "unit": ..., "values": [...]}}}; an outline is a list of rings
 * [hole, [x, y, x, y, ...]]. NaN as Python's json reads it. 1, or 0 when the file cannot be written. */
int whole_table_write(const whole_table *table, const char *path);

#endif
