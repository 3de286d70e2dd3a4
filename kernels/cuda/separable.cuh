/* Separable correlation (kernels/separable.h) on a GPU: run_separable<Shape>. The bits are those of the CPU.
 *
 * A Shape says at compile time what it may (separable-shapes.cuh has the usual ones):
 *
 *   VERTICALS, TERMS, OUTS   how many
 *   y_kind(v), x_kind(t)     kinds of vertical v's taps and of term t's
 *   vertical(t), out(t)      of term t
 *
 * and the filter agrees with it (kinds but for ANY, which serves taps of every kind with ANY's order of additions: so
 * the CPU's filter must say ANY as well). Terms come vertical by vertical. A Finish takes results:
 * four(y, i, end, v[OUTS][4]) samples i..i+3, those below end, of row y; one(y, i, v[OUTS]) one sample. store_planes
 * and store_through are such.
 *
 * Up to a reach of SEPARABLE_REACH the filter is one pass over memory: a thread has a column of the source and marches
 * down it with a window of rows in registers, which serves all verticals; eight rows of verticals at a time go through
 * shared memory, where each warp sums one of them along x. Beyond, two passes through scratch
 * (separable-large.cuh). */
#ifndef WSI_CUDA_SEPARABLE_CUH
#define WSI_CUDA_SEPARABLE_CUH

#include "march.cuh"

#include "kernels/px/separable-px.h"
extern "C" {
#include "kernels/separable.h"
}
#include "separable-cuda.h"
#include "separable-shapes.cuh"

enum {
    SEPARABLE_WARP = 32,
    SEPARABLE_CHUNK = 8,        /* rows */
    SEPARABLE_STRIP_MOST = 160, /* rows of results of a block */
    SEPARABLE_STRIP_LEAST = 32,
    SEPARABLE_REACH = WSI_SEPARABLE_CUDA_REACH
};
static_assert((int)SEPARABLE_REACH <= (int)WSI_PX_FOLD_GROUP, "one group of pairs");
static_assert(MARCH_THREADS / SEPARABLE_WARP == SEPARABLE_CHUNK, "a warp sums one row of a chunk along x");
static_assert(SEPARABLE_CHUNK == 2 * LANES, "rows are loaded four at a time");

/* What run_separable computes: w x h pixels, of which (x, y) is centred on (x + ox, y + oy) of src. */
struct separable_call {
    const wsi_separable *filter;
    view src; /* of any type: a step's input, or a plane in scratch */
    int symmetric;
    int ox, oy, w, h;
    void *scratch; /* wsi_separable_cuda_scratch's bytes */
};

struct separable_job {
    tile_source source;
    int ox, oy, w, h;
    int across, halo; /* samples of a row: results of a block, and what it reads beside them */
    int strip;        /* rows of results of a block */
    float outside, beside[WSI_VERTICALS_MAX];
    int y_first[WSI_VERTICALS_MAX], y_last[WSI_VERTICALS_MAX], x_first[WSI_TERMS_MAX], x_last[WSI_TERMS_MAX];
};

/* Taps travel with the launch, in constant memory; tap 0 is in the middle. */
template <class Shape, int REACH> struct separable_taps {
    float y[Shape::VERTICALS][2 * REACH + 1], x[Shape::TERMS][2 * REACH + 1];
};

/* One tap, or the taps at k and -k, added to N sums; BEFORE(j) and AFTER(j) are what sum j has there. */
template <int KIND, int N, class Before, class After>
static __device__ __forceinline__ void add_tap(float (&sum)[N], float w, const Before &before, const After &after)
{
#pragma unroll
    for (int j = 0; j < N; j++) {
        if (KIND == WSI_TAPS_EVEN)
            sum[j] = WSI_PX_FOLD(sum[j], w, before(j), after(j));
        else if (KIND == WSI_TAPS_ODD)
            sum[j] = WSI_PX_UNFOLD(sum[j], w, before(j), after(j));
        else
            sum[j] = WSI_PX_TAP(sum[j], w, after(j));
    }
}

