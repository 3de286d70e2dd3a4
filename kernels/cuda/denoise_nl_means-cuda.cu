/* denoise_nl_means: the source goes to a plane of float64 in scratch, each channel by itself, with the halo. A block
 * has a tile of results and goes through all shifts, in the CPU's order; for each one squared differences and their
 * sums over windows, across and then down, are in shared memory, in the order of cpu/window-sum.h. */
#include "tile.cuh"

extern "C" {
#include "kernels/nl_means.h"
#include "kernels/px/nl_means-px.h"
}

enum {
    COLUMNS = WSI_NL_MEANS_TILE_COLUMNS,
    ROWS = WSI_NL_MEANS_TILE_ROWS,
    THREADS = 256,
    EACH = COLUMNS * ROWS / THREADS, /* results of a thread */
    SUMS = 4,                        /* channels whose values are summed at a time */
    BUFFERS = 3
};

struct means_job {
    const double *source; /* of the first channel, pixel (-reach, -reach) of the result */
    long long pitch, plane;
    view dst;
    wsi_nl_means_state state;
    int width, length; /* a row of differences, and all of them */
};

static __global__ void __launch_bounds__(THREADS)
    extend_kernel(double *to, tile_source source, double scale, double least, int x0, int y0, int w, int h)
{
    const view &src = source.src;
    const int x = blockIdx.x * THREADS + threadIdx.x, channel = blockIdx.z;
    if (x >= w) return;
    const long long at = wsi_edge_map((wsi_edge)source.mode, x0 + x, src.w) * src.channels + channel;
    for (int y = blockIdx.y; y < h; y += gridDim.y) {
        const char *p = src.row(map_row(source, y0 + y)) + at * src.size;
        double v = 0.0;
#define LOAD(value, name, ctype)                                                                                       \
    case value:                                                                                                        \
        v = wsi_px_nl_sample((double)*(const ctype *)p * scale, least);                                                \
        break;
        EACH_TYPE(src.type, LOAD)
#undef LOAD
        if (src.type == WSI_BOOL) v = *(const uint8_t *)p != 0 ? 1.0 : 0.0;
        to[((long long)channel * h + y) * w + x] = v;
    }
}

/* sum[i] = the `width` values run[i], run[i + step], ..., for n of them; run and spare are spent. */
static __device__ __forceinline__ void window_sum(double *sum, double *run, double *spare, int n, int width, int step)
{
    int at = 0, length = n + (width - 1) * step;
    for (int bit = 1;; bit *= 2) {
        if (width & bit) {
            for (int i = threadIdx.x; i < n; i += THREADS) {
                const double v = run[i + at * step];
                sum[i] = at == 0 ? v : sum[i] + v;
            }
            at += bit;
        }
        if (2 * bit > width) break;
        length -= bit * step;
        for (int i = threadIdx.x; i < length; i += THREADS) spare[i] = run[i] + run[i + bit * step];
        __syncthreads();
        double *const spent = run;
        run = spare;
        spare = spent;
    }
    __syncthreads();
}

/* Sums of squared differences of the tile's patches to those (dx, dy) away, to `squares`. */
static __device__ __forceinline__ void compare(double *squares, double *run, double *spare, const means_job &job,
                                               const double *tile, int dx, int dy)
{
    const int r = job.state.radius, first = job.state.distance + 1, side = 2 * r;
    const long long shift = dy * job.pitch + dx;
    for (int i = threadIdx.x; i < job.length; i += THREADS) {
        const double *p = tile + (first + i / job.width) * job.pitch + first + i % job.width;
        double sum = 0.0;
        for (int c = 0; c < job.dst.channels; c++, p += job.plane) {
            const double t = p[0] - p[shift];
            sum = c == 0 ? t * t : sum + t * t;
        }
        run[i] = sum;
    }
    __syncthreads();
    const int n = job.length - (side - 1); /* sums across, the last row's to its end */
    window_sum(squares, run, spare, n, side, 1);
    for (int i = threadIdx.x; i < n; i += THREADS) run[i] = squares[i];
    __syncthreads();
    window_sum(squares, run, spare, n - (side - 1) * job.width, side, job.width);
}

