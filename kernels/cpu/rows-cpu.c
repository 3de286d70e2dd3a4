/* Loops of load_row and store_row: one for each sample type, vectorised by the compiler. */
#include "rows.h"

#include "kernels/px/cast-px.h"

#define LOAD(name, ctype, lowest)                                                                                      \
    static void load_##name(float *restrict dst, const ctype *restrict src, size_t n)                                  \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++) dst[i] = (float)src[i];                                                         \
    }                                                                                                                  \
    static void load_symmetric_##name(float *restrict dst, const ctype *restrict src, size_t n)                        \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++) dst[i] = (float)(src[i] > (lowest) ? src[i] : (lowest));                        \
    }

LOAD(i8, int8_t, -127)
LOAD(i16, int16_t, -32767)
LOAD(i32, int32_t, -2147483647)

#define LOAD_UNSIGNED(name, ctype)                                                                                     \
    static void load_##name(float *restrict dst, const ctype *restrict src, size_t n)                                  \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++) dst[i] = (float)src[i];                                                         \
    }

LOAD_UNSIGNED(u8, uint8_t)
LOAD_UNSIGNED(u16, uint16_t)
LOAD_UNSIGNED(u32, uint32_t)
LOAD_UNSIGNED(f64, double)

static void load_bool(float *restrict dst, const uint8_t *restrict src, size_t n)
{
    for (size_t i = 0; i < n; i++) dst[i] = src[i] != 0 ? 1.0f : 0.0f;
}

static void load_signed(float *dst, const void *src, wsi_dtype type, size_t n)
{
    if (type == WSI_I8) load_symmetric_i8(dst, (const int8_t *)src, n);
    if (type == WSI_I16) load_symmetric_i16(dst, (const int16_t *)src, n);
    if (type == WSI_I32) load_symmetric_i32(dst, (const int32_t *)src, n);
}

void WSI_CPU(load_row)(float *dst, const void *src, wsi_dtype type, int symmetric, size_t n)
{
    if (symmetric && (type == WSI_I8 || type == WSI_I16 || type == WSI_I32)) {
        load_signed(dst, src, type, n);
        return;
    }
    switch (type) {
    case WSI_BOOL:
        load_bool(dst, (const uint8_t *)src, n);
        break;
    case WSI_U8:
        load_u8(dst, (const uint8_t *)src, n);
        break;
    case WSI_I8:
        load_i8(dst, (const int8_t *)src, n);
        break;
    case WSI_U16:
        load_u16(dst, (const uint16_t *)src, n);
        break;
    case WSI_I16:
        load_i16(dst, (const int16_t *)src, n);
        break;
    case WSI_U32:
        load_u32(dst, (const uint32_t *)src, n);
        break;
    case WSI_I32:
        load_i32(dst, (const int32_t *)src, n);
        break;
    case WSI_F64:
        load_f64(dst, (const double *)src, n);
        break;
    default:
        memcpy(dst, src, n * sizeof(float));
        break;
    }
}

#define STORE(name, ctype, arg)                                                                                        \
    static void store_##name(ctype *restrict dst, const float *restrict src, size_t n)                                 \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++) dst[i] = wsi_px_f32_to_##name(src[i]);                                          \
    }

STORE(bool, uint8_t, )
STORE(u8, uint8_t, )
STORE(i8, int8_t, )
STORE(u16, uint16_t, )
STORE(i16, int16_t, )
STORE(u32, uint32_t, )
STORE(i32, int32_t, )
STORE(f64, double, )

void WSI_CPU(store_row)(void *dst, wsi_dtype type, const float *src, size_t n)
{
    switch (type) {
    case WSI_BOOL:
        store_bool((uint8_t *)dst, src, n);
        break;
    case WSI_U8:
        store_u8((uint8_t *)dst, src, n);
        break;
    case WSI_I8:
        store_i8((int8_t *)dst, src, n);
        break;
    case WSI_U16:
        store_u16((uint16_t *)dst, src, n);
        break;
    case WSI_I16:
        store_i16((int16_t *)dst, src, n);
        break;
    case WSI_U32:
        store_u32((uint32_t *)dst, src, n);
        break;
    case WSI_I32:
        store_i32((int32_t *)dst, src, n);
        break;
    case WSI_F64:
        store_f64((double *)dst, src, n);
        break;
    default:
        if (dst != (const void *)src) memcpy(dst, src, n * sizeof(float));
        break;
    }
}
