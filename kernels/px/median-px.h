/* Samples as unsigned keys whose order is that of the values, and back: rank filters then need unsigned
 * comparisons only. NaN becomes the largest key, -0 the key of 0. */
#ifndef WSI_MEDIAN_PX_H
#define WSI_MEDIAN_PX_H

#include "px.h"

static WSI_HD uint32_t wsi_px_key_f32(float v)
{
    const uint32_t b = wsi_px_bits(v + 0.0f);
    const uint32_t key = b ^ ((uint32_t)((int32_t)b >> 31) | 0x80000000u);
    return v != v ? 0xffffffffu : key;
}

static WSI_HD float wsi_px_unkey_f32(uint32_t key)
{
    const uint32_t b = key ^ ((uint32_t)((int32_t)~key >> 31) | 0x80000000u);
    return wsi_px_float(key == 0xffffffffu ? 0x7fc00000u : b);
}

static WSI_HD uint64_t wsi_px_key_f64(double v)
{
    const double plain = v + 0.0;
    uint64_t b;
    memcpy(&b, &plain, sizeof b);
    const uint64_t key = b ^ ((uint64_t)((int64_t)b >> 63) | 0x8000000000000000u);
    return v != v ? 0xffffffffffffffffu : key;
}

static WSI_HD double wsi_px_unkey_f64(uint64_t key)
{
    const uint64_t b = key ^ ((uint64_t)((int64_t)~key >> 63) | 0x8000000000000000u);
    const uint64_t bits = key == 0xffffffffffffffffu ? 0x7ff8000000000000u : b;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
