/* Thresholds of a histogram that need one or two passes over its bins: Otsu 1979, Yen, Chang & Chang 1995, Ridler &
 * Calvard 1978 (isodata), Zack, Rogers & Latt 1977 (triangle), Prewitt & Mendelsohn 1966 (minimum), Li & Lee 1993. */
#include "threshold-fit.h"

#include <math.h>

#include "common/mem.h"
#include "threshold-sums.h"

/* Single precision tells criteria apart to some millionths: where scikit-image's choice is no worse than that, it is
 * taken without compat as well. */
static const double SAME = 1 - 4e-6;

/* The variance between the classes, of all bins but the last, into the sums' spare room. */
static void otsu_variance(int compat, int narrow, int64_t n, const wsi_bin_sums *below, const wsi_bin_sums *above)
{
    for (int64_t i = 0; i + 1 < n; i++) {
        const double weights = wsi_narrow(compat, below->weight[i] * above->weight[i + 1]);
        const double mean = wsi_narrow(narrow, below->moment[i] / below->weight[i]);
        const double other = wsi_narrow(narrow, above->moment[i + 1] / above->weight[i + 1]);
        const double apart = wsi_narrow(narrow, mean - other);
        below->spare[i] = wsi_narrow(narrow, weights * wsi_narrow(narrow, apart * apart));
    }
}

wsi_status wsi_fit_otsu(const wsi_levels *l, const wsi_threshold_how *how, double *out, wsi_error *err)
{
    wsi_bin_sums below, above;
    int64_t best = 0;
    *out = l->lowest;
    if (wsi_levels_single(l)) return WSI_OK;
    for (int compat = 1; compat >= how->compat; compat--) {
        WSI_FORWARD(wsi_bin_sums_make(l, compat, &below, &above, err));
        otsu_variance(compat, compat && l->narrow, l->n, &below, &above);
        const int64_t largest = wsi_first_largest(below.spare, l->n - 1);
        if (compat || below.spare[best] < below.spare[largest] * SAME) best = largest;
        wsi_bin_sums_free(&below, &above);
    }
    *out = l->value[best];
    return WSI_OK;
}

/* The sum over bins of the squares of their shares, from either end, and the share up to each. */
static void yen_shares(const wsi_levels *l, int compat, double *share, double *below, double *above)
{
    if (!compat) {
        wsi_square_sums(l, share, below, above);
        return;
    }
    for (int64_t i = 0; i < l->n; i++) share[i] = (float)l->count[i];
    const double total = wsi_pairwise_f32(share, l->n);
    for (int64_t i = 0; i < l->n; i++) share[i] = (float)(share[i] / total);
    for (int64_t i = 0; i < l->n; i++) below[i] = above[i] = (float)(share[i] * share[i]);
    for (int64_t i = 1; i < l->n; i++) share[i] = (float)(share[i] + share[i - 1]);
    for (int64_t i = 1; i < l->n; i++) below[i] = (float)(below[i] + below[i - 1]);
    for (int64_t i = l->n - 2; i >= 0; i--) above[i] = (float)(above[i] + above[i + 1]);
}

/* Writes the criterion of all bins but the last into share, which has room for three times as many values. */
static void yen_criterion(const wsi_levels *l, int c, double *share)
{
    double *below = share + l->n, *above = below + l->n;
    yen_shares(l, c, share, below, above);
    for (int64_t i = 0; i + 1 < l->n; i++) {
        const double both = wsi_narrow(c, 1 / wsi_narrow(c, below[i] * above[i + 1]));
        const double apart = wsi_narrow(c, share[i] * wsi_narrow(c, 1 - share[i]));
        const double criterion = wsi_narrow(c, both * wsi_narrow(c, apart * apart));
        share[i] = c ? wsi_log_f32(criterion) : criterion; /* the logarithm only rounds */
    }
}

wsi_status wsi_fit_yen(const wsi_levels *l, const wsi_threshold_how *how, double *out, wsi_error *err)
{
    *out = l->value[0];
    if (l->n == 1) return WSI_OK;
    double *criterion = (double *)wsi_calloc((size_t)l->n * 3, sizeof *criterion);
    WSI_RETURN_IF(!criterion, WSI_ERR_NO_MEMORY, "out of memory for a histogram");
    yen_criterion(l, 1, criterion);
    const int64_t single = wsi_first_largest(criterion, l->n - 1);
    yen_criterion(l, 0, criterion);
    const int64_t exact = wsi_first_largest(criterion, l->n - 1);
    const int same = how->compat || criterion[single] >= criterion[exact] * SAME;
    *out = l->value[same ? single : exact];
    wsi_free(criterion);
    return WSI_OK;
}

