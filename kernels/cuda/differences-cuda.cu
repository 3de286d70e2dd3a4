/* hessian_matrix without Gaussian derivatives, hessian_matrix_det without boxes, and shape_index: sums along y and the
 * smoothed image go through scratch in float64; the last pass takes differences of differences. A thread has a pixel,
 * and neighbouring threads' samples come from the cache. */
#include "doubles.cuh"

#include "kernels/differences.h"
#include "kernels/px/differences-px.h"

enum { DIFFERENCES_THREADS = 128 };

struct differences_job {
    tile_source source;
    view dst;
    int ox, oy;     /* of the result in the source */
    int x, y, w, h; /* of the source: where the smoothed image is needed */
    int radius, result, columns_first;
    double scale, cval;
    double *sums, *smooth; /* w + 2 * radius, and w, values a row; h rows */
    const double *weights; /* in device memory */
};

/* A sample of column `from` on the 0..1 scale. */
static __device__ __forceinline__ double scaled_sample(const differences_job &job, int from, int y)
{
    const tile_source &s = job.source;
    const int row = map_row(s, y);
    if (row < 0) return job.cval;
    return load_double(s.src.row(row) + (long long)from * s.src.size, s.src, 1) * job.scale;
}

static __global__ void __launch_bounds__(DIFFERENCES_THREADS)
    differences_down_kernel(const __grid_constant__ differences_job job)
{
    const int columns = job.w + 2 * job.radius, i = blockIdx.x * DIFFERENCES_THREADS + threadIdx.x;
    if (i >= columns) return;
    const int from = (int)wsi_edge_map((wsi_edge)job.source.mode, job.x - job.radius + i, job.source.src.w);
    for (int y = blockIdx.y; y < job.h; y += gridDim.y) {
        double sum = job.cval;
        if (from >= 0) {
            sum = scaled_sample(job, from, job.y + y) * job.weights[0];
            for (int k = job.radius; k >= 1; k--)
                sum = sum + (scaled_sample(job, from, job.y + y - k) + scaled_sample(job, from, job.y + y + k)) *
                                job.weights[k];
        }
        job.sums[(long long)y * columns + i] = sum;
    }
}

static __global__ void __launch_bounds__(DIFFERENCES_THREADS)
    differences_across_kernel(const __grid_constant__ differences_job job)
{
    const int columns = job.w + 2 * job.radius, i = blockIdx.x * DIFFERENCES_THREADS + threadIdx.x;
    if (i >= job.w) return;
    for (int y = blockIdx.y; y < job.h; y += gridDim.y) {
        const double *middle = job.sums + (long long)y * columns + i + job.radius;
        double sum = middle[0] * job.weights[0];
        for (int k = job.radius; k >= 1; k--) sum = sum + (middle[-k] + middle[k]) * job.weights[k];
        job.smooth[(long long)y * job.w + i] = sum;
    }
}

static __device__ __forceinline__ int within(int i, int n)
{
    return min(max(i, 0), n - 1);
}

/* The smoothed image, by coordinates of the source, and its differences. */
struct smoothed {
    const differences_job &job;

    __device__ __forceinline__ double at(int y, int x) const
    {
        return job.smooth[(long long)(y - job.y) * job.w + (x - job.x)];
    }

    __device__ __forceinline__ double along_y(int y, int x) const
    {
        const int a = within(y - 1, job.source.src.h), b = within(y + 1, job.source.src.h);
        return wsi_px_difference(at(a, x), at(b, x), wsi_px_step(a, b));
    }

    __device__ __forceinline__ double along_x(int y, int x) const
    {
        const int a = within(x - 1, job.source.src.w), b = within(x + 1, job.source.src.w);
        return wsi_px_difference(at(y, a), at(y, b), wsi_px_step(a, b));
    }
};

static __device__ __forceinline__ void store_matrix(const differences_job &job, char *to, double rr, double rc,
                                                    double cc)
{
    store_f32(to, job.dst.type, (float)(job.columns_first ? cc : rr));
    store_f32(to + job.dst.size, job.dst.type, (float)rc);
    store_f32(to + 2 * job.dst.size, job.dst.type, (float)(job.columns_first ? rr : cc));
}

static __global__ void __launch_bounds__(DIFFERENCES_THREADS)
    differences_kernel(const __grid_constant__ differences_job job)
{
    const int i = blockIdx.x * DIFFERENCES_THREADS + threadIdx.x, x = i + job.ox;
    const smoothed g = {job};
    if (i >= job.dst.w) return;
    const int left = within(x - 1, job.source.src.w), right = within(x + 1, job.source.src.w);
    const double across = wsi_px_step(left, right);
    for (int row = blockIdx.y; row < job.dst.h; row += gridDim.y) {
        const int y = row + job.oy, up = within(y - 1, job.source.src.h), down = within(y + 1, job.source.src.h);
        const double rr = wsi_px_difference(g.along_y(up, x), g.along_y(down, x), wsi_px_step(up, down));
        const double rc = wsi_px_difference(g.along_y(y, left), g.along_y(y, right), across);
        const double cc = wsi_px_difference(g.along_x(y, left), g.along_x(y, right), across);
        char *to = job.dst.row(row) + (long long)i * job.dst.channels * job.dst.size;
        if (job.result == WSI_DIFFERENCES_MATRIX)
            store_matrix(job, to, rr, rc, cc);
        else if (job.result == WSI_DIFFERENCES_DETERMINANT)
            store_f32(to, job.dst.type, wsi_px_determinant(rr, rc, cc));
        else
            store_f32(to, job.dst.type, wsi_px_shape_index(rr, rc, cc));
    }
}

static dim3 grid_of(int columns, int rows)
{
    return dim3(blocks_for(columns, DIFFERENCES_THREADS), rows_for(rows));
}

extern "C" wsi_status wsi_cuda_differences(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_differences_state *s = (const wsi_differences_state *)args->call.state;
    const wsi_image *to = &args->call.dst, *from = &args->call.src[0];
    const wsi_rect core = {args->call.ox[0], args->call.oy[0], to->w, to->h}, slide = {0, 0, from->w, from->h};
    const wsi_rect reach = wsi_rect_intersect(wsi_rect_grow(core, 2, 2), slide);
    differences_job job = {{view_of(*from), s->mode},
                           view_of(*to),
                           (int)core.x,
                           (int)core.y,
                           (int)reach.x,
                           (int)reach.y,
                           (int)reach.w,
                           (int)reach.h,
                           s->radius,
                           s->result,
                           s->columns_first,
                           s->scale,
                           s->cval,
                           (double *)args->call.scratch,
                           NULL,
                           (const double *)((const char *)args->device_state + offsetof(wsi_differences_state, w))};
    const int columns = job.w + 2 * job.radius;
    job.smooth = job.sums + (long long)columns * job.h;
    differences_down_kernel<<<grid_of(columns, job.h), DIFFERENCES_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    differences_across_kernel<<<grid_of(job.w, job.h), DIFFERENCES_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    differences_kernel<<<grid_of(job.dst.w, job.dst.h), DIFFERENCES_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
