/* What the kernels of the edge operators on 3x3 pixels share. */
#ifndef WSI_CUDA_EDGES_CUH
#define WSI_CUDA_EDGES_CUH

#include "launch.cuh"

/* Magnitudes of 8-bit images, of one channel or three, as the same: 1 where the state and images are such, and the
 * pass. */
extern "C" int wsi_cuda_edges_are_bytes(const wsi_cuda_args *args);
extern "C" wsi_status wsi_cuda_edges_bytes(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

#endif
