/* References of the local thresholds and of the restoration filters: each pixel from its definition in float64. */
#include "checkop.h"

#include <math.h>
#include <string.h>

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

static const char *const niblack_large[] = {"threshold_niblack:window_size=[5,3],k=0.7",
                                            "threshold_niblack:window_size=[1,31]",
                                            "threshold_niblack:window_size=[45,1]", NULL};
static const char *const sauvola_large[] = {"threshold_sauvola:window_size=[3,7],r=0.2",
                                            "threshold_sauvola:window_size=33,k=-0.5", NULL};

const checkop_row checkop_local_rows[] = {
    {"threshold_niblack", ref_niblack, niblack_large},
    {"threshold_sauvola", ref_sauvola, sauvola_large},
    {NULL, NULL, NULL},
};
