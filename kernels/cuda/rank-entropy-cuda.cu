/* rank_entropy. For 8-bit images a thread walks down a column of results with the histogram of its window in shared
 * memory: what comes in and goes out lies on the footprint's lower and upper border. For 16-bit ones it looks, at each
 * pixel of the window, for others of the same value. */
#include "samples.cuh"

extern "C" {
#include "kernels/px/rank-px.h"
#include "kernels/rank.h"
}

enum { THREADS = 64, BINS = 256, STRIP = 128 /* rows of results of a thread */, PAIR_THREADS = 128 };

struct entropy_job {
    view src, dst;
    int ox, oy;
    const wsi_rank_entropy_state *state; /* in device memory */
};

/* A thread's histogram: bin b at count[b * THREADS]. */
struct window_histogram {
    uint16_t *count;
    const int64_t *table;
    int64_t bits;
    uint32_t pixels;

    __device__ __forceinline__ void add(const entropy_job &job, int x, int y, int channel)
    {
        if ((unsigned)x >= (unsigned)job.src.w || (unsigned)y >= (unsigned)job.src.h) return;
        uint16_t *at = count + ((const uint8_t *)job.src.row(y))[(long long)x * job.src.channels + channel] * THREADS;
        const int n = *at;
        *at = (uint16_t)(n + 1);
        bits += table[n + 1] - table[n];
        pixels++;
    }

    __device__ __forceinline__ void drop(const entropy_job &job, int x, int y, int channel)
    {
        if ((unsigned)x >= (unsigned)job.src.w || (unsigned)y >= (unsigned)job.src.h) return;
        uint16_t *at = count + ((const uint8_t *)job.src.row(y))[(long long)x * job.src.channels + channel] * THREADS;
        const int n = *at;
        *at = (uint16_t)(n - 1);
        bits -= table[n] - table[n - 1];
        pixels--;
    }
};

static __global__ void __launch_bounds__(THREADS) histogram_kernel(entropy_job job)
{
    __shared__ uint16_t counts[BINS * THREADS];
    const wsi_rank_state &rank = job.state->rank;
    const int channels = job.dst.channels, i = blockIdx.x * THREADS + threadIdx.x, n = rank.borders;
    if (i >= job.dst.w * channels) return; /* threads share nothing */
    const int x = job.ox + i / channels, channel = i % channels;
    for (int y0 = blockIdx.y * STRIP; y0 < job.dst.h; y0 += gridDim.y * STRIP) {
        const int end = min(y0 + (int)STRIP, job.dst.h);
        window_histogram h = {counts + threadIdx.x, job.state->bits, 0, 0};
        for (int b = 0; b < BINS; b++) h.count[b * THREADS] = 0;
        for (int k = 0; k < n; k++)
            for (int dy = rank.leave[k].dy; dy <= rank.enter[k].dy; dy++)
                h.add(job, x + rank.enter[k].dx, job.oy + y0 + dy, channel);
        for (int y = y0; y < end; y++) {
            ((float *)job.dst.row(y))[i] = wsi_px_rank_entropy(h.table[h.pixels], h.bits, h.pixels);
            if (y + 1 == end) break;
            for (int k = 0; k < n; k++) {
                const int column = x + rank.enter[k].dx, row = job.oy + y;
                h.drop(job, column, row + rank.leave[k].dy, channel);
                h.add(job, column, row + 1 + rank.enter[k].dy, channel);
            }
        }
    }
}

/* How often `value` is in the window about source pixel (x, y), unless it comes before row v, column u of it: then 0.
 * *pixels gets the number of pixels inside the image. */
static __device__ __forceinline__ int count_equal(int *pixels, const entropy_job &job, int x, int y, int channel, int v,
                                                  int u, uint16_t value)
{
    const wsi_rank_state &rank = job.state->rank;
    int equal = 0, all = 0;
    for (int k = 0; k < rank.borders; k++) {
        const int column = x + rank.enter[k].dx;
        if ((unsigned)column >= (unsigned)job.src.w) continue;
        const int top = max(y + rank.leave[k].dy, 0), bottom = min(y + rank.enter[k].dy, job.src.h - 1);
        for (int row = top; row <= bottom; row++) {
            const uint16_t *at = (const uint16_t *)job.src.row(row);
            if (at[(long long)column * job.src.channels + channel] != value) continue;
            if (column < u || (column == u && row < v)) return 0;
            equal++;
        }
        all += max(bottom - top + 1, 0);
    }
    *pixels = all;
    return equal;
}

static __global__ void __launch_bounds__(PAIR_THREADS) pairs_kernel(entropy_job job)
{
    const wsi_rank_state &rank = job.state->rank;
    const int channels = job.dst.channels, i = blockIdx.x * PAIR_THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const int x = job.ox + i / channels, channel = i % channels;
    for (int line = blockIdx.y; line < job.dst.h; line += gridDim.y) {
        const int y = job.oy + line;
        int64_t bits = 0;
        int pixels = 1;
        for (int k = 0; k < rank.borders; k++) {
            const int u = x + rank.enter[k].dx;
            if ((unsigned)u >= (unsigned)job.src.w) continue;
            const int top = max(y + rank.leave[k].dy, 0), bottom = min(y + rank.enter[k].dy, job.src.h - 1);
            for (int v = top; v <= bottom; v++) {
                const uint16_t value = ((const uint16_t *)job.src.row(v))[(long long)u * channels + channel];
                bits += job.state->bits[count_equal(&pixels, job, x, y, channel, v, u, value)];
            }
        }
        ((float *)job.dst.row(line))[i] = wsi_px_rank_entropy(job.state->bits[pixels], bits, (uint32_t)pixels);
    }
}

extern "C" wsi_status wsi_cuda_rank_entropy(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const entropy_job job = {view_of(args->call.src[0]), view_of(args->call.dst), (int)args->call.ox[0],
                             (int)args->call.oy[0], (const wsi_rank_entropy_state *)args->device_state};
    const long long n = (long long)job.dst.w * job.dst.channels;
    if (job.src.type == WSI_U8)
        histogram_kernel<<<dim3(blocks_for(n, THREADS), rows_for(blocks_for(job.dst.h, STRIP))), THREADS, 0,
                           stream->handle>>>(job);
    else
        pairs_kernel<<<dim3(blocks_for(n, PAIR_THREADS), rows_for(job.dst.h)), PAIR_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
