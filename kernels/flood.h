/* Watershed flooding of one connected component of a mask, step for step as scikit-image 0.26 floods it: a binary heap
 * of pixels by value, then by the order in which they were reached; markers are reached first, in raster order, all at
 * the same time. Markers of one value therefore leave the heap in an order that its layout decides, so that the layout
 * is part of what is reproduced: new pixels enter at its end, the last one takes the place of the one that left.
 *
 * The component is a list of runs; its pixels are numbered along them in raster order. What does not belong to it takes
 * neither memory nor time. */
#ifndef WSI_FLOOD_H
#define WSI_FLOOD_H

#include <stddef.h>
#include <stdint.h>

#include "common/error-private.h"

typedef struct wsi_flood_run {
    int32_t x, y;
    uint32_t n;
} wsi_flood_run;

typedef struct wsi_flood_item {
    uint64_t key;           /* level, as an unsigned integer in the same order; below that the age */
    uint32_t index, source; /* source: the marker pixel it was reached from */
} wsi_flood_item;

/* A pixel, all of which is looked at together. Indices of pixels have 27 bits; in the 5 below them are flags. */
typedef struct wsi_flood_node {
    uint32_t level; /* its value as an unsigned integer in the same order */
    uint32_t label;
    uint32_t up, down; /* first pixel of the row above (below) that is not left of the pixel's own left neighbour */
} wsi_flood_node;

/* Working memory, which grows as components need it. Zero it but for the first two. */
typedef struct wsi_flood {
    int connectivity;          /* 1: four neighbours, 2: eight */
    int line;                  /* 1: pixels where labels meet get none (watershed_line) */
    const wsi_flood_run *runs; /* of the component */
    int64_t run_count;
    uint32_t pixels;
    wsi_flood_node *nodes;
    size_t room; /* nodes there is memory for */
    int32_t *x;  /* of the pixels of two rows */
    size_t x_room;
    wsi_flood_item *heap;
    size_t heap_room, items;
    uint32_t age;
    uint64_t waiting, again; /* with lines: markers in the heap; pixels that may yet be reached again */
} wsi_flood;

/* Pixels of the largest component, exclusive. */
#define WSI_FLOOD_PIXELS_MAX (UINT32_C(1) << 27)

/* Bytes of working memory for a component of so many pixels: with a line the heap may come to need more. */
uint64_t wsi_flood_size(uint64_t pixels);
/* Begins with a component of so many pixels; its runs, in raster order, count > 0, are kept until it is flooded.
 * Errors: NO_MEMORY, also for WSI_FLOOD_PIXELS_MAX pixels and more. */
wsi_status wsi_flood_begin(wsi_flood *f, const wsi_flood_run *runs, int64_t count, uint64_t pixels, wsi_error *err);
/* Values and labels of pixels at .. at + n - 1: those whose label is not 0 are markers. No value is NaN. Each pixel is
 * given once, in any order, and its label is there afterwards. */
void wsi_flood_put_values(wsi_flood *f, uint64_t at, uint64_t n, const float *value);
void wsi_flood_put_labels(wsi_flood *f, uint64_t at, uint64_t n, const uint32_t *label);
void wsi_flood_get_labels(const wsi_flood *f, uint64_t at, uint64_t n, uint32_t *label);
/* Labels the component's pixels that have label 0. Errors: NO_MEMORY. */
wsi_status wsi_flood_component(wsi_flood *f, wsi_error *err);
void wsi_flood_close(wsi_flood *f);

#endif
