/* References of the local thresholds and of the restoration filters: each pixel from its definition in float64. */
#include "checkop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Mean and standard deviation of a window of rows x columns about a pixel. */
static void window_of(const plane *p, int64_t x, int64_t y, int c, int64_t rows, int64_t columns, const char *mode,
                      double cval, double *mean, double *deviation)
{
    double sum = 0, spread = 0;
    for (int64_t j = -(rows / 2); j <= rows / 2; j++)
        for (int64_t i = -(columns / 2); i <= columns / 2; i++) sum += checkop_extended(p, x + i, y + j, c, mode, cval);
    *mean = sum / (double)(rows * columns);
    for (int64_t j = -(rows / 2); j <= rows / 2; j++)
        for (int64_t i = -(columns / 2); i <= columns / 2; i++) {
            const double d = checkop_extended(p, x + i, y + j, c, mode, cval) - *mean;
            spread += d * d;
        }
    *deviation = sqrt(spread / (double)(rows * columns));
}

static void threshold(const oprun *run, const plane *in, plane *out, double r)
{
    const int last = checkop_list_size(run, "window_size") - 1;
    const int64_t rows = (int64_t)checkop_list(run, "window_size", 0);
    const int64_t columns = (int64_t)checkop_list(run, "window_size", last);
    const double k = checkop_number(run, "k");
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double mean, deviation;
                window_of(in, x, y, c, rows, columns, "mirror", 0, &mean, &deviation);
                *plane_at(out, x, y, c) = r > 0 ? mean * (1 + k * (deviation / r - 1)) : mean - k * deviation;
            }
}

static void ref_niblack(const oprun *run, const plane *in, plane *out)
{
    threshold(run, in, out, 0);
}

static void ref_sauvola(const oprun *run, const plane *in, plane *out)
{
    static const double half[WSI_DTYPE_COUNT] = {0.5, 127.5, 127.5, 32767.5, 32767.5, 2147483647.5, 2147483647.5, 1, 1};
    threshold(run, in, out, checkop_list_size(run, "r") ? checkop_list(run, "r", 0) : half[in->type]);
}

/* The gaussian's weight at a distance, before the division by the sum of all. */
static double weight(int64_t d, double sigma)
{
    return sigma > 1e-15 ? exp(-0.5 * (double)(d * d) / (sigma * sigma)) : 1;
}

static double blur(const oprun *run, const plane *p, int64_t x, int64_t y, int c)
{
    const char *mode = checkop_word(run, "mode"), *from = checkop_list_size(run, "param") ? "param" : "block_size";
    const int last = checkop_list_size(run, from) - 1, given = from[0] == 'p';
    const double down = checkop_list(run, from, 0), across = checkop_list(run, from, last);
    const double sy = given ? down : (down - 1) / 6, sx = given ? across : (across - 1) / 6;
    const int64_t ry = (int64_t)floor(4 * sy + 0.5), rx = (int64_t)floor(4 * sx + 0.5);
    double sum = 0, total = 0;
    for (int64_t j = -ry; j <= ry; j++)
        for (int64_t i = -rx; i <= rx; i++) {
            const double w = weight(j, sy) * weight(i, sx);
            sum += w * checkop_extended(p, x + i, y + j, c, mode, checkop_number(run, "cval"));
            total += w;
        }
    return sum / total;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(const plane *p, int64_t x, int64_t y, int c, int64_t rows, int64_t columns, const char *mode,
                     double cval)
{
    double *v = (double *)wsi_calloc((size_t)(rows * columns), sizeof *v);
    int64_t n = 0;
    for (int64_t j = -(rows / 2); j <= rows / 2; j++)
        for (int64_t i = -(columns / 2); i <= columns / 2; i++)
            v[n++] = checkop_extended(p, x + i, y + j, c, mode, cval);
    qsort(v, (size_t)n, sizeof *v, compare);
    const double found = v[n / 2];
    wsi_free(v);
    return found;
}

static void ref_local(const oprun *run, const plane *in, plane *out)
{
    const int last = checkop_list_size(run, "block_size") - 1;
    const int64_t rows = (int64_t)checkop_list(run, "block_size", 0);
    const int64_t columns = (int64_t)checkop_list(run, "block_size", last);
    const char *mode = checkop_word(run, "mode"), *method = checkop_word(run, "method");
    const double cval = checkop_number(run, "cval"), less = checkop_number(run, "offset");
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double v, unused;
                if (strcmp(method, "gaussian") == 0)
                    v = blur(run, in, x, y, c);
                else if (strcmp(method, "median") == 0)
                    v = middle(in, x, y, c, rows, columns, mode, cval);
                else
                    window_of(in, x, y, c, rows, columns, mode, cval, &v, &unused);
                *plane_at(out, x, y, c) = v - less;
            }
}

