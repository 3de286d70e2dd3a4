/* hessian_matrix_det from boxes: five sums over rows of every column that boxes look at go to scratch in float64, and
 * are then summed along x, a thread a pixel. */
#include "doubles.cuh"

#include "kernels/differences.h"
#include "kernels/px/differences-px.h"

enum { BOX_THREADS = 128 };

struct box_job {
    view src, dst;
    int ox, oy;
    int lo, columns; /* source columns in scratch */
    double *sums;    /* columns values a row, dst.h rows of each sum */
    wsi_box_state state;
};

static __device__ __forceinline__ int box_clip(int i, int n)
{
    return min(max(i, 0), n - 1);
}

static __global__ void __launch_bounds__(BOX_THREADS) box_rows_kernel(const __grid_constant__ box_job job)
{
    const int i = blockIdx.x * BOX_THREADS + threadIdx.x, last = job.src.h - 1;
    if (i >= job.columns) return;
    const char *column = job.src.p + (long long)(job.lo + i) * job.src.size;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
#pragma unroll
        for (int k = 0; k < WSI_BOX_SUMS; k++) {
            const wsi_box_rows rows = wsi_box_rows_of(&job.state, k);
            const int begin = box_clip(y + job.oy + rows.from, job.src.h), end = min(begin + rows.rows, last);
            double sum = 0.0;
            for (int r = begin + 1; r <= end; r++)
                sum = sum + load_double(column + r * job.src.stride, job.src, 1) * job.state.scale;
            job.sums[((long long)k * job.dst.h + y) * job.columns + i] = sum;
        }
    }
}

/* The box of `columns` columns behind column x + from. */
static __device__ __forceinline__ double box_sum(const box_job &job, int sum, int y, int x, int from, int columns)
{
    const int begin = box_clip(x + from, job.src.w), end = min(begin + columns, job.src.w - 1);
    const double *row = job.sums + ((long long)sum * job.dst.h + y) * job.columns - job.lo;
    double v = 0.0;
    for (int c = begin + 1; c <= end; c++) v = v + row[c];
    return v < 0.0 ? 0.0 : v;
}

static __global__ void __launch_bounds__(BOX_THREADS) box_columns_kernel(const __grid_constant__ box_job job)
{
    const int i = blockIdx.x * BOX_THREADS + threadIdx.x, x = i + job.ox;
    const int size = job.state.size, third = job.state.third, half = job.state.half;
    if (i >= job.dst.w) return;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const double cross =
            box_sum(job, WSI_BOX_ABOVE, y, x, 1, third) + box_sum(job, WSI_BOX_BELOW, y, x, -third, third) -
            box_sum(job, WSI_BOX_ABOVE, y, x, -third, third) - box_sum(job, WSI_BOX_BELOW, y, x, 1, third);
        const double middle_x = box_sum(job, WSI_BOX_WIDE, y, x, -half, size);
        const double side_x = box_sum(job, WSI_BOX_WIDE, y, x, -(third / 2), third);
        const double middle_y = box_sum(job, WSI_BOX_TALL, y, x, 1 - third, 2 * third - 1);
        const double side_y = box_sum(job, WSI_BOX_SIDE, y, x, 1 - third, 2 * third - 1);
        const double v = wsi_px_box_determinant(middle_x, side_x, middle_y, side_y, cross, job.state.per_area);
        char *to = job.dst.row(y) + (long long)i * job.dst.size;
        if (job.state.precise)
            *(double *)to = v;
        else
            store_f32(to, job.dst.type, (float)v);
    }
}

extern "C" wsi_status wsi_cuda_boxes(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_box_state *s = (const wsi_box_state *)args->call.state;
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    const int ox = (int)args->call.ox[0];
    const int lo = ox - s->size > 0 ? ox - s->size : 0;
    const int hi = ox + dst.w + s->size < src.w ? ox + dst.w + s->size : src.w;
    const box_job job = {src, dst, ox, (int)args->call.oy[0], lo, hi - lo, (double *)args->call.scratch, *s};
    const dim3 down(blocks_for(job.columns, BOX_THREADS), rows_for(dst.h));
    const dim3 across(blocks_for(dst.w, BOX_THREADS), rows_for(dst.h));
    box_rows_kernel<<<down, BOX_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    box_columns_kernel<<<across, BOX_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
