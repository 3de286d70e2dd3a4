/* Cells of pixels that become one: a block of threads has some columns of one row of cells, a thread a column of
 * samples that it sums down in float64; then the columns' sums lie in shared memory, and a thread a cell adds them from
 * left to right. Cells wider than a block of threads are gone through in parts. */
#include "sample.cuh"
#include "tile.cuh"

#include "kernels/cells.h"
#include "kernels/px/cells-px.h"
#include "kernels/px/edges-px.h"

enum { CELL_THREADS = 256, AHEAD = 4 /* rows under way */ };

struct cell_job {
    view src, dst;
    int ox, oy;
    int samples; /* sums a pixel: the source's channels, or 1 */
    int part;    /* columns of a part, in pixels: whole cells where some fit */
    int cells;   /* of a block of threads */
    wsi_cells_state s;
};

struct cell_sums {
    double sum, squares;
};

/* What the kinds of cells add of a column. first: sample of the column's first channel that the thread is about. */
struct value_cells {
    enum { SQUARES = 0 };

    /* float32 does not hold all values of the wide types. */
    template <int TYPE> static __device__ __forceinline__ double value(const cell_job &job, const char *row, int i)
    {
        if constexpr (TYPE == WSI_DTYPE_COUNT) {
            if (job.src.type == WSI_U32) return (double)((const uint32_t *)row)[i];
            if (job.src.type == WSI_I32) return (double)((const int32_t *)row)[i];
            if (job.src.type == WSI_F64) return ((const double *)row)[i];
        }
        return (double)sample_f32<TYPE>(row, i, job.src.type, job.src.size);
    }

    template <int TYPE>
    static __device__ __forceinline__ cell_sums column(const cell_job &job, int first, int y0, int y1)
    {
        cell_sums s = {0.0, 0.0};
        const char *row = job.src.row(y0);
        int y = y0;
        for (; y + AHEAD <= y1; y += AHEAD) {
            double v[AHEAD];
#pragma unroll
            for (int k = 0; k < AHEAD; k++) v[k] = value<TYPE>(job, row + k * job.src.stride, first);
#pragma unroll
            for (int k = 0; k < AHEAD; k++) s.sum += v[k];
            row += AHEAD * job.src.stride;
        }
        for (; y < y1; y++, row += job.src.stride) s.sum += value<TYPE>(job, row, first);
        return s;
    }

    static __device__ __forceinline__ float finish(const cell_sums &s, double present, const wsi_cells_state *state)
    {
        return wsi_px_cell_mean(s.sum, present, state);
    }
};

/* The three samples of a row that a stencil looks at; beyond the crop goes on what is at its edge. */
struct neighbours {
    float left, middle, right;
};

template <int TYPE> static __device__ __forceinline__ neighbours row_of(const cell_job &job, int first, int y)
{
    const int channels = job.src.channels, x = first / channels, type = job.src.type, size = job.src.size;
    const char *row = job.src.row(min(max(y, 0), job.src.h - 1));
    neighbours n;
    n.middle = sample_f32<TYPE>(row, first, type, size, 1);
    n.left = x > 0 ? sample_f32<TYPE>(row, first - channels, type, size, 1) : n.middle;
    n.right = x + 1 < job.src.w ? sample_f32<TYPE>(row, first + channels, type, size, 1) : n.middle;
    return n;
}

struct laplacian_cells {
    enum { SQUARES = 1 };

    static __device__ __forceinline__ void add(cell_sums &s, const neighbours &a, const neighbours &b,
                                               const neighbours &c)
    {
        const double v = (double)wsi_px_edges_laplace(a.middle, b.left, b.middle, b.right, c.middle);
        s.sum += v;
        s.squares += v * v;
    }

    static __device__ __forceinline__ float finish(const cell_sums &s, double present, const wsi_cells_state *state)
    {
        return wsi_px_cell_variance(s.sum, s.squares, present, state);
    }
};

struct gradient_cells : value_cells {
    static __device__ __forceinline__ void add(cell_sums &s, const neighbours &a, const neighbours &b,
                                               const neighbours &c)
    {
        const float gy = wsi_px_edges_slope(a.left, a.middle, a.right, c.left, c.middle, c.right, 1, 2);
        const float gx = wsi_px_edges_slope(a.left, b.left, c.left, a.right, b.right, c.right, 1, 2);
        s.sum += (double)wsi_px_gradient_squared(gy, gx);
    }
};

template <class Kind> struct stencil_cells : Kind {
    template <int TYPE>
    static __device__ __forceinline__ cell_sums column(const cell_job &job, int first, int y0, int y1)
    {
        cell_sums s = {0.0, 0.0};
        neighbours a = row_of<TYPE>(job, first, y0 - 1), b = row_of<TYPE>(job, first, y0);
        for (int y = y0; y < y1; y += AHEAD) {
            neighbours c[AHEAD];
#pragma unroll
            for (int k = 0; k < AHEAD; k++) c[k] = row_of<TYPE>(job, first, y + 1 + k);
#pragma unroll
            for (int k = 0; k < AHEAD; k++) {
                if (y + k < y1) Kind::add(s, a, b, c[k]);
                a = b;
                b = c[k];
            }
        }
        return s;
    }
};

