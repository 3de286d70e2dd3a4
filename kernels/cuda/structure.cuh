/* What the kernels of structure_tensor and corner_harris share: the products of a pixel's derivatives, and what becomes
 * of smoothed ones. */
#ifndef WSI_CUDA_STRUCTURE_CUH
#define WSI_CUDA_STRUCTURE_CUH

#include "planes.cuh"
#include "separable.cuh"

#include "kernels/px/structure-px.h"
extern "C" {
#include "kernels/structure.h"
}

enum { PRODUCTS = 3 /* rr, rc, cc */ };

/* Beyond an edge in mode constant each derivative, summed along its own axis first, is the constant itself. */
static __device__ __forceinline__ float beyond_edge(int mode, float cval, int at, int last)
{
    const float add = mode == WSI_EDGE_CONSTANT ? cval : 0.0f;
    return (at == 0 ? add : 0.0f) + (at == last ? add : 0.0f);
}

/* Of rows a, b, c of three pixels each; row, column: beyond_edge of the pixel's own. */
static __device__ __forceinline__ void products_of(float (&out)[PRODUCTS], const float (&a)[3], const float (&b)[3],
                                                   const float (&c)[3], float row, float column)
{
    const float gx = wsi_px_edges_slope(a[0], b[0], c[0], a[2], b[2], c[2], 1.0f, 2.0f) + row;
    const float gy = wsi_px_edges_slope(a[0], a[1], a[2], c[0], c[1], c[2], 1.0f, 2.0f) + column;
    out[0] = gy * gy;
    out[1] = gy * gx;
    out[2] = gx * gx;
}

/* Smoothed products as a result's three channels. TYPE: as of plain_finish. */
template <int TYPE> struct tensor_store {
    view dst;
    plain_finish<TYPE> as;
    int columns_first;

    __device__ __forceinline__ void one(int y, int i, const float (&v)[PRODUCTS]) const
    {
        char *to = dst.row(y) + (long long)i * PRODUCTS * dst.size;
        store_f32(to, dst.type, columns_first ? v[2] : v[0]);
        store_f32(to + dst.size, dst.type, v[1]);
        store_f32(to + 2 * dst.size, dst.type, columns_first ? v[0] : v[2]);
    }

    __device__ __forceinline__ void four(int y, int i, int end, const float (&v)[PRODUCTS][LANES]) const
    {
        float out[PRODUCTS][LANES];
        EACH_LANE
        {
            out[0][j] = columns_first ? v[2][j] : v[0][j];
            out[1][j] = v[1][j];
            out[2][j] = columns_first ? v[0][j] : v[2][j];
        }
        store_triples(dst, as, y, i, end, out);
    }
};

/* Harris's measure of them. */
template <int TYPE> struct harris_store {
    view dst;
    plain_finish<TYPE> as;
    int by_eps;
    float k;

    __device__ __forceinline__ void one(int y, int i, const float (&v)[PRODUCTS]) const
    {
        store_f32(dst.row(y) + (long long)i * dst.size, dst.type, wsi_px_harris(v[0], v[1], v[2], by_eps, k));
    }

    __device__ __forceinline__ void four(int y, int i, int end, const float (&v)[PRODUCTS][LANES]) const
    {
        float out[LANES];
        EACH_LANE out[j] = wsi_px_harris(v[0][j], v[1][j], v[2][j], by_eps, k);
        store4(dst.row(y), i, end, as.size_of(dst.size), dst.vector, as.finish(out));
    }
};

/* Windows of a small reach, in one pass over memory (wsi_structure_marches). */
extern "C" wsi_status wsi_cuda_structure_march(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

#endif
