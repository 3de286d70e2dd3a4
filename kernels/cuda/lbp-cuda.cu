/* local_binary_pattern: a thread a pixel; neighbours' samples come from the cache. */
#include "doubles.cuh"

#include "kernels/lbp.h"
#include "kernels/px/lbp-px.h"

enum { LBP_THREADS = 128 };

struct lbp_job {
    view src, dst;
    int ox, oy;
    long long at_x, at_y; /* of the source's first pixel in the whole image */
    wsi_lbp_state state;
};

/* A sample of the source, 0 beyond the slide. */
static __device__ __forceinline__ double lbp_sample(const lbp_job &job, int y, int x)
{
    if ((unsigned)y >= (unsigned)job.src.h || (unsigned)x >= (unsigned)job.src.w) return 0.0;
    return load_double(job.src.row(y) + (long long)x * job.src.size, job.src, 0);
}

static __device__ __forceinline__ double lbp_neighbour(const lbp_job &job, int p, int y, int x)
{
    const wsi_lbp_point &at = job.state.point[p];
    return wsi_px_lbp_between(lbp_sample(job, y + at.top, x + at.left), lbp_sample(job, y + at.top, x + at.right),
                              lbp_sample(job, y + at.bottom, x + at.left), lbp_sample(job, y + at.bottom, x + at.right),
                              wsi_px_lbp_part((double)(job.at_x + x), at.x, at.left),
                              wsi_px_lbp_part((double)(job.at_y + y), at.y, at.top));
}

/* The variance of the neighbours. */
static __device__ __forceinline__ float lbp_variance(const lbp_job &job, int y, int x)
{
    double mean = 0.0, sum = 0.0;
    for (int p = 0; p < job.state.points; p++) mean += lbp_neighbour(job, p, y, x);
    mean = mean / (double)job.state.points;
    for (int p = 0; p < job.state.points; p++) {
        const double off = lbp_neighbour(job, p, y, x) - mean;
        sum += off * off;
    }
    return wsi_px_lbp_variance(sum, (uint32_t)job.state.points);
}

static __device__ __forceinline__ float lbp_number(const lbp_job &job, int y, int x)
{
    const double middle = lbp_sample(job, y, x);
    const uint32_t points = (uint32_t)job.state.points;
    uint32_t bits = 0;
    for (int p = 0; p < job.state.points; p++) bits |= (uint32_t)(lbp_neighbour(job, p, y, x) - middle >= 0.0) << p;
    if (job.state.method == WSI_LBP_ROR) bits = wsi_px_lbp_smallest(bits, points);
    if (job.state.method == WSI_LBP_UNIFORM) bits = wsi_px_lbp_uniform(bits, points);
    if (job.state.method == WSI_LBP_NRI_UNIFORM) bits = wsi_px_lbp_rotated(bits, points);
    return (float)(int32_t)bits;
}

static __global__ void __launch_bounds__(LBP_THREADS) lbp_kernel(const __grid_constant__ lbp_job job)
{
    const int x = blockIdx.x * LBP_THREADS + threadIdx.x;
    if (x >= job.dst.w) return;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const int sy = y + job.oy, sx = x + job.ox;
        const float v = job.state.method == WSI_LBP_VAR ? lbp_variance(job, sy, sx) : lbp_number(job, sy, sx);
        store_f32(job.dst.row(y) + (long long)x * job.dst.size, job.dst.type, v);
    }
}

extern "C" wsi_status wsi_cuda_lbp(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_kernel_args *call = &args->call;
    const lbp_job job = {view_of(call->src[0]),
                         view_of(call->dst),
                         (int)call->ox[0],
                         (int)call->oy[0],
                         call->at_x - call->ox[0],
                         call->at_y - call->oy[0],
                         *(const wsi_lbp_state *)call->state};
    const dim3 grid(blocks_for(job.dst.w, LBP_THREADS), rows_for(job.dst.h));
    lbp_kernel<<<grid, LBP_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
