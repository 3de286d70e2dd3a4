/* hessian_matrix and hessian_matrix_det: which of two others computes them. */
#include "launch.cuh"

extern "C" {
#include "kernels/hessian.h"

wsi_status wsi_cuda_ridge(wsi_stream *, const wsi_cuda_args *, wsi_error *);
wsi_status wsi_cuda_differences(wsi_stream *, const wsi_cuda_args *, wsi_error *);
wsi_status wsi_cuda_boxes(wsi_stream *, const wsi_cuda_args *, wsi_error *);
}

/* The call with a part of the state as its state. */
static wsi_cuda_args part_of(const wsi_cuda_args *args, size_t offset)
{
    wsi_cuda_args part = *args;
    part.call.state = (const char *)args->call.state + offset;
    part.device_state = (const char *)args->device_state + offset;
    return part;
}

extern "C" wsi_status wsi_cuda_hessian_matrix(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_hessian_matrix_state *s = (const wsi_hessian_matrix_state *)args->call.state;
    const wsi_cuda_args part = part_of(args, s->gaussian ? offsetof(wsi_hessian_matrix_state, derivatives)
                                                         : offsetof(wsi_hessian_matrix_state, differences));
    return s->gaussian ? wsi_cuda_ridge(stream, &part, err) : wsi_cuda_differences(stream, &part, err);
}

extern "C" wsi_status wsi_cuda_hessian_matrix_det(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_hessian_det_state *s = (const wsi_hessian_det_state *)args->call.state;
    const wsi_cuda_args part = part_of(args, s->approximate ? offsetof(wsi_hessian_det_state, boxes)
                                                            : offsetof(wsi_hessian_det_state, differences));
    return s->approximate ? wsi_cuda_boxes(stream, &part, err) : wsi_cuda_differences(stream, &part, err);
}
