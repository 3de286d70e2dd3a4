/* References of morphology: a search of the footprint at every pixel. */
#include "checkop.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

static void type_limits(wsi_dtype type, double *lo, double *hi)
{
    static const double max[WSI_DTYPE_COUNT] = {1,        255,     127, 65535, 32767, 4294967295.0, 2147483647.0,
                                                INFINITY, INFINITY};
    const int is_signed = type == WSI_I8 || type == WSI_I16 || type == WSI_I32;
    *hi = max[type];
    *lo = isinf(max[type]) ? -INFINITY : is_signed ? -max[type] - 1 : 0;
}

/* Least or greatest value over offsets. */
static void search(const plane *in, plane *out, const offset *o, int n, int maximum, const char *mode, double cval)
{
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double best = maximum ? -INFINITY : INFINITY;
                for (int i = 0; i < n; i++) {
                    const double v = checkop_extended(in, x + o[i].dx, y + o[i].dy, c, mode, cval);
                    best = (maximum ? v > best : v < best) ? v : best;
                }
                *plane_at(out, x, y, c) = best;
            }
}

/* The value of a mode that stands for one; cval itself for the others. */
static double outside_of(const char *mode, wsi_dtype type, int maximum, double cval)
{
    double lo, hi;
    type_limits(type, &lo, &hi);
    if (strcmp(mode, "min") == 0) return lo;
    if (strcmp(mode, "max") == 0) return hi;
    if (strcmp(mode, "ignore") == 0) return maximum ? lo : hi;
    return type == WSI_F32 ? (double)(float)cval : cval;
}

static int has_value(const char *mode)
{
    return strcmp(mode, "min") == 0 || strcmp(mode, "max") == 0 || strcmp(mode, "ignore") == 0;
}

/* maximum: dilation; turned: the footprint turned by 180 degrees. */
static void grey(const oprun *run, const plane *in, plane *out, int maximum, int turned)
{
    const char *mode = checkop_word(run, "mode");
    int n;
    offset *o = checkop_offsets(run, 0, turned, &n);
    const double cval = outside_of(mode, in->type, maximum, checkop_number(run, "cval"));
    search(in, out, o, n, maximum, has_value(mode) ? "constant" : mode, cval);
    wsi_free(o);
}

static void ref_erosion(const oprun *run, const plane *in, plane *out)
{
    grey(run, in, out, 0, 0);
}

static void ref_dilation(const oprun *run, const plane *in, plane *out)
{
    grey(run, in, out, 1, 0);
}

static plane like(const plane *in)
{
    plane p = *in;
    p.v = (double *)wsi_calloc((size_t)(in->w * in->h * in->channels), sizeof(double));
    return p;
}

static void two_stages(const oprun *run, const plane *in, plane *out, int maximum_first)
{
    plane middle = like(in);
    grey(run, in, &middle, maximum_first, 0);
    grey(run, &middle, out, !maximum_first, 1);
    wsi_free(middle.v);
}

static void ref_opening(const oprun *run, const plane *in, plane *out)
{
    two_stages(run, in, out, 0);
}

static void ref_closing(const oprun *run, const plane *in, plane *out)
{
    two_stages(run, in, out, 1);
}

/* a - b as the type has it: integers wrap, truth values differ or not, float32 rounds. */
static double less(wsi_dtype type, double a, double b)
{
    double lo, hi;
    type_limits(type, &lo, &hi);
    if (type == WSI_BOOL) return a != b;
    if (type == WSI_F32) return (double)(float)(a - b);
    if (type == WSI_F64) return a - b;
    return fmod(a - b - lo + 2 * (hi - lo + 1), hi - lo + 1) + lo;
}

static void ref_white_tophat(const oprun *run, const plane *in, plane *out)
{
    two_stages(run, in, out, 0);
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) out->v[i] = less(in->type, in->v[i], out->v[i]);
}

static void ref_black_tophat(const oprun *run, const plane *in, plane *out)
{
    two_stages(run, in, out, 1);
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) out->v[i] = less(in->type, out->v[i], in->v[i]);
}

static plane truth_of(const plane *in)
{
    plane p = like(in);
    p.type = WSI_BOOL;
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) p.v[i] = in->v[i] != 0;
    return p;
}

/* One stage: true outside for an erosion in modes max and ignore, for a dilation in mode max. */
static void binary(const oprun *run, const plane *in, plane *out, int maximum)
{
    int n;
    offset *o = checkop_offsets(run, 1, maximum, &n);
    search(in, out, o, n, maximum, "constant", outside_of(checkop_word(run, "mode"), WSI_BOOL, maximum, 0));
    wsi_free(o);
}

