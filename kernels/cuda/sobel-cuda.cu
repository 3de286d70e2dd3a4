/* sobel: a thread has a column of results and marches down it with a 3x3 neighbourhood in registers. Neighbouring
 * threads' columns come from the cache. */
#include "march.cuh"

#include "kernels/px/sobel-px.h"
#include "kernels/sobel.h"

enum { SOBEL_STRIP = 32 /* rows of results of a thread */ };
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

/* Four rows of the three columns on their way. */
template <class Load> struct sobel_rows {
    typename Load::raw raw[3];
    int outside;

    __device__ __forceinline__ void fetch(const tile_source &s, const Load &load, const column (&side)[3], int y)
    {
        rows4 rows;
        outside = map_rows(rows, s, y);
#pragma unroll
        for (int k = 0; k < 3; k++) load.fetch(raw[k], rows, side[k].offset);
    }
};

template <int AXIS, class Load, class Finish>
static __global__ void __launch_bounds__(MARCH_THREADS, TILE_BLOCKS(Load::BLOCKS))
    sobel_kernel(const __grid_constant__ sobel_job job, const __grid_constant__ Load load,
                 const __grid_constant__ Finish finish)
{
    extern __shared__ float4 shared[];
    const float *table = (const float *)shared;
    load.load_shared((float *)shared);
    const int channels = job.dst.channels, i = blockIdx.x * MARCH_THREADS + threadIdx.x, y0 = blockIdx.y * SOBEL_STRIP;
    if (i >= job.dst.w * channels) return;
    const int at = i + job.ox * channels, rows = min((int)SOBEL_STRIP, job.dst.h - y0);
    column side[3];
    sobel_rows<Load> next;
    sobel_window window = {};
    int y = job.oy + y0 + 1 - LANES; /* of the first four rows only the last two are wanted */
#pragma unroll
    for (int k = 0; k < 3; k++) side[k] = column_of(job.source, load, at + (k - 1) * channels, channels);
    next.fetch(job.source, load, side, y);
    const int size = finish.size_of(job.dst.size);
    const unsigned to = (unsigned)i * (unsigned)size;
#pragma unroll 1
    for (int row = -LANES; row < rows; row += LANES) {
        window.keep_last();
        y += LANES;
#pragma unroll
        for (int k = 0; k < 3; k++) {
            values_of(window.v[k] + 2, next.raw[k], next.outside, load, table, job.outside);
            if (side[k].outside) EACH_LANE window.v[k][j + 2] = job.outside;
        }
        if (row + LANES < rows) next.fetch(job.source, load, side, y);
        if (row < 0) continue;
        float v[LANES];
        EACH_LANE v[j] = window.value<AXIS>(j) * job.scale;
        const raw4 out = finish.finish(v);
        EACH_LANE if (row + j < rows) store_sample(job.dst.row(y0 + row + j) + to, out, j, size);
    }
}

template <int AXIS, class Load, class Finish>
static wsi_status run_axis(wsi_stream *stream, const sobel_job &job, const Load &load, const Finish &finish,
                           wsi_error *err)
{
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, MARCH_THREADS),
                    blocks_for(job.dst.h, SOBEL_STRIP));
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
