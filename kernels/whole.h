/* Whole operations: every pixel of the result may depend on every pixel of the input (components, distances, flooding),
 * so that no halo is enough, and the result can only be read once all of the input has been seen.
 *
 * The input comes as the tiles of a grid. tile() does what can be done for one tile alone, on many threads, and leaves
 * bytes; append() takes those in raster order on one thread and joins tiles; finish() completes the result. Then read()
 * gives any rectangle of the result, on many threads, and rows() gives the table, for those that make one. What is kept
 * in between lies in a scratch file (common/scratch.h): memory must not grow with the slide's area. */
#ifndef WSI_WHOLE_H
#define WSI_WHOLE_H

#include <stdatomic.h>

#include "common/scratch.h"
#include "common/table.h"
#include "common/team.h"
#include "op.h"

typedef struct wsi_whole_call {
    const void *params;
    const wsi_pixfmt *in;
    int inputs;
    int64_t w, h;          /* pixels of the whole input */
    int64_t tile;          /* edge of the grid's tiles, a multiple of 16; those at the right and bottom are smaller */
    double mpp_x, mpp_y;   /* micrometres a pixel of the input; 0 = not known */
    double down_x, down_y; /* pixels of the slide's level 0 a pixel of the input; 0 = not known, taken as 1 */
    int no_shapes;         /* 1: outlines of rows are not looked at and may be empty */
    int threads;           /* that finish() may use at a time */
    wsi_team *team;        /* whose threads they are; NULL: its own. The one that calls it is none of them */
    uint64_t memory;       /* bytes it may use beside the scratch file */
    const char *scratch;   /* folder for scratch files */
    const atomic_int *cancel; /* may be NULL; non-zero: finish() stops with CANCELLED */
} wsi_whole_call;

/* Takes `rows->count` rows of a table. */
typedef wsi_status (*wsi_rows_fn)(void *user, const wsi_rows *rows, wsi_error *err);

typedef struct wsi_whole {
    /* *self gets what the other functions work on. call and all it points to live until close. */
    wsi_status (*open)(const wsi_whole_call *call, void **self, wsi_error *err);
    /* Bytes that tile() leaves at most. */
    size_t (*bound)(const void *self);
    /* im[i] is rectangle `at` of input i. Any thread, many at once. out is 64-byte aligned. */
    wsi_status (*tile)(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err);
    /* One thread at a time, tiles in raster order; bytes are 16-byte aligned. */
    wsi_status (*append)(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err);
    /* After the last append. */
    wsi_status (*finish)(void *self, wsi_error *err);
    /* Rectangle `at` of the result into dst, which has its size and the format of resolve(). After finish; any thread,
     * many at once. NULL: the operation makes a table only. */
    wsi_status (*read)(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err);
    /* Columns of the table; returns how many. NULL: it makes none. Depends on params and formats alone. */
    int (*columns)(const wsi_whole_call *call, wsi_column columns[WSI_COLUMNS_MAX]);
    /* What the rows are. */
    wsi_table_kind table_kind;
    /* What the table says beside its rows; returns how many. NULL = nothing. */
    int (*facts)(const wsi_whole_call *call, wsi_fact facts[WSI_FACTS_MAX]);
    /* Gives all rows, in order, some thousands at a time. After finish. */
    wsi_status (*rows)(const void *self, wsi_rows_fn take, void *user, wsi_error *err);
    /* Also after an error; *self becomes NULL. */
    void (*close)(void **self);
} wsi_whole;

#endif
