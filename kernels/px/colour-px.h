/* Conversions between colour spaces, one pixel each, in float64 and rounded to float32 at the end: what Lab, hue and
 * linear RGB make of small differences would not survive float32. Formulas, constants and the order of comparisons are
 * scikit-image 0.26's color module; its linear RGB is sRGB's. */
#ifndef WSI_COLOUR_PX_H
#define WSI_COLOUR_PX_H

#include "math-px.h"
#include "stain-px.h"

/* What a conversion takes beside the pixel: a matrix whose rows give the results, what is added to them or, for Lab,
 * its white point. */
typedef struct wsi_px_space {
    double m[3][3];
    double add[3];
    double white[3];
    /* 1: samples lie within -WSI_PX_TAME..WSI_PX_TAME, or are NaN where there are roots: these take math-px.h's shorter
     * way, and saturations need no look at what is infinite or NaN. */
    int tame;
} wsi_px_space;

#define WSI_PX_TAME 1048576.0f

/* A pixel in, and out. */
typedef struct wsi_px_triple {
    double a, b, c;
} wsi_px_triple;

typedef struct wsi_px_colour {
    float a, b, c;
} wsi_px_colour;

static WSI_HD wsi_px_triple wsi_px_triple_of(double a, double b, double c)
{
    wsi_px_triple t;
    t.a = a;
    t.b = b;
    t.c = c;
    return t;
}

static WSI_HD wsi_px_colour wsi_px_colour_of(double a, double b, double c)
{
    wsi_px_colour t;
    t.a = (float)a;
    t.b = (float)b;
    t.c = (float)c;
    return t;
}

/* Largest whole number not above v, for |v| < 2^51. */
static WSI_HD double wsi_px_floor_f64(double v)
{
    const double r = (v + 6755399441055744.0) - 6755399441055744.0;
    return r > v ? r - 1.0 : r;
}

/* 0..1, but NaN stays. */
static WSI_HD double wsi_px_unit_f64(double v)
{
    const double low = v < 0.0 ? 0.0 : v;
    return low > 1.0 ? 1.0 : low;
}

static WSI_HD wsi_px_triple wsi_px_affine(wsi_px_space s, wsi_px_triple v)
{
    return wsi_px_triple_of(((s.m[0][0] * v.a + s.m[0][1] * v.b) + s.m[0][2] * v.c) + s.add[0],
                            ((s.m[1][0] * v.a + s.m[1][1] * v.b) + s.m[1][2] * v.c) + s.add[1],
                            ((s.m[2][0] * v.a + s.m[2][1] * v.b) + s.m[2][2] * v.c) + s.add[2]);
}

/* sRGB's transfer function, to linear light. */
static WSI_HD double wsi_px_linear_by(double v, int tame)
{
    const double x = (v + 0.055) * (1.0 / 1.055), power = tame ? wsi_px_pow_2_4_of(x, 1) : wsi_px_pow_2_4(x);
    return v > 0.04045 ? power : v * (1.0 / 12.92);
}

static WSI_HD double wsi_px_linear(double v)
{
    return wsi_px_linear_by(v, 0);
}

/* And back, clipped to 0..1, in float32: x^(1/2.4) is the square root of x^(1/2) x^(1/3). tame: 1 where v is at most
 * 2^100; below the end of the straight line the power is not looked at. */
static WSI_HD float wsi_px_nonlinear_by(double v, int tame)
{
    const float x = (float)v, third = wsi_px_cbrt_by(x, tame);
    const float power = 1.055f * wsi_px_root(wsi_px_root(x, tame) * third, tame) - 0.055f;
    const float out = x > 0.0031308f ? power : 12.92f * x;
    const float low = out < 0.0f ? 0.0f : out;
    return wsi_px_one_nan(low > 1.0f ? 1.0f : low);
}

static WSI_HD float wsi_px_nonlinear(double v)
{
    return wsi_px_nonlinear_by(v, 0);
}

