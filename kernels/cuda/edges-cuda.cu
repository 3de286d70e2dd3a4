/* Edge operators on 3x3 pixels: a thread has a column of results and marches down it with a 3x3 neighbourhood in
 * registers. Neighbouring threads' columns come from the cache. */
#include "edges.cuh"
#include "march.cuh"

#include "kernels/px/edges-px.h"
#include "kernels/edges.h"

enum { EDGES_STRIP = 32 /* rows of results of a thread */, WARP = 32 };
static_assert(EDGES_STRIP % LANES == 0, "rows are taken four at a time");

struct edges_job {
    tile_source source;
    view dst;
    int ox, oy;
    float side, middle, scale, outside;
};

/* Four rows of three neighbouring columns below two rows known already. */
struct edges_window {
    float v[3][LANES + 2];

    __device__ __forceinline__ void keep_last()
    {
#pragma unroll
        for (int k = 0; k < 3; k++) v[k][0] = v[k][LANES], v[k][1] = v[k][LANES + 1];
    }

    template <int KIND> __device__ __forceinline__ float value(int j, float side, float middle) const
    {
        const float *l = v[0] + j, *m = v[1] + j, *r = v[2] + j;
        if constexpr (KIND == WSI_EDGES_LAPLACE) return wsi_px_edges_laplace(m[0], l[1], m[1], r[1], m[2]);
        if constexpr (KIND == WSI_EDGES_ROBERTS_POS) return r[2] - m[1];
        if constexpr (KIND == WSI_EDGES_ROBERTS_NEG) return m[2] - r[1];
        if constexpr (KIND == WSI_EDGES_ROBERTS) return wsi_px_edges_magnitude(r[2] - m[1], m[2] - r[1]);
        const float gy = wsi_px_edges_slope(l[0], m[0], r[0], l[2], m[2], r[2], side, middle);
        const float gx = wsi_px_edges_slope(l[0], l[1], l[2], r[0], r[1], r[2], side, middle);
        return KIND == WSI_EDGES_ROWS ? gy : KIND == WSI_EDGES_COLUMNS ? gx : wsi_px_edges_magnitude(gy, gx);
    }
};

/* Where a thread's result is, and which columns it loads. A Load that computes a lot loads a column once: a warp's
 * lanes look at one another's, and those at its ends only serve their neighbours. */
template <class Load> struct edges_place {
    enum { COLUMNS = Load::ONCE ? 1 : 3 };
    int i;       /* sample of a row of results */
    bool inside; /* it has a result */
    column at[COLUMNS];

    __device__ __forceinline__ edges_place(const edges_job &job, const Load &load)
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
    __device__ __forceinline__ void share(edges_window &window, int channels) const
    {
        if constexpr (Load::ONCE) EACH_LANE
            {
                const float v = window.v[1][j + 2];
                window.v[0][j + 2] = __shfl_up_sync(0xffffffffu, v, channels);
                window.v[2][j + 2] = __shfl_down_sync(0xffffffffu, v, channels);
            }
    }
};

template <int KIND, class Load, class Finish>
static __global__ void __launch_bounds__(MARCH_THREADS, Finish::BLOCKS)
    edges_kernel(const __grid_constant__ edges_job job, const __grid_constant__ Load load,
                 const __grid_constant__ Finish finish)
{
    enum { COLUMNS = edges_place<Load>::COLUMNS, FIRST = COLUMNS == 1 ? 1 : 0 };
    extern __shared__ float4 shared[];
    const float *table = (const float *)shared;
    load.load_shared((float *)shared);
    const int y0 = blockIdx.y * EDGES_STRIP, rows = min((int)EDGES_STRIP, job.dst.h - y0);
    const edges_place<Load> place(job, load);
    typename Load::raw next[COLUMNS];
    edges_window window = {};
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
        EACH_LANE v[j] = window.value<KIND>(j, job.side, job.middle) * job.scale;
        const raw4 out = finish.finish(v);
        char *line = job.dst.row(y0 + row) + to;
        EACH_LANE
        {
            if (row + j < rows) store_sample(line, out, j, size);
            line += job.dst.stride;
        }
    }
}