/* How far the middle between the means of the values up to bin i's and above it lies above that value. compat: of sums
 * rounded as scikit-image's. */
static double midway(const wsi_levels *l, int compat, const wsi_bin_sums *below, const wsi_bin_sums *above, int64_t i)
{
    const int narrow = compat && l->narrow;
    const double weight = below->weight[l->n - 1], moment = below->moment[l->n - 1];
    const double rest = compat ? wsi_narrow(1, weight - below->weight[i]) : above->weight[i + 1];
    const double sum = compat ? wsi_narrow(narrow, moment - below->moment[i]) : above->moment[i + 1];
    const double lower = wsi_narrow(narrow, below->moment[i] / below->weight[i]);
    const double middle = wsi_narrow(narrow, lower + wsi_narrow(narrow, sum / rest)) / 2;
    return wsi_narrow(narrow, middle - l->value[i]);
}

/* The first bin for which that is at least 0 and less than a bin's width; n - 1: none. Where it is 0 or the width but
 * for some millionths, rounding decides: scikit-image's, of the sums `rough`. */
static int64_t first_midway(const wsi_levels *l, const wsi_bin_sums sums[2], const wsi_bin_sums rough[2])
{
    const double width = wsi_narrow(l->narrow, l->value[1] - l->value[0]), near = (1 - SAME) * width;
    int64_t i = 0;
    for (; i + 1 < l->n; i++) {
        const double exact = midway(l, sums == rough, &sums[0], &sums[1], i);
        const double rounded = midway(l, 1, &rough[0], &rough[1], i);
        const int tie = fabs(exact) <= near || fabs(exact - width) <= near;
        const double apart = tie && fabs(rounded - exact) <= near ? rounded : exact;
        if (apart >= 0 && apart < width) break;
    }
    return i;
}

wsi_status wsi_fit_isodata(const wsi_levels *l, const wsi_threshold_how *how, double *out, wsi_error *err)
{
    wsi_bin_sums rough[2], exact[2];
    *out = l->value[0];
    if (l->n == 1) return WSI_OK;
    WSI_FORWARD(wsi_bin_sums_make(l, 1, &rough[0], &rough[1], err));
    const wsi_status status = wsi_bin_sums_make(l, 0, &exact[0], &exact[1], err);
    const int64_t found = status == WSI_OK ? first_midway(l, how->compat ? rough : exact, rough) : 0;
    wsi_bin_sums_free(&rough[0], &rough[1]);
    if (status != WSI_OK) return status;
    wsi_bin_sums_free(&exact[0], &exact[1]);
    *out = l->value[found];
    WSI_RETURN_IF(found == l->n - 1, WSI_ERR_INPUT_UNSUPPORTED,
                  "no value lies midway between the means of the values around it");
    return WSI_OK;
}

wsi_status wsi_fit_triangle(const wsi_levels *l, const wsi_threshold_how *how, double *out, wsi_error *err)
{
    int64_t peak = 0, low = 0, high = l->n - 1;
    (void)how, (void)err;
    *out = l->lowest;
    if (wsi_levels_single(l)) return WSI_OK;
    for (int64_t i = 0; i < l->n; i++)
        if (l->count[i] > l->count[peak]) peak = i;
    while (!l->count[low]) low++;
    while (!l->count[high]) high--;
    const int flip = peak - low < high - peak;
    const int64_t step = flip ? -1 : 1, from = flip ? high : low, width = flip ? high - peak : peak - low;
    const double top = (double)l->count[peak];
    const double norm = sqrt((double)((unsigned __int128)l->count[peak] * l->count[peak] +
                                      (unsigned __int128)width * (unsigned __int128)width));
    const double across = (double)width / norm, up = top / norm;
    int64_t best = 0;
    double longest = -HUGE_VAL;
    for (int64_t i = 0; i < width; i++) {
        const double length = up * (double)i - across * (double)l->count[from + step * i];
        if (length > longest) longest = length, best = i;
    }
    *out = l->value[from + step * best];
    return WSI_OK;
}

/* scipy.ndimage.uniform_filter1d of three bins, reflected at the ends: a running sum in double, a third of which is
 * stored as float32. */
