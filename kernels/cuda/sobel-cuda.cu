/* sobel: a tile of source rows in shared memory; each thread walks down a column of it with the 3x3 neighbourhood in
 * registers, so that a pixel costs three reads of the tile. */
#include "tile.cuh"

#include "kernels/px/sobel-px.h"
#include "kernels/sobel.h"

enum { SOBEL_ROWS = 16, SOBEL_PITCH = FLOAT_COLUMNS };
static_assert((int)TILE_THREADS == (int)FLOAT_COLUMNS, "a thread has one column");
static_assert((int)FLOAT_COLUMNS > 2 * WSI_CHANNELS_MAX + LANES, "a pixel of any format has room on both sides");

struct sobel_job {
    tile_source source;
    view dst;
    int ox, oy;
    int axis;
    float scale, outside;
    int columns; /* samples that a block computes */
};

template <int AXIS>
static __device__ __forceinline__ float sobel_value(const float (&t)[3], const float (&m)[3], const float (&b)[3])
{
    if (AXIS == WSI_SOBEL_ROWS) return wsi_px_sobel_rows(t[0], t[1], t[2], b[0], b[1], b[2]);
    const float gx = wsi_px_sobel_columns(t[0], t[2], m[0], m[2], b[0], b[2]);
    if (AXIS == WSI_SOBEL_COLUMNS) return gx;
    return wsi_px_sobel_magnitude(wsi_px_sobel_rows(t[0], t[1], t[2], b[0], b[1], b[2]), gx);
}

template <int AXIS>
static __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS(6))
    sobel_kernel(const __grid_constant__ sobel_job job)
{
    __shared__ __align__(16) float tile[(SOBEL_ROWS + 2) * SOBEL_PITCH];
    const int channels = job.dst.channels, n = job.dst.w * channels;
    const int out = blockIdx.x * job.columns, y0 = blockIdx.y * SOBEL_ROWS;
    const int rows = min(SOBEL_ROWS, job.dst.h - y0);
    const int wanted = out + (job.ox - 1) * channels, first = align_down(wanted);
    load_rows<FLOAT_GROUPS>(job.source, job.oy + y0 - 1, rows + 2, first,
                            float_sink<SOBEL_PITCH>{tile, job.source, 1, job.outside});
    __syncthreads();
    const int i = out + threadIdx.x;
    if ((int)threadIdx.x >= job.columns || i >= n) return;
    const float *at = tile + (wanted - first) + threadIdx.x;
    float t[3], m[3], b[3];
    for (int k = 0; k < 3; k++) t[k] = at[k * channels], m[k] = at[SOBEL_PITCH + k * channels];
    char *to = job.dst.row(y0) + (long long)i * job.dst.size;
#pragma unroll 4
    for (int y = 0; y < rows; y++, to += job.dst.stride) {
        for (int k = 0; k < 3; k++) b[k] = at[(y + 2) * SOBEL_PITCH + k * channels];
        const float v = sobel_value<AXIS>(t, m, b) * job.scale;
        store_f32(to, job.dst.type, v);
        for (int k = 0; k < 3; k++) t[k] = m[k], m[k] = b[k];
    }
}

extern "C" wsi_status wsi_cuda_sobel(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_sobel_params *p = (const wsi_sobel_params *)args->call.params;
    const wsi_sobel_state *s = (const wsi_sobel_state *)args->call.state;
    sobel_job job = {{view_of(args->call.src[0]), p->mode},
                     view_of(args->call.dst),
                     (int)args->call.ox[0],
                     (int)args->call.oy[0],
                     p->axis,
                     s->scale,
                     s->outside,
                     0};
    job.columns = align_down(FLOAT_COLUMNS - LANES - 2 * job.dst.channels);
    const dim3 grid(blocks_for(job.dst.w * job.dst.channels, job.columns), blocks_for(job.dst.h, SOBEL_ROWS));
    if (p->axis == WSI_SOBEL_ROWS)
        sobel_kernel<WSI_SOBEL_ROWS><<<grid, TILE_THREADS, 0, stream->handle>>>(job);
    else if (p->axis == WSI_SOBEL_COLUMNS)
        sobel_kernel<WSI_SOBEL_COLUMNS><<<grid, TILE_THREADS, 0, stream->handle>>>(job);
    else
        sobel_kernel<WSI_SOBEL_MAGNITUDE><<<grid, TILE_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
