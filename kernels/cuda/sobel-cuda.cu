/* sobel: a thread has a column of results and marches down it with a 3x3 neighbourhood in registers. Neighbouring
 * threads' columns come from the cache. */
#include "march.cuh"

#include "kernels/px/sobel-px.h"
#include "kernels/sobel.h"

enum { SOBEL_STRIP = 32 /* rows of results of a thread */, WARP = 32 };
static_assert(SOBEL_STRIP % LANES == 0, "rows are taken four at a time");

struct sobel_job {
    tile_source source;
    view dst;
    int ox, oy;
    float scale, outside;
};

/* Four rows of three neighbouring columns below two rows known already. */
struct sobel_window {
    float v[3][LANES + 2];

    __device__ __forceinline__ void keep_last()
    {
#pragma unroll
        for (int k = 0; k < 3; k++) v[k][0] = v[k][LANES], v[k][1] = v[k][LANES + 1];
    }

    template <int AXIS> __device__ __forceinline__ float value(int j) const
    {
        const float *l = v[0] + j, *m = v[1] + j, *r = v[2] + j;
        if (AXIS == WSI_SOBEL_ROWS) return wsi_px_sobel_rows(l[0], m[0], r[0], l[2], m[2], r[2]);
        const float gx = wsi_px_sobel_columns(l[0], r[0], l[1], r[1], l[2], r[2]);
        if (AXIS == WSI_SOBEL_COLUMNS) return gx;
        return wsi_px_sobel_magnitude(wsi_px_sobel_rows(l[0], m[0], r[0], l[2], m[2], r[2]), gx);
    }
};

/* Where a thread's result is, and which columns it loads. A Load that computes a lot loads a column once: a warp's
 * lanes look at one another's, and those at its ends only serve their neighbours. */
template <class Load> struct sobel_place {
    enum { COLUMNS = Load::ONCE ? 1 : 3 };
    int i;       /* sample of a row of results */
    bool inside; /* it has a result */
    column at[COLUMNS];

    __device__ __forceinline__ sobel_place(const sobel_job &job, const Load &load)
    {
        const int channels = job.dst.channels, lane = threadIdx.x % WARP, useful = useful_lanes(channels);
        const int warp = blockIdx.x * (MARCH_THREADS / WARP) + threadIdx.x / WARP;
        i = warp * useful + lane - (Load::ONCE ? channels : 0);
        inside = i < job.dst.w * channels && (!Load::ONCE || (lane >= channels && lane < channels + useful));
#pragma unroll
        for (int k = 0; k < COLUMNS; k++)
            at[k] = column_of(job.source, load, i + (job.ox + k - COLUMNS / 2) * channels, channels);
    }

    static __host__ __device__ __forceinline__ int useful_lanes(int channels)
    {
        return Load::ONCE ? WARP - 2 * channels : WARP;
    }

    /* The lane's columns in a window's new rows; the ones beside it from its neighbours. */
    __device__ __forceinline__ void share(sobel_window &window, int channels) const
    {
        if constexpr (Load::ONCE) EACH_LANE
            {
                const float v = window.v[1][j + 2];
                window.v[0][j + 2] = __shfl_up_sync(0xffffffffu, v, channels);
                window.v[2][j + 2] = __shfl_down_sync(0xffffffffu, v, channels);
            }
    }
};

