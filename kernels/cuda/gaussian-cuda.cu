/* gaussian of several channels or larger radii: one pass over memory. A block converts a tile of source rows with its
 * halo into shared memory, sums along y in place (a thread a column, downwards: a row is overwritten when nobody looks
 * at it any more), then along x (a lane a row), and stores. */
#include "gaussian.cuh"

enum {
    ROWS = WSI_GAUSSIAN_TILE_ROWS,
    PITCH = WSI_GAUSSIAN_TILE_PITCH,
    WARP = 32,
    WARPS = TILE_THREADS / WARP,
    TASKS = FLOAT_COLUMNS / RUN / WARPS /* runs of a row that a warp computes, at most */
};
static_assert((int)FLOAT_COLUMNS == WSI_GAUSSIAN_TILE_COLUMNS && (int)TILE_THREADS == (int)FLOAT_COLUMNS,
              "a thread has one column");
static_assert(ROWS == WARP && ROWS % (int)RUN == 0, "a lane has one row");
static_assert(PITCH % 2 == 1 && PITCH >= (int)FLOAT_COLUMNS, "lanes of a column and of a row lie in different banks");

/* Weights travel with the launch, in constant memory. */
struct gaussian_weights {
    float y[WSI_GAUSSIAN_TILE_RADIUS + 1], x[WSI_GAUSSIAN_TILE_RADIUS + 1];
};

struct gaussian_job {
    tile_source source;
    view dst;
    int ox, oy, ry, rx;
    int symmetric;
    float outside; /* CONSTANT's value before any sum, */
    float cval;    /* and instead of a sum along y */
    int pixels;    /* across, of a block */
};

/* REACH: radii up to this; 0 for any. */
template <int REACH, class At, class Weight>
static __device__ __forceinline__ void sums(float (&sum)[RUN], int r, const At &at, const Weight &weight)
{
    if constexpr (REACH > 0)
        march_few<REACH>(sum, r, at, weight);
    else
        march(sum, r, at, weight);
}

/* Sums along y of the thread's column, in place. */
template <int REACH>
static __device__ __forceinline__ void sum_down(float *tile, const gaussian_job &job, const gaussian_weights &w,
                                                int first)
{
    const int n = job.source.src.w * job.dst.channels, i = first + (int)threadIdx.x;
    const bool constant = job.source.mode == WSI_EDGE_CONSTANT && (i < 0 || i >= n);
    float *column = tile + threadIdx.x;
#pragma unroll 1
    for (int row = 0; row < ROWS; row += RUN) {
        const float *centre = column + (row + job.ry) * PITCH;
        float sum[RUN];
        sums<REACH>(
            sum, job.ry, [&](int j) { return centre[j * PITCH]; }, [&](int k) { return w.y[k]; });
#pragma unroll
        for (int j = 0; j < RUN; j++) column[(row + j) * PITCH] = constant ? job.cval : sum[j];
    }
}

/* Where task t of a block's runs starts: a run of pixels of one channel. */
static __device__ __forceinline__ int task_start(int t, int channels)
{
    return channels == 1 ? t * RUN : t / channels * RUN * channels + t % channels;
}

/* Sums along x, in place: a result replaces its leftmost tap, which later results of its channel do not look at. Each
 * turn all warps have read what they need before any writes. tile: the leftmost tap of the first result. */
template <int REACH>
static __device__ __forceinline__ void sum_across(float *tile, const gaussian_job &job, const gaussian_weights &w,
                                                  int samples)
{
    const int channels = job.dst.channels;
    float *line = tile + threadIdx.x % WARP * PITCH;
#pragma unroll 1
    for (int task = threadIdx.x / WARP; task - (int)threadIdx.x / WARP < TASKS * WARPS; task += WARPS) {
        const int start = task_start(task, channels);
        const float *at = line + start + job.rx * channels;
        float sum[RUN];
        if (start < samples)
            sums<REACH>(
                sum, job.rx, [&](int j) { return at[j * channels]; }, [&](int k) { return w.x[k]; });
        __syncthreads();
        if (start >= samples) continue;
#pragma unroll
        for (int j = 0; j < RUN; j++) line[start + j * channels] = sum[j];
    }
}

