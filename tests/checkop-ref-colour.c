/* References of the conversions between colour spaces, of stain separation and of intensity adjustments. */
#include "checkop.h"

#include <math.h>
#include <string.h>

typedef void (*pixel_fn)(const oprun *run, const double *in, double *out);

/* f of each pixel; scaled: of values as img_as_float makes them. */
static void each_pixel(const oprun *run, const plane *in, plane *out, int scaled, pixel_fn f)
{
    for (int64_t i = 0; i < in->w * in->h; i++) {
        double v[4] = {0};
        for (int c = 0; c < in->channels; c++) {
            const double sample = in->v[i * in->channels + c];
            v[c] = scaled ? checkop_as_float(in->type, sample) : sample;
        }
        f(run, v, out->v + i * out->channels);
    }
}

static void times(const double m[3][3], const double *in, double *out)
{
    for (int i = 0; i < 3; i++) out[i] = m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2];
}

static double det3(const double m[3][3])
{
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/* x with m x = b, by Cramer's rule. */
static void solve(const double m[3][3], const double *b, double *x)
{
    for (int j = 0; j < 3; j++) {
        double n[3][3];
        memcpy(n, m, sizeof n);
        for (int i = 0; i < 3; i++) n[i][j] = b[i];
        x[j] = det3((const double(*)[3])n) / det3(m);
    }
}

static void hsv_of(const oprun *run, const double *p, double *out)
{
    const double v = fmax(fmax(p[0], p[1]), p[2]), d = v - fmin(fmin(p[0], p[1]), p[2]);
    const int last = p[2] == v ? 2 : p[1] == v ? 1 : 0;
    const double sixths = 2 * last + (p[(last + 1) % 3] - p[(last + 2) % 3]) / d;
    (void)run;
    out[0] = d == 0 ? 0 : sixths / 6 - floor(sixths / 6);
    out[1] = d == 0 ? 0 : d / v;
    out[2] = v;
}

static void rgb_of_hsv(const oprun *run, const double *p, double *out)
{
    const double x = 6 * p[0], f = x - floor(x), v = p[2], s = p[1];
    const double a = v * (1 - s), down = v * (1 - f * s), up = v * (1 - (1 - f) * s);
    const double sixths[6][3] = {{v, up, a}, {down, v, a}, {a, v, up}, {a, down, v}, {up, a, v}, {v, a, down}};
    int64_t k = (int64_t)floor(x) % 6;
    (void)run;
    if (k < 0) k += 6;
    memcpy(out, sixths[k], sizeof sixths[k]);
}

static const double xyz_from_rgb[3][3] = {
    {0.412453, 0.357580, 0.180423}, {0.212671, 0.715160, 0.072169}, {0.019334, 0.119193, 0.950227}};

static void xyz_of_rgb(const oprun *run, const double *p, double *out)
{
    double linear[3];
    (void)run;
    for (int c = 0; c < 3; c++) linear[c] = p[c] > 0.04045 ? pow((p[c] + 0.055) / 1.055, 2.4) : p[c] / 12.92;
    times(xyz_from_rgb, linear, out);
}

static void rgb_of_xyz(const oprun *run, const double *p, double *out)
{
    (void)run;
    solve(xyz_from_rgb, p, out);
    for (int c = 0; c < 3; c++) {
        const double v = out[c] > 0.0031308 ? 1.055 * pow(out[c], 1 / 2.4) - 0.055 : 12.92 * out[c];
        out[c] = fmin(fmax(v, 0), 1);
    }
}

/* Whites for 2 and 10 degrees and, where it differs from 2, R. */
static const struct {
    const char *name;
    double white[3][3];
} lights[] = {
    {"A", {{1.098466069456375, 1, 0.3558228003436005}, {1.111420406956693, 1, 0.3519978321919493}}},
    {"B", {{0.9909274480248003, 1, 0.8531327322886154}, {0.9917777147717607, 1, 0.8434930535866175}}},
    {"C", {{0.980705971659919, 1, 1.1822494939271255}, {0.9728569189782166, 1, 1.1614480488951577}}},
    {"D50",
     {{0.9642119944211994, 1, 0.8251882845188288},
      {0.9672062750333777, 1, 0.8142801513128616},
      {0.9639501491621826, 1, 0.8241280285499208}}},
    {"D55",
     {{0.956797052643698, 1, 0.9214805860173273},
      {0.9579665682254781, 1, 0.9092525159847462},
      {0.9565317453467969, 1, 0.9202554587037198}}},
    {"D65",
     {{0.95047, 1, 1.08883}, {0.94809667673716, 1, 1.0730513595166162}, {0.9532057125493769, 1, 1.0853843816469158}}},
    {"D75", {{0.9497220898840717, 1, 1.226393520724154}, {0.9441713925645873, 1, 1.2064272211720228}}},
    {"E", {{1, 1, 1}, {1, 1, 1}}},
};

static const double *white_of(const oprun *run)
{
    const char *observer = checkop_word(run, "observer");
    for (size_t i = 0;; i++) {
        if (strcmp(lights[i].name, checkop_word(run, "illuminant")) != 0) continue;
        if (strcmp(observer, "10") == 0) return lights[i].white[1];
        return lights[i].white[strcmp(observer, "R") == 0 && lights[i].white[2][1] != 0 ? 2 : 0];
    }
}

static void lab_of_xyz(const oprun *run, const double *p, double *out)
{
    const double *white = white_of(run);
    double f[3];
    for (int c = 0; c < 3; c++) {
        const double t = p[c] / white[c];
        f[c] = t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116.0;
    }
    out[0] = 116 * f[1] - 16;
    out[1] = 500 * (f[0] - f[1]);
    out[2] = 200 * (f[1] - f[2]);
}

static void xyz_of_lab(const oprun *run, const double *p, double *out)
{
    const double *white = white_of(run), y = (p[0] + 16) / 116;
    const double f[3] = {p[1] / 500 + y, y, fmax(y - p[2] / 200, 0)};
    for (int c = 0; c < 3; c++) out[c] = white[c] * (f[c] > 0.2068966 ? pow(f[c], 3) : (f[c] - 16.0 / 116.0) / 7.787);
}

static void lab_of_rgb(const oprun *run, const double *p, double *out)
{
    double xyz[3];
    xyz_of_rgb(run, p, xyz);
    lab_of_xyz(run, xyz, out);
}

static void rgb_of_lab(const oprun *run, const double *p, double *out)
{
    double xyz[3];
    xyz_of_lab(run, p, xyz);
    rgb_of_xyz(run, xyz, out);
}

static const double ycbcr_from_rgb[3][3] = {
    {65.481, 128.553, 24.966}, {-37.797, -74.203, 112.0}, {112.0, -93.786, -18.214}};

static void ycbcr_of_rgb(const oprun *run, const double *p, double *out)
{
    (void)run;
    times(ycbcr_from_rgb, p, out);
    out[0] += 16, out[1] += 128, out[2] += 128;
}

static void rgb_of_ycbcr(const oprun *run, const double *p, double *out)
{
    const double v[3] = {p[0] - 16, p[1] - 128, p[2] - 128};
    (void)run;
    solve(ycbcr_from_rgb, v, out);
}

#define SCALED(name, function)                                                                                         \
    static void ref_##name(const oprun *run, const plane *in, plane *out)                                              \
    {                                                                                                                  \
        each_pixel(run, in, out, 1, function);                                                                         \
    }

SCALED(rgb2hsv, hsv_of)
SCALED(hsv2rgb, rgb_of_hsv)
SCALED(rgb2xyz, xyz_of_rgb)
SCALED(xyz2rgb, rgb_of_xyz)
SCALED(xyz2lab, lab_of_xyz)
SCALED(lab2xyz, xyz_of_lab)
SCALED(rgb2lab, lab_of_rgb)
SCALED(lab2rgb, rgb_of_lab)
SCALED(rgb2ycbcr, ycbcr_of_rgb)

static void ref_ycbcr2rgb(const oprun *run, const plane *in, plane *out)
{
    each_pixel(run, in, out, 0, rgb_of_ycbcr);
}

static void over_background(const oprun *run, const double *p, double *out)
{
    for (int c = 0; c < 3; c++)
        out[c] = fmin(fmax((1 - p[3]) * checkop_list(run, "background", c) + p[3] * p[c], 0), 1);
}

SCALED(rgba2rgb, over_background)

static void ref_gray2rgb(const oprun *run, const plane *in, plane *out)
{
    (void)run;
    for (int64_t i = 0; i < out->w * out->h * 3; i++) out->v[i] = in->v[i / 3];
}

/* Optical densities; a third row of zeros: at right angles to both others. */
static const struct {
    const char *name;
    double m[3][3];
} stains[] = {
    {"hed", {{0.65, 0.70, 0.29}, {0.07, 0.99, 0.11}, {0.27, 0.57, 0.78}}},
    {"hdx", {{0.650, 0.704, 0.286}, {0.268, 0.570, 0.776}}},
    {"fgx", {{0.46420921, 0.83008335, 0.30827187}, {0.94705542, 0.25373821, 0.19650764}}},
    {"bex", {{0.834750233, 0.513556283, 0.196330403}, {0.092789, 0.954111, 0.283111}}},
    {"rbd", {{0.21393921, 0.85112669, 0.47794022}, {0.74890292, 0.60624161, 0.26731082}, {0.268, 0.570, 0.776}}},
    {"gdx", {{0.98003, 0.144316, 0.133146}, {0.268, 0.570, 0.776}}},
    {"hax", {{0.650, 0.704, 0.286}, {0.2743, 0.6796, 0.6803}}},
    {"bro", {{0.853033, 0.508733, 0.112656}, {0.09289875, 0.8662008, 0.49098468}, {0.10732849, 0.36765403, 0.9237484}}},
    {"bpx", {{0.7995107, 0.5913521, 0.10528667}, {0.09997159, 0.73738605, 0.6680326}}},
    {"ahx", {{0.874622, 0.457711, 0.158256}, {0.552556, 0.7544, 0.353744}}},
    {"hpx", {{0.644211, 0.716556, 0.266844}, {0.175411, 0.972178, 0.154589}}},
};

static void densities_of(const oprun *run, double m[3][3])
{
    size_t i = 0;
    while (strcmp(stains[i].name, checkop_word(run, "stains")) != 0) i++;
    memcpy(m, stains[i].m, sizeof stains[i].m);
    if (m[2][1] != 0) return;
    for (int j = 0; j < 3; j++) {
        const int k = (j + 1) % 3, l = (j + 2) % 3;
        m[2][j] = m[0][k] * m[1][l] - m[0][l] * m[1][k];
    }
}

/* A row vector times the nine numbers, or times the set's matrix or its inverse. */
static void times_stains(const oprun *run, const double *v, double *out, int inverse)
{
    double m[3][3], columns[3][3];
    const int given = checkop_list_size(run, "conv_matrix") > 0;
    densities_of(run, m);
    for (int i = 0; given && i < 9; i++) m[i / 3][i % 3] = checkop_list(run, "conv_matrix", i);
    for (int i = 0; i < 9; i++) columns[i % 3][i / 3] = m[i / 3][i % 3];
    if (inverse && !given)
        solve((const double(*)[3])columns, v, out);
    else
        times((const double(*)[3])columns, v, out);
}

static void stains_of_rgb(const oprun *run, const double *p, double *out)
{
    double a[3];
    for (int c = 0; c < 3; c++) a[c] = log(fmax(p[c], 1e-6)) / log(1e-6);
    times_stains(run, a, out, 1);
    for (int c = 0; c < 3; c++) out[c] = fmax(out[c], 0);
}

static void rgb_of_stains(const oprun *run, const double *p, double *out)
{
    times_stains(run, p, out, 0);
    for (int c = 0; c < 3; c++) out[c] = fmin(exp(out[c] * log(1e-6)), 1);
}

SCALED(separate_stains, stains_of_rgb)
SCALED(combine_stains, rgb_of_stains)

static int is_float(wsi_dtype type)
{
    return type == WSI_F32 || type == WSI_F64;
}

static double clip(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Largest value of an integer type, 1 for others; and its smallest. */
static double top_of(wsi_dtype type)
{
    return nearbyint(1 / checkop_as_float(type, 1));
}

static double bottom_of(wsi_dtype type)
{
    return type == WSI_I8 || type == WSI_I16 || type == WSI_I32 ? -top_of(type) - 1 : 0;
}

/* A share x of the type's maximum to a share; parameters as the operation has them. */
typedef double (*share_fn)(const oprun *run, double x);

static void each_share(const oprun *run, const plane *in, plane *out, share_fn f)
{
    const double top = top_of(in->type);
    const int rounded = in->type == WSI_U8 && strcmp(run->op->name, "adjust_gamma") == 0;
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) {
        const double v = f(run, fmax(in->v[i], 0) / top) * top;
        if (is_float(in->type))
            out->v[i] = v;
        else if (in->type == WSI_BOOL)
            out->v[i] = v != 0;
        else
            out->v[i] = clip(rounded ? nearbyint(v) : trunc(v), bottom_of(in->type), top);
    }
}

static double gamma_share(const oprun *run, double x)
{
    return checkop_number(run, "gain") * pow(x, checkop_number(run, "gamma"));
}

static double log_share(const oprun *run, double x)
{
    return checkop_number(run, "gain") * (checkop_number(run, "inv") != 0 ? exp2(x) - 1 : log2(1 + x));
}

static double sigmoid_share(const oprun *run, double x)
{
    const double s = 1 / (1 + exp(checkop_number(run, "gain") * (checkop_number(run, "cutoff") - x)));
    return checkop_number(run, "inv") != 0 ? 1 - s : s;
}

#define ADJUSTED(name)                                                                                                 \
    static void ref_##name(const oprun *run, const plane *in, plane *out)                                              \
    {                                                                                                                  \
        each_share(run, in, out, name##_share);                                                                        \
    }

ADJUSTED(gamma)
ADJUSTED(log)
ADJUSTED(sigmoid)

static void ref_absorbance(const oprun *run, const plane *in, plane *out)
{
    const double source = checkop_number(run, "source_intensity"), least = is_float(in->type) ? source / 255 : 1;
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++)
        out->v[i] = -log(fmax(fmin(in->v[i], source), least) / source);
}

static void ref_intensity(const oprun *run, const plane *in, plane *out)
{
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) {
        const double v = checkop_number(run, "source_intensity") * exp(-in->v[i]);
        out->v[i] =
            is_float(out->type) ? (double)(float)v : clip(nearbyint(v), bottom_of(out->type), top_of(out->type));
    }
}

