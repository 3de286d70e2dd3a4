/* What the files of the component engine share: the layout of a tile's bytes, its workspace, the rows' records. */
#ifndef WSI_COMPONENTS_PRIVATE_H
#define WSI_COMPONENTS_PRIVATE_H

#include <pthread.h>

#include "components.h"
#include "spans.h"
#include "totals.h"

enum { WSI_NO_COMPONENT = -1 };

/* A part of a component that reaches another tile. */
typedef struct wsi_node {
    uint64_t first; /* y * width + x of its first pixel in raster order, of the slide; less is earlier */
    uint64_t size;
    uint32_t value; /* LABELS */
    uint32_t flags;
    uint32_t before; /* closed components of its tile that begin to the left of it in the row of its first pixel */
    uint32_t unused;
} wsi_node;

/* A span on a seam, x of the slide. */
typedef struct wsi_seam_span {
    int64_t start, end;
    uint32_t node; /* of the tile; in a row's frontier: the row's component */
    uint32_t value;
} wsi_seam_span;

/* What tile() leaves: this header; wsi_node of each; wsi_seam_span of the top and the bottom row where there is a seam;
 * for each row node + 1 or 0 at the left and at the right where there is a seam; and what is kept in the scratch file,
 * which begins with a wsi_stored_tile. Each part begins at a multiple of 16. */
typedef struct wsi_tile_header {
    uint32_t nodes, top, bottom; /* counts */
    uint32_t left, right;        /* rows, or 0 */
    uint32_t node_size;          /* bytes of each: VALUES has a uint32_t, its pixels; otherwise sizeof(wsi_node) */
    uint64_t closed;             /* components that are closed and stay */
    uint64_t stored;             /* bytes */
} wsi_tile_header;

/* A tile in the scratch file: this header; with `number`, for each row of pixels the components that are closed and
 * begin there, which finish() turns into the number of the first that begins there; for each node what its pixels
 * become, by finish() (VALUES: until then its value); then the spans, row by row (components-code.c). */
typedef struct wsi_stored_tile {
    uint32_t w, h, nodes;
    uint32_t items; /* components that spans refer to by number */
    uint64_t code;  /* bytes of the spans */
    uint64_t unused;
} wsi_stored_tile;

/* A component of one tile while it is being labelled. */
typedef struct wsi_component {
    uint64_t size;
    uint32_t x, y; /* of its first pixel in the tile */
    uint32_t value, flags;
    int32_t node;  /* its index among the nodes, or WSI_NO_COMPONENT */
    uint32_t seam; /* 1: touches a seam */
} wsi_component;

/* A decoded span. */
typedef struct wsi_painted {
    uint32_t start, end, value;
} wsi_painted;

/* An array that grows. */
typedef struct wsi_room {
    void *p;
    size_t bytes;
} wsi_room;

/* Makes it hold count items of that size, keeping what it holds. Errors: NO_MEMORY. */
wsi_status wsi_room_for(wsi_room *room, size_t count, size_t size, wsi_error *err);

/* Memory to label or to decode a tile, lent to one call at a time; it grows as needed and is kept. */
typedef struct wsi_workspace {
    struct wsi_workspace *next;
    /* Labelling: for each span the span, its value (LABELS) or flags (LEVELS), and its parent, later its component. */
    wsi_room spans, values, of;
    wsi_room rows;       /* uint32_t: for each row and its end the index of its first span */
    wsi_room components; /* wsi_component */
    wsi_room truth;      /* a row of truth values or levels */
    wsi_room kept;       /* uint32_t: the spans of two rows that are encoded */
    uint32_t count;      /* of components */
    uint32_t nodes;
    /* Decoding: the stored tile, the spans of two rows, what each component becomes. */
    wsi_room record, painted, items;
} wsi_workspace;

typedef struct wsi_tile_place {
    uint64_t at; /* in the scratch file */
    uint64_t size;
    uint32_t first_node, nodes; /* of its row */
} wsi_tile_place;

/* A component of a row of tiles: all of it that lies in this row and above. After finish, all of it. */
typedef struct wsi_part {
    uint64_t first, size;
    uint32_t value, flags;
    int64_t parent;  /* the next row's component that it is part of; WSI_NO_COMPONENT: it ends here */
    uint64_t number; /* 0: not yet known */
} wsi_part;

/* A row of tiles in the scratch file. */
typedef struct wsi_tile_row {
    uint64_t places_at; /* wsi_tile_place of each tile */
    uint64_t nodes_at;  /* wsi_node of all tiles */
    uint64_t of_at;     /* uint32_t: the row's component of each node */
    uint64_t parts_at;  /* wsi_part of the row's components */
    uint32_t nodes, parts;
} wsi_tile_row;

