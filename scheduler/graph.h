/* A chain bound to a slide's pixel format and to the results that are wanted: what the executor runs. */
#ifndef WSI_GRAPH_H
#define WSI_GRAPH_H

#include "chain.h"
#include "tiler/tiler.h"

enum { WSI_NODES_MAX = WSI_STEPS_MAX + WSI_JOB_OUTPUTS_MAX };

/* One operation with everything resolved. */
typedef struct wsi_node {
    const wsi_op *op;
    const void *params; /* the step's, or own_params */
    void *own_params;   /* of casts added here; owned */
    void *state;        /* prepared; owned */
    wsi_kernel_fn kernel;
    int inputs;
    int input[WSI_OP_INPUTS_MAX]; /* earlier node, or WSI_TILER_SOURCE */
    wsi_pixfmt in_fmt[WSI_OP_INPUTS_MAX];
    wsi_pixfmt fmt; /* of the output as the kernel writes it */
    int64_t w, h;   /* of the output, all of it */
    int last_use;   /* last node that reads it; count when it is written out */
} wsi_node;

/* One written result. */
typedef struct wsi_result {
    char name[WSI_NAME_MAX + 1];
    int node;           /* or WSI_TILER_SOURCE: the slide's own pixels */
    wsi_pixfmt natural; /* as the chain computes it */
    wsi_pixfmt stored;  /* as the sink stores it */
    int nearest;        /* pyramid by nearest: masks and labels */
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
} wsi_graph;

/* Names of the results to be written: `write` is a comma-separated list, or NULL for the last step. Fills steps
 * and *count. Errors: CHAIN (unknown name, named twice). */
wsi_status wsi_graph_select(const wsi_chain *chain, const char *write, int steps[WSI_JOB_OUTPUTS_MAX], int *count,
                            wsi_error *err);

/* Binds to a level of w x h pixels: resolves formats and sizes, drops steps nobody needs and casts that change nothing,
 * prepares state, appends casts to what the writer stores. graph must be zeroed; clear it also after an error. The
 * chain must outlive it. */
wsi_status wsi_graph_bind(wsi_graph *graph, const wsi_chain *chain, const char *write, wsi_pixfmt source, int64_t w,
                          int64_t h, const wsi_writer *writer, wsi_codec codec, wsi_isa isa, wsi_error *err);
/* Result r's share of a core of the level, in the result's frame; it may be empty. */
wsi_rect wsi_graph_share(const wsi_graph *graph, int r, wsi_rect core);
void wsi_graph_clear(wsi_graph *graph);

#endif
