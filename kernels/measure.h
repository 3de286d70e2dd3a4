/* measure: tables of labelled objects. What its files share.
 *
 * Everything that is asked of an object is either a sum over its pixels and their neighbourhoods, or follows from its
 * runs: the pixels it has in each row, from .. to. So a tile leaves a part for each label it meets (measure-tile.c,
 * measure-code.c): sums and runs. Neighbourhoods that reach over a seam are counted when tiles are appended, and leave
 * parts without pixels (measure-seams.c). Parts go to a store that gives them back by label, objects are put together
 * from theirs one after the other (measure-object.c), and finished by as many threads as there are (measure-rows.c).
 * All sums are exact, so that nothing depends on the tiles. */
#ifndef WSI_MEASURE_H
#define WSI_MEASURE_H

#include "common/exact-sum.h"
#include "label-store.h"
#include "spans.h"
#include "whole.h"

__extension__ typedef __int128 wsi_int128;

enum {
    WSI_MEASURE_CHANNELS_MAX = 12,     /* of the intensity image: five columns each */
    WSI_MEASURE_RUNS_MAX = 1 << 22,    /* of an object of which its shape is asked */
    WSI_MEASURE_SAMPLES_MAX = 1 << 27, /* bytes of an object of which medians are asked */
    WSI_MEASURE_TILE_MAX = 1 << 15,    /* edge: sums over a tile's pixels stay below 2^63 */
    WSI_MEASURE_REACH = 2              /* pixels around one that decide what it adds to the perimeter */
};

typedef enum wsi_measure_properties {
    WSI_MEASURE_BASIC = 0,
    WSI_MEASURE_SHAPE,
    WSI_MEASURE_ALL
} wsi_measure_properties;

typedef struct wsi_measure_params {
    wsi_operand intensity;
    int properties;
    int moments, convex, filled, median, outline;
    int units; /* 1: micrometres too */
} wsi_measure_params;

/* What is to be measured, from the parameters and formats. */
typedef struct wsi_measure_plan {
    int shape, moments, convex, filled, median, outline, micrometres;
    int channels; /* of the intensity image; 0 = none */
    int exact;    /* its samples are floats, whose sums are wsi_exact_sum */
    int runs;     /* runs are kept: something of the shape is asked */
    int trace;    /* outlines are wanted, and looked at */
    int windows;  /* neighbourhoods are counted */
    wsi_pixfmt intensity;
} wsi_measure_plan;

wsi_measure_plan wsi_measure_plan_of(const wsi_whole_call *call);

/* Counts over the 2 x 2 and 3 x 3 neighbourhoods of an object. */
typedef struct wsi_measure_counts {
    int64_t perimeter[3]; /* border pixels that count 1, sqrt(2), (1 + sqrt(2)) / 2 */
    int64_t crofton[5];   /* windows by their weight, see measure-shape.c */
    int64_t euler;
    int64_t runs; /* pixels whose left neighbour is not of the object */
} wsi_measure_counts;

/* Pixels x0 .. x1 - 1 of row y. */
typedef struct wsi_measure_run {
    int32_t y, x0, x1;
} wsi_measure_run;

/* Sums over one channel. */
typedef struct wsi_measure_channel {
    double least, most;
    wsi_int128 sum, squares; /* of whole numbers */
    wsi_exact_sum *sums;     /* of floats: of the values and of their squares */
} wsi_measure_channel;

/* An object, or a part of one. Sums are relative to (0, 0) of the slide, or of the part's bounding box. */
typedef struct wsi_measure_sums {
    int64_t pixels;
    int64_t y0, x0, y1, x1; /* bounding box, half-open */
    wsi_int128 y, x, yy, xy, xx;
    wsi_measure_counts counts;
    wsi_measure_channel channel[WSI_MEASURE_CHANNELS_MAX];
} wsi_measure_sums;

/* An array that grows. */
typedef struct wsi_measure_room {
    void *p;
    size_t bytes;
} wsi_measure_room;

/* Makes it hold count items of that size, keeping what it holds. Errors: NO_MEMORY. */
wsi_status wsi_measure_reserve(wsi_measure_room *room, size_t count, size_t size, wsi_error *err);

/* ---- Neighbourhoods (measure-windows.c) ---- */

