/* References of the point-wise operations. */
#include "checkop.h"

#include <math.h>
#include <string.h>

static int64_t samples(const plane *p)
{
    return p->w * p->h * p->channels;
}

static double type_max(wsi_dtype type)
{
    static const double max[WSI_DTYPE_COUNT] = {1, 255, 127, 65535, 32767, 4294967295.0, 2147483647.0, 1, 1};
    return max[type];
}

static int is_float(wsi_dtype type)
{
    return type == WSI_F32 || type == WSI_F64;
}

static int is_signed(wsi_dtype type)
{
    return type == WSI_I8 || type == WSI_I16 || type == WSI_I32;
}

static int bits(wsi_dtype type)
{
    return (int)wsi_dtype_size(type) * 8 - is_signed(type);
}

/* Integers from n to m bits: exactly, by way of the next multiple of n. */
static double scale_bits(double v, int n, int m)
{
    if (n >= m) return floor(v / exp2(n - m));
    const int wide = (m + n - 1) / n * n;
    const __int128 factor = (((__int128)1 << wide) - 1) / (((__int128)1 << n) - 1);
    return (double)(((__int128)v * factor) >> (wide - m));
}

static double clip(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Float to integer, in float32 when the source is float32. */
static double float_to_int(double v, wsi_dtype from, wsi_dtype to)
{
    const double max = type_max(to), min = is_signed(to) ? -max - 1 : 0;
    const double factor = is_signed(to) ? (max - min) / 2 : max, shift = is_signed(to) ? 0.5 : 0;
    if (isnan(v)) return 0;
    const double scaled = from == WSI_F32 ? (double)((float)v * (float)factor - (float)shift) : v * factor - shift;
    return clip(nearbyint(scaled), min, max);
}

static double int_to_int(double v, wsi_dtype from, wsi_dtype to)
{
    if (!is_signed(from)) return scale_bits(v, bits(from), bits(to));
    if (!is_signed(to)) return v < 0 ? 0 : scale_bits(v, bits(from), bits(to));
    if (bits(from) > bits(to)) return scale_bits(v, bits(from), bits(to));
    return scale_bits(v + type_max(from) + 1, bits(from) + 1, bits(to) + 1) - type_max(to) - 1;
}

static double cast_value(double v, wsi_dtype from, wsi_dtype to)
{
    if (from == to) return v;
    if (to == WSI_BOOL) return v > (is_float(from) ? 0.5 : floor(type_max(from) / 2));
    if (from == WSI_BOOL) return v != 0 ? type_max(to) : 0;
    if (is_float(from)) return is_float(to) ? (to == WSI_F32 ? (double)(float)v : v) : float_to_int(v, from, to);
    if (!is_float(to)) return int_to_int(v, from, to);
    if (to == WSI_F32) return fmax((double)((float)v * (float)(1 / type_max(from))), -1);
    return fmax(v * (1 / type_max(from)), -1);
}

static void ref_cast(const oprun *run, const plane *in, plane *out)
{
    (void)run;
    for (int64_t i = 0; i < samples(out); i++) out->v[i] = cast_value(in->v[i], in->type, out->type);
}

static void ref_channel(const oprun *run, const plane *in, plane *out)
{
    const int index = (int)checkop_number(run, "index");
    for (int64_t i = 0; i < samples(out); i++) out->v[i] = in->v[i * in->channels + index];
}

static void ref_invert(const oprun *run, const plane *in, plane *out)
{
    const double top = is_signed(in->type) ? -1 : type_max(in->type);
    const int negate = is_float(in->type) && checkop_number(run, "signed_float") != 0;
    for (int64_t i = 0; i < samples(out); i++) {
        const double v = negate ? -in->v[i] : top - in->v[i];
        out->v[i] = in->type == WSI_F32 ? (double)(float)v : v;
    }
}

static void ref_gray(const oprun *run, const plane *in, plane *out)
{
    (void)run;
    for (int64_t i = 0; i < samples(out); i++)
        out->v[i] = 0.2125 * checkop_as_float(in->type, in->v[3 * i]) +
                    0.7154 * checkop_as_float(in->type, in->v[3 * i + 1]) +
                    0.0721 * checkop_as_float(in->type, in->v[3 * i + 2]);
}

static const double stains[3][3] = {{0.65, 0.70, 0.29}, {0.07, 0.99, 0.11}, {0.27, 0.57, 0.78}};

/* Solves x * stains = b by Cramer's rule. */
static void unmix(const double b[3], double x[3])
{
    const double(*m)[3] = stains;
    const double det = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                       m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                       m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    for (int i = 0; i < 3; i++) {
        double n[3][3];
        memcpy(n, m, sizeof n);
        memcpy(n[i], b, sizeof n[i]);
        x[i] = (n[0][0] * (n[1][1] * n[2][2] - n[1][2] * n[2][1]) - n[0][1] * (n[1][0] * n[2][2] - n[1][2] * n[2][0]) +
                n[0][2] * (n[1][0] * n[2][1] - n[1][1] * n[2][0])) /
               det;
    }
}

static void ref_rgb2hed(const oprun *run, const plane *in, plane *out)
{
    (void)run;
    for (int64_t i = 0; i < in->w * in->h; i++) {
        double a[3], x[3];
        for (int c = 0; c < 3; c++) a[c] = log(fmax(checkop_as_float(in->type, in->v[3 * i + c]), 1e-6)) / log(1e-6);
        unmix(a, x);
        for (int c = 0; c < 3; c++) out->v[3 * i + c] = fmax(x[c], 0);
    }
}

static void ref_hed2rgb(const oprun *run, const plane *in, plane *out)
{
    (void)run;
    for (int64_t i = 0; i < in->w * in->h; i++)
        for (int j = 0; j < 3; j++) {
            double sum = 0;
            for (int c = 0; c < 3; c++) sum += checkop_as_float(in->type, in->v[3 * i + c]) * stains[c][j];
            out->v[3 * i + j] = fmin(exp(sum * log(1e-6)), 1);
        }
}

const checkop_row checkop_point_rows[] = {
    {"cast", ref_cast, NULL},     {"channel", ref_channel, NULL}, {"invert", ref_invert, NULL},
    {"rgb2gray", ref_gray, NULL}, {"rgb2hed", ref_rgb2hed, NULL}, {"hed2rgb", ref_hed2rgb, NULL},
    {NULL, NULL, NULL},
};
