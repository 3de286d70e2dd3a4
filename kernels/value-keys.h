/* Floats by keys: unsigned integers in the order of the values. Values whose keys agree in the upper bits share a
 * bucket; within a bucket they are evenly spaced, so that what is left of a key is a multiple of one step. */
#ifndef WSI_VALUE_KEYS_H
#define WSI_VALUE_KEYS_H

#include <stdint.h>
#include <string.h>

#include "common/image.h"

enum { WSI_KEY_BITS_F32 = 32, WSI_KEY_BITS_F64 = 46 /* the rest is cut off: 2^-34 of a value */ };

static inline uint64_t wsi_key_f32(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits ^ ((bits >> 31) ? UINT32_MAX : UINT32_C(1) << 31);
}

static inline uint64_t wsi_key_f64(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return (bits ^ ((bits >> 63) ? UINT64_MAX : UINT64_C(1) << 63)) >> (64 - WSI_KEY_BITS_F64);
}

static inline int wsi_key_bits(wsi_dtype type)
{
    return type == WSI_F32 ? WSI_KEY_BITS_F32 : WSI_KEY_BITS_F64;
}

static inline uint64_t wsi_key_of(wsi_dtype type, double v)
{
    return type == WSI_F32 ? wsi_key_f32((float)v) : wsi_key_f64(v);
}

/* The smallest value of that key. */
static inline double wsi_key_value(wsi_dtype type, uint64_t key)
{
    if (type == WSI_F32) {
        const uint32_t bits = (uint32_t)key ^ ((key >> 31) ? UINT32_C(1) << 31 : UINT32_MAX);
        float v;
        memcpy(&v, &bits, sizeof v);
        return (double)v;
    }
    const uint64_t whole = key << (64 - WSI_KEY_BITS_F64);
    const uint64_t bits = whole ^ ((whole >> 63) ? UINT64_C(1) << 63 : UINT64_MAX);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