/* Distance of each pixel to the nearest one of a value; infinite where there is none. */
static void distances(const plane *in, plane *out, int value, double row_step, double column_step)
{
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) {
        const int c = (int)(i % in->channels);
        const int64_t x = i / in->channels % in->w, y = i / in->channels / in->w;
        double best = INFINITY;
        for (int64_t v = 0; v < in->h; v++)
            for (int64_t u = 0; u < in->w; u++) {
                const double dy = (double)(v - y) * row_step, dx = (double)(u - x) * column_step;
                if (*plane_at(in, u, v, c) == value) best = fmin(best, sqrt(dy * dy + dx * dx));
            }
        out->v[i] = best;
    }
}

/* A dilation thresholds the distance to a true pixel, an erosion that to a false one. */
static void isotropic(const oprun *run, const plane *in, plane *out, int maximum)
{
    const double radius = checkop_number(run, "radius"), first = checkop_list(run, "spacing", 0);
    distances(in, out, maximum, first, checkop_list(run, "spacing", checkop_list_size(run, "spacing") - 1));
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++)
        out->v[i] = maximum ? out->v[i] <= radius : out->v[i] > radius;
}

typedef void (*truth_stage)(const oprun *run, const plane *in, plane *out, int maximum);

static void one_of_truth(const oprun *run, const plane *in, plane *out, int maximum, truth_stage stage)
{
    plane truth = truth_of(in);
    stage(run, &truth, out, maximum);
    wsi_free(truth.v);
}

static void two_of_truth(const oprun *run, const plane *in, plane *out, int maximum_first, truth_stage stage)
{
    plane middle = like(in);
    one_of_truth(run, in, &middle, maximum_first, stage);
    stage(run, &middle, out, !maximum_first);
    wsi_free(middle.v);
}

#define OF_TRUTH(form)                                                                                                 \
    static void ref_##form##_erosion(const oprun *run, const plane *in, plane *out)                                    \
    {                                                                                                                  \
        one_of_truth(run, in, out, 0, form);                                                                           \
    }                                                                                                                  \
    static void ref_##form##_dilation(const oprun *run, const plane *in, plane *out)                                   \
    {                                                                                                                  \
        one_of_truth(run, in, out, 1, form);                                                                           \
    }                                                                                                                  \
    static void ref_##form##_opening(const oprun *run, const plane *in, plane *out)                                    \
    {                                                                                                                  \
        two_of_truth(run, in, out, 0, form);                                                                           \
    }                                                                                                                  \
    static void ref_##form##_closing(const oprun *run, const plane *in, plane *out)                                    \
    {                                                                                                                  \
        two_of_truth(run, in, out, 1, form);                                                                           \
    }

OF_TRUTH(binary)
OF_TRUTH(isotropic)

/* Reaches far beyond the image, and sizes at which kernels change their
 * method. */
static const char *const erosion_large[] = {"erosion:footprint=disk,radius=50", "erosion:footprint=star,a=20",
                                            "erosion:footprint=ellipse,width=1,height=5",
                                            "erosion:footprint=rectangle,width=2,height=90", NULL};
static const char *const dilation_large[] = {"dilation:footprint=rectangle,width=130,height=9,mode=mirror", NULL};
static const char *const opening_large[] = {"opening:footprint=square,width=40",
                                            "opening:footprint=diamond,radius=30,mode=nearest", NULL};
static const char *const closing_large[] = {"closing:footprint=disk,radius=25,mode=ignore", NULL};

static const char *const tophat_large[] = {"white_tophat:footprint=octagon,m=20,n=12,mode=constant,cval=3", NULL};
static const char *const binary_large[] = {"binary_opening:footprint=ellipse,width=30,height=12,mode=max", NULL};
static const char *const isotropic_large[] = {"isotropic_closing:radius=20.5,spacing=[3,0.5]",
                                              "isotropic_closing:radius=9,spacing=[1,10]", NULL};

const checkop_row checkop_morphology_rows[] = {
    {"erosion", ref_erosion, erosion_large},
    {"dilation", ref_dilation, dilation_large},
    {"opening", ref_opening, opening_large},
    {"closing", ref_closing, closing_large},
    {"white_tophat", ref_white_tophat, tophat_large},
    {"black_tophat", ref_black_tophat, NULL},
    {"binary_erosion", ref_binary_erosion, NULL},
    {"binary_dilation", ref_binary_dilation, NULL},
    {"binary_opening", ref_binary_opening, binary_large},
    {"binary_closing", ref_binary_closing, NULL},
    {"isotropic_erosion", ref_isotropic_erosion, NULL},
    {"isotropic_dilation", ref_isotropic_dilation, NULL},
    {"isotropic_opening", ref_isotropic_opening, NULL},
    {"isotropic_closing", ref_isotropic_closing, isotropic_large},
    {NULL, NULL, NULL},
};
