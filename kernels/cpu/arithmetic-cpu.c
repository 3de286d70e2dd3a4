/* The kernels of arithmetic on two operands, and clip and abs: in float32 or float64 with float32 results, or in an
 * image's own type (bounds, absolute values). */
#include "kernels/arithmetic.h"
#include "kernels/px/arithmetic-px.h"
#include "kernels/px/cast-px.h"
#include "kernels/px/rescale-px.h"
#include "operand.h"
#include "rows.h"

/* ---- float32 results ---- */

/* f64 is NULL for what is always computed in float32. */
typedef struct arithmetic {
    void (*f32)(float *restrict out, const float *restrict a, const float *restrict b, int64_t n);
    void (*f32_number)(float *restrict out, const float *restrict a, float b, int64_t n);
    void (*f64)(float *restrict out, const double *restrict a, const double *restrict b, int64_t n);
    void (*f64_number)(float *restrict out, const double *restrict a, double b, int64_t n);
} arithmetic;

#define ARITHMETIC_IN(name, width, ctype)                                                                              \
    static void name##_##width(float *restrict out, const ctype *restrict a, const ctype *restrict b, int64_t n)       \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) out[i] = (float)wsi_px_##name##_##width(a[i], b[i]);                           \
    }                                                                                                                  \
    static void name##_##width##_number(float *restrict out, const ctype *restrict a, ctype b, int64_t n)              \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) out[i] = (float)wsi_px_##name##_##width(a[i], b);                              \
    }

#define ARITHMETIC(name)                                                                                               \
    ARITHMETIC_IN(name, f32, float)                                                                                    \
    ARITHMETIC_IN(name, f64, double)                                                                                   \
    static const arithmetic name = {name##_f32, name##_f32_number, name##_f64, name##_f64_number};

ARITHMETIC(add)
ARITHMETIC(subtract)
ARITHMETIC(multiply)
ARITHMETIC(divide)
ARITHMETIC(minimum)
ARITHMETIC(maximum)

static void power_f32(float *restrict out, const float *restrict a, const float *restrict b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out[i] = wsi_px_power_f32(a[i], b[i]);
}

/* Loops for exponents that are known to the compiler. */
#define POWER_BY(name, exponent)                                                                                       \
    static void power_##name(float *restrict out, const float *restrict a, int64_t n)                                  \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) out[i] = wsi_px_power_by(a[i], exponent);                                      \
    }

POWER_BY(inverse, -1.0f)
POWER_BY(half, 0.5f)
POWER_BY(one_half, 1.5f)
POWER_BY(two, 2.0f)
POWER_BY(two_half, 2.5f)
POWER_BY(three, 3.0f)
POWER_BY(four, 4.0f)

static const struct {
    float exponent;
    void (*loop)(float *restrict out, const float *restrict a, int64_t n);
} usual_powers[] = {{-1.0f, power_inverse}, {0.5f, power_half},  {1.5f, power_one_half}, {2.0f, power_two},
                    {2.5f, power_two_half}, {3.0f, power_three}, {4.0f, power_four}};

