/* References of the operations on intensities that look at the whole image, from their definitions: all samples in one
 * sorted list. */
#include "checkop-data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Samples of a channel (-1: of all) under the parameter `mask`, sorted; NaN last. */
typedef struct sorted {
    double *v;
    int64_t n;
    int nan;
} sorted;

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static sorted sort_samples(const plane *in, const plane *mask, int channel)
{
    sorted s = {(double *)wsi_calloc((size_t)(in->w * in->h * in->channels) + 1, sizeof(double)), 0, 0};
    for (int64_t i = 0; i < in->w * in->h; i++)
        for (int c = 0; c < in->channels; c++) {
            if ((mask && mask->v[i] == 0) || (channel >= 0 && c != channel)) continue;
            s.v[s.n++] = in->v[i * in->channels + c];
            s.nan |= isnan(s.v[s.n - 1]);
        }
    qsort(s.v, (size_t)s.n, sizeof *s.v, ascending);
    return s;
}

static const plane *mask_of(const oprun *run, const plane *in)
{
    const int mask = checkop_image(run, "mask");
    return mask >= 0 ? &in[mask] : NULL;
}

static int is_real(wsi_dtype type)
{
    return type == WSI_F32 || type == WSI_F64;
}

/* Of the reference's type ranges. */
static void range_of_type(wsi_dtype type, double range[2])
{
    static const double ranges[WSI_DTYPE_COUNT][2] = {
        {0, 1},  {0, 255}, {-128, 127}, {0, 65535}, {-32768, 32767}, {0, 4294967295.0}, {-2147483648.0, 2147483647.0},
        {-1, 1}, {-1, 1}};
    memcpy(range, ranges[type], sizeof ranges[type]);
}

static double percentile(const sorted *s, double percent)
{
    const double at = (double)(s->n - 1) * (percent / 100);
    const int64_t i = (int64_t)floor(at), next = i + 1 < s->n ? i + 1 : i;
    return s->v[i] + (s->v[next] - s->v[i]) * (at - (double)i);
}

/* The range that is stretched. */
static void input_range(const oprun *run, const plane *in, double range[2])
{
    const int given = checkop_list_size(run, "in_range") > 0, percents = checkop_list_size(run, "in_percentiles") > 0;
    sorted s = sort_samples(in, mask_of(run, in), -1);
    for (int i = 0; i < 2; i++) {
        if (given)
            range[i] = checkop_list(run, "in_range", i);
        else if (s.nan)
            range[i] = NAN;
        else
            range[i] = percents ? percentile(&s, checkop_list(run, "in_percentiles", i)) : s.v[i ? s.n - 1 : 0];
    }
    if (!given && checkop_list(run, "in_range", 0) != 0) range_of_type(in->type, range);
    wsi_free(s.v);
}

static void ref_rescale(const oprun *run, const plane *in, plane *out)
{
    double from[2], to[2];
    input_range(run, in, from);
    range_of_type(in->type, to);
    if (from[0] >= 0) to[0] = 0;
    for (int i = 0; i < checkop_list_size(run, "out_range"); i++) to[i] = checkop_list(run, "out_range", i);
    const double a = from[0], b = from[1], c = to[0], d = to[1];
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) {
        const double v = in->v[i] < a ? a : in->v[i] > b ? b : in->v[i];
        const double r = a == b ? fmin(fmax(v, c), d) : (v - a) / (b - a) * (d - c) + c;
        out->v[i] = is_real(out->type) ? r : trunc(r);
    }
}

/* numpy.interp. */
static double interpolate(double v, const double *x, const double *y, int64_t n)
{
    int64_t i = 0;
    if (isnan(v)) return v;
    if (v <= x[0]) return y[0];
    if (v >= x[n - 1]) return y[n - 1];
    while (x[i + 1] <= v) i++;
    if (x[i] == v) return y[i];
    return (y[i + 1] - y[i]) / (x[i + 1] - x[i]) * (v - x[i]) + y[i];
}