/* Ends a group of MOST taps or pairs: i have been taken. */
template <int MOST, int N>
static __device__ __forceinline__ void end_group(float (&sum)[N], float (&group)[N], int i, bool last)
{
    if (i % MOST != 0 && !last) return;
#pragma unroll
    for (int j = 0; j < N; j++) sum[j] = sum[j] + group[j], group[j] = 0.0f;
}

/* N neighbouring sums: sum[j] is centred on v[REACH + j]. w: the middle tap. */
template <int KIND, int REACH, int N>
static __device__ __forceinline__ void sum_taps(float (&sum)[N], const float (&v)[N + 2 * REACH], int first, int last,
                                                const float *w)
{
    float group[N] = {};
#pragma unroll
    for (int j = 0; j < N; j++) sum[j] = KIND == WSI_TAPS_EVEN ? v[REACH + j] * w[0] : 0.0f;
#pragma unroll
    for (int k = KIND == WSI_TAPS_ANY ? -REACH : 1; k <= REACH; k++) {
        if (KIND == WSI_TAPS_ANY && k < first) continue;
        if (k > last) break;
        const auto before = [&](int j) { return v[REACH + j - k]; };
        const auto after = [&](int j) { return v[REACH + j + k]; };
        if constexpr (KIND == WSI_TAPS_ANY) {
            add_tap<KIND>(group, w[k], before, after);
            end_group<WSI_PX_TAP_GROUP>(sum, group, k - first + 1, k == last);
        } else {
            add_tap<KIND>(sum, w[k], before, after);
        }
    }
}

/* One sum; AT(k) is the sample of tap k. */
template <int KIND, class At>
static __device__ __forceinline__ float sum_one(int first, int last, const float *w, const At &at)
{
    float sum[1] = {KIND == WSI_TAPS_EVEN ? at(0) * w[0] : 0.0f}, group[1] = {};
    for (int k = KIND == WSI_TAPS_ANY ? first : 1; k <= last; k++) {
        const auto before = [&](int) { return at(-k); };
        const auto after = [&](int) { return at(k); };
        if constexpr (KIND == WSI_TAPS_ANY) {
            add_tap<KIND>(group, w[k], before, after);
            end_group<WSI_PX_TAP_GROUP>(sum, group, k - first + 1, k == last);
        } else {
            add_tap<KIND>(sum, w[k], before, after);
        }
    }
    return sum[0];
}

template <int I> struct constant_int {
    __host__ __device__ constexpr operator int() const
    {
        return I;
    }
};

/* Calls body with each number below N as a constant. */
template <int N, int I = 0, class Body> static __device__ __forceinline__ void each_constant(const Body &body)
{
    if constexpr (I < N) {
        body(constant_int<I>{});
        each_constant<N, I + 1>(body);
    }
}

/* 1 where term t is the first of its out. */
template <class Shape> static __host__ __device__ constexpr bool begins(int t)
{
    for (int s = 0; s < t; s++)
        if (Shape::out(s) == Shape::out(t)) return false;
    return true;
}

template <class Shape, int REACH> struct separable_chunk {
    float v[Shape::VERTICALS][SEPARABLE_CHUNK][MARCH_THREADS];
};