template <int AXIS, class Load, class Finish>
static __global__ void __launch_bounds__(MARCH_THREADS, Finish::BLOCKS)
    sobel_kernel(const __grid_constant__ sobel_job job, const __grid_constant__ Load load,
                 const __grid_constant__ Finish finish)
{
    enum { COLUMNS = sobel_place<Load>::COLUMNS, FIRST = COLUMNS == 1 ? 1 : 0 };
    extern __shared__ float4 shared[];
    const float *table = (const float *)shared;
    load.load_shared((float *)shared);
    const int y0 = blockIdx.y * SOBEL_STRIP, rows = min((int)SOBEL_STRIP, job.dst.h - y0);
    const sobel_place<Load> place(job, load);
    typename Load::raw next[COLUMNS];
    sobel_window window = {};
    int y = job.oy + y0 + 1 - LANES; /* of the first four rows only the last two are wanted */
    int outside = fetch_rows(next, job.source, load, place.at, y);
    const int size = finish.size_of(job.dst.size);
    const unsigned to = (unsigned)place.i * (unsigned)size;
#pragma unroll 1
    for (int row = -LANES; row < rows; row += LANES) {
        window.keep_last();
        y += LANES;
#pragma unroll
        for (int k = 0; k < COLUMNS; k++) {
            values_of(window.v[FIRST + k] + 2, next[k], outside, load, table, job.outside);
            if (place.at[k].outside) EACH_LANE window.v[FIRST + k][j + 2] = job.outside;
        }
        place.share(window, job.dst.channels);
        if (row + LANES < rows) outside = fetch_rows(next, job.source, load, place.at, y);
        if (row < 0 || !place.inside) continue;
        float v[LANES];
        EACH_LANE v[j] = window.value<AXIS>(j) * job.scale;
        const raw4 out = finish.finish(v);
        char *line = job.dst.row(y0 + row) + to;
        EACH_LANE
        {
            if (row + j < rows) store_sample(line, out, j, size);
            line += job.dst.stride;
        }
    }
}

template <int AXIS, class Load, class Finish>
static wsi_status run_axis(wsi_stream *stream, const sobel_job &job, const Load &load, const Finish &finish,
                           wsi_error *err)
{
    const int across = MARCH_THREADS / WARP * sobel_place<Load>::useful_lanes(job.dst.channels);
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, across), blocks_for(job.dst.h, SOBEL_STRIP));
    sobel_kernel<AXIS, Load, Finish><<<grid, MARCH_THREADS, load.shared_bytes(), stream->handle>>>(job, load, finish);
    return launched(stream, err);
}

template <class Load, class Finish>
static wsi_status run(wsi_stream *stream, const sobel_job &job, int axis, const Load &load, const Finish &finish,
                      wsi_error *err)
{
    if (axis == WSI_SOBEL_ROWS) return run_axis<WSI_SOBEL_ROWS>(stream, job, load, finish, err);
    if (axis == WSI_SOBEL_COLUMNS) return run_axis<WSI_SOBEL_COLUMNS>(stream, job, load, finish, err);
    return run_axis<WSI_SOBEL_MAGNITUDE>(stream, job, load, finish, err);
}

static sobel_job job_of(const wsi_cuda_args *args, const view &src, const view &dst, int ox, int oy)
{
    const wsi_sobel_params *p = (const wsi_sobel_params *)args->call.params;
    const wsi_sobel_state *s = (const wsi_sobel_state *)args->call.state;
    return sobel_job{{src, p->mode}, dst, ox, oy, s->scale, s->outside};
}

static int axis_of(const wsi_cuda_args *args)
{
    return ((const wsi_sobel_params *)args->call.params)->axis;
}

extern "C" wsi_status wsi_cuda_sobel(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    const sobel_job job = job_of(args, src, dst, (int)args->call.ox[0], (int)args->call.oy[0]);
    const int axis = axis_of(args);
    if (axis == WSI_SOBEL_MAGNITUDE && src.type == WSI_F32 && dst.type == WSI_F32)
        return run_axis<WSI_SOBEL_MAGNITUDE>(stream, job, typed_load<float>{}, plain_finish<WSI_F32>{WSI_F32}, err);
    if (axis == WSI_SOBEL_MAGNITUDE && src.type == WSI_U8 && dst.type == WSI_U8)
        return run_axis<WSI_SOBEL_MAGNITUDE>(stream, job, typed_load<uint8_t>{}, plain_finish<WSI_U8>{WSI_U8}, err);
    return run(stream, job, axis, any_load{src.type, src.size, 1}, plain_finish<WSI_DTYPE_COUNT>{dst.type}, err);
}

extern "C" wsi_status wsi_cuda_sobel_fused(wsi_stream *stream, const wsi_cuda_args *args, const fused_filter *f,
                                           wsi_error *err)
{
    return run(stream, job_of(args, f->src, f->dst, f->ox, f->oy), axis_of(args), program_load::of(*f),
               program_finish{f->after, f->dst.size}, err);
}
