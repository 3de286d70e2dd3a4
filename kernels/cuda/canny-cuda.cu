/* canny_levels: sums along y of every column that sums along x look at, and the blurred image, both in float64 in
 * scratch, a thread a pixel; then a block takes a tile of the blurred image into shared memory, derives magnitudes with
 * a pixel more on each side, and thins them. */
#include "doubles.cuh"

#include "kernels/canny.h"
#include "kernels/px/canny-px.h"

enum {
    BLUR_THREADS = 128,
    TILE_X = 32,
    TILE_Y = 8,
    EDGE_X = TILE_X + 2, /* magnitudes */
    EDGE_Y = TILE_Y + 2,
    SMOOTH_X = TILE_X + 4, /* blurred pixels */
    SMOOTH_Y = TILE_Y + 4
};

struct canny_job {
    view src, dst;
    int ox, oy;
    int from, columns;        /* source columns that are summed along y */
    int x0, y0, across, down; /* blurred pixels: the first one's place in src, and how many */
    double *sums, *smooth;    /* planes */
    long long sums_pitch, smooth_pitch;
    const wsi_canny_state *state; /* in device memory */
};

static __device__ __forceinline__ double canny_source(const canny_job &job, int x, int y)
{
    const int at = (int)wsi_edge_map((wsi_edge)job.state->mode, y, job.src.h);
    if (at < 0) return job.state->cval;
    const double v = load_double(job.src.row(at) + (long long)x * job.src.size, job.src, 0);
    return wsi_px_canny_scaled(v, job.state->scale, job.state->is_signed);
}

static __global__ void __launch_bounds__(BLUR_THREADS) canny_down_kernel(const __grid_constant__ canny_job job)
{
    const int i = blockIdx.x * BLUR_THREADS + threadIdx.x, x = job.from + i;
    if (i >= job.columns) return;
    for (int row = blockIdx.y; row < job.down; row += gridDim.y) {
        const int y = job.y0 + row;
        double sum = canny_source(job, x, y) * job.state->weight[0];
        for (int k = job.state->radius; k > 0; k--)
            sum = sum + (canny_source(job, x, y - k) + canny_source(job, x, y + k)) * job.state->weight[k];
        job.sums[row * job.sums_pitch + i] = wsi_px_canny_round(sum, job.state->single);
    }
}

static __device__ __forceinline__ double canny_sum(const canny_job &job, const double *row, int x)
{
    const int at = (int)wsi_edge_map((wsi_edge)job.state->mode, x, job.src.w);
    return at < 0 ? job.state->cval : row[at - job.from];
}

/* What the blur makes of ones at (x, y), as the image itself is blurred. */
static __device__ double canny_share(const canny_job &job, int x, int y)
{
    const wsi_canny_state *s = job.state;
    const int r = s->radius, w = job.src.w, h = job.src.h;
    if (x >= r && x + r < w && y >= r && y + r < h) return s->inside;
    double sum = s->weight[0];
    for (int k = r; k > 0; k--) sum = sum + ((y - k < 0 ? s->cval : 1.0) + (y + k < h ? 1.0 : s->cval)) * s->weight[k];
    const double along = wsi_px_canny_round(sum, s->single);
    sum = along * s->weight[0];
    for (int k = r; k > 0; k--)
        sum = sum + ((x - k < 0 ? s->cval : along) + (x + k < w ? along : s->cval)) * s->weight[k];
    return wsi_px_canny_round(wsi_px_canny_round(sum, s->single) + s->epsilon, s->single);
}

static __global__ void __launch_bounds__(BLUR_THREADS) canny_across_kernel(const __grid_constant__ canny_job job)
{
    const int i = blockIdx.x * BLUR_THREADS + threadIdx.x, x = job.x0 + i, single = job.state->single;
    if (i >= job.across) return;
    for (int row = blockIdx.y; row < job.down; row += gridDim.y) {
        const double *sums = job.sums + row * job.sums_pitch;
        double sum = canny_sum(job, sums, x) * job.state->weight[0];
        for (int k = job.state->radius; k > 0; k--)
            sum = sum + (canny_sum(job, sums, x - k) + canny_sum(job, sums, x + k)) * job.state->weight[k];
        double v = wsi_px_canny_round(sum, single);
        if (job.state->share) v = wsi_px_canny_round(v / canny_share(job, x, job.y0 + row), single);
        job.smooth[row * job.smooth_pitch + i] = v;
    }
}

struct canny_edge {
    double down, right;
};

/* The derivatives at the middle of 3 x 3 blurred pixels, p the middle one. */
static __device__ __forceinline__ canny_edge canny_derive(const double *p, int single)
{
    const double *up = p - SMOOTH_X, *below = p + SMOOTH_X;
    canny_edge e;
    e.down = wsi_px_canny_across(wsi_px_canny_difference(up[-1], below[-1], single),
                                 wsi_px_canny_difference(up[0], below[0], single),
                                 wsi_px_canny_difference(up[1], below[1], single), single);
    e.right = wsi_px_canny_across(wsi_px_canny_difference(up[-1], up[1], single),
                                  wsi_px_canny_difference(p[-1], p[1], single),
                                  wsi_px_canny_difference(below[-1], below[1], single), single);
    return e;
}

static __device__ __forceinline__ int canny_clip(int i, int n)
{
    return min(max(i, 0), n - 1);
}