/* Labels with a frame of one 0 around them; row y of the image begins at labels + (y + 1) * pitch + 1. */
typedef struct wsi_measure_plane {
    wsi_measure_room labels;    /* uint32_t */
    wsi_measure_room bits;      /* uint64_t: three planes of differences and one of borders */
    int64_t w, h, pitch, words; /* words a row of bits */
} wsi_measure_plane;

/* Finds the counts of a label. */
typedef struct wsi_measure_counter {
    wsi_measure_counts *(*counts)(void *user, uint32_t label);
    void *user;
} wsi_measure_counter;

/* Makes room for w x h labels and sets all of it to 0. */
wsi_status wsi_measure_plane_size(wsi_measure_plane *plane, int64_t w, int64_t h, wsi_error *err);
static inline uint32_t *wsi_measure_row(const wsi_measure_plane *plane, int64_t y)
{
    return (uint32_t *)plane->labels.p + (y + 1) * plane->pitch + 1;
}
/* Counts what the neighbourhoods of the pixels of `at` add to the objects they belong to. A 2 x 2 window belongs to its
 * lower right pixel; at.w or at.h may reach one beyond the plane, for those at the end of the slide. Labels beyond the
 * plane are 0, so it reaches WSI_MEASURE_REACH beyond `at` wherever the slide does. 1, or 0 where counts gave NULL. */
int wsi_measure_count(const wsi_measure_plane *plane, wsi_rect at, const wsi_measure_counter *counter);
/* Pixels of a rectangle of the image whose neighbourhoods can be counted when nothing but the tile is known: `tile`
 * without what lies at seams, with what lies beyond the slide. */
wsi_rect wsi_measure_inside(wsi_rect tile, int64_t w, int64_t h);
void wsi_measure_plane_clear(wsi_measure_plane *plane);

/* ---- Counts by label (measure-labels.c) ---- */

/* A set of labels, numbered in the order in which they were met. */
typedef struct wsi_measure_labels {
    wsi_measure_room slots;  /* uint32_t: number + 1, or 0 */
    wsi_measure_room labels; /* uint32_t */
    wsi_measure_room counts; /* wsi_measure_counts */
    uint32_t count, mask;
    uint32_t last; /* number found last */
} wsi_measure_labels;

void wsi_measure_labels_reset(wsi_measure_labels *set);
/* Number of a label, which is added when it is new; UINT32_MAX: no memory. */
uint32_t wsi_measure_labels_find(wsi_measure_labels *set, uint32_t label);
/* For wsi_measure_counter: user is a wsi_measure_labels. */
wsi_measure_counts *wsi_measure_labels_counts(void *set, uint32_t label);
void wsi_measure_labels_clear(wsi_measure_labels *set);

/* ---- Channels (measure-channels.c) ---- */

/* Begins sums over no pixels; exact: two sums, zeroed here, NULL for whole numbers. */
void wsi_measure_channel_start(wsi_measure_channel *channel, wsi_exact_sum *exact);
/* Adds the pixels of a run of one channel of the image. */
void wsi_measure_channel_add(wsi_measure_channel *channel, const wsi_image *im, int c, wsi_measure_run run);

/* Mean, standard deviation and median are NaN where a sample is, as are the extremes. */
typedef struct wsi_measure_statistics {
    double mean, least, most, deviation;
} wsi_measure_statistics;
wsi_measure_statistics wsi_measure_channel_statistics(const wsi_measure_channel *channel, int64_t pixels);
/* The median of one channel of n pixels. Errors: NO_MEMORY. */
wsi_status wsi_measure_median(const void *samples, wsi_pixfmt fmt, int c, int64_t n, double *median, wsi_error *err);

/* ---- Tiles (measure-tile.c, measure-seams.c) ---- */

/* Memory to take a tile apart; it grows as needed and is kept. */
typedef struct wsi_measure_workspace {
    struct wsi_measure_workspace *next;
    wsi_measure_plane plane;
    wsi_measure_labels labels;
    wsi_measure_room spans, values; /* of one row: wsi_span, uint32_t */
    wsi_measure_room found;         /* wsi_measure_run in raster order */
    wsi_measure_room numbers;       /* uint32_t: whose they are */
    wsi_measure_room starts;        /* size_t: where each label's runs begin among the grouped */
    wsi_measure_room grouped;       /* wsi_measure_run, label by label */
    wsi_measure_room samples;       /* of one label */
    wsi_exact_sum exact[2 * WSI_MEASURE_CHANNELS_MAX];
    wsi_measure_sums sums;
} wsi_measure_workspace;