template <int KIND, class Load, class Finish>
static wsi_status run_kind(wsi_stream *stream, const edges_job &job, const Load &load, const Finish &finish,
                           wsi_error *err)
{
    const int across = MARCH_THREADS / WARP * edges_place<Load>::useful_lanes(job.dst.channels);
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, across), blocks_for(job.dst.h, EDGES_STRIP));
    edges_kernel<KIND, Load, Finish><<<grid, MARCH_THREADS, load.shared_bytes(), stream->handle>>>(job, load, finish);
    return launched(stream, err);
}

template <class Load, class Finish>
static wsi_status run(wsi_stream *stream, const edges_job &job, int kind, const Load &load, const Finish &finish,
                      wsi_error *err)
{
    switch (kind) {
    case WSI_EDGES_ROWS:
        return run_kind<WSI_EDGES_ROWS>(stream, job, load, finish, err);
    case WSI_EDGES_COLUMNS:
        return run_kind<WSI_EDGES_COLUMNS>(stream, job, load, finish, err);
    case WSI_EDGES_ROBERTS:
        return run_kind<WSI_EDGES_ROBERTS>(stream, job, load, finish, err);
    case WSI_EDGES_ROBERTS_POS:
        return run_kind<WSI_EDGES_ROBERTS_POS>(stream, job, load, finish, err);
    case WSI_EDGES_ROBERTS_NEG:
        return run_kind<WSI_EDGES_ROBERTS_NEG>(stream, job, load, finish, err);
    case WSI_EDGES_LAPLACE:
        return run_kind<WSI_EDGES_LAPLACE>(stream, job, load, finish, err);
    default:
        return run_kind<WSI_EDGES_MAGNITUDE>(stream, job, load, finish, err);
    }
}

static const wsi_edges_state *state_of(const wsi_cuda_args *args)
{
    return (const wsi_edges_state *)args->call.state;
}

static edges_job job_of(const wsi_cuda_args *args, const view &src, const view &dst, int ox, int oy)
{
    const wsi_edges_state *s = state_of(args);
    return edges_job{{src, s->mode}, dst, ox, oy, s->side, s->middle, s->scale, s->outside};
}

extern "C" wsi_status wsi_cuda_edges(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    const edges_job job = job_of(args, src, dst, (int)args->call.ox[0], (int)args->call.oy[0]);
    const int kind = state_of(args)->kind;
    if (src.type == WSI_F32 && dst.type == WSI_F32)
        return run(stream, job, kind, typed_load<float>{}, plain_finish<WSI_F32>{WSI_F32}, err);
    if (wsi_cuda_edges_are_bytes(args)) return wsi_cuda_edges_bytes(stream, args, err);
    if (kind == WSI_EDGES_MAGNITUDE && src.type == WSI_U8 && dst.type == WSI_U8)
        return run_kind<WSI_EDGES_MAGNITUDE>(stream, job, typed_load<uint8_t>{}, plain_finish<WSI_U8>{WSI_U8}, err);
    return run(stream, job, kind, any_load{src.type, src.size, 1}, plain_finish<WSI_DTYPE_COUNT>{dst.type}, err);
}

extern "C" wsi_status wsi_cuda_edges_fused(wsi_stream *stream, const wsi_cuda_args *args, const fused_filter *f,
                                           wsi_error *err)
{
    const edges_job job = job_of(args, f->src, f->dst, f->ox, f->oy);
    const program_finish finish = {f->after, f->dst.size};
    const int kind = state_of(args)->kind;
    if (f->before.count == 2 && wsi_cuda_program_is_gray(f->before, f->src))
        return run(stream, job, kind, gray_load{f->before.step[1].gray}, finish, err);
    return run(stream, job, kind, program_load::of(*f), finish, err);
}
