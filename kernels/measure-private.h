/* What follows from an object's runs: its hull, its holes, its outline; and the memory that takes. */
#ifndef WSI_MEASURE_PRIVATE_H
#define WSI_MEASURE_PRIVATE_H

#include "measure.h"

typedef struct wsi_measure_span {
    int64_t left, right;
} wsi_measure_span;

/* Memory of one thread. */
typedef struct wsi_measure_shaper {
    wsi_measure_room extents, points, rows;           /* hull */
    wsi_measure_room gaps;                            /* holes */
    wsi_measure_room next, part, saddle, ring, rings; /* outline */
} wsi_measure_shaper;

void wsi_measure_shaper_clear(wsi_measure_shaper *shaper);

typedef struct wsi_measure_convex {
    int64_t area;           /* pixels of the hull */
    double feret, feret_um; /* NaN: micrometres are not known */
} wsi_measure_convex;

/* Of an object that is whole and has its runs. Errors: NO_MEMORY. */
wsi_status wsi_measure_hull(wsi_measure_shaper *shaper, const wsi_measure_object *object, double mpp_y, double mpp_x,
                            wsi_measure_convex *out, wsi_error *err);
/* Pixels of background that are enclosed, where background touches at corners too. */
wsi_status wsi_measure_holes(wsi_measure_shaper *shaper, const wsi_measure_object *object, int64_t *pixels,
                             wsi_error *err);

/* Memory that an outline lies in. */
typedef struct wsi_measure_outline {
    wsi_measure_room counts, holes, xy;
} wsi_measure_outline;

/* The outline along the corners of pixels. */
wsi_status wsi_measure_trace(wsi_measure_shaper *shaper, const wsi_measure_object *object, wsi_measure_outline *memory,
                             wsi_outline *out, wsi_error *err);
void wsi_measure_outline_clear(wsi_measure_outline *memory);

/* ---- Columns (measure-columns.c) ---- */

int wsi_measure_columns(const wsi_whole_call *call, wsi_column columns[WSI_COLUMNS_MAX]);

/* What an object's row says: a number for each column that is none of an outline, in their order. */
typedef struct wsi_measure_row_values {
    double value[WSI_COLUMNS_MAX];
    wsi_outline outline;
} wsi_measure_row_values;

wsi_status wsi_measure_values(const wsi_whole_call *call, const wsi_measure_plan *plan, wsi_measure_shaper *shaper,
                              const wsi_measure_object *object, wsi_measure_outline *memory,
                              wsi_measure_row_values *row, wsi_error *err);

/* ---- Rows (measure-rows.c) ---- */

wsi_status wsi_measure_rows(const wsi_whole_call *call, const wsi_measure_plan *plan, const wsi_label_store *store,
                            wsi_rows_fn take, void *user, wsi_error *err);

#endif
