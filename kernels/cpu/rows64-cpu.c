/* Loops of load_row64 and store_row64: one for each sample type. */
#include "rows64.h"

#include <stdint.h>

#include "kernels/px/cast-px.h"

#define LOAD_AND_STORE(name, ctype, arg)                                                                               \
    static void load_##name(double *restrict dst, const void *restrict src, size_t n)                                  \
    {                                                                                                                  \
        const ctype *p = (const ctype *)src;                                                                           \
        for (size_t i = 0; i < n; i++) dst[i] = (double)p[i];                                                          \
    }                                                                                                                  \
    static void store_##name(void *restrict dst, const double *restrict src, size_t n)                                 \
    {                                                                                                                  \
        ctype *p = (ctype *)dst;                                                                                       \
        for (size_t i = 0; i < n; i++) p[i] = (ctype)src[i];                                                           \
    }

WSI_PX_TYPES(LOAD_AND_STORE, )

typedef void (*load_fn)(double *restrict dst, const void *restrict src, size_t n);
typedef void (*store_fn)(void *restrict dst, const double *restrict src, size_t n);

static const load_fn loads[WSI_DTYPE_COUNT] = {load_bool, load_u8,  load_i8,  load_u16, load_i16,
                                               load_u32,  load_i32, load_f32, load_f64};
static const store_fn stores[WSI_DTYPE_COUNT] = {store_bool, store_u8,  store_i8,  store_u16, store_i16,
                                                 store_u32,  store_i32, store_f32, store_f64};

void WSI_CPU(load_row64)(double *dst, const void *src, wsi_dtype type, size_t n)
{
    loads[type](dst, src, n);
}

void WSI_CPU(store_row64)(void *dst, wsi_dtype type, const double *src, size_t n)
{
    stores[type](dst, src, n);
}
