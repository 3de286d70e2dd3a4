/* denoise_bilateral: a thread has a pixel and goes through the window's taps in the order of the reference, in float64.
 * Its neighbours' windows are nearly the same pixels, which stay in the caches. */
#include "tile.cuh"

extern "C" {
#include "kernels/bilateral.h"
#include "kernels/px/bilateral-px.h"
}

enum { THREADS = 128 };

struct bilateral_job {
    tile_source source;
    view dst;
    int ox, oy, radius;
    double scale, outside, bins_a_unit, last;
    const double *spatial, *color; /* in device memory */
};

/* A pixel of the source, or what stands for it beyond the slide. */
struct source_pixel {
    const char *at; /* NULL: CONSTANT's value */

    __device__ __forceinline__ source_pixel(const bilateral_job &job, int x, int row)
    {
        const view &src = job.source.src;
        const int inside = (unsigned)x < (unsigned)src.w;
        const int column = inside ? x : (int)wsi_edge_map((wsi_edge)job.source.mode, x, src.w);
        at = (row | column) < 0 ? NULL : src.row(row) + (long long)column * src.channels * src.size;
    }

    __device__ __forceinline__ double value(const bilateral_job &job, int channel) const
    {
        if (!at) return job.outside;
        const char *p = at + channel * job.source.src.size;
        switch (job.source.src.type) {
        case WSI_BOOL:
            return *(const uint8_t *)p != 0 ? 1.0 : 0.0;
        case WSI_U8:
            return (double)*(const uint8_t *)p * job.scale;
        case WSI_U16:
            return (double)*(const uint16_t *)p * job.scale;
        case WSI_U32:
            return (double)*(const uint32_t *)p * job.scale;
        case WSI_F32:
            return (double)*(const float *)p * job.scale;
        default:
            return *(const double *)p * job.scale;
        }
    }
};

/* Difference between two pixels, over all channels. */
template <int CHANNELS>
static __device__ __forceinline__ double difference(const bilateral_job &job, const source_pixel &a,
                                                    const source_pixel &b)
{
    const int channels = CHANNELS ? CHANNELS : job.dst.channels;
    if (channels == 1) return fabs(a.value(job, 0) - b.value(job, 0));
    double sum = 0.0;
    for (int c = 0; c < channels; c++) {
        const double t = a.value(job, c) - b.value(job, c);
        sum += t * t;
    }
    return sqrt(sum);
}

/* Weighted means of SUMS channels from `first` on, of the pixel at (x, y) of the source. */
template <int CHANNELS, int SUMS>
static __device__ __forceinline__ void filter(double (&mean)[SUMS], const bilateral_job &job, int x, int y, int first)
{
    const int r = job.radius, taps = 2 * r + 1;
    const source_pixel centre(job, x, y);
    double sum[SUMS] = {}, weights = 0.0;
    for (int dy = -r; dy <= r; dy++) {
        const int row = map_row(job.source, y + dy);
        const double *spatial = job.spatial + (dy + r) * taps + r;
        for (int dx = -r; dx <= r; dx++) {
            const source_pixel other(job, x + dx, row);
            const double d = difference<CHANNELS>(job, centre, other);
            const double weight = spatial[dx] * job.color[wsi_px_bilateral_bin(d, job.bins_a_unit, job.last)];
#pragma unroll
            for (int c = 0; c < SUMS; c++) sum[c] += other.value(job, first + c) * weight;
            weights += weight;
        }
    }
#pragma unroll
    for (int c = 0; c < SUMS; c++) mean[c] = sum[c] / weights;
}

/* CHANNELS: of the image; 0 for any number, whose sums are taken one by one. */
template <int CHANNELS>
static __global__ void __launch_bounds__(THREADS) bilateral_kernel(const __grid_constant__ bilateral_job job)
{
    enum { SUMS = CHANNELS ? CHANNELS : 1 };
    const int x = blockIdx.x * THREADS + threadIdx.x, channels = CHANNELS ? CHANNELS : job.dst.channels;
    if (x >= job.dst.w) return;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        float *out = (float *)job.dst.row(y) + (long long)x * channels;
        for (int first = 0; first < channels; first += SUMS) {
            double mean[SUMS];
            filter<CHANNELS, SUMS>(mean, job, job.ox + x, job.oy + y, first);
#pragma unroll
            for (int c = 0; c < SUMS; c++) out[first + c] = (float)mean[c];
        }
    }
}

extern "C" wsi_status wsi_cuda_denoise_bilateral(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    typedef wsi_bilateral_state state;
    const state *s = (const state *)args->call.state;
    const char *device = (const char *)args->device_state;
    const bilateral_job job = {{view_of(args->call.src[0]), s->mode},
                               view_of(args->call.dst),
                               (int)args->call.ox[0],
                               (int)args->call.oy[0],
                               s->radius,
                               s->scale,
                               s->outside,
                               s->bins_a_unit,
                               s->bins - 1.0,
                               (const double *)(device + offsetof(state, spatial)),
                               (const double *)(device + offsetof(state, color))};
    const dim3 grid(blocks_for(job.dst.w, THREADS), rows_for(job.dst.h));
    if (job.dst.channels == 1)
        bilateral_kernel<1><<<grid, THREADS, 0, stream->handle>>>(job);
    else if (job.dst.channels == 3)
        bilateral_kernel<3><<<grid, THREADS, 0, stream->handle>>>(job);
    else
        bilateral_kernel<0><<<grid, THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
