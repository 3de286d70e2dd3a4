/* Separable filters with odd taps and a step on their outputs: derivatives, of a small reach, and waves. */
#include "linear.cuh"

enum { DERIVATIVE_REACH = 4 };

/* A derivative along rows to output 0, along columns to output 1. */
struct gradient_shape {
    enum { VERTICALS = 2, TERMS = 2, OUTS = 2 };

    static __host__ __device__ constexpr int y_kind(int v)
    {
        return v ? WSI_TAPS_EVEN : WSI_TAPS_ODD;
    }

    static __host__ __device__ constexpr int x_kind(int t)
    {
        return t ? WSI_TAPS_ODD : WSI_TAPS_EVEN;
    }

    static __host__ __device__ constexpr int vertical(int t)
    {
        return t;
    }

    static __host__ __device__ constexpr int out(int t)
    {
        return t;
    }
};

/* A product of complex numbers: WSI_LINEAR_WAVE. */
struct wave_shape {
    enum { VERTICALS = 2, TERMS = 4, OUTS = 2 };

    static __host__ __device__ constexpr int y_kind(int v)
    {
        return v ? WSI_TAPS_ODD : WSI_TAPS_EVEN;
    }

    static __host__ __device__ constexpr int x_kind(int t)
    {
        return t % 2 ? WSI_TAPS_ODD : WSI_TAPS_EVEN;
    }

    static __host__ __device__ constexpr int vertical(int t)
    {
        return t / 2;
    }

    static __host__ __device__ constexpr int out(int t)
    {
        return t == 1 || t == 2;
    }
};

wsi_status wsi_cuda_linear_pair(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    typedef single_shape<WSI_TAPS_ODD, WSI_TAPS_EVEN> rows_shape;
    typedef single_shape<WSI_TAPS_EVEN, WSI_TAPS_ODD> columns_shape;
    switch (((const wsi_linear_state *)args->call.state)->shape) {
    case WSI_LINEAR_ROWS:
        return run_linear<rows_shape, DERIVATIVE_REACH>(stream, args, err);
    case WSI_LINEAR_COLUMNS:
        return run_linear<columns_shape, DERIVATIVE_REACH>(stream, args, err);
    case WSI_LINEAR_GRADIENT:
        return run_linear<gradient_shape, DERIVATIVE_REACH>(stream, args, err);
    default:
        return run_linear<wave_shape>(stream, args, err);
    }
}
