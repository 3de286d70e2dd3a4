/* References of the operations whose results have another size: cells, and resampling. */
#include "checkop.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

/* ---- Cells ---- */

typedef double (*cell_value)(const oprun *run, const plane *in, int64_t x, int64_t y, int c);

/* Sum of a value, and of its square, over the part of a cell that exists; returns its pixels. */
static double sum_cell(const oprun *run, const plane *in, cell_value value, int64_t fy, int64_t fx, int64_t x,
                       int64_t y, int c, double *sum, double *squares)
{
    double n = 0;
    *sum = *squares = 0;
    for (int64_t j = y * fy; j < (y + 1) * fy && j < in->h; j++)
        for (int64_t i = x * fx; i < (x + 1) * fx && i < in->w; i++, n++) {
            const double v = value(run, in, i, j, c);
            *sum += v;
            *squares += v * v;
        }
    return n;
}

static double own_value(const oprun *run, const plane *in, int64_t x, int64_t y, int c)
{
    (void)run;
    return *plane_at(in, x, y, c);
}

static void ref_downscale(const oprun *run, const plane *in, plane *out)
{
    const int64_t fy = (int64_t)checkop_list(run, "factors", 0);
    const int64_t fx = (int64_t)checkop_list(run, "factors", checkop_list_size(run, "factors") - 1);
    for (int64_t y = 0; y < out->h; y++)
        for (int64_t x = 0; x < out->w; x++)
            for (int c = 0; c < out->channels; c++) {
                double sum, unused;
                const double n = sum_cell(run, in, own_value, fy, fx, x, y, c, &sum, &unused);
                const double all = (double)(fy * fx);
                *plane_at(out, x, y, c) = (sum + (all - n) * checkop_number(run, "cval")) / all;
            }
}

static double scaled(const plane *in, int64_t x, int64_t y, int c)
{
    return checkop_as_float(in->type, checkop_extended(in, x, y, c, "reflect", 0));
}

static double laplacian(const oprun *run, const plane *in, int64_t x, int64_t y, int c)
{
    (void)run;
    return 4 * scaled(in, x, y, c) - scaled(in, x - 1, y, c) - scaled(in, x + 1, y, c) - scaled(in, x, y - 1, c) -
           scaled(in, x, y + 1, c);
}

static double gradient(const oprun *run, const plane *in, int64_t x, int64_t y, int c)
{
    static const double across[3] = {0.25, 0.5, 0.25};
    double gy = 0, gx = 0;
    (void)run;
    for (int k = -1; k <= 1; k++) {
        gy += across[k + 1] * (scaled(in, x + k, y + 1, c) - scaled(in, x + k, y - 1, c));
        gx += across[k + 1] * (scaled(in, x + 1, y + k, c) - scaled(in, x - 1, y + k, c));
    }
    return gy * gy + gx * gx;
}

static double tissue(const oprun *run, const plane *in, int64_t x, int64_t y, int c)
{
    const char *method = checkop_word(run, "method");
    const double *v = plane_at(in, x, y, c), threshold = checkop_number(run, "threshold");
    if (strcmp(method, "mask") == 0) return v[0] != 0;
    if (strcmp(method, "absorbance") == 0) {
        double product = 1;
        for (int k = 0; k < 3; k++) product *= fmax(checkop_as_float(in->type, v[k]), 0);
        return product < pow(10, -3 * threshold);
    }
    const double most = fmax(v[0], fmax(v[1], v[2])), least = fmin(v[0], fmin(v[1], v[2]));
    return most > 0 && (most - least) / most > threshold;
}

static void each_block(const oprun *run, const plane *in, plane *out, cell_value value, int variance)
{
    const int64_t block = (int64_t)checkop_number(run, "block");
    for (int64_t y = 0; y < out->h; y++)
        for (int64_t x = 0; x < out->w; x++)
            for (int c = 0; c < out->channels; c++) {
                double sum, squares;
                const double n = sum_cell(run, in, value, block, block, x, y, c, &sum, &squares);
                *plane_at(out, x, y, c) = variance ? squares / n - sum / n * (sum / n) : sum / n;
            }
}

static void ref_laplacian_variance(const oprun *run, const plane *in, plane *out)
{
    each_block(run, in, out, laplacian, 1);
}

static void ref_tenengrad(const oprun *run, const plane *in, plane *out)
{
    each_block(run, in, out, gradient, 0);
}

static void ref_tissue(const oprun *run, const plane *in, plane *out)
{
    each_block(run, in, out, tissue, 0);
}

/* ---- Resampling ---- */