/* A thread's sums of weights and of SUMS channels. */
struct pixel_sums {
    double weight[EACH], value[EACH][SUMS];
};

/* Adds a shift to the sums of channels first .. first + SUMS - 1. */
static __device__ __forceinline__ void add_shift(pixel_sums &s, double *shared, const means_job &job,
                                                 const double *tile, int dx, int dy, int first)
{
    const int reach = job.state.radius + job.state.distance;
    compare(shared, shared + job.length, shared + 2 * job.length, job, tile, dx, dy);
#pragma unroll
    for (int k = 0; k < EACH; k++) {
        const int i = threadIdx.x + k * THREADS, x = i % COLUMNS, y = i / COLUMNS;
        const double weight = wsi_px_nl_weight(shared[y * job.width + x] - job.state.noise, job.state.inverse);
        const double *p = tile + first * job.plane + (reach + y + dy) * job.pitch + reach + x + dx;
        s.weight[k] += weight;
#pragma unroll
        for (int c = 0; c < SUMS; c++)
            if (first + c < job.dst.channels) s.value[k][c] += p[c * job.plane] * weight;
    }
    __syncthreads();
}

static __global__ void __launch_bounds__(THREADS) means_kernel(const __grid_constant__ means_job job)
{
    extern __shared__ double shared[];
    const int d = job.state.distance, first = blockIdx.z * SUMS, x0 = blockIdx.x * COLUMNS;
    for (int y0 = blockIdx.y * ROWS; y0 < job.dst.h; y0 += gridDim.y * ROWS) {
        const double *tile = job.source + (long long)y0 * job.pitch + x0;
        pixel_sums s = {};
        for (int dy = 0; dy <= d; dy++)
            for (int dx = dy ? -d : 0; dx <= d; dx++) {
                add_shift(s, shared, job, tile, dx, dy, first);
                if (dx != 0 || dy != 0) add_shift(s, shared, job, tile, -dx, -dy, first);
            }
#pragma unroll
        for (int k = 0; k < EACH; k++) {
            const int i = threadIdx.x + k * THREADS, x = x0 + i % COLUMNS, y = y0 + i / COLUMNS;
            if (x >= job.dst.w || y >= job.dst.h) continue;
            float *out = (float *)job.dst.row(y) + (long long)x * job.dst.channels + first;
#pragma unroll
            for (int c = 0; c < SUMS; c++)
                if (first + c < job.dst.channels) out[c] = (float)(s.value[k][c] / s.weight[k]);
        }
    }
}

extern "C" wsi_status wsi_cuda_denoise_nl_means(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_nl_means_state *s = (const wsi_nl_means_state *)args->call.state;
    const view dst = view_of(args->call.dst);
    const tile_source source = {view_of(args->call.src[0]), WSI_EDGE_MIRROR};
    const int reach = s->radius + s->distance;
    const int w = wsi_nl_means_padded(dst.w, COLUMNS) + 2 * reach, h = wsi_nl_means_padded(dst.h, ROWS) + 2 * reach;
    const int width = COLUMNS + 2 * s->radius - 1, length = width * (ROWS + 2 * s->radius - 1);
    const means_job job = {(const double *)args->call.scratch, w, (long long)w * h, dst, *s, width, length};
    const size_t bytes = BUFFERS * (size_t)length * sizeof(double);
    extend_kernel<<<dim3(blocks_for(w, THREADS), rows_for(h), (unsigned)dst.channels), THREADS, 0, stream->handle>>>(
        (double *)args->call.scratch, source, s->scale, s->least, (int)args->call.ox[0] - reach,
        (int)args->call.oy[0] - reach, w, h);
    WSI_FORWARD(launched(stream, err));
    WSI_FORWARD(allow_shared(stream, means_kernel, bytes, err));
    const dim3 grid(blocks_for(dst.w, COLUMNS), rows_for(blocks_for(dst.h, ROWS)), blocks_for(dst.channels, SUMS));
    means_kernel<<<grid, THREADS, bytes, stream->handle>>>(job);
    return launched(stream, err);
}
