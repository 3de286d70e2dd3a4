/* What the kernels of the binary and the isotropic operations share on both back ends: their input as a plane of 0 and
 * 1 at the start of scratch, on which the grey operation of the same name runs. */
#ifndef WSI_BINARY_H
#define WSI_BINARY_H

#include "morphology.h"
#include "op.h"

/* Bytes of a plane of w x h truth values, a multiple of 256. */
static inline size_t wsi_binary_plane(int64_t w, int64_t h, int channels)
{
    const wsi_pixfmt truth = {WSI_BOOL, channels};
    return (wsi_morphology_row(w, 0, truth) * (size_t)h + 255) / 256 * 256;
}

/* The part of the source that `stages` grey operations look at. */
static inline wsi_rect wsi_binary_seen(const wsi_kernel_args *args, int stages)
{
    const wsi_footprint *f = &((const wsi_morphology_state *)args->state)->footprint;
    const wsi_rect result = {args->ox[0], args->oy[0], args->dst.w, args->dst.h};
    const wsi_rect wanted = wsi_rect_grow(result, (int64_t)stages * (f->left > f->right ? f->left : f->right),
                                          (int64_t)stages * (f->top > f->bottom ? f->top : f->bottom));
    const wsi_rect all = {0, 0, args->src[0].w, args->src[0].h};
    return wsi_rect_intersect(wanted, all);
}

/* The call of the grey operation on the plane of what is seen; the caller fills call.src[0]. */
static inline wsi_kernel_args wsi_binary_call(const wsi_kernel_args *args, wsi_rect seen)
{
    const wsi_pixfmt truth = {WSI_BOOL, args->src[0].fmt.channels};
    wsi_kernel_args call = *args;
    call.src[0].data = args->scratch;
    call.src[0].stride = (ptrdiff_t)wsi_morphology_row(seen.w, 0, truth);
    call.src[0].w = seen.w;
    call.src[0].h = seen.h;
    call.src[0].fmt = truth;
    call.ox[0] -= seen.x;
    call.oy[0] -= seen.y;
    call.scratch = (char *)args->scratch + wsi_binary_plane(seen.w, seen.h, truth.channels);
    return call;
}

#endif
