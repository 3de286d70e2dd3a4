/* References of arithmetic, comparison and logic, and of moving channels. */
#include "checkop.h"

#include <math.h>
#include <string.h>

#include "kernels/arithmetic.h"

static int64_t samples(const plane *p)
{
    return p->w * p->h * p->channels;
}

/* Sample of a second operand that may have one channel. A number is float32 where the image's type fits in that. */
static double other_at(const oprun *run, const char *name, const plane *in, int64_t i)
{
    const int image = checkop_image(run, name);
    const double value = checkop_number(run, name);
    if (image < 0) return wsi_dtype_wide(in[0].type) ? value : (double)(float)value;
    return in[image].v[in[image].channels == in[0].channels ? i : i / in[0].channels];
}

static double rounded(double v, wsi_dtype type)
{
    return type == WSI_F32 ? (double)(float)v : v;
}

#define BINARY(name, expression)                                                                                       \
    static void ref_##name(const oprun *run, const plane *in, plane *out)                                              \
    {                                                                                                                  \
        for (int64_t i = 0; i < samples(out); i++) {                                                                   \
            const double a = in->v[i], b = other_at(run, "other", in, i);                                              \
            out->v[i] = rounded(expression, out->type);                                                                \
        }                                                                                                              \
    }

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a *b)
BINARY(divide, a / b)
BINARY(power, pow(rounded(a, WSI_F32), rounded(b, WSI_F32)))
BINARY(minimum, isnan(a) || isnan(b) ? NAN : fmin(a, b))
BINARY(maximum, isnan(a) || isnan(b) ? NAN : fmax(a, b))
BINARY(logical_and, a != 0 && b != 0)
BINARY(logical_or, a != 0 || b != 0)
BINARY(logical_xor, (a != 0) != (b != 0))

#define UNARY(name, expression)                                                                                        \
    static void ref_##name(const oprun *run, const plane *in, plane *out)                                              \
    {                                                                                                                  \
        (void)run;                                                                                                     \
        for (int64_t i = 0; i < samples(out); i++) {                                                                   \
            const double a = in->v[i];                                                                                 \
            out->v[i] = rounded(expression, out->type);                                                                \
        }                                                                                                              \
    }

UNARY(logical_not, a == 0)
UNARY(sqrt, sqrt(a))
UNARY(log, log(a))
UNARY(exp, exp(a))

static void ref_abs(const oprun *run, const plane *in, plane *out)
{
    (void)run;
    const double least = in->type == WSI_I8    ? -128
                         : in->type == WSI_I16 ? -32768
                         : in->type == WSI_I32 ? -2147483648.0
                                               : -HUGE_VAL;
    for (int64_t i = 0; i < samples(out); i++) out->v[i] = in->v[i] == least ? least : fabs(in->v[i]);
}

static void ref_clip(const oprun *run, const plane *in, plane *out)
{
    const double lo = checkop_number(run, "min"), hi = checkop_number(run, "max");
    for (int64_t i = 0; i < samples(out); i++)
        out->v[i] = rounded(in->v[i] < lo ? fmin(lo, hi) : in->v[i] > hi ? hi : in->v[i], out->type);
}

static int holds(const char *op, double a, double b)
{
    if (strcmp(op, "greater") == 0) return a > b;
    if (strcmp(op, "greater_equal") == 0) return a >= b;
    if (strcmp(op, "less") == 0) return a < b;
    if (strcmp(op, "less_equal") == 0) return a <= b;
    return strcmp(op, "equal") == 0 ? a == b : a != b;
}

/* Only for float32 is a number rounded to it. */
static void ref_compare(const oprun *run, const plane *in, plane *out)
{
    const int number = checkop_image(run, "other") < 0;
    const double value = rounded(checkop_number(run, "other"), in->type);
    for (int64_t i = 0; i < samples(out); i++)
        out->v[i] = holds(checkop_word(run, "op"), in->v[i], number ? value : other_at(run, "other", in, i));
}

