/* One sample from any type to any other, as scikit-image 0.26 util.dtype._convert (img_as_ubyte and friends):
 *
 *   unsigned -> float   x * (1/max)                      signed -> float    max(x * (1/max), -1)
 *   float -> unsigned   rint(x * max), clipped           float -> signed    rint(x * (max - min)/2 - 1/2), clipped
 *   int -> int          scaled between the positive ranges by an exact multiple or a right shift; signed to
 *                       unsigned clips negatives at 0; signed to wider signed scales the whole range
 *   any -> bool         x > half of the type's maximum   bool -> any        0 or the type's maximum (1 for floats)
 *
 * Halves round to even. Where the reference raises or overflows, here it saturates: floats beyond -1..1 clip and NaN
 * becomes 0. Down-scaling never depends on the image's maximum (the reference skips it for dark images). */
#ifndef WSI_CAST_PX_H
#define WSI_CAST_PX_H

#include "px.h"

/* Names of the sample types in the functions below, in wsi_dtype order: X(name, C type, arg) */
#define WSI_PX_TYPES(X, arg)                                                                                           \
    X(bool, uint8_t, arg)                                                                                              \
    X(u8, uint8_t, arg)                                                                                                \
    X(i8, int8_t, arg)                                                                                                 \
    X(u16, uint16_t, arg)                                                                                              \
    X(i16, int16_t, arg)                                                                                               \
    X(u32, uint32_t, arg)                                                                                              \
    X(i32, int32_t, arg)                                                                                               \
    X(f32, float, arg)                                                                                                 \
    X(f64, double, arg)

#define WSI_PX_CAST(from, tfrom, to, tto, expr)                                                                        \
    static WSI_HD tto wsi_px_##from##_to_##to(tfrom x)                                                                 \
    {                                                                                                                  \
        return (tto)(expr);                                                                                            \
    }

/* Same type. */
WSI_PX_CAST(bool, uint8_t, bool, uint8_t, x != 0)
WSI_PX_CAST(u8, uint8_t, u8, uint8_t, x)
WSI_PX_CAST(i8, int8_t, i8, int8_t, x)
WSI_PX_CAST(u16, uint16_t, u16, uint16_t, x)
WSI_PX_CAST(i16, int16_t, i16, int16_t, x)
WSI_PX_CAST(u32, uint32_t, u32, uint32_t, x)
WSI_PX_CAST(i32, int32_t, i32, int32_t, x)
WSI_PX_CAST(f32, float, f32, float, x)
WSI_PX_CAST(f64, double, f64, double, x)

/* To bool. */
WSI_PX_CAST(u8, uint8_t, bool, uint8_t, x > 127)
WSI_PX_CAST(i8, int8_t, bool, uint8_t, x > 63)
WSI_PX_CAST(u16, uint16_t, bool, uint8_t, x > 32767)
WSI_PX_CAST(i16, int16_t, bool, uint8_t, x > 16383)
WSI_PX_CAST(u32, uint32_t, bool, uint8_t, x > 2147483647u)
WSI_PX_CAST(i32, int32_t, bool, uint8_t, x > 1073741823)
WSI_PX_CAST(f32, float, bool, uint8_t, x > 0.5f)
WSI_PX_CAST(f64, double, bool, uint8_t, x > 0.5)

/* From bool. */
WSI_PX_CAST(bool, uint8_t, u8, uint8_t, x != 0 ? 255 : 0)
WSI_PX_CAST(bool, uint8_t, i8, int8_t, x != 0 ? 127 : 0)
WSI_PX_CAST(bool, uint8_t, u16, uint16_t, x != 0 ? 65535 : 0)
WSI_PX_CAST(bool, uint8_t, i16, int16_t, x != 0 ? 32767 : 0)
WSI_PX_CAST(bool, uint8_t, u32, uint32_t, x != 0 ? 4294967295u : 0u)
WSI_PX_CAST(bool, uint8_t, i32, int32_t, x != 0 ? 2147483647 : 0)
WSI_PX_CAST(bool, uint8_t, f32, float, x != 0 ? 1.0f : 0.0f)
WSI_PX_CAST(bool, uint8_t, f64, double, x != 0 ? 1.0 : 0.0)

