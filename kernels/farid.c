/* The taps of farid: Farid and Simoncelli 2004, table 1. */
#include "farid-private.h"

static void set_taps(wsi_tap_table *edge, wsi_tap_table *smooth, double edge_scale, double smooth_scale)
{
    static const double slope[] = {-0.109603762960254, -0.276690988455557, 0, 0.276690988455557, 0.109603762960254};
    static const double bell[] = {0.0376593171958126, 0.249153396177344, 0.426374573253687, 0.249153396177344,
                                  0.0376593171958126};
    wsi_taps_set(edge, slope, 5, 2, edge_scale);
    wsi_taps_set(smooth, bell, 5, 2, smooth_scale);
}

void wsi_farid_set(wsi_linear_state *s, wsi_edges_kind kind, const wsi_edges_params *params, wsi_dtype type)
{
    const double scale = wsi_scale_of(type), cval = params ? params->cval : 0;
    const wsi_linear_shape shape = kind == WSI_EDGES_ROWS      ? WSI_LINEAR_ROWS
                                   : kind == WSI_EDGES_COLUMNS ? WSI_LINEAR_COLUMNS
                                                               : WSI_LINEAR_GRADIENT;
    wsi_linear_begin(s, shape, params ? params->mode : WSI_EDGE_REFLECT, cval, scale, halo(NULL));
    if (shape == WSI_LINEAR_GRADIENT) {
        s->finish = WSI_LINEAR_MODULUS;
        s->a = 0.5f;
        set_taps(&s->y[0], &s->y[1], scale, scale);
        set_taps(&s->x[1], &s->x[0], 1, 1);
    } else if (shape == WSI_LINEAR_ROWS) {
        set_taps(&s->y[0], &s->x[0], scale, 1);
    } else {
        set_taps(&s->x[0], &s->y[0], 1, scale);
    }
    /* Two-dimensional weights: left and right of the slide a vertical sees cval alone. */
    for (int v = 0; v < 2; v++) s->beside[v] = (float)(cval / scale * wsi_taps_sum(&s->y[v]));
}
