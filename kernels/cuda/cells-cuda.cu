/* Cells of pixels that become one: a block of threads has some columns of one row of cells, a thread a column of
 * samples that it sums down in float64; then the columns' sums lie in shared memory, and a thread a cell adds them from
 * left to right. Cells wider than a block of threads are gone through in parts. Means of small cells are a thread each.
 * Sums of bytes are of integers, since either is exact. */
#include "sample.cuh"
#include "tile.cuh"

#include <type_traits>

#include "kernels/cells.h"
#include "kernels/px/cells-px.h"
#include "kernels/px/edges-px.h"

enum {
    CELL_THREADS = 256,
    AHEAD = 4,      /* rows under way */
    FAR_AHEAD = 8,  /* of bytes and stencils */
    SMALL_SIDE = 8, /* of small cells, at most */
    SMALL_ROWS = 4  /* of results of a thread, at least */
};

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
    enum { SQUARES = 0, BLOCKS = 4 };

    /* float32 does not hold all values of the wide types. */
    template <int TYPE> static __device__ __forceinline__ auto value(const cell_job &job, const char *row, int i)
    {
        if constexpr (TYPE == WSI_U8) return (int)((const uint8_t *)row)[i];
        if constexpr (TYPE == WSI_DTYPE_COUNT) {
            if (job.src.type == WSI_U32) return (double)((const uint32_t *)row)[i];
            if (job.src.type == WSI_I32) return (double)((const int32_t *)row)[i];
            if (job.src.type == WSI_F64) return ((const double *)row)[i];
        }
        if constexpr (TYPE != WSI_U8) return (double)sample_f32<TYPE>(row, i, job.src.type, job.src.size);
    }

    template <int TYPE>
    static __device__ __forceinline__ cell_sums column(const cell_job &job, int first, int y0, int y1, const int *)
    {
        typename std::conditional<TYPE == WSI_U8, int, double>::type sum = 0; /* either is exact for bytes */
        const char *row = job.src.row(y0);
        int y = y0;
        for (; y + AHEAD <= y1; y += AHEAD) {
            decltype(sum) v[AHEAD];
#pragma unroll
            for (int k = 0; k < AHEAD; k++) v[k] = value<TYPE>(job, row + k * job.src.stride, first);
#pragma unroll
            for (int k = 0; k < AHEAD; k++) sum += v[k];
            row += AHEAD * job.src.stride;
        }
        for (; y < y1; y++, row += job.src.stride) sum += value<TYPE>(job, row, first);
        return {(double)sum, 0.0};
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

/* Where they are in every row. */
struct stencil_column {
    int left, middle, right;

    __device__ __forceinline__ stencil_column(const cell_job &job, int first)
    {
        const int channels = job.src.channels, x = first / channels;
        left = x > 0 ? first - channels : first;
        middle = first;
        right = x + 1 < job.src.w ? first + channels : first;
    }

    template <int TYPE> __device__ __forceinline__ neighbours row(const cell_job &job, int y) const
    {
        const int type = job.src.type, size = job.src.size;
        const char *p = job.src.row(min(max(y, 0), job.src.h - 1));
        return neighbours{sample_f32<TYPE>(p, left, type, size, 1), sample_f32<TYPE>(p, middle, type, size, 1),
                          sample_f32<TYPE>(p, right, type, size, 1)};
    }
};

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

/* The next rows are under way while some are added. */
template <class Kind> struct stencil_cells : Kind {
    enum {
        BLOCKS = 2
    }; /* a multiprocessor, at least: a large cell leaves few, whose threads then need much under way */

    template <int TYPE>
    static __device__ __forceinline__ cell_sums column(const cell_job &job, int first, int y0, int y1, const int *)
    {
        cell_sums s = {0.0, 0.0};
        const stencil_column at(job, first);
        neighbours a = at.row<TYPE>(job, y0 - 1), b = at.row<TYPE>(job, y0), next[FAR_AHEAD];
#pragma unroll
        for (int k = 0; k < FAR_AHEAD; k++) next[k] = at.row<TYPE>(job, y0 + 1 + k);
        for (int y = y0; y < y1; y += FAR_AHEAD) {
            neighbours c[FAR_AHEAD];
#pragma unroll
            for (int k = 0; k < FAR_AHEAD; k++) {
                c[k] = next[k];
                next[k] = at.row<TYPE>(job, y + 1 + FAR_AHEAD + k);
            }
#pragma unroll
            for (int k = 0; k < FAR_AHEAD; k++) {
                if (y + k < y1) Kind::add(s, a, b, c[k]);
                a = b;
                b = c[k];
            }
        }
        return s;
    }
};

/* 8-bit pixels are tissue by comparisons of integers. For saturation, those whose least value lies below a limit that
 * their greatest one has: the share falls as the least one grows, rounded or not. For absorbance, those whose product,
 * which float64 holds exactly, lies below a limit. */
struct tissue_cells : value_cells {
    template <int TYPE>
    static __device__ __forceinline__ int is_tissue(const cell_job &job, const char *row, int i, const int *limits)
    {
        const int type = job.src.type, size = job.src.size;
        if constexpr (TYPE == WSI_U8) {
            const uint8_t *p = (const uint8_t *)row + i;
            if (job.s.method == WSI_TISSUE_MASK) return p[0] != 0;
            const int a = p[0], b = p[1], c = p[2];
            if (job.s.method == WSI_TISSUE_ABSORBANCE) return a * b * c < limits[0];
            return min(min(a, b), c) < limits[max(max(a, b), c)];
        }
        const float first = sample_f32<TYPE>(row, i, type, size);
        if (job.s.method == WSI_TISSUE_MASK) return first != 0.0f;
        const float second = sample_f32<TYPE>(row, i + 1, type, size), third = sample_f32<TYPE>(row, i + 2, type, size);
        return job.s.method == WSI_TISSUE_SATURATION ? wsi_px_is_saturated(first, second, third, job.s.threshold)
                                                     : wsi_px_is_absorbing(first, second, third, job.s.threshold);
    }

    /* limits[at] of is_tissue. */
    static __device__ __forceinline__ int limit(const cell_job &job, int at)
    {
        const double threshold = job.s.threshold;
        if (job.s.method == WSI_TISSUE_ABSORBANCE) return (int)ceil(fmin(fmax(threshold, 0.0), 2147483647.0));
        int low = 0, high = at + 1; /* all below low are saturated, none from high on */
        while (low < high) {
            const int middle = (low + high) / 2;
            if (wsi_px_is_saturated(at, middle, middle, threshold))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    template <int TYPE>
    static __device__ __forceinline__ cell_sums column(const cell_job &job, int first, int y0, int y1,
                                                       const int *limits)
    {
        int count = 0;
        const int i = first * job.src.channels;
        int y = y0;
        for (; y + FAR_AHEAD <= y1; y += FAR_AHEAD) {
#pragma unroll
            for (int k = 0; k < FAR_AHEAD; k++) count += is_tissue<TYPE>(job, job.src.row(y + k), i, limits);
        }
        for (; y < y1; y++) count += is_tissue<TYPE>(job, job.src.row(y), i, limits);
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
static __global__ void __launch_bounds__(CELL_THREADS, TILE_BLOCKS((int)Kind::BLOCKS))
    cells_kernel(const __grid_constant__ cell_job job)
{
    constexpr bool TABLE = std::is_same<Kind, tissue_cells>::value && TYPE == WSI_U8;
    __shared__ double sum[CELL_THREADS], squares[Kind::SQUARES ? CELL_THREADS : 1];
    __shared__ int limits[TABLE ? CELL_THREADS : 1];
    const int t = threadIdx.x, fx = job.s.fx, samples = job.samples;
    if constexpr (TABLE) {
        limits[t] = Kind::limit(job, t);
        __syncthreads();
    }
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
                const cell_sums s = Kind::template column<TYPE>(job, x * samples + t, y0, y1, limits);
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

/* Means of small cells: a thread adds a cell's samples of one channel. FACTOR: a side, or 0 for any. inverse: of the
 * pixels of a cell where that is a power of two, so that the product is the quotient; or 0. */
template <int TYPE, int FACTOR>
static __global__ void __launch_bounds__(CELL_THREADS)
    small_kernel(const __grid_constant__ cell_job job, double inverse)
{
    const int i = blockIdx.x * CELL_THREADS + threadIdx.x, cell = i / job.samples;
    if (cell >= job.dst.w) return;
    const int x0 = job.ox + cell * job.s.fx, x1 = min(x0 + job.s.fx, job.src.w);
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const int y0 = job.oy + y * job.s.fy, y1 = min(y0 + job.s.fy, job.src.h);
        const char *row = job.src.row(y0);
        const int first = x0 * job.samples + i - cell * job.samples;
        decltype(value_cells::value<TYPE>(job, row, 0)) sum = 0;
        if (FACTOR && x0 + FACTOR <= x1 && y0 + FACTOR <= y1) {
            decltype(sum) v[FACTOR ? FACTOR : 1][FACTOR ? FACTOR : 1];
#pragma unroll
            for (int r = 0; r < FACTOR; r++)
#pragma unroll
                for (int c = 0; c < FACTOR; c++)
                    v[c][r] = value_cells::value<TYPE>(job, row + r * job.src.stride, first + c * job.samples);
#pragma unroll
            for (int c = 0; c < FACTOR; c++) {
                decltype(sum) column = 0;
#pragma unroll
                for (int r = 0; r < FACTOR; r++) column += v[c][r];
                sum += column;
            }
        } else {
            for (int x = x0; x < x1; x++) {
                decltype(sum) column = 0;
                for (int r = y0; r < y1; r++)
                    column += value_cells::value<TYPE>(job, job.src.row(r), first + (x - x0) * job.samples);
                sum += column;
            }
        }
        const double present = (double)(x1 - x0) * (double)(y1 - y0), total = (double)sum;
        const bool whole = x1 - x0 == job.s.fx && y1 - y0 == job.s.fy;
        store_f32(job.dst.row(y) + (long long)i * job.dst.size, job.dst.type,
                  whole && inverse != 0.0 ? (float)(total * inverse * job.s.factor)
                                          : value_cells::finish({total, 0.0}, present, &job.s));
    }
}

template <int TYPE> static wsi_status run_small(wsi_stream *stream, const cell_job &job, wsi_error *err)
{
    const int area = job.s.fx * job.s.fy, factor = job.s.fx == job.s.fy ? job.s.fx : 0;
    const double inverse = (area & (area - 1)) == 0 ? 1.0 / area : 0.0;
    const dim3 grid(blocks_for((long long)job.dst.w * job.samples, CELL_THREADS),
                    rows_for(blocks_for(job.dst.h, SMALL_ROWS)));
    if (factor == 2)
        small_kernel<TYPE, 2><<<grid, CELL_THREADS, 0, stream->handle>>>(job, inverse);
    else if (factor == 4)
        small_kernel<TYPE, 4><<<grid, CELL_THREADS, 0, stream->handle>>>(job, inverse);
    else
        small_kernel<TYPE, 0><<<grid, CELL_THREADS, 0, stream->handle>>>(job, inverse);
    return launched(stream, err);
}

static cell_job job_of(const wsi_cuda_args *args, int samples)
{
    const wsi_kernel_args *call = &args->call;
    const wsi_cells_state *s = (const wsi_cells_state *)call->state;
    const int most = CELL_THREADS / samples, whole = most / s->fx;
    return cell_job{view_of(call->src[0]),
                    view_of(call->dst),
                    (int)call->ox[0],
                    (int)call->oy[0],
                    samples,
                    whole ? whole * s->fx : most,
                    whole ? whole : 1,
                    *s};
}

template <class Kind> static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, int samples, wsi_error *err)
{
    const cell_job job = job_of(args, samples);
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
    const int channels = args->call.src[0].fmt.channels;
    const cell_job job = job_of(args, channels);
    if (job.s.fx > SMALL_SIDE || job.s.fy > SMALL_SIDE) return run<value_cells>(stream, args, channels, err);
    if (job.src.type == WSI_U8) return run_small<WSI_U8>(stream, job, err);
    if (job.src.type == WSI_F32) return run_small<WSI_F32>(stream, job, err);
    return run_small<WSI_DTYPE_COUNT>(stream, job, err);
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