/* Lab's f of a share of white, and its inverse. */
static WSI_HD double wsi_px_lab_f(double t, int tame)
{
    const double root = tame ? wsi_px_cbrt_f64_of(t, 1) : wsi_px_cbrt_f64(t);
    return t > 0.008856 ? root : 7.787 * t + 16.0 / 116.0;
}

static WSI_HD double wsi_px_lab_share(double f)
{
    return f > 0.2068966 ? (f * f) * f : (f - 16.0 / 116.0) * (1.0 / 7.787);
}

static WSI_HD wsi_px_colour wsi_px_lab_of(wsi_px_triple share, int tame)
{
    const double x = wsi_px_lab_f(share.a, tame), y = wsi_px_lab_f(share.b, tame), z = wsi_px_lab_f(share.c, tame);
    return wsi_px_colour_of(116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z));
}

/* X, Y, Z of white times these; z below 0 counts as 0. */
static WSI_HD wsi_px_triple wsi_px_lab_to_share(wsi_px_triple lab)
{
    const double y = (lab.a + 16.0) * (1.0 / 116.0), x = lab.b * (1.0 / 500.0) + y, z = y - lab.c * (1.0 / 200.0);
    return wsi_px_triple_of(wsi_px_lab_share(x), wsi_px_lab_share(y), wsi_px_lab_share(z < 0.0 ? 0.0 : z));
}

/* The conversions. rgb: nonlinear, as files have it. What m of a space is, each says. */

/* m: X, Y, Z of linear RGB. */
static WSI_HD wsi_px_colour wsi_px_linear2xyz(wsi_px_space s, wsi_px_triple rgb)
{
    const wsi_px_triple v = wsi_px_affine(s, rgb);
    return wsi_px_colour_of(v.a, v.b, v.c);
}

/* m: shares of white of linear RGB. */
static WSI_HD wsi_px_colour wsi_px_linear2lab(wsi_px_space s, wsi_px_triple rgb)
{
    return wsi_px_lab_of(wsi_px_affine(s, rgb), s.tame);
}

static WSI_HD wsi_px_triple wsi_px_linear_of(wsi_px_triple rgb)
{
    return wsi_px_triple_of(wsi_px_linear(rgb.a), wsi_px_linear(rgb.b), wsi_px_linear(rgb.c));
}

static WSI_HD wsi_px_colour wsi_px_rgb2xyz(wsi_px_space s, wsi_px_triple rgb)
{
    return wsi_px_linear2xyz(s, wsi_px_linear_of(rgb));
}

static WSI_HD wsi_px_colour wsi_px_rgb2lab(wsi_px_space s, wsi_px_triple rgb)
{
    return wsi_px_linear2lab(s, wsi_px_linear_of(rgb));
}

/* m: linear RGB of X, Y, Z. */
static WSI_HD wsi_px_colour wsi_px_xyz2rgb(wsi_px_space s, wsi_px_triple xyz)
{
    const wsi_px_triple v = wsi_px_affine(s, xyz);
    wsi_px_colour out;
    out.a = wsi_px_nonlinear_by(v.a, s.tame);
    out.b = wsi_px_nonlinear_by(v.b, s.tame);
    out.c = wsi_px_nonlinear_by(v.c, s.tame);
    return out;
}

static WSI_HD wsi_px_colour wsi_px_xyz2lab(wsi_px_space s, wsi_px_triple xyz)
{
    return wsi_px_lab_of(wsi_px_triple_of(xyz.a / s.white[0], xyz.b / s.white[1], xyz.c / s.white[2]), s.tame);
}

static WSI_HD wsi_px_colour wsi_px_lab2xyz(wsi_px_space s, wsi_px_triple lab)
{
    const wsi_px_triple v = wsi_px_lab_to_share(lab);
    return wsi_px_colour_of(v.a * s.white[0], v.b * s.white[1], v.c * s.white[2]);
}

/* m: linear RGB of shares of white. */
static WSI_HD wsi_px_colour wsi_px_lab2rgb(wsi_px_space s, wsi_px_triple lab)
{
    return wsi_px_xyz2rgb(s, wsi_px_lab_to_share(lab));
}