/* Stores the block's results; whole float32 vectors need no look at the type. */
static __device__ __forceinline__ void store_tile(const float *result, const gaussian_job &job, int out, int y0,
                                                  int rows, int samples)
{
    const int column = LANES * (threadIdx.x % FLOAT_GROUPS), step = TILE_THREADS / FLOAT_GROUPS;
    const int end = min(job.dst.w * job.dst.channels, out + samples), i = out + column;
    if (column >= samples || i >= end) return;
    int row = threadIdx.x / FLOAT_GROUPS;
    const float *from = result + row * PITCH + column;
    char *to = job.dst.row(y0 + row);
    const bool plain = job.dst.type == WSI_F32 && job.dst.vector && i + LANES <= end;
#pragma unroll 4
    for (; row < rows; row += step, from += step * PITCH, to += step * job.dst.stride) {
        float v[LANES];
        load_rotated(v, from);
        if (plain)
            *(float4 *)((float *)to + i) = make_float4(v[0], v[1], v[2], v[3]);
        else
            store4(to, i, end, job.dst.size, job.dst.vector, from_f32(v, job.dst.type));
    }
}

template <int REACH>
static __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS(REACH == 4 ? 5 : 4))
    gaussian_kernel(const __grid_constant__ gaussian_job job, const __grid_constant__ gaussian_weights w)
{
    extern __shared__ float tile[];
    const int channels = job.dst.channels, samples = job.pixels * channels;
    const int out = blockIdx.x * samples, y0 = blockIdx.y * ROWS, rows = min((int)ROWS, job.dst.h - y0);
    const int centre = out + job.ox * channels, first = align_down(centre - job.rx * channels);
    load_rows<FLOAT_GROUPS>(job.source, job.oy + y0 - job.ry, rows + 2 * job.ry, first,
                            float_sink<PITCH>{tile, job.source, job.symmetric, job.outside});
    __syncthreads();
    sum_down<REACH>(tile, job, w, first);
    __syncthreads();

    float *result = tile + (centre - job.rx * channels - first);
    sum_across<REACH>(result, job, w, samples);
    __syncthreads();
    store_tile(result, job, out, y0, rows, samples);
}

static wsi_status in_one_pass(wsi_stream *stream, const wsi_cuda_args *args, size_t shared, wsi_error *err)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)args->call.params;
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)args->call.state;
    const gaussian_job job = {{view_of(args->call.src[0]), p->mode},
                              view_of(args->call.dst),
                              (int)args->call.ox[0],
                              (int)args->call.oy[0],
                              s->ry,
                              s->rx,
                              !p->preserve_range,
                              s->outside,
                              (float)p->cval,
                              wsi_gaussian_tile_pixels(s->rx, args->call.dst.fmt.channels)};
    gaussian_weights w;
    memcpy(w.y, s->wy, sizeof w.y);
    memcpy(w.x, s->wx, sizeof w.x);
    const dim3 grid(blocks_for(job.dst.w, job.pixels), blocks_for(job.dst.h, ROWS));
    const int reach = s->ry > s->rx ? s->ry : s->rx;
    const auto kernel = reach <= 4 ? gaussian_kernel<4> : reach <= 8 ? gaussian_kernel<8> : gaussian_kernel<0>;
    WSI_FORWARD(allow_shared(stream, kernel, shared, err));
    kernel<<<grid, TILE_THREADS, shared, stream->handle>>>(job, w);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_gaussian(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)args->call.state;
    const int channels = args->call.dst.fmt.channels;
    const int bytes = args->call.src[0].fmt.type == WSI_U8 && args->call.dst.fmt.type == WSI_U8;
    const size_t shared = wsi_gaussian_tile_bytes(s->ry, s->rx, channels);
    if (wsi_gaussian_marches(s->ry, s->rx, channels, bytes)) return wsi_cuda_gaussian_march(stream, args, err);
    if (shared <= stream->device->info.shared_memory) return in_one_pass(stream, args, shared, err);
    return wsi_cuda_gaussian_large(stream, args, err);
}
