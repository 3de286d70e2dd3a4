/* equalize_adapthist: every thread takes pixels of a row, whose blocks' maps the caches hold. */
#include "numbers.cuh"
#include "pointwise.cuh"

extern "C" {
#include "kernels/clahe.h"
}

enum { CLAHE_GROUPS = 1 };

/* Column `at` between the blocks: the block it begins at, and how far from there. */
struct clahe_column {
    long long cell;
    int off;
};

template <int CHANNELS> struct clahe_body {
    struct input {
        raw4 part[CHANNELS];
    };
    view src, dst;
    int n; /* samples of a row */
    long long at_x, at_y;
    const wsi_clahe_state *state; /* in device memory */

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            in.part[k] = load4(src.row(y), LANES * (CHANNELS * group + k), n, src.size, src.vector);
    }

    /* Floats as they would be converted, integers from the lowest. */
    __device__ __forceinline__ int index_of(double v) const
    {
        if (src.type == WSI_F32) return wsi_px_clahe_level_f32((float)v);
        if (src.type == WSI_F64) return wsi_px_clahe_level_f64(v);
        return (int)v + (src.type == WSI_I8 ? 128 : src.type == WSI_I16 ? 32768 : 0);
    }

    /* Lanes behind the last pixel find a block too. */
    __device__ __forceinline__ int result_of(int index, const clahe_column &at, const wsi_px_clahe_place &down) const
    {
        const wsi_clahe_grid &g = state->grid;
        const long long last = g.nx - 1, after = at.cell < last ? at.cell : last;
        const long long previous = at.cell > 0 ? at.cell - 1 : 0, before = previous < last ? previous : last;
        const int bin = __ldg(state->bin_of + index);
        const uint16_t v[4] = {__ldg(wsi_clahe_map(state, before, down.before) + bin),
                               __ldg(wsi_clahe_map(state, after, down.before) + bin),
                               __ldg(wsi_clahe_map(state, before, down.after) + bin),
                               __ldg(wsi_clahe_map(state, after, down.after) + bin)};
        return wsi_px_clahe_blend(v, (double)at.off / (double)g.kx, down.share);
    }

    __device__ __forceinline__ void next(clahe_column &at) const
    {
        if (++at.off < state->grid.kx) return;
        at.off = 0;
        at.cell++;
    }

    __device__ __forceinline__ void store_gray(float *out, const double *v, const int *result) const
    {
        (void)v;
        EACH_LANE out[j] = (float)wsi_clahe_share(state, result[j]);
    }

    /* Signed integers end at minus their largest value, as floats made of them do. */
    __device__ __forceinline__ void store_colour(float *out, const double *v, const int *result) const
    {
        const double least = src.type == WSI_I8 ? -127.0 : src.type == WSI_I16 ? -32767.0 : -1e308;
        EACH_LANE
        {
            const double value = wsi_clahe_share(state, result[j]);
            double c[3], largest = least;
#pragma unroll
            for (int k = 0; k < 3; k++) {
                c[k] = v[CHANNELS * j + k] < least ? least : v[CHANNELS * j + k];
                largest = c[k] > largest ? c[k] : largest;
            }
#pragma unroll
            for (int k = 0; k < 3; k++) out[3 * j + k] = wsi_px_clahe_channel(c[k], largest, value);
        }
    }

    __device__ __forceinline__ int lane_index(const double *v, int j) const
    {
        const double *c = v + CHANNELS * j;
        if constexpr (CHANNELS == 1) return index_of(c[0]);
        const double a = c[0] > c[1] ? c[0] : c[1];
        return index_of(c[2] > a ? c[2] : a);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        const int results = CHANNELS == 1 ? 1 : 3;
        const wsi_clahe_grid &g = state->grid;
        const wsi_px_clahe_place down = wsi_px_clahe_place_of(at_y + y, g.ky, g.ny);
        const long long from = at_x + LANES * group + g.kx / 2;
        clahe_column at = {from / g.kx, (int)(from % g.kx)};
        double v[LANES * CHANNELS] = {};
        float out[LANES * results];
        int result[LANES];
#pragma unroll
        for (int k = 0; k < CHANNELS; k++) to_f64(v + LANES * k, in.part[k], src.type);
        EACH_LANE
        {
            result[j] = result_of(lane_index(v, j), at, down);
            next(at);
        }
        if constexpr (CHANNELS == 1)
            store_gray(out, v, result);
        else
            store_colour(out, v, result);
#pragma unroll
        for (int k = 0; k < results; k++)
            store4(dst.row(y), LANES * (results * group + k), dst.w * results, dst.size, dst.vector,
                   from_f32(out + LANES * k, WSI_F32));
    }
};

template <int CHANNELS>
static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, const view &src, const view &dst, wsi_error *err)
{
    const clahe_body<CHANNELS> body = {src,
                                       dst,
                                       src.w * CHANNELS,
                                       (long long)args->call.at_x,
                                       (long long)args->call.at_y,
                                       (const wsi_clahe_state *)args->device_state};
    return run_pointwise<CLAHE_GROUPS>(stream, body, dst.w, dst.h, err);
}

extern "C" wsi_status wsi_cuda_clahe(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = source_under(args->call, 0), dst = view_of(args->call.dst);
    if (src.channels == 1) return run<1>(stream, args, src, dst, err);
    if (src.channels == 3) return run<3>(stream, args, src, dst, err);
    return run<4>(stream, args, src, dst, err);
}