static void ref_threshold(const oprun *run, const plane *in, plane *out)
{
    const double level = rounded(checkop_number(run, "value"), in->type);
    for (int64_t i = 0; i < samples(out); i++) out->v[i] = in->v[i] > level;
}

static void ref_mask(const oprun *run, const plane *in, plane *out)
{
    const double fill = checkop_number(run, "fill");
    for (int64_t i = 0; i < samples(out); i++)
        out->v[i] = other_at(run, "mask", in, i) != 0 ? in->v[i] : rounded(fill, out->type);
}

static void ref_where(const oprun *run, const plane *in, plane *out)
{
    for (int64_t i = 0; i < samples(out); i++)
        out->v[i] =
            rounded(other_at(run, "condition", in, i) != 0 ? in->v[i] : other_at(run, "other", in, i), out->type);
}

static void ref_stack(const oprun *run, const plane *in, plane *out)
{
    const int given[] = {0, checkop_image(run, "second"), checkop_image(run, "third"), checkop_image(run, "fourth")};
    for (int64_t i = 0; i < out->w * out->h; i++) {
        double *to = out->v + i * out->channels;
        for (int k = 0; k < 4; k++)
            for (int c = 0; given[k] >= 0 && c < in[given[k]].channels; c++)
                *to++ = in[given[k]].v[i * in[given[k]].channels + c];
    }
}

static void ref_unstack(const oprun *run, const plane *in, plane *out)
{
    for (int64_t i = 0; i < samples(out); i++)
        out->v[i] =
            in->v[i / out->channels * in->channels + (int)checkop_list(run, "channels", (int)(i % out->channels))];
}

/* Levels at and beyond the ends of types; whole and halved. */
static const char *const compare_levels[] = {"compare:other=-1,op=greater",
                                             "compare:other=0,op=less",
                                             "compare:other=-0.5,op=greater_equal",
                                             "compare:other=255,op=greater",
                                             "compare:other=255,op=greater_equal",
                                             "compare:other=32767.5,op=less_equal",
                                             "compare:other=-32768,op=less",
                                             "compare:other=-32769,op=less_equal",
                                             "compare:other=1e300,op=equal",
                                             "compare:other=256,op=not_equal",
                                             "compare:other=0,op=equal",
                                             NULL};
static const char *const unstack_orders[] = {"unstack:channels=0", "unstack:channels=[0,0]",
                                             "unstack:channels=[0,0,0,0,0,0]", NULL};
static const char *const clip_ends[] = {"clip:min=3,max=-3", "clip:min=-0.5,max=300", NULL};
static const char *const powers[] = {"power:other=0", "power:other=2", "power:other=-3", "power:other=0.5", NULL};

const checkop_row checkop_arithmetic_rows[] = {
    {"abs", ref_abs, NULL},
    {"add", ref_add, NULL},
    {"clip", ref_clip, clip_ends},
    {"compare", ref_compare, compare_levels},
    {"divide", ref_divide, NULL},
    {"exp", ref_exp, NULL},
    {"log", ref_log, NULL},
    {"logical_and", ref_logical_and, NULL},
    {"logical_not", ref_logical_not, NULL},
    {"logical_or", ref_logical_or, NULL},
    {"logical_xor", ref_logical_xor, NULL},
    {"mask", ref_mask, NULL},
    {"maximum", ref_maximum, NULL},
    {"minimum", ref_minimum, NULL},
    {"multiply", ref_multiply, NULL},
    {"power", ref_power, powers},
    {"sqrt", ref_sqrt, NULL},
    {"stack", ref_stack, NULL},
    {"subtract", ref_subtract, NULL},
    {"threshold", ref_threshold, NULL},
    {"unstack", ref_unstack, unstack_orders},
    {"where", ref_where, NULL},
    {NULL, NULL, NULL},
};