/* A whole image blurred along both axes and read at the grid's places, one axis after the other. */
static void resample_axis(const plane *in, plane *out, int vertical, int order, const char *mode)
{
    const int64_t n = vertical ? in->h : in->w, m = vertical ? out->h : out->w;
    for (int64_t y = 0; y < out->h; y++)
        for (int64_t x = 0; x < out->w; x++)
            for (int c = 0; c < out->channels; c++) {
                const double at = ((double)(vertical ? y : x) + 0.5) * ((double)n / (double)m) - 0.5;
                const double pixel = floor(order ? at : at + 0.5), toward = order ? at - pixel : 0;
                const int64_t i = (int64_t)pixel;
                const double a = checkop_extended(in, vertical ? x : i, vertical ? i : y, c, mode, 0);
                const double b = checkop_extended(in, vertical ? x : i + 1, vertical ? i + 1 : y, c, mode, 0);
                *plane_at(out, x, y, c) = toward > 0 ? (1 - toward) * a + toward * b : a;
            }
}

static plane empty(const plane *like, int64_t w, int64_t h)
{
    return (plane){w, h, like->channels, WSI_F64, wsi_calloc((size_t)(w * h * like->channels), sizeof(double))};
}

static void resample(const oprun *run, const plane *in, plane *out, int order, double sigma_y, double sigma_x,
                     const char *blur, const char *mode, double cval)
{
    plane a = empty(in, in->w, in->h), b = empty(in, in->w, in->h), c = empty(in, in->w, out->h);
    const int preserve = (int)checkop_number(run, "preserve_range") || run->out.type != WSI_F32;
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++)
        a.v[i] = preserve ? in->v[i] : checkop_as_float(in->type, in->v[i]);
    checkop_blur_axis(&a, &b, sigma_y, 4, 1, blur, cval);
    checkop_blur_axis(&b, &a, sigma_x, 4, 0, blur, cval);
    resample_axis(&a, &c, 1, order, mode);
    resample_axis(&c, out, 0, order, mode);
    wsi_free(a.v);
    wsi_free(b.v);
    wsi_free(c.v);
}

static int resize_order(const oprun *run)
{
    const char *order = checkop_word(run, "order");
    return strcmp(order, "auto") == 0 ? run->in[0].type != WSI_BOOL : order[0] == '1';
}

static double alias_sigma(const oprun *run, int axis, int64_t n, int64_t m, int smaller)
{
    const char *choice = checkop_word(run, "anti_aliasing");
    const int wanted =
        strcmp(choice, "auto") == 0 ? resize_order(run) || run->in[0].type >= WSI_F32 : strcmp(choice, "true") == 0;
    const int given = checkop_list_size(run, "anti_aliasing_sigma");
    if (given && wanted && (smaller || strcmp(choice, "true") == 0))
        return checkop_list(run, "anti_aliasing_sigma", axis < given ? axis : 0);
    return wanted && m < n && !given ? ((double)n / (double)m - 1) / 2 : 0;
}

static void ref_resize(const oprun *run, const plane *in, plane *out)
{
    const char *numpy = checkop_word(run, "mode");
    const char *mode = strcmp(numpy, "reflect") == 0 ? "mirror" : strcmp(numpy, "edge") == 0 ? "nearest" : "reflect";
    const int smaller = out->w < in->w || out->h < in->h;
    resample(run, in, out, resize_order(run), alias_sigma(run, 0, in->h, out->h, smaller),
             alias_sigma(run, 1, in->w, out->w, smaller), mode, mode, 0);
}

static void ref_pyramid(const oprun *run, const plane *in, plane *out)
{
    const double given = checkop_number(run, "sigma"), sigma = given > 0 ? given : checkop_number(run, "downscale") / 3;
    resample(run, in, out, (int)checkop_number(run, "order"), sigma, sigma, checkop_word(run, "mode"), "mirror",
             checkop_number(run, "cval"));
}

static const char *const downscale_large[] = {"downscale_local_mean:factors=[300,2]",
                                              "downscale_local_mean:factors=[3,1000],cval=7", NULL};
static const char *const resize_large[] = {"resize:factor=40,mode=symmetric", "resize:factor=7,enlarge=true",
                                           "resize:factor=64,order=0", "resize:factor=3,anti_aliasing_sigma=[40,2]",
                                           NULL};
static const char *const pyramid_large[] = {"pyramid_reduce:downscale=30", "pyramid_reduce:sigma=40,mode=constant",
                                            NULL};
static const char *const laplacian_large[] = {"blur_laplacian_variance:block=1000", NULL};
static const char *const tenengrad_large[] = {"blur_tenengrad:block=400", NULL};

const checkop_row checkop_transform_rows[] = {{"downscale_local_mean", ref_downscale, downscale_large},
                                              {"blur_laplacian_variance", ref_laplacian_variance, laplacian_large},
                                              {"blur_tenengrad", ref_tenengrad, tenengrad_large},
                                              {"pyramid_reduce", ref_pyramid, pyramid_large},
                                              {"resize", ref_resize, resize_large},
                                              {"tissue_fraction", ref_tissue, NULL},
                                              {NULL, NULL, NULL}};