static void ref_rolling_ball(const oprun *run, const plane *in, plane *out)
{
    const int64_t r = (int64_t)checkop_number(run, "radius");
    const int whole = in->type != WSI_F32 && in->type != WSI_F64;
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double best = HUGE_VAL;
                for (int64_t j = -r; j <= r; j++)
                    for (int64_t i = -r; i <= r; i++) {
                        if (i * i + j * j > r * r || x + i < 0 || x + i >= in->w || y + j < 0 || y + j >= in->h)
                            continue;
                        const double drop = (double)r - sqrt((double)(r * r - i * i - j * j));
                        best = fmin(best, *plane_at(in, x + i, y + j, c) + drop);
                    }
                *plane_at(out, x, y, c) = whole ? trunc(best) : best;
            }
}

/* What of the image bilateral weights depend on, and the window's side. */
typedef struct bilateral {
    double most, least, sigma;
    int64_t side;
    int flat; /* of one value, which the operation has looked for */
} bilateral;

static double given_or(const oprun *run, const char *name, double otherwise)
{
    return checkop_list_size(run, name) ? checkop_list(run, name, 0) : otherwise;
}

static bilateral bilateral_of(const oprun *run, const plane *in)
{
    const double side = checkop_number(run, "win_size"), reach = ceil(3 * checkop_number(run, "sigma_spatial"));
    const int64_t n = in->w * in->h * in->channels;
    double low = in->v[0], high = in->v[0], mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        low = fmin(low, in->v[i]), high = fmax(high, in->v[i]);
        mean += in->v[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) squares += (in->v[i] - mean) * (in->v[i] - mean) / (double)n;
    return (bilateral){.most = given_or(run, "max_value", high),
                       .least = given_or(run, "min_value", fmin(low, 0)),
                       .sigma = given_or(run, "sigma_color", checkop_as_float(in->type, sqrt(squares))),
                       .side = (int64_t)(side > 0 ? side : fmax(5, 2 * reach + 1)),
                       .flat = low == high && run->fit.fit};
}

/* Weight of a tap, by the reference's tables: of distances on a square one wider than an odd window, read at the
 * window's own width; and of differences cut to bins. */
static double bilateral_weight(const oprun *run, const bilateral *b, int64_t i, int64_t k, double difference,
                               int channels)
{
    const int64_t before = (b->side + 1) / 2, pitch = before + b->side / 2 + 1, place = i * b->side + k;
    const double bins = checkop_number(run, "bins"), y = (double)(place / pitch - before);
    const double x = (double)(place % pitch - before), ss = checkop_number(run, "sigma_spatial");
    const double scale = floor(bins / channels) / (b->most - b->least);
    const double bin = fmin(floor(difference * scale), bins - 1) * (b->most / bins);
    return exp(-0.5 * ((y * y + x * x) / (ss * ss))) * exp(-0.5 * (bin * bin / (b->sigma * b->sigma)));
}

static const char *edge_of(const char *numpy)
{
    static const char *const names[][2] = {
        {"constant", "constant"}, {"edge", "nearest"}, {"symmetric", "reflect"}, {"reflect", "mirror"}};
    int i = 0;
    while (strcmp(names[i][0], numpy) != 0) i++;
    return names[i][1];
}

/* Value as the reference sees it: 0..1 for integers. */
static double bilateral_value(const oprun *run, const plane *p, int64_t x, int64_t y, int c, double least)
{
    const char *mode = edge_of(checkop_word(run, "mode"));
    const int out = x < 0 || y < 0 || x >= p->w || y >= p->h;
    if (out && strcmp(mode, "constant") == 0) return checkop_number(run, "cval") + least;
    const double scale = 1 / checkop_as_float(p->type, 1);
    return checkop_extended(p, x, y, c, mode, 0) * (1 / scale);
}

static void bilateral_pixel(const oprun *run, const bilateral *b, const plane *in, plane *out, int64_t x, int64_t y)
{
    double total[WSI_CHANNELS_MAX] = {0}, weights = 0;
    const int64_t r = (b->side - 1) / 2;
    for (int64_t j = -r; j <= r; j++)
        for (int64_t i = -r; i <= r; i++) {
            double sum = 0;
            for (int c = 0; c < in->channels; c++) {
                const double d =
                    bilateral_value(run, in, x, y, c, b->least) - bilateral_value(run, in, x + i, y + j, c, b->least);
                sum += d * d;
            }
            const double weight = bilateral_weight(run, b, j + r, i + r, sqrt(sum), in->channels);
            weights += weight;
            for (int c = 0; c < in->channels; c++)
                total[c] += weight * bilateral_value(run, in, x + i, y + j, c, b->least);
        }
    for (int c = 0; c < in->channels; c++) *plane_at(out, x, y, c) = total[c] / weights;
}

