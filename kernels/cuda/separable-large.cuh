/* Separable correlation of large reach, in two passes: verticals of every column that sums along x look at, extended
 * beyond the slide, go to scratch as float32; then a block sums a line of them along x, from shared memory. Both passes
 * keep eight neighbouring sums a thread, so that from tap to tap it reads one or two new values for all of them. */
#ifndef WSI_CUDA_SEPARABLE_LARGE_CUH
#define WSI_CUDA_SEPARABLE_LARGE_CUH

#include "separable.cuh"

enum { LARGE_SEPARABLE_THREADS = 128, LARGE_RUN = 8 };

struct separable_large_job {
    tile_source source;
    int symmetric, ox, oy, w, h, rx;
    int columns; /* samples of a row of a vertical: (w + 2 * rx) * channels */
    float *sums; /* h rows of each vertical */
    float outside, beside[WSI_VERTICALS_MAX];
    wsi_taps y[WSI_VERTICALS_MAX], x[WSI_TERMS_MAX]; /* in device memory */
};

/* LARGE_RUN neighbouring sums; AT(k) is the sample of the first one's tap k. */
template <int KIND, class At>
static __device__ __forceinline__ void sum_run(float (&sum)[LARGE_RUN], const wsi_taps &taps, const At &at)
{
    enum { N = LARGE_RUN };
    const int first = KIND == WSI_TAPS_ANY ? taps.first : 1;
    float before[N] = {}, after[N], group[N] = {};
#pragma unroll
    for (int j = 0; j < N; j++) {
        if (KIND != WSI_TAPS_ANY) before[j] = at(j);
        sum[j] = KIND == WSI_TAPS_EVEN ? before[j] * taps.w[0] : 0.0f;
    }
#pragma unroll
    for (int j = 0; j + 1 < N; j++) after[j + 1] = at(j + first);
#pragma unroll 4
    for (int k = first; k <= taps.last; k++) {
#pragma unroll
        for (int j = 0; j + 1 < N; j++) after[j] = after[j + 1];
        after[N - 1] = at(N - 1 + k);
        if (KIND != WSI_TAPS_ANY) {
#pragma unroll
            for (int j = N - 1; j > 0; j--) before[j] = before[j - 1];
            before[0] = at(-k);
        }
        const auto left = [&](int j) { return before[j]; };
        const auto right = [&](int j) { return after[j]; };
        if constexpr (KIND == WSI_TAPS_ANY) {
            add_tap<KIND>(group, taps.w[k], left, right);
            end_group<WSI_PX_TAP_GROUP>(sum, group, k - first + 1, k == taps.last);
        } else if (k <= WSI_PX_FOLD_GROUP) {
            add_tap<KIND>(sum, taps.w[k], left, right);
        } else {
            add_tap<KIND>(group, taps.w[k], left, right);
            end_group<WSI_PX_FOLD_GROUP>(sum, group, k, k == taps.last);
        }
    }
}

/* A row of a column as float32; at: from column_of, not outside. */
template <bool F32>
static __device__ __forceinline__ float sample_of(const tile_source &s, int symmetric, float outside, const column &at,
                                                  int y)
{
    const int from = map_row(s, y);
    if (from < 0) return outside;
    const char *p = s.src.row(from) + at.offset;
    if constexpr (F32) return *(const float *)p;
    raw4 r = {};
    float v[LANES];
    load_sample(r, 0, p, s.src.size);
    to_f32(v, r, s.src.type, symmetric);
    return v[0];
}

template <class Shape, bool F32>
static __global__ void __launch_bounds__(LARGE_SEPARABLE_THREADS)
    large_down_kernel(const __grid_constant__ separable_large_job job)
{
    const int channels = job.source.src.channels, i = blockIdx.x * LARGE_SEPARABLE_THREADS + threadIdx.x;
    if (i >= job.columns) return;
    const any_load load = {job.source.src.type, job.source.src.size, job.symmetric};
    const column at = column_of(job.source, load, (job.ox - job.rx) * channels + i, channels);
    for (int y0 = blockIdx.y * LARGE_RUN; y0 < job.h; y0 += gridDim.y * LARGE_RUN) {
        each_constant<Shape::VERTICALS>([&](auto v) {
            float sum[LARGE_RUN];
            sum_run<Shape::y_kind(v)>(sum, job.y[v], [&](int k) {
                return sample_of<F32>(job.source, job.symmetric, job.outside, at, job.oy + y0 + k);
            });
            float *to = job.sums + ((long long)v * job.h + y0) * job.columns + i;
#pragma unroll
            for (int j = 0; j < LARGE_RUN; j++, to += job.columns)
                if (y0 + j < job.h) *to = at.outside ? job.beside[v] : sum[j];
        });
    }
}

/* Lanes eight samples apart lie in different banks. */
static __host__ __device__ __forceinline__ int padded(int i)
{
    return i + i / LARGE_RUN;
}

/* Runs of a block: LARGE_RUN pixels of one channel each. */
static __host__ __device__ __forceinline__ int large_segment(int channels)
{
    return LARGE_SEPARABLE_THREADS / channels * LARGE_RUN * channels;
}