/* Blurred pixels around the tile at (x, y) of dst; beyond an edge the outermost one again. */
static __device__ __forceinline__ void canny_load(const canny_job &job, double *tile, int x, int y)
{
    const int thread = threadIdx.y * TILE_X + threadIdx.x;
    for (int i = thread; i < SMOOTH_X * SMOOTH_Y; i += TILE_X * TILE_Y) {
        const int sx = canny_clip(x + job.ox - 2 + i % SMOOTH_X, job.src.w);
        const int sy = canny_clip(y + job.oy - 2 + i / SMOOTH_X, job.src.h);
        const int column = canny_clip(sx - job.x0, job.across), row = canny_clip(sy - job.y0, job.down);
        tile[i] = job.smooth[row * job.smooth_pitch + column];
    }
}

static __device__ __forceinline__ int canny_thin(const canny_job &job, const double *smooth, const double *m)
{
    const canny_edge e = canny_derive(smooth, job.state->single);
    const wsi_canny_around n = {m[-EDGE_X - 1], m[-EDGE_X],    m[-EDGE_X + 1], m[-1],
                                m[1],           m[EDGE_X - 1], m[EDGE_X],      m[EDGE_X + 1]};
    return (int)wsi_px_canny_level(m[0], e.down, e.right, n, job.state->low, job.state->high, job.state->single);
}

static __global__ void __launch_bounds__(TILE_X *TILE_Y) canny_thin_kernel(const __grid_constant__ canny_job job)
{
    __shared__ double smooth[SMOOTH_X * SMOOTH_Y], magnitude[EDGE_X * EDGE_Y];
    const int x = blockIdx.x * TILE_X, thread = threadIdx.y * TILE_X + threadIdx.x, single = job.state->single;
    for (int y = blockIdx.y * TILE_Y; y < job.dst.h; y += gridDim.y * TILE_Y) {
        __syncthreads();
        canny_load(job, smooth, x, y);
        __syncthreads();
        for (int i = thread; i < EDGE_X * EDGE_Y; i += TILE_X * TILE_Y) {
            const canny_edge e = canny_derive(smooth + (i / EDGE_X + 1) * SMOOTH_X + i % EDGE_X + 1, single);
            magnitude[i] = wsi_px_canny_magnitude(e.down, e.right, single);
        }
        __syncthreads();
        const int column = x + threadIdx.x, row = y + threadIdx.y;
        if (column >= job.dst.w || row >= job.dst.h) continue;
        const int sx = column + job.ox, sy = row + job.oy;
        const int border = sx == 0 || sy == 0 || sx == job.src.w - 1 || sy == job.src.h - 1;
        const int level = canny_thin(job, smooth + (threadIdx.y + 2) * SMOOTH_X + threadIdx.x + 2,
                                     magnitude + (threadIdx.y + 1) * EDGE_X + threadIdx.x + 1);
        job.dst.row(row)[column] = (char)(border ? 0 : level);
    }
}

static __global__ void __launch_bounds__(TILE_X *TILE_Y) canny_magnitude_kernel(const __grid_constant__ canny_job job)
{
    __shared__ double smooth[SMOOTH_X * SMOOTH_Y];
    const int x = blockIdx.x * TILE_X, single = job.state->single;
    for (int y = blockIdx.y * TILE_Y; y < job.dst.h; y += gridDim.y * TILE_Y) {
        __syncthreads();
        canny_load(job, smooth, x, y);
        __syncthreads();
        const int column = x + threadIdx.x, row = y + threadIdx.y;
        if (column >= job.dst.w || row >= job.dst.h) continue;
        const canny_edge e = canny_derive(smooth + (threadIdx.y + 2) * SMOOTH_X + threadIdx.x + 2, single);
        const double m = wsi_px_canny_magnitude(e.down, e.right, single);
        if (single)
            ((float *)job.dst.row(row))[column] = (float)m;
        else
            ((double *)job.dst.row(row))[column] = m;
    }
}

extern "C" wsi_status wsi_cuda_canny_levels(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_canny_state *s = (const wsi_canny_state *)args->call.state;
    canny_job job;
    job.src = view_of(args->call.src[0]);
    job.dst = view_of(args->call.dst);
    job.ox = (int)args->call.ox[0];
    job.oy = (int)args->call.oy[0];
    const int right = job.ox + job.dst.w + 2 < job.src.w ? job.ox + job.dst.w + 2 : job.src.w;
    const int bottom = job.oy + job.dst.h + 2 < job.src.h ? job.oy + job.dst.h + 2 : job.src.h;
    job.x0 = job.ox > 2 ? job.ox - 2 : 0;
    job.y0 = job.oy > 2 ? job.oy - 2 : 0;
    job.across = right - job.x0;
    job.down = bottom - job.y0;
    job.from = job.x0 > s->radius ? job.x0 - s->radius : 0;
    job.columns = (right + s->radius < job.src.w ? right + s->radius : job.src.w) - job.from;
    job.sums_pitch = wsi_canny_pitch(job.columns);
    job.smooth_pitch = wsi_canny_pitch(job.across);
    job.sums = (double *)args->call.scratch;
    job.smooth = job.sums + job.sums_pitch * job.down;
    job.state = (const wsi_canny_state *)args->device_state;
    const int rows = (int)rows_for(job.down);
    canny_down_kernel<<<dim3(blocks_for(job.columns, BLUR_THREADS), rows), BLUR_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    canny_across_kernel<<<dim3(blocks_for(job.across, BLUR_THREADS), rows), BLUR_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    const dim3 grid(blocks_for(job.dst.w, TILE_X), rows_for(blocks_for(job.dst.h, TILE_Y)));
    if (s->output == WSI_CANNY_MAGNITUDE)
        canny_magnitude_kernel<<<grid, dim3(TILE_X, TILE_Y), 0, stream->handle>>>(job);
    else
        canny_thin_kernel<<<grid, dim3(TILE_X, TILE_Y), 0, stream->handle>>>(job);
    return launched(stream, err);
}
