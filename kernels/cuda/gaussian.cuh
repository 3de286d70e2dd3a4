/* The sums of the gaussian, shared by its kernel in one pass and those in two. */
#ifndef WSI_CUDA_GAUSSIAN_CUH
#define WSI_CUDA_GAUSSIAN_CUH

#include "tile.cuh"

#include "kernels/gaussian.h"
#include "kernels/px/gaussian-px.h"

#include "gaussian-cuda.h"

enum { RUN = WSI_GAUSSIAN_TILE_RUN };

/* RUN neighbouring sums over taps 0..r: sum[j] is centred on at(j). From tap to tap the values on both sides move by
 * one place, so each tap reads two new values for all sums together. */
template <class At, class Weight>
static __device__ __forceinline__ void march(float (&sum)[RUN], int r, const At &at, const Weight &weight)
{
    float before[RUN], after[RUN];
#pragma unroll
    for (int j = 0; j < RUN; j++) {
        before[j] = after[j] = at(j);
        sum[j] = before[j] * weight(0);
    }
    const auto pairs = [&](float(&to)[RUN], int first, int last) {
#pragma unroll 4
        for (int k = first; k <= last; k++) {
#pragma unroll
            for (int j = RUN - 1; j > 0; j--) before[j] = before[j - 1];
#pragma unroll
            for (int j = 0; j < RUN - 1; j++) after[j] = after[j + 1];
            before[0] = at(-k);
            after[RUN - 1] = at(RUN - 1 + k);
            const float w = weight(k);
#pragma unroll
            for (int j = 0; j < RUN; j++) to[j] = WSI_PX_FOLD(to[j], w, before[j], after[j]);
        }
    };
    pairs(sum, 1, min(r, (int)WSI_PX_FOLD_GROUP));
#pragma unroll 1
    for (int k = WSI_PX_FOLD_GROUP + 1; k <= r; k += WSI_PX_FOLD_GROUP) {
        float group[RUN] = {};
        pairs(group, k, min(r, k + WSI_PX_FOLD_GROUP - 1));
#pragma unroll
        for (int j = 0; j < RUN; j++) sum[j] = sum[j] + group[j];
    }
}

/* The same for r <= REACH, all values in registers. */
template <int REACH, class At, class Weight>
static __device__ __forceinline__ void march_few(float (&sum)[RUN], int r, const At &at, const Weight &weight)
{
    static_assert(REACH <= WSI_PX_FOLD_GROUP, "one group of pairs");
    float v[RUN + 2 * REACH];
#pragma unroll
    for (int j = 0; j < RUN; j++) {
        v[REACH + j] = at(j);
        sum[j] = v[REACH + j] * weight(0);
    }
#pragma unroll
    for (int k = 1; k <= REACH; k++) {
        if (k > r) break;
        v[REACH - k] = at(-k);
        v[REACH + RUN - 1 + k] = at(RUN - 1 + k);
        const float w = weight(k);
#pragma unroll
        for (int j = 0; j < RUN; j++) sum[j] = WSI_PX_FOLD(sum[j], w, v[REACH + j - k], v[REACH + j + k]);
    }
}

/* Where wsi_gaussian_marches. */
extern "C" wsi_status wsi_cuda_gaussian_march(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);
/* In two passes through scratch, for radii that no tile holds. */
extern "C" wsi_status wsi_cuda_gaussian_large(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

#endif
