/* rescale_intensity of one value, in float64. A division a sample would take longer than the memory: the reciprocal of
 * the input span is multiplied by, and the quotient corrected twice with its exact remainder, which gives the same bits
 * as a division (Markstein 1990) for divisors far from overflow and underflow. */
#ifndef WSI_CUDA_RESCALE_CUH
#define WSI_CUDA_RESCALE_CUH

#include "kernels/rescale.h"

/* The range, and the rounded reciprocal of its input span; 0 where a plain division is needed. */
struct rescale_range {
    wsi_px_rescale px;
    double reciprocal;
};

/* A reciprocal only where neither it nor a remainder leaves the normal numbers: samples below float64, whose smallest
 * steps are not small, and an input span of ordinary size. sample: bytes. */
static inline rescale_range rescale_range_of(const wsi_px_rescale &px, int sample)
{
    const double least = 1e-100, most = 1e100;
    const bool ordinary = px.in_span > least && px.in_span < most && sample < 8;
    return rescale_range{px, ordinary ? 1.0 / px.in_span : 0.0};
}

/* A call, so that its many instructions are there once. */
static __device__ __noinline__ double rescale_divide(double x, double d)
{
    return x / d;
}

static __device__ __forceinline__ double rescale_quotient(double x, const rescale_range &r)
{
    const double d = r.px.in_span;
    if (r.reciprocal == 0) return rescale_divide(x, d);
    if (x == 0) return x; /* with its sign */
    const double q = x * r.reciprocal, better = fma(fma(-q, d, x), r.reciprocal, q);
    return fma(fma(-better, d, x), r.reciprocal, better);
}

static __device__ __forceinline__ double rescale(const rescale_range &r, double v)
{
    if (r.px.in_span == 0) return wsi_px_rescale_flat(r.px, v);
    return wsi_px_rescale_place(r.px, rescale_quotient(wsi_px_rescale_offset(r.px, v), r));
}

#endif