static void ref_bilateral(const oprun *run, const plane *in, plane *out)
{
    const bilateral b = bilateral_of(run, in);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            if (b.flat)
                for (int c = 0; c < in->channels; c++) *plane_at(out, x, y, c) = bilateral_value(run, in, x, y, c, 0);
            else
                bilateral_pixel(run, &b, in, out, x, y);
}

/* exp by its bits' upper half, as the reference approximates it. */
static double fast_exp(double v)
{
    union {
        double v;
        uint64_t bits;
    } e = {.bits = (uint64_t)(uint32_t)((int32_t)(1512775.3951951856938 * v) + 1072632447) << 32};
    return e.v;
}

/* Weight of the patch (dx, dy) away from the one about pixel (x, y). */
static double patch_weight(const oprun *run, const plane *p, int64_t x, int64_t y, int64_t dx, int64_t dy)
{
    const int64_t r = (int64_t)checkop_number(run, "patch_size") / 2;
    const double h = checkop_number(run, "h"), sigma = checkop_number(run, "sigma"), side = 2.0 * (double)r + 1;
    double sum = 0;
    for (int64_t j = -r + 1; j <= r; j++)
        for (int64_t i = -r + 1; i <= r; i++)
            for (int c = 0; c < p->channels; c++) {
                const double d = *plane_at(p, x + i, y + j, c) - *plane_at(p, x + i + dx, y + j + dy, c);
                sum += d * d - 2 * sigma * sigma;
            }
    const double distance = fmax(sum, 0) / (p->channels * h * h * side * side);
    return distance > 5 ? 0 : fast_exp(-distance);
}

/* The image with `reach` pixels around it, on the scale that the parameters ask for. */
static plane padded(const oprun *run, const plane *in, int64_t reach)
{
    const int keep = checkop_number(run, "preserve_range") != 0;
    plane p = {in->w + 2 * reach, in->h + 2 * reach, in->channels, in->type, NULL};
    p.v = (double *)wsi_calloc((size_t)(p.w * p.h * p.channels), sizeof *p.v);
    for (int64_t y = 0; y < p.h; y++)
        for (int64_t x = 0; x < p.w; x++)
            for (int c = 0; c < p.channels; c++) {
                const double v = checkop_extended(in, x - reach, y - reach, c, "mirror", 0);
                *plane_at(&p, x, y, c) = keep ? v : checkop_as_float(in->type, v);
            }
    return p;
}

static void ref_nl_means(const oprun *run, const plane *in, plane *out)
{
    const int64_t d = (int64_t)checkop_number(run, "patch_distance");
    const int64_t reach = d + (int64_t)checkop_number(run, "patch_size") / 2;
    plane p = padded(run, in, reach);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            double total[WSI_CHANNELS_MAX] = {0}, weights = 0;
            for (int64_t j = -d; j <= d; j++)
                for (int64_t i = -d; i <= d; i++) {
                    const double weight = patch_weight(run, &p, x + reach, y + reach, i, j);
                    weights += weight;
                    for (int c = 0; c < in->channels; c++)
                        total[c] += weight * *plane_at(&p, x + reach + i, y + reach + j, c);
                }
            for (int c = 0; c < in->channels; c++) *plane_at(out, x, y, c) = total[c] / weights;
        }
    wsi_free(p.v);
}

static const char *const nl_means_large[] = {"denoise_nl_means:patch_size=9,patch_distance=3,h=0.4",
                                             "denoise_nl_means:patch_size=3,patch_distance=7,h=1,sigma=0.2", NULL};
static const char *const rolling_ball_large[] = {"rolling_ball:radius=40", "rolling_ball:radius=17", NULL};
static const char *const local_large[] = {"threshold_local:block_size=[7,31],offset=3",
                                          "threshold_local:block_size=[9,1],method=mean,mode=mirror,offset=0.25",
                                          "threshold_local:block_size=35,method=mean,mode=constant,cval=1",
                                          "threshold_local:block_size=[3,9],method=median,mode=nearest,offset=-2",
                                          "threshold_local:block_size=17,method=median",
                                          NULL};
static const char *const niblack_large[] = {"threshold_niblack:window_size=[5,3],k=0.7",
                                            "threshold_niblack:window_size=[1,31]",
                                            "threshold_niblack:window_size=[45,1]", NULL};
static const char *const sauvola_large[] = {"threshold_sauvola:window_size=[3,7],r=0.2",
                                            "threshold_sauvola:window_size=33,k=-0.5", NULL};

const checkop_row checkop_local_rows[] = {
    {"denoise_bilateral", ref_bilateral, NULL},
    {"denoise_nl_means", ref_nl_means, nl_means_large},
    {"rolling_ball", ref_rolling_ball, rolling_ball_large},
    {"threshold_local", ref_local, local_large},
    {"threshold_niblack", ref_niblack, niblack_large},
    {"threshold_sauvola", ref_sauvola, sauvola_large},
    {NULL, NULL, NULL},
};
