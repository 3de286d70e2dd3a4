/* What the rows of the edge operators share. */
#include "edges-private.h"

#define FIELD(name) offsetof(wsi_edges_params, name)

static const char *const axes[] = {"none", "0", "1", NULL};

const wsi_param wsi_edges_param_table[WSI_EDGES_PARAM_COUNT] = {
    {.name = "axis",
     .unit = "",
     .help = "Derivative along rows (0) or columns (1); none for the magnitude.",
     .offset = FIELD(axis),
     .type = WSI_PARAM_ENUM,
     .def = "none",
     .names = axes},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "reflect",
     .names = wsi_edge_names_filter},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant, on the 0..1 scale.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
};

wsi_halo wsi_edges_halo(const void *params)
{
    (void)params;
    return (wsi_halo){1, 1};
}

size_t wsi_edges_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)params, (void)inputs, (void)h;
    return 4 * wsi_edges_stride(w, in[0].channels) * sizeof(float);
}

wsi_status wsi_edges_set(wsi_edges_state *state, wsi_edges_kind kind, const wsi_edges_params *params, float side,
                         float middle, wsi_dtype type)
{
    const double scale = wsi_scale_of(type);
    state->kind = (int)kind;
    state->mode = params ? params->mode : WSI_EDGE_REFLECT;
    state->side = side;
    state->middle = middle;
    state->scale = (float)(scale / (double)(2 * side + middle));
    state->outside = params ? (float)(params->cval / scale) : 0.0f;
    return WSI_OK;
}