/* append's memory: one row of tiles. */
typedef struct wsi_seams {
    int64_t tile;              /* the next one, in raster order */
    wsi_room frontier, coming; /* wsi_seam_span: of the row above, whole, and of this row's bottom so far */
    size_t frontier_count, coming_count, frontier_at;
    wsi_room hanging; /* wsi_part: the row above's components */
    uint32_t hanging_count;
    wsi_room nodes;  /* wsi_node of this row so far */
    wsi_room parent; /* uint32_t: union-find over the row above's components, then this row's nodes */
    uint32_t nodes_count;
    wsi_room places; /* wsi_tile_place */
    wsi_room column; /* uint32_t: 1 + the index in `parent` at the last tile's right, or 0 */
    wsi_room parts, of;
} wsi_seams;

typedef struct wsi_components {
    wsi_components_spec spec;
    const wsi_whole_call *call;
    const wsi_spans_kernel *kernel;
    wsi_scratch *scratch;
    int64_t across, down; /* tiles */
    wsi_tile_row *rows;   /* `down`, filled by append */
    wsi_seams seams;
    wsi_totals *totals;   /* VALUES */
    uint64_t count;       /* append: closed components that stay; after finish: all components */
    pthread_mutex_t lock; /* of spare */
    wsi_workspace *spare; /* workspaces that no call has */
} wsi_components;

/* The set that i belongs to in a union-find: halves the way there. */
static inline uint32_t wsi_root_of(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* 1 when components have values of their own. */
static inline int wsi_components_valued(const wsi_components_spec *spec)
{
    return spec->input >= WSI_COMPONENTS_LABELS;
}

/* 1 when a whole component stays. */
static inline int wsi_component_stays(const wsi_components_spec *spec, uint64_t size, uint32_t flags)
{
    return spec->number || (size > spec->above && (flags & spec->mask) == spec->flags);
}

static inline size_t wsi_round16(size_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

/* Where the tables of a stored tile begin. */
static inline int wsi_counts_starts(const wsi_components_spec *spec)
{
    return spec->number && spec->input != WSI_COMPONENTS_VALUES;
}

static inline size_t wsi_stored_values(const wsi_components_spec *spec, int64_t h)
{
    return sizeof(wsi_stored_tile) + (wsi_counts_starts(spec) ? (size_t)h * sizeof(uint32_t) : 0);
}

static inline size_t wsi_stored_code(const wsi_components_spec *spec, int64_t h, uint32_t nodes)
{
    return wsi_stored_values(spec, h) + nodes * sizeof(uint32_t);
}

/* Which sides of a rectangle are seams. */
typedef struct wsi_sides {
    int left, top, right, bottom;
} wsi_sides;

static inline wsi_sides wsi_sides_of(const wsi_components *c, wsi_rect at)
{
    if (c->spec.input == WSI_COMPONENTS_VALUES) return (wsi_sides){0, 0, 0, 0};
    return (wsi_sides){at.x > 0, at.y > 0, at.x + at.w < c->call->w, at.y + at.h < c->call->h};
}

/* Cuts the tile into spans and these into components, in raster order of their first pixels. */
wsi_status wsi_components_label(const wsi_components *c, const wsi_image *im, wsi_rect at, wsi_workspace *ws,
                                wsi_error *err);

/* Largest code of a tile of w x h. */
size_t wsi_code_bound(const wsi_components_spec *spec, int64_t w, int64_t h);
/* Writes the labelled tile's spans; returns their bytes. starts (with `number`, zeroed): closed components that begin
 * in each row. nodes[].before is set. */
size_t wsi_code_put(const wsi_components_spec *spec, int64_t h, wsi_workspace *ws, wsi_node *nodes, uint32_t *starts,
                    unsigned char *out);
/* Paints the rectangle `at` of the tile, relative to it, from the record in the workspace. */
wsi_status wsi_code_paint(const wsi_components_spec *spec, wsi_workspace *ws, wsi_rect at, const wsi_image *dst,
                          wsi_error *err);

/* The parts of what tile() left. */
typedef struct wsi_tile_view {
    const wsi_tile_header *header;
    const wsi_node *nodes;
    const wsi_seam_span *top, *bottom;
    const uint32_t *left, *right;
    const void *stored;
} wsi_tile_view;

wsi_tile_view wsi_tile_view_of(const void *bytes);

void wsi_seams_clear(wsi_seams *s);
/* append and finish of VALUES. */
wsi_status wsi_values_append(wsi_components *c, int64_t tx, int64_t ty, const wsi_tile_view *tile, wsi_error *err);
wsi_status wsi_values_finish(wsi_components *c, wsi_error *err);
/* Keeps what is stored of the row's tile number tx. */
wsi_status wsi_seams_store(wsi_components *c, int64_t tx, const wsi_tile_view *tile, wsi_error *err);

#endif
