/* Planes of float32 in a step's scratch (kernels/planes.h), as kernels see them. */
#ifndef WSI_CUDA_PLANES_CUH
#define WSI_CUDA_PLANES_CUH

#include "samples.cuh"

#include "kernels/planes.h"

/* The plane of w x h that lies so many floats into the call's scratch. */
static inline view plane_at(const wsi_cuda_args &args, size_t offset, int64_t w, int64_t h)
{
    return view_of(wsi_plane_at(args.call.scratch, offset, w, h));
}

/* Samples i .. i + 3 of row y, those before `end`; i is a multiple of four, and the planes' rows are whole vectors. */
static __device__ __forceinline__ void plane_load4(float (&v)[LANES], const view &plane, int y, int i, int end)
{
    const float *at = (const float *)plane.row(y) + i;
    if (i + LANES <= end) {
        const float4 four = *(const float4 *)at;
        v[0] = four.x, v[1] = four.y, v[2] = four.z, v[3] = four.w;
        return;
    }
    EACH_LANE v[j] = i + j < end ? at[j] : 0.0f;
}

#endif
