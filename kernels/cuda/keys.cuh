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
template <int WORDS> static __device__ __forceinline__ void flip_signs(raw_words<WORDS> &r, int type)
{
    const uint32_t mask = type == WSI_I8 ? 0x80808080u : type == WSI_I16 ? 0x80008000u : 0x80000000u;
    EACH_LANE r.w[j] ^= mask;
}

template <int WORDS> static __device__ __forceinline__ void flip_all(raw_words<WORDS> &r)
{
#pragma unroll
    for (int j = 0; j < WORDS; j++) r.w[j] = ~r.w[j];
}

static __device__ __forceinline__ bool is_unsigned(int type)
{
    return type == WSI_U8 || type == WSI_BOOL || type == WSI_U16 || type == WSI_U32;
}

/* Each sample becomes the key of its size. */
template <int WORDS>
static __device__ __forceinline__ raw_words<WORDS> to_keys(const raw_words<WORDS> &in, int type, int use)
{
    raw_words<WORDS> r = in;
    if (is_unsigned(type)) {
        /* Its own key. */
    } else if (type == WSI_F32) {
        EACH_LANE r.w[j] = wsi_px_key_f32(without_nan(take<float>(in, j), use));
    } else if (type == WSI_F64) {
        if constexpr (WORDS > LANES)
            EACH_LANE put<uint64_t>(r, j, wsi_px_key_f64(without_nan(take<double>(in, j), use)));
    } else {
        flip_signs(r, type);
    }
    if (use == KEY_MAX) flip_all(r);
    return r;
}

/* Keys back to samples. */
template <int WORDS>
static __device__ __forceinline__ raw_words<WORDS> from_keys(const raw_words<WORDS> &keys, int type, int use)
{
    raw_words<WORDS> in = keys;
    if (use == KEY_MAX) flip_all(in);
    raw_words<WORDS> r = in;
    if (is_unsigned(type)) {
        /* Its own key. */
    } else if (type == WSI_F32) {
        EACH_LANE r.w[j] = wsi_px_bits(wsi_px_unkey_f32(in.w[j]));
    } else if (type == WSI_F64) {
        if constexpr (WORDS > LANES) EACH_LANE put<double>(r, j, wsi_px_unkey_f64(take<uint64_t>(in, j)));
    } else {
        flip_signs(r, type);
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