struct tissue_cells : value_cells {
    template <int TYPE> static __device__ __forceinline__ int is_tissue(const cell_job &job, const char *row, int i)
    {
        const int type = job.src.type, size = job.src.size;
        const float first = sample_f32<TYPE>(row, i, type, size);
        if (job.s.method == WSI_TISSUE_MASK) return first != 0.0f;
        const float second = sample_f32<TYPE>(row, i + 1, type, size), third = sample_f32<TYPE>(row, i + 2, type, size);
        return job.s.method == WSI_TISSUE_SATURATION ? wsi_px_is_saturated(first, second, third, job.s.threshold)
                                                     : wsi_px_is_absorbing(first, second, third, job.s.threshold);
    }

    template <int TYPE>
    static __device__ __forceinline__ cell_sums column(const cell_job &job, int first, int y0, int y1)
    {
        int count = 0;
        const int i = first * job.src.channels;
        int y = y0;
        for (; y + AHEAD <= y1; y += AHEAD) {
#pragma unroll
            for (int k = 0; k < AHEAD; k++) count += is_tissue<TYPE>(job, job.src.row(y + k), i);
        }
        for (; y < y1; y++) count += is_tissue<TYPE>(job, job.src.row(y), i);
        return {(double)count, 0.0};
    }
};

/* Adds the columns of one cell's part, `count` of them from `at` on, in shared memory. */
template <class Kind>
static __device__ __forceinline__ void add_columns(cell_sums &total, const double *sum, const double *squares, int at,
                                                   int count, int samples)
{
    for (int i = 0; i < count; i++) {
        total.sum += sum[at + i * samples];
        if (Kind::SQUARES) total.squares += squares[at + i * samples];
    }
}

template <class Kind, int TYPE>
static __global__ void __launch_bounds__(CELL_THREADS, TILE_BLOCKS(4))
    cells_kernel(const __grid_constant__ cell_job job)
{
    __shared__ double sum[CELL_THREADS], squares[Kind::SQUARES ? CELL_THREADS : 1];
    const int t = threadIdx.x, fx = job.s.fx, samples = job.samples;
    const int first_cell = blockIdx.x * job.cells, cells = min(job.cells, job.dst.w - first_cell);
    const int x0 = job.ox + first_cell * fx, x1 = min(x0 + cells * fx, job.src.w);
    const bool owns = t < cells * samples; /* a cell and a channel */
    const int left = x0 + t / samples * fx, right = min(left + fx, x1);
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const int y0 = job.oy + y * job.s.fy, y1 = min(y0 + job.s.fy, job.src.h);
        cell_sums total = {0.0, 0.0};
        for (int x = x0; x < x1; x += job.part) {
            const int columns = min(job.part, x1 - x);
            if (t < columns * samples) {
                const cell_sums s = Kind::template column<TYPE>(job, x * samples + t, y0, y1);
                sum[t] = s.sum;
                if (Kind::SQUARES) squares[t] = s.squares;
            }
            __syncthreads();
            if (owns) {
                const int from = max(left, x), to = min(right, x + columns);
                add_columns<Kind>(total, sum, squares, (from - x) * samples + t % samples, to - from, samples);
            }
            __syncthreads();
        }
        if (owns)
            store_f32(job.dst.row(y) + ((long long)first_cell * samples + t) * job.dst.size, job.dst.type,
                      Kind::finish(total, (double)(right - left) * (double)(y1 - y0), &job.s));
    }
}

template <class Kind> static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, int samples, wsi_error *err)
{
    const wsi_kernel_args *call = &args->call;
    const wsi_cells_state *s = (const wsi_cells_state *)call->state;
    const int most = CELL_THREADS / samples, whole = most / s->fx;
    const cell_job job = {view_of(call->src[0]),
                          view_of(call->dst),
                          (int)call->ox[0],
                          (int)call->oy[0],
                          samples,
                          whole ? whole * s->fx : most,
                          whole ? whole : 1,
                          *s};
    const dim3 grid(blocks_for(job.dst.w, job.cells), rows_for(job.dst.h));
    if (job.src.type == WSI_U8)
        cells_kernel<Kind, WSI_U8><<<grid, CELL_THREADS, 0, stream->handle>>>(job);
    else if (job.src.type == WSI_F32)
        cells_kernel<Kind, WSI_F32><<<grid, CELL_THREADS, 0, stream->handle>>>(job);
    else
        cells_kernel<Kind, WSI_DTYPE_COUNT><<<grid, CELL_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_downscale_local_mean(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<value_cells>(stream, args, args->call.src[0].fmt.channels, err);
}

extern "C" wsi_status wsi_cuda_blur_laplacian_variance(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<stencil_cells<laplacian_cells>>(stream, args, args->call.src[0].fmt.channels, err);
}

extern "C" wsi_status wsi_cuda_blur_tenengrad(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<stencil_cells<gradient_cells>>(stream, args, args->call.src[0].fmt.channels, err);
}

extern "C" wsi_status wsi_cuda_tissue_fraction(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<tissue_cells>(stream, args, 1, err);
}
