/* Planes of float32 in a step's scratch (kernels/planes.h), as kernels see them. */
#ifndef WSI_CUDA_PLANES_CUH
#define WSI_CUDA_PLANES_CUH

#include "launch.cuh"

#include "kernels/planes.h"

/* The plane of w x h that lies so many floats into the call's scratch. */
static inline view plane_at(const wsi_cuda_args &args, size_t offset, int64_t w, int64_t h)
{
    return view_of(wsi_plane_at(args.call.scratch, offset, w, h));
}

#endif
