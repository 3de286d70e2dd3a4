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

/* maximum: dilation; turned: the footprint turned by 180 degrees. */
static void search(const oprun *run, const plane *in, plane *out, int maximum, int turned)
{
    const char *mode = checkop_word(run, "mode");
    int n;
    offset *o = checkop_offsets(run, 0, turned, &n);
    double lo, hi, cval = checkop_number(run, "cval");
    type_limits(in->type, &lo, &hi);
    if (in->type == WSI_F32) cval = (double)(float)cval;
    if (strcmp(mode, "min") == 0) cval = lo;
    if (strcmp(mode, "max") == 0) cval = hi;
    if (strcmp(mode, "ignore") == 0) cval = maximum ? lo : hi;
    if (strcmp(mode, "min") == 0 || strcmp(mode, "max") == 0 || strcmp(mode, "ignore") == 0) mode = "constant";
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
    wsi_free(o);
}

static void ref_erosion(const oprun *run, const plane *in, plane *out)
{
    search(run, in, out, 0, 0);
}

static void ref_dilation(const oprun *run, const plane *in, plane *out)
{
    search(run, in, out, 1, 0);
}

static void two_stages(const oprun *run, const plane *in, plane *out, int maximum_first)
{
    plane middle = *in;
    middle.v = (double *)wsi_calloc((size_t)(in->w * in->h * in->channels), sizeof(double));
    search(run, in, &middle, maximum_first, 0);
    search(run, &middle, out, !maximum_first, 1);
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

/* Reaches far beyond the image, and sizes at which kernels change their method. */
static const char *const erosion_large[] = {"erosion:footprint=disk,radius=50",
                                            "erosion:footprint=rectangle,width=2,height=90", NULL};
static const char *const dilation_large[] = {"dilation:footprint=rectangle,width=130,height=9,mode=mirror", NULL};
static const char *const opening_large[] = {"opening:footprint=square,width=40",
                                            "opening:footprint=diamond,radius=30,mode=nearest", NULL};
static const char *const closing_large[] = {"closing:footprint=disk,radius=25,mode=ignore", NULL};

const checkop_row checkop_morphology_rows[] = {
    {"erosion", ref_erosion, erosion_large},
    {"dilation", ref_dilation, dilation_large},
    {"opening", ref_opening, opening_large},
    {"closing", ref_closing, closing_large},
    {NULL, NULL, NULL},
};