static void smooth(float *v, int64_t n)
{
    float before = v[0];
    double sum = (double)v[0] + (double)v[0] + (double)v[n > 1 ? 1 : 0];
    for (int64_t i = 0; i < n; i++) {
        const float here = v[i];
        v[i] = (float)(sum / 3);
        sum += (double)v[i + 2 < n ? i + 2 : n - 1] - (double)before;
        before = here;
    }
}

/* Ends of rises; up to two of them are kept. A plateau counts at its end. */
static int64_t maxima(const float *v, int64_t n, int64_t at[2])
{
    int64_t found = 0;
    int rising = 1;
    for (int64_t i = 0; i + 1 < n; i++) {
        if (rising && v[i + 1] < v[i]) {
            rising = 0;
            if (found < 2) at[found] = i;
            found++;
        } else if (!rising && v[i + 1] > v[i]) {
            rising = 1;
        }
    }
    return found;
}

wsi_status wsi_fit_minimum(const wsi_levels *l, const wsi_threshold_how *how, double *out, wsi_error *err)
{
    float *v = (float *)wsi_calloc((size_t)l->n, sizeof *v);
    int64_t at[2] = {0, 0}, found = 0, round = 0;
    WSI_RETURN_IF(!v, WSI_ERR_NO_MEMORY, "out of memory for a histogram");
    for (int64_t i = 0; i < l->n; i++) v[i] = (float)l->count[i];
    for (; round < how->max_num_iter; round++) {
        smooth(v, l->n);
        found = maxima(v, l->n, at);
        if (found < 3) break;
    }
    int64_t lowest = at[0];
    for (int64_t i = at[0]; i <= at[1]; i++)
        if (v[i] < v[lowest]) lowest = i;
    *out = l->value[lowest];
    wsi_free(v);
    WSI_RETURN_IF(found != 2, WSI_ERR_INPUT_UNSUPPORTED, "the smoothed histogram has %lld maxima, not two",
                  (long long)found);
    WSI_RETURN_IF(round == how->max_num_iter - 1, WSI_ERR_INPUT_UNSUPPORTED,
                  "the histogram has two maxima only after max_num_iter = %lld steps of smoothing",
                  (long long)how->max_num_iter);
    return WSI_OK;
}

/* scikit-image's counts are float32. */
static void round_counts(const wsi_levels *l, uint64_t *count)
{
    for (int64_t i = 0; i < l->n; i++) count[i] = (uint64_t)(float)l->count[i];
}

static wsi_status li_sums(const wsi_levels *l, int compat, wsi_bin_sums *below, wsi_bin_sums *above, wsi_error *err)
{
    wsi_levels rounded = *l;
    if (!compat) return wsi_bin_sums_make(l, 0, below, above, err);
    rounded.count = (uint64_t *)wsi_calloc((size_t)l->n, sizeof *rounded.count);
    WSI_RETURN_IF(!rounded.count, WSI_ERR_NO_MEMORY, "out of memory for a histogram");
    round_counts(l, rounded.count);
    const wsi_status status = wsi_bin_sums_make(&rounded, 0, below, above, err);
    wsi_free(rounded.count);
    return status;
}

wsi_status wsi_fit_li(const wsi_levels *l, const wsi_threshold_how *how, double *out, wsi_error *err)
{
    const double first = l->value[0], span = l->value[l->n - 1] - first;
    const double tolerance = how->tolerance > 0 ? how->tolerance : 0.5;
    wsi_bin_sums below, above;
    *out = l->lowest;
    if (l->n == 1) return WSI_OK;
    const double guess = how->guess ? trunc(*how->guess - first) : 0;
    WSI_RETURN_IF(how->guess && !(*how->guess - first > 0 && *how->guess - first < span), WSI_ERR_INPUT_UNSUPPORTED,
                  "parameter initial_guess: %g does not lie between the smallest and largest value, %g and %g",
                  *how->guess, first, first + span);
    WSI_FORWARD(li_sums(l, how->compat, &below, &above, err));
    double next = how->guess ? guess : below.moment[l->n - 1] / below.weight[l->n - 1] - first, now = -2 * tolerance;
    while (fabs(next - now) > tolerance) {
        now = next;
        const int64_t at = (int64_t)now; /* the last bin of the background */
        const double fore = above.moment[at + 1] / above.weight[at + 1] - first;
        const double back = below.moment[at] / below.weight[at] - first;
        if (!(back > 0)) break;
        next = (back - fore) / (log(back) - log(fore));
    }
    *out = next + first;
    wsi_bin_sums_free(&below, &above);
    return WSI_OK;
}
