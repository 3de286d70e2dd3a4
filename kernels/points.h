/* Lists of points with a value, which the operations that make tables of points collect from tiles: thresholds that are
 * known at the end only, order, rows. */
#ifndef WSI_POINTS_H
#define WSI_POINTS_H

#include "common/image.h"
#include "whole.h"

/* k: a scale. */
typedef struct wsi_point {
    double value;
    int32_t x, y, k;
} wsi_point;

/* A limit that follows from parameters and the extremes of the whole image. */
typedef struct wsi_point_limit {
    double absolute; /* -HUGE_VAL: none */
    double relative; /* to the largest value; NaN: none */
    int single;      /* 1: taken in float32, as the reference does with values of that type */
} wsi_point_limit;

typedef struct wsi_points {
    wsi_point *at;
    size_t count, capacity;
    size_t most;      /* points that there may be */
    const char *what; /* begins messages */
} wsi_points;

/* Room within `memory` bytes, half of which are for sorting. */
void wsi_points_open(wsi_points *p, const char *what, uint64_t memory);
/* NO_MEMORY: more points than there may be. */
wsi_status wsi_points_add(wsi_points *p, wsi_point point, wsi_error *err);
/* Values up to it are left out. largest: of all values known so far. */
double wsi_point_limit_at(const wsi_point_limit *limit, double largest);
/* Keeps those with a value above `limit`. */
void wsi_points_above(wsi_points *p, double limit);
/* By falling value; equal ones by row, column and scale. */
void wsi_points_sort(wsi_points *p);
void wsi_points_close(wsi_points *p);

/* The numbers of a point's row behind its place. */
enum { WSI_POINT_NUMBERS_MAX = 3 };
typedef void (*wsi_point_numbers_fn)(const void *of, const wsi_point *point, double numbers[WSI_POINT_NUMBERS_MAX]);

/* Columns centroid-0 and centroid-1; returns how many. */
int wsi_points_columns(wsi_column out[WSI_COLUMNS_MAX]);
/* Gives all rows: place, then `count` numbers. */
wsi_status wsi_points_rows(const wsi_points *p, int count, wsi_point_numbers_fn numbers, const void *of,
                           wsi_rows_fn take, void *user, wsi_error *err);

/* The value of a parameter that is one number or none, and of one that is a border: rows, columns. */
double wsi_points_number(const wsi_floats *list, double none);
static inline int64_t wsi_points_border(const wsi_floats *list, int axis)
{
    return (int64_t)list->v[list->n > 1 ? axis : 0];
}

#endif
