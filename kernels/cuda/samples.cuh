/* Four samples at a time from and to device memory, whatever their type: the unit of all kernels here.
 *
 * Loading moves raw bytes and is apart from conversion, so that a thread has several loads under way before it
 * looks at the first. Types are decided at run time by branches that all threads of a launch take alike, which costs
 * little against memory, and spares a kernel for every pair of types. */
#ifndef WSI_CUDA_SAMPLES_CUH
#define WSI_CUDA_SAMPLES_CUH

#include "launch.cuh"

#include "kernels/px/cast-px.h"

enum { LANES = 4 };

/* Four samples as in memory: of any size in eight words; of up to 32 bits in four, which takes fewer registers. */
template <int WORDS> struct raw_words {
    static_assert(WORDS == LANES || WORDS == 2 * LANES, "a word or two for each sample");
    uint32_t w[WORDS];
};
typedef raw_words<2 * LANES> raw4;
typedef raw_words<LANES> raw4_narrow;

#define EACH_LANE _Pragma("unroll") for (int j = 0; j < LANES; j++)

/* Loads as whole vectors. */
template <int WORDS> static __device__ __forceinline__ void load_vector(raw_words<WORDS> &r, const char *p, int size)
{
    if (size == 1) {
        r.w[0] = *(const uint32_t *)p;
    } else if (size == 2) {
        const uint2 v = *(const uint2 *)p;
        r.w[0] = v.x, r.w[1] = v.y;
    } else {
        const uint4 v = *(const uint4 *)p;
        r.w[0] = v.x, r.w[1] = v.y, r.w[2] = v.z, r.w[3] = v.w;
    }
    if constexpr (WORDS > LANES) {
        if (size < 8) return;
        const uint4 u = *((const uint4 *)p + 1);
        r.w[4] = u.x, r.w[5] = u.y, r.w[6] = u.z, r.w[7] = u.w;
    }
}

/* Loads sample j, which was zero. */
template <int WORDS>
static __device__ __forceinline__ void load_sample(raw_words<WORDS> &r, int j, const char *p, int size)
{
    if (size == 1) {
        r.w[0] |= (uint32_t) * (const uint8_t *)p << (8 * j);
    } else if (size == 2) {
        r.w[j / 2] |= (uint32_t) * (const uint16_t *)p << (16 * (j % 2));
    } else if (WORDS == LANES || size == 4) {
        r.w[j] = *(const uint32_t *)p;
    } else if constexpr (WORDS > LANES) {
        const uint2 v = *(const uint2 *)p;
        r.w[2 * j] = v.x, r.w[2 * j + 1] = v.y;
    }
}

/* Samples i .. i+3 of a row of n, zeros beyond its end; vector as in view. */
template <int WORDS = 2 * LANES>
static __device__ __forceinline__ raw_words<WORDS> load4(const char *row, int i, int n, int size, int vector)
{
    raw_words<WORDS> r = {};
    const char *p = row + (long long)i * size;
    if (vector && i + LANES <= n) {
        load_vector(r, p, size);
        return r;
    }
    EACH_LANE if (i + j < n) load_sample(r, j, p + j * size, size);
    return r;
}

template <int WORDS> static __device__ __forceinline__ void store_vector(char *p, const raw_words<WORDS> &r, int size)
{
    if (size == 1)
        *(uint32_t *)p = r.w[0];
    else if (size == 2)
        *(uint2 *)p = make_uint2(r.w[0], r.w[1]);
    else
        *(uint4 *)p = make_uint4(r.w[0], r.w[1], r.w[2], r.w[3]);
    if constexpr (WORDS > LANES)
        if (size == 8) *((uint4 *)p + 1) = make_uint4(r.w[4], r.w[5], r.w[6], r.w[7]);
}

template <int WORDS>
static __device__ __forceinline__ void store_sample(char *p, const raw_words<WORDS> &r, int j, int size)
{
    if (size == 1)
        *(uint8_t *)p = (uint8_t)(r.w[0] >> (8 * j));
    else if (size == 2)
        *(uint16_t *)p = (uint16_t)(r.w[j / 2] >> (16 * (j % 2)));
    else if (WORDS == LANES || size == 4)
        *(uint32_t *)p = r.w[j];
    else if constexpr (WORDS > LANES)
        *(uint2 *)p = make_uint2(r.w[2 * j], r.w[2 * j + 1]);
}

/* Samples i .. i+3, those below n, of a row. */
template <int WORDS>
static __device__ __forceinline__ void store4(char *row, int i, int n, int size, int vector, const raw_words<WORDS> &r)
{
    char *p = row + (long long)i * size;
    if (vector && i + LANES <= n) {
        store_vector(p, r, size);
        return;
    }
    EACH_LANE if (i + j < n) store_sample(p + j * size, r, j, size);
}

