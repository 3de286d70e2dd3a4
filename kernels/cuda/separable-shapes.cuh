/* Shapes of separable filters (separable.cuh). */
#ifndef WSI_CUDA_SEPARABLE_SHAPES_CUH
#define WSI_CUDA_SEPARABLE_SHAPES_CUH

#include "launch.cuh"

extern "C" {
#include "kernels/separable.h"
}

/* Of one term. */
template <int Y, int X> struct single_shape {
    enum { VERTICALS = 1, TERMS = 1, OUTS = 1 };

    static __host__ __device__ constexpr int y_kind(int)
    {
        return Y;
    }

    static __host__ __device__ constexpr int x_kind(int)
    {
        return X;
    }

    static __host__ __device__ constexpr int vertical(int)
    {
        return 0;
    }

    static __host__ __device__ constexpr int out(int)
    {
        return 0;
    }
};

/* Two terms to one output. */
struct sum_shape : single_shape<WSI_TAPS_EVEN, WSI_TAPS_EVEN> {
    enum { VERTICALS = 2, TERMS = 2, OUTS = 1 };

    static __host__ __device__ constexpr int vertical(int t)
    {
        return t;
    }
};

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

/* A product of complex numbers: WSI_LINEAR_WAVE (kernels/linear.h). */
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

#endif
