/* The gaussian kernel: one separable filter, whose taps along y carry the factor of img_as_float. */
#include "isa.h"

#include "kernels/gaussian.h"
#include "kernels/op.h"
#include "separable-cpu.h"

static wsi_taps even(const float *w, int r)
{
    return (wsi_taps){-r, r, WSI_TAPS_EVEN, w};
}

WSI_CPU_KERNEL(gaussian)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)args->params;
    const wsi_gaussian_state *g = (const wsi_gaussian_state *)args->state;
    const wsi_image *dst = &args->dst;
    const wsi_separable filter = {.mode = p->mode,
                                  .verticals = 1,
                                  .terms = 1,
                                  .outs = 1,
                                  .ry = g->ry,
                                  .rx = g->rx,
                                  .y = {even(g->wy, g->ry)},
                                  .term = {{0, 0, even(g->wx, g->rx)}},
                                  .outside = g->outside,
                                  .beside = {(float)p->cval}};
    wsi_separable_images to = {1, {*dst}};
    WSI_CPU(separable)
    (&filter, &args->src[0], !p->preserve_range, args->ox[0], args->oy[0], dst->w, dst->h, args->scratch,
     WSI_CPU(separable_store), &to);
}