/* A tile's bytes: this header; with `windows` labels along its seams, sides in the order top, bottom, left, right, each
 * row after row; then, for each part, its wsi_measure_frame and its bytes. */
typedef struct wsi_measure_tile {
    uint64_t parts;
    uint64_t size; /* bytes of the frames and parts */
} wsi_measure_tile;

typedef struct wsi_measure_frame {
    uint32_t label, size;
} wsi_measure_frame;

/* The rectangles of a tile, relative to it, whose labels it leaves for its seams; returns how many. */
int wsi_measure_strips(const wsi_whole_call *call, wsi_rect at, wsi_rect strips[4]);
/* Most bytes of a tile of edge x edge. */
size_t wsi_measure_tile_bound(const wsi_measure_plan *plan, int64_t edge);
/* Takes a tile apart; returns the bytes written to out in *size. Errors: NO_MEMORY. */
wsi_status wsi_measure_tile_put(const wsi_whole_call *call, const wsi_measure_plan *plan, wsi_measure_workspace *ws,
                                const wsi_image *im, wsi_rect at, unsigned char *out, size_t *size, wsi_error *err);
void wsi_measure_workspace_clear(wsi_measure_workspace *ws);

/* What is kept of the tiles that the next one may touch. */
typedef struct wsi_measure_seams {
    wsi_measure_room above; /* uint32_t: the last rows of the row of tiles above, as wide as the image */
    wsi_measure_room below; /* of this row of tiles, so far */
    wsi_measure_room left;  /* the last columns of the tile to the left, row after row */
    wsi_measure_workspace ws;
} wsi_measure_seams;

/* Counts what the seams above and to the left of a tile add, as parts without pixels, and adds all parts to the store.
 */
wsi_status wsi_measure_append(const wsi_whole_call *call, const wsi_measure_plan *plan, wsi_measure_seams *seams,
                              wsi_rect at, const unsigned char *bytes, wsi_label_store *store, wsi_error *err);
void wsi_measure_seams_clear(wsi_measure_seams *seams);

/* ---- Parts as bytes (measure-code.c) ---- */

/* A part on its way to the store. runs are relative to the bounding box; NULL where none are kept. */
typedef struct wsi_measure_part {
    uint32_t label;
    const wsi_measure_sums *sums; /* relative to the bounding box */
    const wsi_measure_run *runs;
    size_t run_count;
    const void *samples; /* of all pixels, for medians; NULL where none are kept */
} wsi_measure_part;

/* Most bytes a pixel of an image whose objects are all of one pixel. No part has more bytes than its pixels have so. */
size_t wsi_measure_code_bound(const wsi_measure_plan *plan);
/* Returns the end. */
unsigned char *wsi_measure_code_put(const wsi_measure_plan *plan, const wsi_measure_part *part, unsigned char *to);

/* ---- Objects (measure-object.c) ---- */

typedef struct wsi_measure_object {
    uint32_t label;
    wsi_measure_sums sums; /* relative to (0, 0) */
    wsi_exact_sum *exact;  /* two a channel, for sums.channel */
    wsi_measure_room runs; /* wsi_measure_run, by row and x once the object is whole */
    size_t run_count;
    int too_many_runs;        /* they were dropped */
    wsi_measure_room merge;   /* for merging them */
    wsi_measure_room samples; /* of all pixels */
    size_t sample_bytes;
    int too_many_samples;
} wsi_measure_object;

wsi_status wsi_measure_object_open(const wsi_measure_plan *plan, wsi_measure_object *object, wsi_error *err);
/* Begins another object in its memory. */
void wsi_measure_object_reset(const wsi_measure_plan *plan, wsi_measure_object *object, uint32_t label);
/* Adds a part. Errors: NO_MEMORY. */
wsi_status wsi_measure_object_add(const wsi_measure_plan *plan, wsi_measure_object *object, const void *bytes,
                                  wsi_error *err);
/* After the last part. */
void wsi_measure_object_whole(wsi_measure_object *object);
void wsi_measure_object_clear(wsi_measure_object *object);

#endif
