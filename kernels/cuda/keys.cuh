/* Samples as unsigned keys in the order of their values (px/median-px.h), so that rank filters and morphology are
 * written once for each sample size instead of each type. */
#ifndef WSI_CUDA_KEYS_CUH
#define WSI_CUDA_KEYS_CUH

#include "samples.cuh"

#include "kernels/px/median-px.h"

enum key_use {
    KEY_RANK, /* NaN is above everything */
    KEY_MIN,  /* NaN never decides a minimum */
    KEY_MAX   /* keys fall as values rise, so that a maximum is a minimum of keys; NaN never decides it */
};

/* A float with NaN replaced by what never decides. */
template <class T> static __device__ __forceinline__ T without_nan(T v, int use)
{
    const T inf = (T)__int_as_float(0x7f800000);
    return v == v || use == KEY_RANK ? v : use == KEY_MIN ? inf : -inf;
}

/* Flips what has to be flipped for signed samples; it is its own inverse. */
static __device__ __forceinline__ void flip_signs(raw4 &r, int type)
{
    const uint32_t mask = type == WSI_I8 ? 0x80808080u : type == WSI_I16 ? 0x80008000u : 0x80000000u;
    EACH_LANE r.w[j] ^= mask;
}

static __device__ __forceinline__ void flip_all(raw4 &r)
{
#pragma unroll
    for (int j = 0; j < 2 * LANES; j++) r.w[j] = ~r.w[j];
}

/* Each sample becomes the key of its size. */
static __device__ __forceinline__ raw4 to_keys(const raw4 &in, int type, int use)
{
    raw4 r = in;
    if (type == WSI_I8 || type == WSI_I16 || type == WSI_I32) {
        flip_signs(r, type);
    } else if (type == WSI_F32) {
        r = raw4{};
        EACH_LANE put<uint32_t>(r, j, wsi_px_key_f32(without_nan(take<float>(in, j), use)));
    } else if (type == WSI_F64) {
        r = raw4{};
        EACH_LANE put<uint64_t>(r, j, wsi_px_key_f64(without_nan(take<double>(in, j), use)));
    }
    if (use == KEY_MAX) flip_all(r);
    return r;
}

/* Keys back to samples. */
static __device__ __forceinline__ raw4 from_keys(const raw4 &keys, int type, int use)
{
    raw4 in = keys;
    if (use == KEY_MAX) flip_all(in);
    raw4 r = in;
    if (type == WSI_I8 || type == WSI_I16 || type == WSI_I32) {
        flip_signs(r, type);
    } else if (type == WSI_F32) {
        r = raw4{};
        EACH_LANE put<float>(r, j, wsi_px_unkey_f32(take<uint32_t>(in, j)));
    } else if (type == WSI_F64) {
        r = raw4{};
        EACH_LANE put<double>(r, j, wsi_px_unkey_f64(take<uint64_t>(in, j)));
    }
    return r;
}

/* The key of one sample given by its bytes. */
template <class KEY> static __device__ __forceinline__ KEY key_of(uint64_t bytes, int type, int use)
{
    raw4 r = {};
    r.w[0] = (uint32_t)bytes;
    r.w[1] = (uint32_t)(bytes >> 32);
    return take<KEY>(to_keys(r, type, use), 0);
}

#endif
