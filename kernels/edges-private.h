/* What the rows of the edge operators on 3x3 pixels share. */
#ifndef WSI_EDGES_PRIVATE_H
#define WSI_EDGES_PRIVATE_H

#include "edges.h"
#include "op-private.h"

enum { WSI_EDGES_PARAM_COUNT = 3 };

/* axis, mode, cval: of wsi_edges_params, for farid too. */
extern const wsi_param wsi_edges_param_table[WSI_EDGES_PARAM_COUNT];

wsi_halo wsi_edges_halo(const void *params);
size_t wsi_edges_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);

/* The state of an operator; params NULL: reflect. The weights' sum is 2 * side + middle. */
wsi_status wsi_edges_set(wsi_edges_state *state, wsi_edges_kind kind, const wsi_edges_params *params, float side,
                         float middle, wsi_dtype type);

/* Defines `prepare` of a row. ..._ROW: its kind is the parameter axis; ..._FIXED: it has no parameters. */
#define WSI_EDGES_PREPARE_AXIS(side, middle)                                                                           \
    static wsi_status prepare(const void *p_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)           \
    {                                                                                                                  \
        const wsi_edges_params *p = (const wsi_edges_params *)p_;                                                      \
        (void)inputs, (void)err;                                                                                       \
        return wsi_edges_set((wsi_edges_state *)state, (wsi_edges_kind)p->axis, p, side, middle, in[0].type);          \
    }
#define WSI_EDGES_PREPARE_FIXED(kind, side, middle)                                                                    \
    static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)            \
    {                                                                                                                  \
        (void)p, (void)inputs, (void)err;                                                                              \
        return wsi_edges_set((wsi_edges_state *)state, kind, NULL, side, middle, in[0].type);                          \
    }

#define WSI_EDGES_MASK_DOC                                                                                             \
    "The reference's mask sets what lies beside pixels it leaves out to 0: `mask` does, given the mask after "         \
    "binary_erosion:footprint=square,mode=min."

#define WSI_EDGES_SCALE_DOC                                                                                            \
    "Integer images are brought to 0..1 (signed: -1..1) as img_as_float does. The result is float32. Several "         \
    "channels are filtered one by one. " WSI_EDGES_MASK_DOC "\n\nHalo: 1 pixel."

#define WSI_EDGES_AXIS_DOC                                                                                             \
    "; positive where values rise with the coordinate. axis=none gives the magnitude sqrt((d0^2 + d1^2) / "            \
    "2). " WSI_EDGES_SCALE_DOC

/* Rows of the family differ in names, texts, weights and parameters alone. */
#define WSI_EDGES_ROW                                                                                                  \
    .module = "filters", .complexity = "O(1) a pixel", .state_size = sizeof(wsi_edges_state),                          \
    .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1, .stores_any = 1, .resolve = wsi_resolve_float, \
    .halo = wsi_edges_halo, .scratch = wsi_edges_scratch, .prepare = prepare, .kernel = kernel,                        \
    .cuda = WSI_CUDA(edges)

#define WSI_EDGES_AXIS_ROW                                                                                             \
    WSI_EDGES_ROW, .edge = "mode, default reflect", .params = wsi_edges_param_table,                                   \
                   .param_count = WSI_EDGES_PARAM_COUNT, .params_size = sizeof(wsi_edges_params)

#define WSI_EDGES_FIXED_ROW WSI_EDGES_ROW, .edge = "reflect"

#endif