/* m, add: of the conversion; both ways. */
static WSI_HD wsi_px_colour wsi_px_ycbcr(wsi_px_space s, wsi_px_triple v)
{
    return wsi_px_linear2xyz(s, v);
}

/* m: log of RGB of stains. */
static WSI_HD wsi_px_colour wsi_px_combine(wsi_px_space s, wsi_px_triple stains)
{
    const wsi_px_triple v = wsi_px_affine(s, stains);
    wsi_px_colour out;
    out.a = wsi_px_transmittance((float)v.a);
    out.b = wsi_px_transmittance((float)v.b);
    out.c = wsi_px_transmittance((float)v.c);
    return out;
}

static WSI_HD double wsi_px_number_or_0(double v)
{
    return v == v ? v : 0.0;
}

/* Where several channels are the largest, the last of them decides the hue. What is not a number becomes 0. */
static WSI_HD wsi_px_colour wsi_px_rgb2hsv(wsi_px_space s, wsi_px_triple p)
{
    const double rg = p.a > p.b ? p.a : p.b, v = rg > p.c ? rg : p.c;
    const double low = p.a < p.b ? p.a : p.b, delta = v - (low < p.c ? low : p.c);
    const double blue = p.a - p.b, green = p.c - p.a, red = p.b - p.c;
    const double over = p.c == v ? blue : p.b == v ? green : red, from = p.c == v ? 4.0 : p.b == v ? 2.0 : 0.0;
    const double turn = (from + over / delta) * (1.0 / 6.0), hue = turn < 0.0 ? turn + 1.0 : turn;
    const int gray = delta == 0.0, unknown = (p.a != p.a) | (p.b != p.b) | (p.c != p.c);
    (void)s;
    return wsi_px_colour_of(gray || unknown ? 0.0 : wsi_px_number_or_0(hue),
                            gray || unknown ? 0.0 : wsi_px_number_or_0(delta / v), unknown ? 0.0 : v);
}

/* A channel: v at the hue's own third of the circle, v - chroma around the opposite one, slopes between them; chroma: v
 * times the saturation. at: the hue in sixths, from where the channel's slope down starts. */
static WSI_HD float wsi_px_hue_channel(double v, double saturation, double chroma, double at, int tame)
{
    const double k = at >= 6.0 ? at - 6.0 : at, other = 4.0 - k;
    const double share = wsi_px_clip_f64(k < other ? k : other, 0.0, 1.0), pale = v - chroma * share;
    const double endless = v * (1.0 - saturation * share), any = v - v == 0.0 ? pale : endless;
    return tame ? (float)pale : wsi_px_one_nan((float)(k >= 4.0 ? v : any));
}

/* Hues repeat; h - h makes NaN of what has none. */
static WSI_HD wsi_px_colour wsi_px_hsv2rgb(wsi_px_space s, wsi_px_triple p)
{
    const double sixths = (p.a - wsi_px_floor_f64(p.a)) * 6.0, v = p.c + (p.a - p.a), chroma = p.c * p.b;
    wsi_px_colour out;
    out.a = wsi_px_hue_channel(v, p.b, chroma, sixths + 5.0, s.tame);
    out.b = wsi_px_hue_channel(v, p.b, chroma, sixths + 3.0, s.tame);
    out.c = wsi_px_hue_channel(v, p.b, chroma, sixths + 1.0, s.tame);
    return out;
}

/* A pixel with an opacity over a background. */
static WSI_HD wsi_px_colour wsi_px_rgba2rgb(const double *background, wsi_px_triple p, double alpha)
{
    const double rest = 1.0 - alpha;
    return wsi_px_colour_of(wsi_px_unit_f64(rest * background[0] + alpha * p.a),
                            wsi_px_unit_f64(rest * background[1] + alpha * p.b),
                            wsi_px_unit_f64(rest * background[2] + alpha * p.c));
}

#endif