/* Unsigned to integer: multiply up to a multiple of the source's bits, then shift down. */
WSI_PX_CAST(u8, uint8_t, i8, int8_t, x >> 1)
WSI_PX_CAST(u8, uint8_t, u16, uint16_t, x * 257u)
WSI_PX_CAST(u8, uint8_t, i16, int16_t, (x * 257u) >> 1)
WSI_PX_CAST(u8, uint8_t, u32, uint32_t, x * 16843009u)
WSI_PX_CAST(u8, uint8_t, i32, int32_t, (x * 16843009u) >> 1)
WSI_PX_CAST(u16, uint16_t, u8, uint8_t, x >> 8)
WSI_PX_CAST(u16, uint16_t, i8, int8_t, x >> 9)
WSI_PX_CAST(u16, uint16_t, i16, int16_t, x >> 1)
WSI_PX_CAST(u16, uint16_t, u32, uint32_t, x * 65537u)
WSI_PX_CAST(u16, uint16_t, i32, int32_t, (x * 65537u) >> 1)
WSI_PX_CAST(u32, uint32_t, u8, uint8_t, x >> 24)
WSI_PX_CAST(u32, uint32_t, i8, int8_t, x >> 25)
WSI_PX_CAST(u32, uint32_t, u16, uint16_t, x >> 16)
WSI_PX_CAST(u32, uint32_t, i16, int16_t, x >> 17)
WSI_PX_CAST(u32, uint32_t, i32, int32_t, x >> 1)

/* Signed to unsigned. */
WSI_PX_CAST(i8, int8_t, u8, uint8_t, x < 0 ? 0 : (x * 129) >> 6)
WSI_PX_CAST(i8, int8_t, u16, uint16_t, x < 0 ? 0 : (x * 16513) >> 5)
WSI_PX_CAST(i8, int8_t, u32, uint32_t, x < 0 ? 0 : ((int64_t)x * 270549121) >> 3)
WSI_PX_CAST(i16, int16_t, u8, uint8_t, x < 0 ? 0 : x >> 7)
WSI_PX_CAST(i16, int16_t, u16, uint16_t, x < 0 ? 0 : (x * 32769) >> 14)
WSI_PX_CAST(i16, int16_t, u32, uint32_t, x < 0 ? 0 : ((int64_t)x * 1073774593) >> 13)
WSI_PX_CAST(i32, int32_t, u8, uint8_t, x < 0 ? 0 : x >> 23)
WSI_PX_CAST(i32, int32_t, u16, uint16_t, x < 0 ? 0 : x >> 15)
WSI_PX_CAST(i32, int32_t, u32, uint32_t, x < 0 ? 0 : ((int64_t)x * 2147483649) >> 30)

/* Signed to signed: down by a flooring shift (arithmetic on every compiler used), up over the whole range. */
WSI_PX_CAST(i16, int16_t, i8, int8_t, x >> 8)
WSI_PX_CAST(i32, int32_t, i8, int8_t, x >> 24)
WSI_PX_CAST(i32, int32_t, i16, int16_t, x >> 16)
WSI_PX_CAST(i8, int8_t, i16, int16_t, (x + 128) * 257 - 32768)
WSI_PX_CAST(i8, int8_t, i32, int32_t, ((int64_t)x + 128) * 16843009 - 2147483648)
WSI_PX_CAST(i16, int16_t, i32, int32_t, ((int64_t)x + 32768) * 65537 - 2147483648)

