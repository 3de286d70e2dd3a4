/* The window sums of local-cuda.cu for threshold_local. */
#ifndef WSI_CUDA_LOCAL_CUH
#define WSI_CUDA_LOCAL_CUH

#include "launch.cuh"

extern "C" {
#include "kernels/local.h"
}

/* Computes all of args->call.dst, float32, by `s`; needs no scratch. */
extern "C" wsi_status wsi_cuda_local(wsi_stream *stream, const wsi_cuda_args *args, const wsi_local_state *s,
                                     wsi_error *err);

#endif
