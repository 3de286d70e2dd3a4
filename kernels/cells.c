/* What the rows of operations over cells share. */
#include "cells-private.h"

wsi_scale wsi_quality_scale(const void *params)
{
    const int64_t block = ((const wsi_quality_params *)params)->block;
    return wsi_scale_down(block, block);
}

size_t wsi_cells_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)params, (void)inputs, (void)h;
    return wsi_cells_row(w, in[0].channels) * sizeof(float);
}

wsi_halo wsi_quality_halo(const void *params)
{
    (void)params;
    return (wsi_halo){1, 1};
}

void wsi_quality_prepare(const wsi_quality_params *p, double factor, wsi_cells_state *s)
{
    s->fx = s->fy = (int)p->block;
    s->factor = factor;
    s->method = p->method;
}