/* With another exponent for all, compilers branch on what it is, and then do not vectorise. */
static void power_f32_number(float *restrict out, const float *restrict a, float b, int64_t n)
{
    float each[WSI_RUN_SAMPLES];
    for (size_t k = 0; k < sizeof usual_powers / sizeof *usual_powers; k++) {
        if (usual_powers[k].exponent != b) continue;
        usual_powers[k].loop(out, a, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) each[i] = b;
    power_f32(out, a, each, n);
}

static const arithmetic power = {power_f32, power_f32_number, NULL, NULL};

static void combine(const wsi_run *run, const arithmetic *op, wsi_operand other, float *out)
{
    const wsi_image *src = run->args->src;
    const int any_wide =
        wsi_dtype_wide(src[0].fmt.type) || (other.image >= 0 && wsi_dtype_wide(src[other.image].fmt.type));
    const int wide = op->f64 && any_wide;
    wsi_run_buffer a, b;
    if (wide && other.image >= 0)
        op->f64(out, WSI_CPU(operand_f64)(run, 0, &a), WSI_CPU(operand_f64)(run, other.image, &b), run->samples);
    else if (wide)
        op->f64_number(out, WSI_CPU(operand_f64)(run, 0, &a), other.value, run->samples);
    else if (other.image >= 0)
        op->f32(out, WSI_CPU(operand_f32)(run, 0, &a), WSI_CPU(operand_f32)(run, other.image, &b), run->samples);
    else
        op->f32_number(out, WSI_CPU(operand_f32)(run, 0, &a), (float)other.value, run->samples);
}

/* how: arithmetic. */
static void combine_run(const wsi_run *run, const void *how)
{
    const wsi_operand other = ((const wsi_arithmetic_params *)run->args->params)->other;
    const wsi_dtype type = run->args->dst.fmt.type;
    float out[WSI_RUN_SAMPLES];
    combine(run, (const arithmetic *)how, other, type == WSI_F32 ? (float *)run->to : out);
    if (type != WSI_F32) WSI_CPU(store_row)(run->to, type, out, (size_t)run->samples);
}

#define KERNEL(name)                                                                                                   \
    WSI_CPU_KERNEL(name)                                                                                               \
    {                                                                                                                  \
        wsi_each_run(args, combine_run, &name);                                                                        \
    }

KERNEL(add)
KERNEL(subtract)
KERNEL(multiply)
KERNEL(divide)
KERNEL(power)

/* ---- in the image's own type ---- */

typedef void (*pick_fn)(void *restrict out, const void *restrict a, const void *restrict b, int64_t n);
typedef void (*bound_fn)(void *restrict out, const void *restrict a, const wsi_bound_state *ends, int64_t n);
typedef void (*size_fn)(void *restrict out, const void *restrict a, int64_t n);

#define PICK(name, type, ctype, expression)                                                                            \
    static void name##_##type##_own(void *restrict out, const void *restrict a, const void *restrict b, int64_t n)     \
    {                                                                                                                  \
        const ctype *p = (const ctype *)a, *q = (const ctype *)b;                                                      \
        ctype *to = (ctype *)out;                                                                                      \
        for (int64_t i = 0; i < n; i++) to[i] = expression;                                                            \
    }

/* NaN stays; high wins over low. */
#define BOUND(type, ctype)                                                                                             \
    static void bound_##type(void *restrict out, const void *restrict a, const wsi_bound_state *ends, int64_t n)       \
    {                                                                                                                  \
        const ctype *p = (const ctype *)a;                                                                             \
        ctype *to = (ctype *)out, low, high;                                                                           \
        memcpy(&low, ends->low, sizeof low);                                                                           \
        memcpy(&high, ends->high, sizeof high);                                                                        \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const ctype v = p[i] < low ? low : p[i];                                                                   \
            to[i] = v > high ? high : v;                                                                               \
        }                                                                                                              \
    }

#define INTEGER(type, ctype)                                                                                           \
    PICK(minimum, type, ctype, q[i] < p[i] ? q[i] : p[i])                                                              \
    PICK(maximum, type, ctype, q[i] > p[i] ? q[i] : p[i])                                                              \
    BOUND(type, ctype)

/* Sign bits are cleared as unsigned integers, in which the least value is its own negative. */
#define SIZE(type, ctype, utype, negative, opposite)                                                                   \
    static void size_##type(void *restrict out, const void *restrict a, int64_t n)                                     \
    {                                                                                                                  \
        const ctype *p = (const ctype *)a;                                                                             \
        utype *to = (utype *)out;                                                                                      \
        for (int64_t i = 0; i < n; i++) to[i] = negative ? (utype)(opposite) : (utype)p[i];                            \
    }
#define SIZE_INTEGER(type, ctype, utype) SIZE(type, ctype, utype, p[i] < 0, 0u - (utype)p[i])
#define SIZE_FLOAT(type, utype, top)                                                                                   \
    static void size_##type(void *restrict out, const void *restrict a, int64_t n)                                     \
    {                                                                                                                  \
        const utype *p = (const utype *)a;                                                                             \
        utype *to = (utype *)out;                                                                                      \
        for (int64_t i = 0; i < n; i++) to[i] = p[i] & ~(top);                                                         \
    }

