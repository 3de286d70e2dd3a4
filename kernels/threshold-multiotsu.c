/* Thresholds between several classes: Liao, Chen & Chung 2001, the classes whose squared sums over their weights are
 * the largest in all, as scikit-image has it (filters/_multiotsu.pyx).
 *
 * Empty bins never make it larger, so only filled ones are looked at. best[c][i], the largest sum of c classes from bin
 * i on, is found by halving: the best end of the first class moves only upwards with i. In single precision roundings
 * may decide: then every choice that comes close is tried, in scikit-image's order (2^27 steps at most). Choices that
 * are the same to a millionth are common, so that even without compat scikit-image's is taken where it is no worse than
 * that.
 *
 * Two of scikit-image's peculiarities are kept: the first bin's index counts as 1, and a class of that bin alone counts
 * as nothing. The latter is avoided where the next bin is empty, by a threshold there. */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "threshold-fit.h"

enum { STEPS_MAX = 1 << 27 };
static const double ROUNDING = 0x1p-23; /* of a sum and its best, in single precision */
static const double SAME = 1 - 1e-6;    /* a choice that is as good */

typedef struct search {
    int64_t n;      /* filled bins */
    int64_t *bin;   /* their numbers */
    double *weight; /* of filled bins before i, n + 1 of them */
    double *moment; /* of their numbers */
    double *best;   /* (classes + 1) x (n + 1) */
    int64_t classes;
    int compat;
    int64_t at[WSI_CLASSES_MAX], found[WSI_CLASSES_MAX]; /* last filled bin of each class */
    float largest;
    double most, close; /* found, in double; and what may be as much in single precision */
    int64_t steps;      /* of the search for it */
} search;

static double *best_of(const search *s, int64_t classes)
{
    return s->best + classes * (s->n + 1);
}

/* A class of filled bins i to j. */
static double class_sum(const search *s, int64_t i, int64_t j)
{
    const double moment = s->moment[j + 1] - s->moment[i];
    if (j == 0 && s->bin[1] == 1) return 0;
    return moment * moment / (s->weight[j + 1] - s->weight[i]);
}

static float class_sum_f32(const search *s, int64_t i, int64_t j)
{
    const float weight = (float)(s->weight[j + 1] - s->weight[i]), moment = (float)(s->moment[j + 1] - s->moment[i]);
    if (j == 0 && s->bin[1] == 1) return 0;
    return weight > 0 ? (float)(moment * moment) / weight : 0;
}

/* best[classes][i] for i in from .. to, whose first classes end within low .. high. */
static void halve(search *s, int64_t classes, int64_t from, int64_t to, int64_t low, int64_t high)
{
    if (from > to) return;
    const int64_t i = from + (to - from) / 2;
    const double *rest = best_of(s, classes - 1);
    const int64_t first = i > low ? i : low;
    double most = -HUGE_VAL;
    int64_t end = first;
    for (int64_t j = first; j <= high; j++) {
        const double sum = class_sum(s, i, j) + rest[j + 1];
        if (sum > most) most = sum, end = j;
    }
    best_of(s, classes)[i] = most;
    halve(s, classes, from, i - 1, low, end);
    halve(s, classes, i + 1, to, end, high);
}

/* Of fewer than all classes; those from bin 0 on are not needed. */
static void fill_best(search *s)
{
    const int64_t n = s->n;
    for (int64_t i = 1; i < n; i++) best_of(s, 1)[i] = class_sum(s, i, n - 1);
    for (int64_t c = 2; c < s->classes; c++) {
        for (int64_t i = 0; i <= n; i++) best_of(s, c)[i] = -HUGE_VAL;
        halve(s, c, 1, n - c, 1, n - c);
    }
}

/* The first of the best ways to make `classes` classes of the bins from i on. */
static void follow(search *s, int64_t classes, int64_t i)
{
    for (int64_t c = classes; c > 1; c--) {
        const double *rest = best_of(s, c - 1);
        double most = -HUGE_VAL;
        int64_t end = i;
        for (int64_t j = i; j <= s->n - c; j++) {
            const double sum = class_sum(s, i, j) + rest[j + 1];
            if (sum > most) most = sum, end = j;
        }
        if (c == s->classes) s->most = most;
        s->found[s->classes - c] = end;
        i = end + 1;
    }
}