/* Samples not above v. */
static int64_t up_to(const sorted *s, double v)
{
    int64_t low = 0, high = s->n;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (s->v[middle] <= v)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double as_narrow(wsi_dtype type, double v)
{
    return type == WSI_F32 ? (double)(float)v : v;
}

/* Middles of equal bins, and the share of samples up to the end of each; x and y hold n values. */
static void share_bins(const sorted *s, wsi_dtype type, int64_t n, double *x, double *y)
{
    double low = s->v[0], high = s->v[s->n - 1];
    int64_t at = 0;
    if (low == high) low = as_narrow(type, low - 0.5), high = as_narrow(type, high + 0.5);
    const double step = as_narrow(type, (as_narrow(type, high - low)) / (double)n);
    double from = low;
    for (int64_t i = 0; i < n; i++) {
        const double next = as_narrow(type, as_narrow(type, (double)(i + 1) * step) + low),
                     to = i + 1 < n ? next : high;
        while (at < s->n && (s->v[at] < to || i + 1 == n)) at++;
        x[i] = as_narrow(type, (from + to)) / 2;
        y[i] = (double)at / (double)s->n;
        from = to;
    }
}

static void ref_equalize(const oprun *run, const plane *in, plane *out)
{
    const int64_t n = (int64_t)checkop_number(run, "nbins"), samples = in->w * in->h * in->channels;
    sorted s = sort_samples(in, mask_of(run, in), -1);
    double *x = (double *)wsi_calloc(2 * (size_t)n, sizeof *x), *y = x + n;
    const int binned = is_real(in->type) || in->type == WSI_BOOL;
    if (binned) share_bins(&s, in->type, n, x, y);
    for (int64_t i = 0; i < samples; i++) {
        const double v = fmax(in->v[i], s.v[0]);
        out->v[i] = binned ? interpolate(in->v[i], x, y, n) : (double)up_to(&s, v) / (double)s.n;
    }
    wsi_free(x);
    wsi_free(s.v);
}

/* Levels on which samples lie before they are matched. */
static double level_step(const sorted *s, wsi_dtype type)
{
    return is_real(type) ? (s->v[s->n - 1] - s->v[0]) / 65535 : 1;
}

static void round_to_levels(sorted *s, wsi_dtype type)
{
    const double low = s->v[0], step = level_step(s, type);
    for (int64_t i = 0; i < s->n && is_real(type) && step > 0; i++)
        s->v[i] = low + floor((s->v[i] - low) / step + 0.5) * step;
}

/* The different samples and the share up to each; returns how many. */
static int64_t share_values(const sorted *s, double *x, double *y)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++) {
        if (i + 1 < s->n && s->v[i + 1] == s->v[i]) continue;
        x[n] = s->v[i];
        y[n++] = (double)(i + 1) / (double)s->n;
    }
    return n;
}

static void match(const plane *in, const plane *mask, const plane *to, const plane *to_mask, int channel, plane *out)
{
    sorted from = sort_samples(in, mask, channel), known = sort_samples(to, to_mask, channel);
    const double low = from.v[0], step = level_step(&from, in->type);
    double *x = (double *)wsi_calloc(2 * (size_t)known.n, sizeof *x), *y = x + known.n;
    round_to_levels(&from, in->type);
    round_to_levels(&known, in->type);
    const int64_t n = share_values(&known, x, y);
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) {
        if (channel >= 0 && i % in->channels != channel) continue;
        const double low_end = in->type < WSI_U32 ? -HUGE_VAL : low; /* of the levels */
        double v = fmax(in->v[i], low_end);
        if (is_real(in->type) && step > 0) v = low + floor((v - low) / step + 0.5) * step;
        const double share = (double)up_to(&from, v + step * 1e-3) / (double)from.n;
        const double r = interpolate(share, y, x, n);
        out->v[i] = out->type == WSI_BOOL ? r != 0 : out->type < WSI_F32 ? trunc(r) : r;
    }
    wsi_free(x);
    wsi_free(from.v);
    wsi_free(known.v);
}

static void ref_match(const oprun *run, const plane *in, plane *out)
{
    const int mask = checkop_image(run, "mask"), apart = strcmp(checkop_word(run, "channel_axis"), "none") != 0;
    plane to = plane_of(&run->reference[0]), to_mask = {0};
    if (mask >= 0) to_mask = plane_of(&run->reference[mask]);
    for (int c = apart ? 0 : -1; c < (apart ? in->channels : 0); c++)
        match(in, mask_of(run, in), &to, mask >= 0 ? &to_mask : NULL, c, out);
    wsi_free(to.v);
    wsi_free(to_mask.v);
}

static const char *const rescale_large[] = {"rescale_intensity", "rescale_intensity:in_percentiles=[2,98]",
                                            "rescale_intensity:in_percentiles=[0,100]", NULL};

static const char *const equalize_large[] = {"equalize_hist", "equalize_hist:nbins=1000", NULL};
static const char *const match_large[] = {"match_histograms", "match_histograms:channel_axis=-1", NULL};

const checkop_row checkop_exposure_rows[] = {
    {"equalize_hist", ref_equalize, equalize_large},
    {"match_histograms", ref_match, match_large},
    {"rescale_intensity", ref_rescale, rescale_large},
    {NULL, NULL, NULL},
};