/* Integer to float. */
WSI_PX_CAST(u8, uint8_t, f32, float, (float)x *(float)(1.0 / 255.0))
WSI_PX_CAST(u16, uint16_t, f32, float, (float)x *(float)(1.0 / 65535.0))
WSI_PX_CAST(u32, uint32_t, f32, float, (float)x *(float)(1.0 / 4294967295.0))
WSI_PX_CAST(i8, int8_t, f32, float, x < -127 ? -1.0f : (float)x * (float)(1.0 / 127.0))
WSI_PX_CAST(i16, int16_t, f32, float, x < -32767 ? -1.0f : (float)x * (float)(1.0 / 32767.0))
WSI_PX_CAST(i32, int32_t, f32, float, x < -2147483647 ? -1.0f : (float)x * (float)(1.0 / 2147483647.0))
WSI_PX_CAST(u8, uint8_t, f64, double, x *(1.0 / 255.0))
WSI_PX_CAST(u16, uint16_t, f64, double, x *(1.0 / 65535.0))
WSI_PX_CAST(u32, uint32_t, f64, double, x *(1.0 / 4294967295.0))
WSI_PX_CAST(i8, int8_t, f64, double, x < -127 ? -1.0 : x * (1.0 / 127.0))
WSI_PX_CAST(i16, int16_t, f64, double, x < -32767 ? -1.0 : x * (1.0 / 32767.0))
WSI_PX_CAST(i32, int32_t, f64, double, x < -2147483647 ? -1.0 : x * (1.0 / 2147483647.0))

/* Float to float. */
WSI_PX_CAST(f32, float, f64, double, x)
WSI_PX_CAST(f64, double, f32, float, x)

/* Float to integer. Clipping before rounding gives the same as after, since the limits are integers. */
WSI_PX_CAST(f32, float, u8, uint8_t, wsi_px_rint_bits(wsi_px_clip_f32(x * 255.0f, 0.0f, 255.0f)))
WSI_PX_CAST(f32, float, u16, uint16_t, wsi_px_rint_bits(wsi_px_clip_f32(x * 65535.0f, 0.0f, 65535.0f)))
WSI_PX_CAST(f32, float, i8, int8_t, x != x ? 0u : wsi_px_rint_bits(wsi_px_clip_f32(x * 127.5f - 0.5f, -128.0f, 127.0f)))
WSI_PX_CAST(f32, float, i16, int16_t,
            x != x ? 0u : wsi_px_rint_bits(wsi_px_clip_f32(x * 32767.5f - 0.5f, -32768.0f, 32767.0f)))

WSI_PX_CAST(f64, double, u8, uint8_t, (int32_t)wsi_px_rint_f64(wsi_px_clip_f64(x * 255.0, 0.0, 255.0)))
WSI_PX_CAST(f64, double, u16, uint16_t, (int32_t)wsi_px_rint_f64(wsi_px_clip_f64(x * 65535.0, 0.0, 65535.0)))
WSI_PX_CAST(f64, double, u32, uint32_t, wsi_px_rint_f64(wsi_px_clip_f64(x * 4294967295.0, 0.0, 4294967295.0)))
WSI_PX_CAST(f64, double, i8, int8_t,
            x != x ? 0 : (int32_t)wsi_px_rint_f64(wsi_px_clip_f64(x * 127.5 - 0.5, -128.0, 127.0)))
WSI_PX_CAST(f64, double, i16, int16_t,
            x != x ? 0 : (int32_t)wsi_px_rint_f64(wsi_px_clip_f64(x * 32767.5 - 0.5, -32768.0, 32767.0)))
WSI_PX_CAST(f64, double, i32, int32_t,
            x != x ? 0 : wsi_px_rint_f64(wsi_px_clip_f64(x * 2147483647.5 - 0.5, -2147483648.0, 2147483647.0)))

/* 32-bit integers from float32 are computed in float32, whose nearest value to the maximum lies one above it. */
static WSI_HD uint32_t wsi_px_f32_to_u32(float x)
{
    const float v = wsi_px_rint_f32(wsi_px_clip_f32(x * 4294967296.0f, 0.0f, 4294967296.0f));
    return v >= 4294967296.0f ? 4294967295u : (uint32_t)v;
}

static WSI_HD int32_t wsi_px_f32_to_i32(float x)
{
    const float v = wsi_px_rint_f32(wsi_px_clip_f32(x * 2147483648.0f - 0.5f, -2147483648.0f, 2147483648.0f));
    if (x != x) return 0;
    return v >= 2147483648.0f ? 2147483647 : (int32_t)v;
}

#endif
