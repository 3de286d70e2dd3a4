/* Eight lanes a JPEG block, each with an eighth of its coefficients in zigzag order; four blocks a warp. */
#ifndef WSI_CUDA_JPEG_EIGHTH_CUH
#define WSI_CUDA_JPEG_EIGHTH_CUH

#include "kernels/px/jpeg-code-px.h"

struct eighth {
    int32_t v[8];
    int32_t first, before; /* the place of v[0]; of the last one before it that is not zero */
};

/* packed: the lane's eight coefficients. All lanes of the warp call it. */
static __device__ __forceinline__ eighth unpack_eighth(uint4 packed)
{
    const uint32_t pairs[4] = {packed.x, packed.y, packed.z, packed.w};
    const int n = threadIdx.x % 8;
    eighth e;
    e.first = 8 * n;
#pragma unroll
    for (int i = 0; i < 8; i++) e.v[i] = i & 1 ? (int32_t)pairs[i / 2] >> 16 : (int16_t)pairs[i / 2];
    int32_t last = wsi_px_jpeg_last(e.v, e.first);
#pragma unroll
    for (int i = 1; i < 8; i *= 2) {
        const int32_t lower = __shfl_up_sync(0xffffffffu, last, i, 8);
        if (n >= i) last = max(last, lower);
    }
    const int32_t before = __shfl_up_sync(0xffffffffu, last, 1, 8);
    e.before = n > 0 ? before : 0;
    return e;
}

#endif