const checkop_row checkop_colour_rows[] = {
    {"rgb2hsv", ref_rgb2hsv, NULL},
    {"hsv2rgb", ref_hsv2rgb, NULL},
    {"rgb2xyz", ref_rgb2xyz, NULL},
    {"xyz2rgb", ref_xyz2rgb, NULL},
    {"xyz2lab", ref_xyz2lab, NULL},
    {"lab2xyz", ref_lab2xyz, NULL},
    {"rgb2lab", ref_rgb2lab, NULL},
    {"lab2rgb", ref_lab2rgb, NULL},
    {"rgb2ycbcr", ref_rgb2ycbcr, NULL},
    {"ycbcr2rgb", ref_ycbcr2rgb, NULL},
    {"rgba2rgb", ref_rgba2rgb, NULL},
    {"gray2rgb", ref_gray2rgb, NULL},
    {"separate_stains", ref_separate_stains, NULL},
    {"combine_stains", ref_combine_stains, NULL},
    {"adjust_gamma", ref_gamma, NULL},
    {"adjust_log", ref_log, NULL},
    {"adjust_sigmoid", ref_sigmoid, NULL},
    {"image_to_absorbance", ref_absorbance, NULL},
    {"absorbance_to_image", ref_intensity, NULL},
    {NULL, NULL, NULL},
};
