/* A chain bound to a slide's pixel format and to the results that are wanted: what the executor runs. */
#ifndef WSI_GRAPH_H
#define WSI_GRAPH_H

#include "chain.h"
#include "kernels/reduction.h"
#include "kernels/whole.h"
#include "tap.h"
#include "tiler/tiler.h"

enum { WSI_NODES_MAX = WSI_STEPS_MAX + WSI_JOB_OUTPUTS_MAX };

/* Reads a rectangle of an image that an earlier pass has left, see wsi_whole.read. */
typedef wsi_status (*wsi_kept_read)(const void *kept, wsi_rect at, const wsi_image *dst, wsi_error *err);

/* One operation with everything resolved. */
typedef struct wsi_node {
    const wsi_op *op;
    const void *params; /* the step's, or own_params */
    void *own_params;   /* of casts added here; owned */
    void *state;        /* prepared; owned */
    wsi_kernel_fn kernel;
    size_t state_size;
    int inputs;                   /* that the kernel reads */
    int input[WSI_OP_INPUTS_MAX]; /* earlier node, or WSI_TILER_SOURCE */
    int formats;                  /* in_fmt has so many: all the step's images */
    wsi_pixfmt in_fmt[WSI_OP_INPUTS_MAX];
    wsi_pixfmt fmt;   /* of the output as the kernel writes it */
    int64_t w, h;     /* of the output, all of it */
    const void *kept; /* what an earlier pass left of it, read instead of computing; else NULL */
    wsi_kept_read read;
    int last_use; /* last node that reads it; count when it is written out */
} wsi_node;

/* One written result. */
typedef struct wsi_result {
    char name[WSI_NAME_MAX + 1];
    int node;           /* or WSI_TILER_SOURCE: the slide's own pixels */
    wsi_pixfmt natural; /* as the chain computes it */
    wsi_pixfmt stored;  /* as the sink stores it */
    int nearest;        /* pyramid by nearest: masks and labels */
    int same_as;        /* an earlier result with the same pixels, which shares its memory; -1 = none */
    int tapped;         /* 1: goes to a tap and to no sink */
    int tap_images;     /* of the last result of a tap: so many results, this one the last, are its images; else 0 */
    const wsi_tap *tap; /* of that one */
    wsi_scale scale;    /* against the level */
    int64_t w, h;       /* pixels */
    char *chain;        /* canonical text; owned */
} wsi_result;

typedef struct wsi_graph {
    wsi_pixfmt source;
    int64_t w, h; /* of the level */
    int node_count;
    wsi_node nodes[WSI_NODES_MAX];
    wsi_tiler_node tiler[WSI_NODES_MAX];
    unsigned char written[WSI_NODES_MAX];
    int result_count;
    wsi_result results[WSI_JOB_OUTPUTS_MAX];
    int64_t halo_x, halo_y;     /* of the whole graph */
    int64_t period_x, period_y; /* of its resampling steps, see wsi_tiler_period */
    int reads_source;           /* 0: all it needs is kept from earlier passes */
} wsi_graph;

/* Names of the results to be written: `write` is a comma-separated list, or NULL for the last step. Fills steps
 * and *count. Errors: CHAIN (unknown name, named twice). */
wsi_status wsi_graph_select(const wsi_chain *chain, const char *write, int steps[WSI_JOB_OUTPUTS_MAX], int *count,
                            wsi_error *err);

/* A step's place in the whole: what it takes and what comes out. */
typedef struct wsi_shape {
    int inputs;
    wsi_pixfmt in_fmt[WSI_OP_INPUTS_MAX], fmt;
    int64_t in_w, in_h, w, h; /* of its first input, all of it, and of the result */
    wsi_scale total;          /* of the result against the level */
    int scaled;
} wsi_shape;

/* What earlier passes have found out about a step. */
typedef enum wsi_knowledge {
    WSI_UNKNOWN = 0,
    WSI_FITTED, /* its fit: it is a local step from now on */
    WSI_KEPT    /* its whole result: it is read from now on */
} wsi_knowledge;

typedef struct wsi_known {
    wsi_knowledge what;
    const wsi_shape *shape;
    const double *fit, *target; /* FITTED; target NULL = none */
    const void *kept;           /* KEPT */
    wsi_kept_read read;
} wsi_known;

/* Images that the step reads, given what is known of the steps. */
int wsi_graph_images(const wsi_chain *chain, const wsi_known *known, int step);

/* A step whose images go to a tap; or its own result does. */
typedef struct wsi_tapped_step {
    int step;
    int own; /* 1: its result */
    const wsi_tap *tap;
} wsi_tapped_step;

typedef struct wsi_graph_input {
    const wsi_chain *chain; /* must outlive the graph */
    wsi_pixfmt source;
    int64_t w, h; /* of the level */
    wsi_isa isa;
    const int *steps; /* results to be written */
    int step_count;
    const wsi_writer *writer;
    wsi_codec codec;
    const wsi_tapped_step *taps;
    int tap_count;
    const wsi_known *known; /* of each step. NULL: shapes alone are wanted, and of a chain without global steps all */
} wsi_graph_input;

/* 1 when the operation may need more than tiles with halos. */
static inline int wsi_step_is_global(const wsi_step *step)
{
    return step->op->reduction || step->op->whole;
}
/* 1 when it makes a table and no image. */
static inline int wsi_step_is_table(const wsi_step *step)
{
    return step->op->whole && !step->op->whole->read;
}

/* Binds to a level: resolves formats and sizes, drops steps nobody needs and casts that change nothing, prepares state,
 * appends casts to what the writer stores. Written results come first, then those that are tapped. Global steps must be
 * known, unless shapes alone are wanted. graph must be zeroed; clear it also after an error. shapes: NULL, or gets
 * those of the steps that were bound. */
wsi_status wsi_graph_bind(wsi_graph *graph, const wsi_graph_input *in, wsi_shape *shapes, wsi_error *err);
/* Result r's share of a core of the level, in the result's frame; it may be empty. */
wsi_rect wsi_graph_share(const wsi_graph *graph, int r, wsi_rect core);
void wsi_graph_clear(wsi_graph *graph);

#endif