/* Sample j as a C type, and back; j is a constant once loops are unrolled. */
template <class T, int WORDS> static __device__ __forceinline__ T take(const raw_words<WORDS> &r, int j)
{
    static_assert(sizeof(T) < 8 || WORDS > LANES, "narrow samples have 32 bits");
    T v;
    if constexpr (sizeof(T) == 1) {
        v = (T)(uint8_t)(r.w[0] >> (8 * j));
    } else if constexpr (sizeof(T) == 2) {
        v = (T)(uint16_t)(r.w[j / 2] >> (16 * (j % 2)));
    } else if constexpr (sizeof(T) == 4) {
        memcpy(&v, &r.w[j], sizeof v);
    } else {
        const uint64_t bits = (uint64_t)r.w[2 * j + 1] << 32 | r.w[2 * j];
        memcpy(&v, &bits, sizeof v);
    }
    return v;
}

/* r was zero at sample j. */
template <class T, int WORDS> static __device__ __forceinline__ void put(raw_words<WORDS> &r, int j, T v)
{
    static_assert(sizeof(T) < 8 || WORDS > LANES, "narrow samples have 32 bits");
    if constexpr (sizeof(T) == 1) {
        r.w[0] |= (uint32_t)(uint8_t)v << (8 * j);
    } else if constexpr (sizeof(T) == 2) {
        r.w[j / 2] |= (uint32_t)(uint16_t)v << (16 * (j % 2));
    } else if constexpr (sizeof(T) == 4) {
        memcpy(&r.w[j], &v, sizeof v);
    } else {
        uint64_t bits;
        memcpy(&bits, &v, sizeof v);
        r.w[2 * j] = (uint32_t)bits, r.w[2 * j + 1] = (uint32_t)(bits >> 32);
    }
}

/* CASE(value, name, C type) for a type known at run time. */
#define EACH_TYPE(type, CASE)                                                                                          \
    switch (type) {                                                                                                    \
        CASE(WSI_BOOL, bool, uint8_t)                                                                                  \
        CASE(WSI_U8, u8, uint8_t)                                                                                      \
        CASE(WSI_I8, i8, int8_t)                                                                                       \
        CASE(WSI_U16, u16, uint16_t)                                                                                   \
        CASE(WSI_I16, i16, int16_t)                                                                                    \
        CASE(WSI_U32, u32, uint32_t)                                                                                   \
        CASE(WSI_I32, i32, int32_t)                                                                                    \
        CASE(WSI_F32, f32, float)                                                                                      \
        CASE(WSI_F64, f64, double)                                                                                     \
    }

/* As float32 values, unscaled: 255 stays 255. symmetric: the most negative value of a signed type becomes the one
 * above it, which img_as_float makes of it. The CPU's load_row. The two usual types come first. */
static __device__ __forceinline__ void to_f32(float *v, const raw4 &r, int type, int symmetric)
{
#define SIGNED(ctype, lowest)                                                                                          \
    EACH_LANE                                                                                                          \
    {                                                                                                                  \
        const ctype x = take<ctype>(r, j);                                                                             \
        v[j] = (float)(symmetric && x < (lowest) ? (ctype)(lowest) : x);                                               \
    }
    if (type == WSI_F32) {
        EACH_LANE v[j] = take<float>(r, j);
        return;
    }
    if (type == WSI_U8) {
        EACH_LANE v[j] = (float)take<uint8_t>(r, j);
        return;
    }
    switch (type) {
    case WSI_BOOL:
        EACH_LANE v[j] = take<uint8_t>(r, j) != 0 ? 1.0f : 0.0f;
        break;
    case WSI_I8:
        SIGNED(int8_t, -127)
        break;
    case WSI_U16:
        EACH_LANE v[j] = (float)take<uint16_t>(r, j);
        break;
    case WSI_I16:
        SIGNED(int16_t, -32767)
        break;
    case WSI_U32:
        EACH_LANE v[j] = (float)take<uint32_t>(r, j);
        break;
    case WSI_I32:
        SIGNED(int32_t, -2147483647)
        break;
    default:
        EACH_LANE v[j] = (float)take<double>(r, j);
        break;
    }
#undef SIGNED
}

/* The CPU's store_row. */
static __device__ __forceinline__ raw4 from_f32(const float *v, int type)
{
    raw4 r = {};
    if (type == WSI_F32) {
        EACH_LANE put<float>(r, j, v[j]);
        return r;
    }
    if (type == WSI_U8) {
        EACH_LANE put<uint8_t>(r, j, wsi_px_f32_to_u8(v[j]));
        return r;
    }
#define STORE(value, name, ctype)                                                                                      \
    case value:                                                                                                        \
        EACH_LANE put<ctype>(r, j, wsi_px_f32_to_##name(v[j]));                                                        \
        break;
    EACH_TYPE(type, STORE)
#undef STORE
    return r;
}

/* One float32 value stored as a type. */
static __device__ __forceinline__ void store_f32(char *p, int type, float v)
{
    if (type == WSI_F32) {
        *(float *)p = v;
        return;
    }
#define STORE(value, name, ctype)                                                                                      \
    case value:                                                                                                        \
        *(ctype *)p = wsi_px_f32_to_##name(v);                                                                         \
        break;
    EACH_TYPE(type, STORE)
#undef STORE
}

#endif
