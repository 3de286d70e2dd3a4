/* A source in scratch as a plane of keys, extended beyond the slide's edges: for neighbourhoods too large for shared
 * memory. */
#ifndef WSI_CUDA_PLANE_CUH
#define WSI_CUDA_PLANE_CUH

#include "keys.cuh"
#include "tile.cuh"

enum { PLANE_THREADS = 256 };

template <class KEY> struct plane {
    KEY *p;
    int w, h; /* samples, rows */
};

/* Fills the plane: its first sample is sample `first` of source row `top`. */
template <class KEY>
static __global__ void __launch_bounds__(PLANE_THREADS)
    extend_kernel(plane<KEY> to, tile_source source, int top, int first, int use, uint64_t outside_bytes)
{
    const KEY outside = key_of<KEY>(outside_bytes, source.src.type, use);
    const int i = LANES * (blockIdx.x * PLANE_THREADS + threadIdx.x);
    if (i >= to.w) return;
    for (int y = blockIdx.y; y < to.h; y += gridDim.y) {
        edge4 four;
        load_edge(four, source, (int)wsi_edge_map((wsi_edge)source.mode, top + y, source.src.h), first + i);
        const raw4 keys = to_keys(four.r, source.src.type, use);
        KEY *at = to.p + (long long)y * to.w + i;
        EACH_LANE if (i + j < to.w) at[j] = four.outside >> j & 1 ? outside : take<KEY>(keys, j);
    }
}

#endif