INTEGER(u8, uint8_t)
INTEGER(i8, int8_t)
INTEGER(u16, uint16_t)
INTEGER(i16, int16_t)
INTEGER(u32, uint32_t)
INTEGER(i32, int32_t)
BOUND(f32, float)
BOUND(f64, double)
PICK(minimum, f64, double, wsi_px_minimum_f64(p[i], q[i]))
PICK(maximum, f64, double, wsi_px_maximum_f64(p[i], q[i]))
SIZE_INTEGER(i8, int8_t, uint8_t)
SIZE_INTEGER(i16, int16_t, uint16_t)
SIZE_INTEGER(i32, int32_t, uint32_t)
SIZE_FLOAT(f32, uint32_t, UINT32_C(1) << 31)
SIZE_FLOAT(f64, uint64_t, UINT64_C(1) << 63)

/* By type; float32 has combine. */
static const pick_fn least[WSI_DTYPE_COUNT] = {minimum_u8_own,  minimum_u8_own,  minimum_i8_own,  minimum_u16_own,
                                               minimum_i16_own, minimum_u32_own, minimum_i32_own, NULL,
                                               minimum_f64_own};
static const pick_fn greatest[WSI_DTYPE_COUNT] = {maximum_u8_own,  maximum_u8_own,  maximum_i8_own,  maximum_u16_own,
                                                  maximum_i16_own, maximum_u32_own, maximum_i32_own, NULL,
                                                  maximum_f64_own};
static const bound_fn bound[WSI_DTYPE_COUNT] = {bound_u8,  bound_u8,  bound_i8,  bound_u16, bound_i16,
                                                bound_u32, bound_i32, bound_f32, bound_f64};
/* NULL: nothing has a sign. */
static const size_fn sizes[WSI_DTYPE_COUNT] = {NULL, NULL, size_i8, NULL, size_i16, NULL, size_i32, size_f32, size_f64};

static void bound_run(const wsi_run *run, const void *how)
{
    const wsi_dtype own = run->args->src[0].fmt.type, type = run->args->dst.fmt.type;
    wsi_run_buffer buffer;
    const void *a = own == type ? WSI_CPU(operand_row)(run, 0, &buffer) : WSI_CPU(operand_f32)(run, 0, &buffer);
    bound[type](run->to, a, (const wsi_bound_state *)how, run->samples);
}

/* how: a table of pick_fn. */
static void pick_run(const wsi_run *run, const void *how)
{
    const int other = ((const wsi_arithmetic_params *)run->args->params)->other.image;
    wsi_run_buffer a, b;
    ((const pick_fn *)how)[run->args->dst.fmt.type](run->to, WSI_CPU(operand_row)(run, 0, &a),
                                                    WSI_CPU(operand_row)(run, other, &b), run->samples);
}

static void size_run(const wsi_run *run, const void *how)
{
    const wsi_pixfmt fmt = run->args->dst.fmt;
    const void *from = WSI_CPU(operand_at)(run, 0);
    (void)how;
    if (sizes[fmt.type])
        sizes[fmt.type](run->to, from, run->samples);
    else
        memcpy(run->to, from, (size_t)run->samples * wsi_dtype_size(fmt.type));
}

static void extreme(const wsi_kernel_args *args, const arithmetic *op, const pick_fn *own)
{
    const int number = ((const wsi_arithmetic_params *)args->params)->other.image < 0;
    if (number)
        wsi_each_run(args, bound_run, args->state);
    else if (args->dst.fmt.type == WSI_F32)
        wsi_each_run(args, combine_run, op);
    else
        wsi_each_run(args, pick_run, own);
}

WSI_CPU_KERNEL(minimum)
{
    extreme(args, &minimum, least);
}

WSI_CPU_KERNEL(maximum)
{
    extreme(args, &maximum, greatest);
}

WSI_CPU_KERNEL(clip)
{
    wsi_each_run(args, bound_run, args->state);
}

WSI_CPU_KERNEL(abs)
{
    wsi_each_run(args, size_run, NULL);
}
