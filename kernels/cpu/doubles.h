/* Rows of samples as float64, for operations whose results hang on differences that float32 does not hold. */
#ifndef WSI_CPU_DOUBLES_H
#define WSI_CPU_DOUBLES_H

#include "kernels/op.h"
#include "rows.h"

#define WSI_DOUBLES_OF(name, ctype)                                                                                    \
    static inline void wsi_doubles_##name(double *restrict to, const void *from, size_t n)                             \
    {                                                                                                                  \
        const ctype *restrict in = (const ctype *)from;                                                                \
        for (size_t i = 0; i < n; i++) to[i] = (double)in[i];                                                          \
    }

WSI_DOUBLES_OF(f64, double)
WSI_DOUBLES_OF(u32, uint32_t)
WSI_DOUBLES_OF(i32, int32_t)

/* n samples, unscaled and unrounded. symmetric as for load_row. */
static inline void wsi_load_doubles(double *to, const void *from, wsi_dtype type, int symmetric, size_t n)
{
    enum { CHUNK = 256 };
    float v[CHUNK];
    const char *in = (const char *)from;
    if (type == WSI_F64) wsi_doubles_f64(to, from, n);
    if (type == WSI_U32) wsi_doubles_u32(to, from, n);
    if (type == WSI_I32) wsi_doubles_i32(to, from, n);
    if (type == WSI_I32 && symmetric)
        for (size_t i = 0; i < n; i++) to[i] = to[i] < -2147483647.0 ? -2147483647.0 : to[i];
    if (type == WSI_F64 || type == WSI_U32 || type == WSI_I32) return;
    for (size_t i = 0; i < n; i += CHUNK) {
        const size_t count = n - i < CHUNK ? n - i : CHUNK;
        WSI_CPU(load_row)(v, in + i * wsi_dtype_size(type), type, symmetric, count);
        for (size_t k = 0; k < count; k++) to[i + k] = (double)v[k];
    }
}

#endif