/* One channel: four results of the warp's row for each lane. */
template <class Shape, int REACH, class Finish>
static __device__ __forceinline__ void finish_row(const separable_chunk<Shape, REACH> &sums, const separable_job &job,
                                                  const separable_taps<Shape, REACH> &w, const Finish &finish, int row,
                                                  int x0, int y)
{
    const int last = min(job.across, job.w - x0);
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int at = half * SEPARABLE_WARP * LANES + threadIdx.x % SEPARABLE_WARP * LANES;
        float out[Shape::OUTS][LANES] = {}, v[LANES + 2 * REACH];
        if (at >= last) break;
        each_constant<Shape::TERMS>([&](auto t) {
            if (t == 0 || Shape::vertical(t) != Shape::vertical(t ? t - 1 : 0)) {
#pragma unroll
                for (int i = 0; i < LANES + 2 * REACH; i += LANES) {
                    const float4 four = *(const float4 *)&sums.v[Shape::vertical(t)][row][at + i];
                    v[i] = four.x, v[i + 1] = four.y, v[i + 2] = four.z, v[i + 3] = four.w;
                }
            }
            float sum[LANES];
            sum_taps<Shape::x_kind(t), REACH, LANES>(sum, v, job.x_first[t], job.x_last[t], w.x[t] + REACH);
            EACH_LANE out[Shape::out(t)][j] = begins<Shape>(t) ? sum[j] : out[Shape::out(t)][j] + sum[j];
        });
        finish.four(y, x0 + at, x0 + last, out);
    }
}

/* Several channels: a result at a time, neighbouring lanes' beside one another. */
template <class Shape, int REACH, class Finish>
static __device__ __forceinline__ void finish_pixels(const separable_chunk<Shape, REACH> &sums,
                                                     const separable_job &job, const separable_taps<Shape, REACH> &w,
                                                     const Finish &finish, int row, int i0, int y)
{
    const int channels = job.source.src.channels, last = min(job.across, job.w * channels - i0);
    for (int i = threadIdx.x % SEPARABLE_WARP; i < last; i += SEPARABLE_WARP) {
        float out[Shape::OUTS] = {};
        each_constant<Shape::TERMS>([&](auto t) {
            const float *middle = &sums.v[Shape::vertical(t)][row][i + job.halo];
            const float sum = sum_one<Shape::x_kind(t)>(job.x_first[t], job.x_last[t], w.x[t] + REACH,
                                                        [&](int k) { return middle[k * channels]; });
            out[Shape::out(t)] = begins<Shape>(t) ? sum : out[Shape::out(t)] + sum;
        });
        finish.one(y, i0 + i, out);
    }
}

/* Blocks of a multiprocessor: as registers and shared memory allow. */
template <class Shape, int REACH> struct separable_blocks {
    static constexpr int AT_ONCE = REACH > 8 || Shape::VERTICALS > 2 ? 2 : 3;
};

template <class Shape, int REACH, class Load, class Finish>
static __global__ void __launch_bounds__(MARCH_THREADS, TILE_BLOCKS((separable_blocks<Shape, REACH>::AT_ONCE)))
    separable_kernel(const __grid_constant__ separable_job job, const __grid_constant__ separable_taps<Shape, REACH> w,
                     const __grid_constant__ Load load, const __grid_constant__ Finish finish)
{
    /* Of two, one is written while the other is read. */
    enum { CHUNK = SEPARABLE_CHUNK, BUFFERS = Shape::VERTICALS > 2 ? 1 : 2 };
    __shared__ __align__(16) separable_chunk<Shape, REACH> sums[BUFFERS];
    const int channels = job.source.src.channels, i0 = blockIdx.x * job.across;
    const int y0 = blockIdx.y * job.strip, rows = min(job.strip, job.h - y0);
    const int i = i0 - job.halo + (int)threadIdx.x;
    const column mine[1] = {column_of(job.source, load, job.ox * channels + i, channels)};
    const bool needed = i < job.w * channels + job.halo; /* the last block may have few results */
    float v[CHUNK + 2 * REACH] = {};
    typename Load::raw next[2][1];
    int y = job.oy + y0 - REACH;
    int outside[2] = {fetch_rows(next[0], job.source, load, mine, y),
                      fetch_rows(next[1], job.source, load, mine, y + LANES)};
#pragma unroll 1
    for (int row = -2 * REACH; row < rows; row += CHUNK) { /* before row 0 the window only fills */
#pragma unroll
        for (int k = 0; k < 2 * REACH; k++) v[k] = v[k + CHUNK];
#pragma unroll
        for (int k = 0; k < 2; k++)
            values_of(v + 2 * REACH + k * LANES, next[k][0], outside[k], load, NULL, job.outside);
        y += CHUNK;
        if (needed && row + CHUNK < rows) {
            outside[0] = fetch_rows(next[0], job.source, load, mine, y);
            outside[1] = fetch_rows(next[1], job.source, load, mine, y + LANES);
        }
        if (row < 0) continue;
        separable_chunk<Shape, REACH> &to = sums[row / CHUNK % BUFFERS];
        if (BUFFERS == 1) __syncthreads(); /* its readers are done */
        each_constant<Shape::VERTICALS>([&](auto k) {
            float sum[CHUNK];
            sum_taps<Shape::y_kind(k), REACH, CHUNK>(sum, v, job.y_first[k], job.y_last[k], w.y[k] + REACH);
#pragma unroll
            for (int j = 0; j < CHUNK; j++) to.v[k][j][threadIdx.x] = mine[0].outside ? job.beside[k] : sum[j];
        });
        __syncthreads();
        const int own = threadIdx.x / SEPARABLE_WARP;
        if (row + own >= rows) continue;
        if (channels == 1)
            finish_row<Shape, REACH>(to, job, w, finish, own, i0, y0 + row + own);
        else
            finish_pixels<Shape, REACH>(to, job, w, finish, own, i0, y0 + row + own);
    }
}

