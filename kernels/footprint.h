/* Neighbourhoods of morphology and median as rows of chords.
 *
 * Each row of every footprint here is one run of pixels, and runs do not get wider away from the middle row: so rows at
 * least as wide as a given run are neighbours. Rows with the same run share a chord, so that a minimum over the
 * footprint is: for each source row and each chord a running minimum, then a minimum over rows. */
#ifndef WSI_FOOTPRINT_H
#define WSI_FOOTPRINT_H

#include <stdint.h>

#include "common/error-private.h"
#include "common/param.h"

enum { WSI_FOOTPRINT_RADIUS_MAX = 512, WSI_FOOTPRINT_ROWS_MAX = 2 * WSI_FOOTPRINT_RADIUS_MAX + 1 };

/* In the order of wsi_footprint_names. */
typedef enum wsi_footprint_shape {
    WSI_FOOTPRINT_DISK = 0,
    WSI_FOOTPRINT_DIAMOND,
    WSI_FOOTPRINT_SQUARE,
    WSI_FOOTPRINT_RECTANGLE,
    WSI_FOOTPRINT_ELLIPSE,
    WSI_FOOTPRINT_OCTAGON,
    WSI_FOOTPRINT_STAR
} wsi_footprint_shape;

extern const char *const wsi_footprint_names[];

/* The part of a parameter struct that describes a footprint; each shape reads its own of these. */
typedef struct wsi_footprint_params {
    int shape;         /* wsi_footprint_shape */
    int64_t radius;    /* disk, diamond */
    int strict_radius; /* disk: 0 adds half a pixel to the radius */
    int64_t width;     /* square, rectangle; ellipse: half of it */
    int64_t height;    /* rectangle; ellipse: half of it */
    int64_t m, n;      /* octagon: a straight side, and the height of a slanted one */
    int64_t a;         /* star: half the side of its square */
} wsi_footprint_params;

/* Offsets x - left .. x + right that `count` rows of the footprint cover; rows are dy[first ..]. */
typedef struct wsi_chord {
    int16_t left, right;
    int16_t first, count;
} wsi_chord;

typedef struct wsi_footprint {
    int top, bottom, left, right; /* reach in each direction, >= 0 */
    int size;                     /* pixels */
    int chords;                   /* by rising width */
    wsi_chord chord[WSI_FOOTPRINT_ROWS_MAX];
    int16_t dy[WSI_FOOTPRINT_ROWS_MAX]; /* -top .. bottom, grouped by chord */
} wsi_footprint;

/* Where the extra pixel of an even width or height lies: after the centre in morphology (SciPy's grey
 * morphology with scikit-image's padding at the start), before it in rank filters. */
typedef enum wsi_footprint_even { WSI_EVEN_AFTER = 0, WSI_EVEN_BEFORE } wsi_footprint_even;

/* CHAIN when the shape's numbers give no pixel, or more than `side` across or down. */
wsi_status wsi_footprint_check(const wsi_footprint_params *p, int64_t side, wsi_error *err);
/* p has passed wsi_footprint_check. */
void wsi_footprint_make(const wsi_footprint_params *p, wsi_footprint_even even, wsi_footprint *out);
/* 1 when an offset lies within a distance: sqrt(dy^2 + dx^2) <= distance, in float64. */
int wsi_footprint_reaches(double distance, double dy, double dx);
/* All offsets whose distance sqrt((dy * row_step)^2 + (dx * column_step)^2) is at most `radius`.
 * Both reaches (wsi_footprint_steps) are at most WSI_FOOTPRINT_RADIUS_MAX. */
void wsi_footprint_within(double radius, double row_step, double column_step, wsi_footprint *out);
/* The farthest offset along an axis within a distance; WSI_FOOTPRINT_RADIUS_MAX + 1 where it is more than
 * WSI_FOOTPRINT_RADIUS_MAX. distance >= 0, step > 0. */
int64_t wsi_footprint_steps(double distance, double step);
/* The footprint turned by 180 degrees. */
void wsi_footprint_mirror(const wsi_footprint *f, wsi_footprint *out);
/* Width and height in pixels, without building the footprint. */
void wsi_footprint_extent(const wsi_footprint_params *p, int64_t *columns, int64_t *rows);
/* Farthest reach in x and y, likewise. */
void wsi_footprint_reach(const wsi_footprint_params *p, int64_t *x, int64_t *y);
/* 1 when all its rows are alike, likewise. */
int wsi_footprint_is_box(const wsi_footprint_params *p);

#endif