/* The thread's results from sample i on of row y. */
template <int OUTS, class Finish>
static __device__ __forceinline__ void finish_run(const float (&out)[OUTS][LARGE_RUN], const Finish &finish, int y,
                                                  int i, int channels, int n)
{
#pragma unroll
    for (int j = 0; j < LARGE_RUN; j++) {
        float one[OUTS];
#pragma unroll
        for (int m = 0; m < OUTS; m++) one[m] = out[m][j];
        if (i + j * channels < n) finish.one(y, i + j * channels, one);
    }
}

template <int OUTS, class Finish>
static __device__ __forceinline__ void finish_fours(const float (&out)[OUTS][LARGE_RUN], const Finish &finish, int y,
                                                    int i, int n)
{
#pragma unroll
    for (int half = 0; half < LARGE_RUN; half += LANES) {
        float four[OUTS][LANES];
#pragma unroll
        for (int m = 0; m < OUTS; m++) EACH_LANE four[m][j] = out[m][half + j];
        if (i + half < n) finish.four(y, i + half, n, four);
    }
}

template <class Shape, class Finish>
static __global__ void __launch_bounds__(LARGE_SEPARABLE_THREADS)
    large_across_kernel(const __grid_constant__ separable_large_job job, const __grid_constant__ Finish finish)
{
    extern __shared__ float line[];
    const int channels = job.source.src.channels, segment = large_segment(channels), i0 = blockIdx.x * segment;
    const int loaded = min(segment + 2 * job.rx * channels, job.columns - i0), n = job.w * channels;
    const int run = threadIdx.x / channels, start = run * LARGE_RUN * channels + threadIdx.x % channels;
    const bool inside = start < segment && i0 + start < n;
    for (int y = blockIdx.y; y < job.h; y += gridDim.y) {
        float out[Shape::OUTS][LARGE_RUN] = {};
        each_constant<Shape::VERTICALS>([&](auto v) {
            const float *from = job.sums + ((long long)v * job.h + y) * job.columns + i0;
            __syncthreads();
            for (int i = threadIdx.x; i < loaded; i += LARGE_SEPARABLE_THREADS) line[padded(i)] = from[i];
            __syncthreads();
            each_constant<Shape::TERMS>([&](auto t) {
                if (Shape::vertical(t) != v || !inside) return;
                float sum[LARGE_RUN];
                sum_run<Shape::x_kind(t)>(sum, job.x[t],
                                          [&](int k) { return line[padded(start + (job.rx + k) * channels)]; });
#pragma unroll
                for (int j = 0; j < LARGE_RUN; j++)
                    out[Shape::out(t)][j] = begins<Shape>(t) ? sum[j] : out[Shape::out(t)][j] + sum[j];
            });
        });
        if (!inside) continue;
        if (channels == 1)
            finish_fours(out, finish, y, i0 + start, n);
        else
            finish_run(out, finish, y, i0 + start, channels, n);
    }
}

static inline wsi_taps device_taps_at(wsi_taps taps, ptrdiff_t device)
{
    taps.w = (const float *)((const char *)taps.w + device);
    return taps;
}

template <class Shape, class Finish>
static wsi_status run_separable_large(wsi_stream *stream, const separable_call &call, ptrdiff_t device_taps,
                                      const Finish &finish, wsi_error *err)
{
    const wsi_separable *f = call.filter;
    const int channels = call.src.channels, segment = large_segment(channels);
    separable_large_job job = {};
    job.source = tile_source{call.src, f->mode};
    job.symmetric = call.symmetric;
    job.ox = call.ox, job.oy = call.oy, job.w = call.w, job.h = call.h;
    job.rx = f->rx;
    job.columns = (call.w + 2 * f->rx) * channels;
    job.sums = (float *)call.scratch;
    job.outside = f->outside;
    for (int v = 0; v < Shape::VERTICALS; v++) {
        job.beside[v] = f->beside[v];
        job.y[v] = device_taps_at(f->y[v], device_taps);
    }
    for (int t = 0; t < Shape::TERMS; t++) job.x[t] = device_taps_at(f->term[t].x, device_taps);
    const dim3 down(blocks_for(job.columns, LARGE_SEPARABLE_THREADS), rows_for(blocks_for(call.h, LARGE_RUN)));
    if (call.src.type == WSI_F32)
        large_down_kernel<Shape, true><<<down, LARGE_SEPARABLE_THREADS, 0, stream->handle>>>(job);
    else
        large_down_kernel<Shape, false><<<down, LARGE_SEPARABLE_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    const size_t shared = (size_t)padded(segment + 2 * f->rx * channels + LARGE_RUN) * sizeof(float);
    const dim3 across(blocks_for((long long)call.w * channels, segment), rows_for(call.h));
    large_across_kernel<Shape, Finish><<<across, LARGE_SEPARABLE_THREADS, shared, stream->handle>>>(job, finish);
    return launched(stream, err);
}

#endif