/* Rows of a block: such that all blocks run at once, or in a whole number of rounds, so that at the end no
 * multiprocessor waits for others. Higher strips read fewer rows twice. */
static inline int separable_strip(const wsi_stream *stream, int rows, int across, int at_once)
{
    const int room = stream->device->info.multiprocessors * at_once;
    int strip = SEPARABLE_STRIP_MOST + 1;
    for (int rounds = 1; strip > SEPARABLE_STRIP_MOST; rounds++) {
        const int down = rounds * room / across > 1 ? rounds * room / across : 1;
        strip = ((rows + down - 1) / down + SEPARABLE_CHUNK - 1) / SEPARABLE_CHUNK * SEPARABLE_CHUNK;
    }
    return strip < SEPARABLE_STRIP_LEAST ? SEPARABLE_STRIP_LEAST : strip;
}

/* Where the filter is two passes. device_taps: as in run_separable. */
template <class Shape, class Finish>
static wsi_status run_separable_large(wsi_stream *stream, const separable_call &call, ptrdiff_t device_taps,
                                      const Finish &finish, wsi_error *err);

template <class Shape, int REACH, class Load, class Finish>
static wsi_status launch_separable(wsi_stream *stream, const separable_call &call, const Load &load,
                                   const Finish &finish, wsi_error *err)
{
    const wsi_separable *f = call.filter;
    const int channels = call.src.channels, halo = channels == 1 ? REACH : f->rx * channels;
    separable_job job = {};
    job.source = tile_source{call.src, f->mode};
    job.ox = call.ox, job.oy = call.oy, job.w = call.w, job.h = call.h;
    job.across = MARCH_THREADS - 2 * halo;
    job.halo = halo;
    job.outside = f->outside;
    separable_taps<Shape, REACH> w = {};
    for (int v = 0; v < Shape::VERTICALS; v++) {
        job.beside[v] = f->beside[v];
        job.y_first[v] = f->y[v].first;
        job.y_last[v] = f->y[v].last;
        for (int k = f->y[v].first; k <= f->y[v].last; k++) w.y[v][REACH + k] = f->y[v].w[k];
    }
    for (int t = 0; t < Shape::TERMS; t++) {
        const wsi_taps x = f->term[t].x;
        job.x_first[t] = x.first;
        job.x_last[t] = x.last;
        for (int k = x.first; k <= x.last; k++) w.x[t][REACH + k] = x.w[k];
    }
    const unsigned across = blocks_for((long long)call.w * channels, job.across);
    job.strip = separable_strip(stream, call.h, (int)across, separable_blocks<Shape, REACH>::AT_ONCE);
    const dim3 grid(across, blocks_for(call.h, job.strip));
    separable_kernel<Shape, REACH, Load, Finish><<<grid, MARCH_THREADS, 0, stream->handle>>>(job, w, load, finish);
    return launched(stream, err);
}

