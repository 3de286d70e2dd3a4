/* The compare and threshold kernels: loops of each way to compare for each sample type. Images of two types are
 * compared as float32, or as float64 where that would round. */
#include "kernels/arithmetic.h"
#include "kernels/compare.h"
#include "operand.h"

typedef void (*images_fn)(uint8_t *restrict to, const void *restrict a, const void *restrict b, int flip, int64_t n);

#define IMAGES(how, name, ctype, sign)                                                                                 \
    static void how##_##name(uint8_t *restrict to, const void *restrict a, const void *restrict b, int flip,           \
                             int64_t n)                                                                                \
    {                                                                                                                  \
        const ctype *p = (const ctype *)a, *q = (const ctype *)b;                                                      \
        for (int64_t i = 0; i < n; i++) to[i] = (uint8_t)((p[i] sign q[i]) ^ flip);                                    \
    }

/* level lies within the type's range or one beyond it. */
#define NUMBER(how, name, ctype, wide, sign)                                                                           \
    static void how##_level_##name(uint8_t *restrict to, const ctype *restrict p, wide level, int flip, int64_t n)     \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) to[i] = (uint8_t)(((wide)p[i] sign level) ^ flip);                             \
    }

/* negative: -1 to compare -x with -level. */
#define REAL(how, name, ctype, sign)                                                                                   \
    static void how##_level_##name(uint8_t *restrict to, const ctype *restrict p, ctype level, ctype negative,         \
                                   int flip, int64_t n)                                                                \
    {                                                                                                                  \
        const ctype l = level * negative;                                                                              \
        for (int64_t i = 0; i < n; i++) to[i] = (uint8_t)((p[i] * negative sign l) ^ flip);                            \
    }

#define EACH_IMAGES(name, ctype)                                                                                       \
    IMAGES(above, name, ctype, >)                                                                                      \
    IMAGES(at_least, name, ctype, >=)                                                                                  \
    IMAGES(same, name, ctype, ==)
#define INTEGER(name, ctype, wide)                                                                                     \
    EACH_IMAGES(name, ctype)                                                                                           \
    NUMBER(above, name, ctype, wide, >)                                                                                \
    NUMBER(same, name, ctype, wide, ==)
#define FLOAT(name, ctype)                                                                                             \
    EACH_IMAGES(name, ctype)                                                                                           \
    REAL(above, name, ctype, >)                                                                                        \
    REAL(at_least, name, ctype, >=)                                                                                    \
    REAL(same, name, ctype, ==)

INTEGER(u8, uint8_t, int16_t)
INTEGER(i8, int8_t, int16_t)
INTEGER(u16, uint16_t, int32_t)
INTEGER(i16, int16_t, int32_t)
INTEGER(u32, uint32_t, int64_t)
INTEGER(i32, int32_t, int64_t)
FLOAT(f32, float)
FLOAT(f64, double)

#define BY_TYPE(how)                                                                                                   \
    {                                                                                                                  \
        how##_u8, how##_u8, how##_i8, how##_u16, how##_i16, how##_u32, how##_i32, how##_f32, how##_f64                 \
    }
static const images_fn images[WSI_HOW_COUNT][WSI_DTYPE_COUNT] = {BY_TYPE(above), BY_TYPE(at_least), BY_TYPE(same)};

static void integers(uint8_t *to, const void *a, wsi_dtype type, const wsi_compare_state *s, int64_t n)
{
    const int same = s->how == WSI_HOW_SAME;
#define CASE(value, name, ctype, wide)                                                                                 \
    case value:                                                                                                        \
        (same ? same_level_##name : above_level_##name)(to, (const ctype *)a, (wide)s->level, s->flip, n);             \
        break;
    switch (type) {
        CASE(WSI_I8, i8, int8_t, int16_t)
        CASE(WSI_U16, u16, uint16_t, int32_t)
        CASE(WSI_I16, i16, int16_t, int32_t)
        CASE(WSI_U32, u32, uint32_t, int64_t)
        CASE(WSI_I32, i32, int32_t, int64_t)
    default:
        (same ? same_level_u8 : above_level_u8)(to, (const uint8_t *)a, (int16_t)s->level, s->flip, n);
        break;
    }
#undef CASE
}

static void compare_number(const wsi_run *run, const void *how)
{
    const wsi_compare_state *s = (const wsi_compare_state *)how;
    const void *a = WSI_CPU(operand_at)(run, 0);
    const wsi_dtype type = run->args->src[0].fmt.type;
    uint8_t *to = (uint8_t *)run->to;
    const double negative = s->negate ? -1 : 1;
    if (type == WSI_F32)
        (s->how == WSI_HOW_ABOVE ? above_level_f32
         : s->how == WSI_HOW_AT_LEAST
             ? at_least_level_f32
             : same_level_f32)(to, (const float *)a, s->level_f32, (float)negative, s->flip, run->samples);
    else if (type == WSI_F64)
        (s->how == WSI_HOW_ABOVE ? above_level_f64
         : s->how == WSI_HOW_AT_LEAST
             ? at_least_level_f64
             : same_level_f64)(to, (const double *)a, s->level_f64, negative, s->flip, run->samples);
    else
        integers(to, a, type, s, run->samples);
}

static void compare_images(const wsi_run *run, const void *how)
{
    const wsi_compare_state *s = (const wsi_compare_state *)how;
    const int other = ((const wsi_compare_params *)run->args->params)->other.image;
    const wsi_dtype one = run->args->src[0].fmt.type, two = run->args->src[other].fmt.type;
    const int wide = wsi_dtype_wide(one) || wsi_dtype_wide(two);
    wsi_run_buffer a, b;
    const void *p, *q;
    if (one == two)
        p = WSI_CPU(operand_row)(run, 0, &a), q = WSI_CPU(operand_row)(run, other, &b);
    else if (wide)
        p = WSI_CPU(operand_f64)(run, 0, &a), q = WSI_CPU(operand_f64)(run, other, &b);
    else
        p = WSI_CPU(operand_f32)(run, 0, &a), q = WSI_CPU(operand_f32)(run, other, &b);
    const wsi_dtype type = one == two ? one : wide ? WSI_F64 : WSI_F32;
    images[s->how][type]((uint8_t *)run->to, s->negate ? q : p, s->negate ? p : q, s->flip, run->samples);
}

WSI_CPU_KERNEL(threshold)
{
    wsi_each_run(args, compare_number, args->state);
}

WSI_CPU_KERNEL(compare)
{
    const int number = ((const wsi_compare_params *)args->params)->other.image < 0;
    wsi_each_run(args, number ? compare_number : compare_images, args->state);
}
