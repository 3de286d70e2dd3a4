/* Correlation with two-dimensional weights on a GPU: kernels/stencil.h. */
#ifndef WSI_CUDA_STENCIL_CUH
#define WSI_CUDA_STENCIL_CUH

#include "linear.cuh"

extern "C" {
#include "kernels/stencil.h"
}

/* s: in host memory; taps: its weights in device memory. */
extern "C" wsi_status wsi_cuda_stencil(wsi_stream *stream, const wsi_cuda_args *args, const wsi_stencil_state *s,
                                       const float *taps, wsi_error *err);

#endif
