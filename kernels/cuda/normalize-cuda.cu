/* The kernels of stain normalisation: three look-ups a pixel in shared memory, and the rest in registers. */
#include "stain.cuh"

extern "C" {
#include "kernels/normalize.h"
}

static_assert(sizeof(float4) == sizeof(((wsi_normalize_state *)0)->table[0][0]), "a table entry is one vector");

/* Entry c of a row vector times a matrix, and the vector added to it. */
static __device__ __forceinline__ float affine(const wsi_affine &m, float x, float y, float z, int c)
{
    return ((x * m.row[0][c] + y * m.row[1][c]) + z * m.row[2][c]) + m.row[3][c];
}

/* The sums of a pixel are what becomes of it by Finish, a struct with a device function finish(float *sum). */
template <class Finish> struct put_levels : Finish {
    __device__ __forceinline__ void put(float4 *staging, const stain_views &views, const float *sum, int y, int group,
                                        bool whole) const
    {
        float v[STAIN_CHANNELS * LANES];
        uint32_t four[STAIN_CHANNELS];
#pragma unroll
        for (int i = 0; i < STAIN_CHANNELS * LANES; i++) v[i] = sum[i];
        EACH_LANE this->finish(v + STAIN_CHANNELS * j);
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++) {
            uint32_t b[LANES];
            EACH_LANE b[j] = wsi_px_grey_level(v[LANES * k + j]);
            four[k] = pack_bytes(b);
        }
        store_bytes(staging, views, four, y, group, whole);
    }
};

struct finish_powers {
    __device__ __forceinline__ void finish(float *v) const
    {
#pragma unroll
        for (int c = 0; c < STAIN_CHANNELS; c++) v[c] = wsi_px_power_of_2(v[c]);
    }
};

struct finish_sparse {
    wsi_affine second;
    wsi_px_pair pair;

    __device__ __forceinline__ void finish(float *v) const
    {
        const wsi_px_amounts a = wsi_px_amounts_of(v[0], v[1], pair);
#pragma unroll
        for (int c = 0; c < STAIN_CHANNELS; c++)
            v[c] = wsi_px_power_of_2((a.s * second.row[0][c] + a.t * second.row[1][c]) + second.row[3][c]);
    }
};

struct finish_reinhard {
    wsi_affine first, second;

    __device__ __forceinline__ void finish(float *v) const
    {
        float u[STAIN_CHANNELS];
#pragma unroll
        for (int c = 0; c < STAIN_CHANNELS; c++) v[c] = wsi_px_log(v[c]);
#pragma unroll
        for (int c = 0; c < STAIN_CHANNELS; c++) u[c] = wsi_px_power_of_2(affine(first, v[0], v[1], v[2], c));
#pragma unroll
        for (int c = 0; c < STAIN_CHANNELS; c++) v[c] = affine(second, u[0], u[1], u[2], c);
    }
};

template <class Finish>
static wsi_status run_normalize(wsi_stream *stream, const wsi_cuda_args *args, const Finish &finish, wsi_error *err)
{
    put_levels<Finish> put;
    (Finish &)put = finish;
    const char *table = (const char *)args->device_state + offsetof(wsi_normalize_state, table);
    return run_look_up(stream, views_of(args), (const float *)table, put, err);
}

extern "C" wsi_status wsi_cuda_restain(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_normalize(stream, args, finish_powers{}, err);
}

extern "C" wsi_status wsi_cuda_restain_sparse(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_normalize_state *state = (const wsi_normalize_state *)args->call.state;
    return run_normalize(stream, args, finish_sparse{state->second, state->pair}, err);
}

extern "C" wsi_status wsi_cuda_reinhard(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_normalize_state *state = (const wsi_normalize_state *)args->call.state;
    return run_normalize(stream, args, finish_reinhard{state->first, state->second}, err);
}
