/* Connected components of the whole slide, for the operations that keep, drop or number them.
 *
 * tile() labels one tile by spans (He, Chao and Suzuki's run-based two scans) and knows all about the components that
 * do not reach another tile: they are closed, and what becomes of them is settled at once. The others are nodes.
 * append() joins nodes across seams, one row of tiles at a time, by union-find over the nodes of that row and the
 * components that hang down from the row above: what comes out are the row's components, each with at most one parent,
 * the component of the next row that it is part of. So all joins of the slide are a forest, one level a row of tiles,
 * that lies in the scratch file; only one row's level is ever in memory. finish() goes up the forest to tell every node
 * what its whole component is, and for numbers down and up once more: components are numbered in raster order of their
 * first pixels by counting, in every row of pixels, those that begin in each tile. read() decodes the tiles it touches.
 *
 * Memory grows with the width of the slide and the edge of its tiles, never with its height or with the number of
 * components; the scratch file takes some bytes a span. */
#ifndef WSI_COMPONENTS_H
#define WSI_COMPONENTS_H

#include "whole.h"

typedef enum wsi_components_input {
    WSI_COMPONENTS_MASK = 0, /* pixels that are not 0 */
    WSI_COMPONENTS_HOLES,    /* pixels that are 0; the result is the mask without the components that are dropped */
    WSI_COMPONENTS_LEVELS,   /* pixels above `low`; flag HIGH where one is also above `high` */
    WSI_COMPONENTS_LABELS,   /* pixels of equal value other than `background` */
    WSI_COMPONENTS_VALUES    /* all pixels of a value other than 0, wherever they are, are one component; whole numbers
                                that are not negative */
} wsi_components_input;

/* What is known of a component besides its size. */
enum {
    WSI_COMPONENTS_HIGH = 1,  /* has a pixel above `high` */
    WSI_COMPONENTS_MARGIN = 2 /* has a pixel within `margin` pixels of the slide's edge */
};

typedef struct wsi_components_spec {
    wsi_components_input input;
    int connectivity; /* 1: four neighbours, 2: eight */
    double low, high; /* LEVELS, low <= high */
    int64_t background;
    int64_t margin; /* MARGIN; 0: no pixel is */
    /* 1: the result numbers the components from `offset`, as uint32, in raster order of their first pixels (VALUES: in
     * ascending order); otherwise it keeps or drops them. */
    int number;
    uint64_t offset; /* 1, but for VALUES */
    uint64_t most;   /* greatest number there may be, otherwise append() or finish() refuses; at most 2^32 - 1 */
    /* A component stays when it has more than `above` pixels and flags & mask is `flags`. */
    uint64_t above;
    uint32_t mask, flags;
} wsi_components_spec;

/* For wsi_whole: the caller's open() makes the spec from its parameters; the rest are entries of its table. Results:
 * number: uint32; LABELS and VALUES otherwise: the input's own format; else bool. Errors of tile, append, finish and
 * read: NO_MEMORY, OUTPUT and OUTPUT_FULL of the scratch file, CANCELLED, and INPUT_UNSUPPORTED for too many components
 * and for negative VALUES. */
wsi_status wsi_components_open(const wsi_whole_call *call, const wsi_components_spec *spec, void **self,
                               wsi_error *err);
size_t wsi_components_bound(const void *self);
wsi_status wsi_components_tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                               wsi_error *err);
wsi_status wsi_components_append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err);
wsi_status wsi_components_finish(void *self, wsi_error *err);
wsi_status wsi_components_read(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err);
void wsi_components_close(void **self);

/* Components found, of a spec with `number`; after finish. */
uint64_t wsi_components_count(const void *self);

/* All entries but open, columns and rows. */
#define WSI_COMPONENTS_WHOLE                                                                                           \
    .bound = wsi_components_bound, .tile = wsi_components_tile, .append = wsi_components_append,                       \
    .finish = wsi_components_finish, .read = wsi_components_read, .close = wsi_components_close

#endif
