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

/* Working memory, which grows as components need it. Zero it but for the first two. */
typedef struct wsi_flood {
    int connectivity; /* 1: four neighbours, 2: eight */
    int line;         /* 1: pixels where labels meet get none (watershed_line) */
    size_t room;      /* pixels the arrays are for */
    int32_t *x;
    uint32_t *up, *down; /* first pixel of the row above (below) that is not left of the pixel's own left neighbour */
    uint8_t *near;       /* which of the eight neighbours there are */
    uint8_t *seen;       /* with lines: bits REACHED, ON_LINE */
    wsi_flood_item *heap;
    size_t heap_room, items;
    uint32_t age;
    uint64_t waiting, again; /* with lines: markers in the heap; pixels that may yet be reached again */
} wsi_flood;

/* Pixels of the largest component: how often one is reached fits 32 bits. */
#define WSI_FLOOD_PIXELS_MAX (UINT32_C(1) << 27)

/* Bytes of working memory for a component of so many pixels: with a line the heap may come to need more. */
uint64_t wsi_flood_size(uint64_t pixels);
/* Labels the component's pixels that have label 0; those that have another are markers. No value is NaN; runs are in
 * raster order. pixels < WSI_FLOOD_PIXELS_MAX. NO_MEMORY. */
wsi_status wsi_flood_component(wsi_flood *f, const wsi_flood_run *runs, int64_t run_count, uint64_t pixels,
                               const float *value, uint32_t *label, wsi_error *err);
void wsi_flood_close(wsi_flood *f);

#endif
