/* The grey operations that others are made of (morphology-cuda.cu). */
#ifndef WSI_CUDA_GREY_CUH
#define WSI_CUDA_GREY_CUH

#include "launch.cuh"

extern "C" {
wsi_status wsi_cuda_erosion(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);
wsi_status wsi_cuda_dilation(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);
wsi_status wsi_cuda_opening(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);
wsi_status wsi_cuda_closing(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);
}

#endif
