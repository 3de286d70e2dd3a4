/* gaussian of large radii, in two passes: sums along y of every source column that the result looks at go to scratch
 * as float32, and are then summed along x. Neighbouring threads have neighbouring samples, so the taps of a block come
 * from the caches. */
#include "gaussian.cuh"

enum { LARGE_THREADS = 256 };

struct large_job {
    tile_source source;
    view dst;
    int ox, oy, ry, rx;
    int lo, columns;      /* source pixels in scratch */
    float *sums;          /* columns * channels floats a row */
    const float *wy, *wx; /* in device memory */
    int symmetric;
    float outside, cval; /* as in gaussian-cuda.cu */
};

/* A sample of a row that may lie outside; i lies within the row. */
static __device__ __forceinline__ float source_sample(const large_job &job, int y, long long i)
{
    const tile_source &s = job.source;
    const int from = (int)wsi_edge_map((wsi_edge)s.mode, y, s.src.h);
    if (from < 0) return job.outside;
    raw4 r = {};
    float v[LANES];
    load_sample(r, 0, s.src.row(from) + i * s.src.size, s.src.size);
    to_f32(v, r, s.src.type, job.symmetric);
    return v[0];
}

static __global__ void __launch_bounds__(LARGE_THREADS) sum_down_kernel(large_job job)
{
    const int width = job.columns * job.dst.channels, i = blockIdx.x * LARGE_THREADS + threadIdx.x;
    const long long from = (long long)job.lo * job.dst.channels + i;
    if (i >= width) return;
    for (int y0 = blockIdx.y * RUN; y0 < job.dst.h; y0 += gridDim.y * RUN) {
        float sum[RUN];
        march(
            sum, job.ry, [&](int j) { return source_sample(job, job.oy + y0 + j, from); },
            [&](int k) { return job.wy[k]; });
#pragma unroll
        for (int j = 0; j < RUN; j++)
            if (y0 + j < job.dst.h) job.sums[(long long)(y0 + j) * width + i] = sum[j];
    }
}

/* The sum along y in column x of the source, which may lie outside. */
static __device__ __forceinline__ float column_sum(const large_job &job, const float *line, int x)
{
    const int from = (int)wsi_edge_map((wsi_edge)job.source.mode, x, job.source.src.w);
    return from < 0 ? job.cval : line[(long long)(from - job.lo) * job.dst.channels];
}

static __global__ void __launch_bounds__(LARGE_THREADS) sum_across_kernel(large_job job)
{
    const int channels = job.dst.channels, i = blockIdx.x * LARGE_THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const int x = job.ox + i / channels;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const float *line = job.sums + (long long)y * job.columns * channels + i % channels;
        float sum = column_sum(job, line, x) * job.wx[0];
        for (int first = 1; first <= job.rx; first += WSI_PX_FOLD_GROUP) {
            const int last = min(job.rx, first + WSI_PX_FOLD_GROUP - 1);
            float group = first == 1 ? sum : 0.0f;
            for (int k = first; k <= last; k++)
                group = WSI_PX_FOLD(group, job.wx[k], column_sum(job, line, x - k), column_sum(job, line, x + k));
            sum = first == 1 ? group : sum + group;
        }
        store_f32(job.dst.row(y) + (long long)i * job.dst.size, job.dst.type, sum);
    }
}

wsi_status wsi_cuda_gaussian_large(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)args->call.params;
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)args->call.state;
    const char *state = (const char *)args->device_state;
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    const int first = (int)args->call.ox[0] - s->rx, last = (int)args->call.ox[0] + dst.w + s->rx;
    const int lo = first < 0 ? 0 : first, hi = last > src.w ? src.w : last;
    const large_job job = {{src, p->mode},
                           dst,
                           (int)args->call.ox[0],
                           (int)args->call.oy[0],
                           s->ry,
                           s->rx,
                           lo,
                           hi - lo,
                           (float *)args->call.scratch,
                           (const float *)(state + offsetof(wsi_gaussian_state, wy)),
                           (const float *)(state + offsetof(wsi_gaussian_state, wx)),
                           !p->preserve_range,
                           s->outside,
                           (float)p->cval};
    const dim3 down(blocks_for((long long)job.columns * dst.channels, LARGE_THREADS), rows_for(blocks_for(dst.h, RUN)));
    const dim3 across(blocks_for((long long)dst.w * dst.channels, LARGE_THREADS), rows_for(dst.h));
    sum_down_kernel<<<down, LARGE_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    sum_across_kernel<<<across, LARGE_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