template <class Shape, int MOST, class Load, class Finish>
static wsi_status march_separable(wsi_stream *stream, const separable_call &call, const Load &load,
                                  const Finish &finish, wsi_error *err)
{
    const int reach = call.filter->ry > call.filter->rx ? call.filter->ry : call.filter->rx;
    if constexpr (MOST > 4) {
        if (reach > 12) return launch_separable<Shape, SEPARABLE_REACH>(stream, call, load, finish, err);
        if (reach > 8) return launch_separable<Shape, 12>(stream, call, load, finish, err);
        if (reach > 4) return launch_separable<Shape, 8>(stream, call, load, finish, err);
    }
    return launch_separable<Shape, 4>(stream, call, load, finish, err);
}

/* Queues the filter. device_taps: what to add to the address of a tap in the filter to find it in device memory
 * (device_taps_of). PLANES: src is float32, which spares kernels for other types; MOST: the
 * reach is at most 4, or SEPARABLE_REACH for any. */
template <class Shape, bool PLANES, int MOST = SEPARABLE_REACH, class Finish>
static wsi_status run_separable(wsi_stream *stream, const separable_call &call, ptrdiff_t device_taps,
                                const Finish &finish, wsi_error *err)
{
    if (!wsi_separable_cuda_once(call.filter->ry, call.filter->rx, call.src.channels))
        return run_separable_large<Shape>(stream, call, device_taps, finish, err);
    if (PLANES || call.src.type == WSI_F32)
        return march_separable<Shape, MOST>(stream, call, typed_load<float>{}, finish, err);
    if constexpr (!PLANES)
        return march_separable<Shape, MOST>(stream, call, any_load{call.src.type, call.src.size, call.symmetric},
                                            finish, err);
    return WSI_OK;
}

/* For taps that lie in the step's prepared state. */
static inline ptrdiff_t device_taps_of(const wsi_cuda_args *args)
{
    return (const char *)args->device_state - (const char *)args->call.state;
}

/* Outputs to float32 images. */
template <int OUTS> struct store_planes {
    view dst[OUTS];

    __device__ __forceinline__ void four(int y, int i, int end, const float (&v)[OUTS][LANES]) const
    {
#pragma unroll
        for (int m = 0; m < OUTS; m++) store4(dst[m].row(y), i, end, 4, dst[m].vector, from_f32(v[m], WSI_F32));
    }

    __device__ __forceinline__ void one(int y, int i, const float (&v)[OUTS]) const
    {
#pragma unroll
        for (int m = 0; m < OUTS; m++) ((float *)dst[m].row(y))[i] = v[m];
    }
};

/* Outputs through body(v[OUTS]), a float, to an image of any type. */
template <int OUTS, class Body> struct store_through {
    view dst;
    Body body;

    __device__ __forceinline__ void four(int y, int i, int end, const float (&v)[OUTS][LANES]) const
    {
        float result[LANES];
        EACH_LANE
        {
            float of[OUTS];
#pragma unroll
            for (int m = 0; m < OUTS; m++) of[m] = v[m][j];
            result[j] = body(of);
        }
        store4(dst.row(y), i, end, dst.size, dst.vector, from_f32(result, dst.type));
    }

    __device__ __forceinline__ void one(int y, int i, const float (&v)[OUTS]) const
    {
        store_f32(dst.row(y) + (long long)i * dst.size, dst.type, body(v));
    }
};

#include "separable-large.cuh"

#endif