/* In the order of scikit-image's sum. */
static void try_all_ends(search *s)
{
    const int64_t ends = s->classes - 1;
    float sum = class_sum_f32(s, 0, s->at[0]) + class_sum_f32(s, s->at[ends - 1] + 1, s->n - 1);
    for (int64_t k = 1; k < ends; k++) sum += class_sum_f32(s, s->at[k - 1] + 1, s->at[k]);
    if (!(sum > s->largest)) return;
    s->largest = sum;
    memcpy(s->found, s->at, sizeof s->found);
}

/* All ends of the classes from number k on, which begin at bin i, that may come to enough with `sum` before them. */
static void explore(search *s, int64_t k, int64_t i, double sum)
{
    const int64_t left = s->classes - 1 - k;
    if (left == 0) {
        try_all_ends(s);
        return;
    }
    const double *rest = best_of(s, left);
    for (int64_t j = i; j < s->n - left && s->steps++ < STEPS_MAX; j++) {
        const double with = sum + class_sum(s, i, j);
        if (with + rest[j + 1] < s->close) continue;
        s->at[k] = j;
        explore(s, k + 1, j + 1, with);
    }
}

/* The filled bins; counts as shares in single precision with compat. */
static void take_bins(search *s, const wsi_levels *l)
{
    double weight = 0, moment = 0, total = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < l->n; i++) total += (double)l->count[i];
    for (int64_t i = 0; i < l->n; i++) {
        const double number = i ? (double)i : 1, count = (double)l->count[i];
        if (!l->count[i]) continue;
        const double share = s->compat ? (double)(float)(count / total) : count;
        const double part = s->compat ? (double)(float)((float)number * (float)share) : number * share;
        weight = s->compat ? (double)(float)(weight + share) : weight + share;
        moment = s->compat ? (double)(float)(moment + part) : moment + part;
        s->bin[n++] = i;
        s->weight[n] = weight;
        s->moment[n] = moment;
    }
}

static int64_t filled(const wsi_levels *l)
{
    int64_t n = 0;
    for (int64_t i = 0; i < l->n; i++) n += l->count[i] != 0;
    return n;
}

static wsi_status seek(search *s, const wsi_levels *l, wsi_error *err)
{
    const size_t n = (size_t)s->n + 1;
    s->bin = (int64_t *)wsi_calloc(n, sizeof *s->bin);
    s->weight = (double *)wsi_calloc(n * ((size_t)s->classes + 3), sizeof *s->weight);
    if (!s->bin || !s->weight)
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory for %lld classes of %lld values",
                             (long long)s->classes, (long long)s->n);
    s->moment = s->weight + n;
    s->best = s->moment + n;
    take_bins(s, l);
    if (s->n == s->classes) {
        for (int64_t k = 0; k + 1 < s->classes; k++) s->found[k] = k;
        return WSI_OK;
    }
    fill_best(s);
    follow(s, s->classes, 0);
    s->close = s->most * (1 - (double)(s->classes + 6) * ROUNDING);
    if (s->compat) explore(s, 0, 0, 0);
    return WSI_OK;
}

static void clear(search *s)
{
    wsi_free(s->bin);
    wsi_free(s->weight);
}

/* What the classes with these ends come to. */
static double sum_of(const search *s, const int64_t *ends)
{
    double sum = 0;
    int64_t from = 0;
    for (int64_t k = 0; k + 1 < s->classes; k++) {
        sum += class_sum(s, from, ends[k]);
        from = ends[k] + 1;
    }
    return sum + class_sum(s, from, s->n - 1);
}

wsi_status wsi_fit_multiotsu(const wsi_levels *l, const wsi_threshold_how *how, double *out, wsi_error *err)
{
    search exact = {.n = filled(l), .classes = how->classes}, single = exact;
    const int64_t *ends = single.found;
    single.compat = 1;
    WSI_RETURN_IF(exact.n < exact.classes, WSI_ERR_INPUT_UNSUPPORTED,
                  "%lld different values are too few for %lld classes", (long long)exact.n, (long long)exact.classes);
    wsi_status status = seek(&single, l, err);
    if (status == WSI_OK && !how->compat) {
        status = seek(&exact, l, err);
        if (status == WSI_OK && exact.n > exact.classes && sum_of(&exact, ends) < exact.most * SAME) ends = exact.found;
    }
    for (int64_t k = 0; k + 1 < exact.classes && status == WSI_OK; k++) out[k] = l->value[single.bin[ends[k]]];
    if (status == WSI_OK && exact.n > exact.classes && ends[0] == 0 && single.bin[1] > 1) out[0] = l->value[1];
    clear(&single);
    clear(&exact);
    return status;
}
