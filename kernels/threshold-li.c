/* Li's threshold of float images: Li & Lee 1993, iterated as in Li & Tam 1998. The next threshold is the logarithmic
 * mean of the means of the pixels up to the last one and above it, which needs the image anew each time: a histogram
 * stands for it.
 *
 * The first round counts pixels in 2^17 buckets of their keys (value-keys.h), with exact sums, and walks through the
 * steps with what lies within a bucket shared out evenly. That foretells in which buckets the steps fall. The next
 * threshold rises with the last one, so that the sums at a bucket's ends tell whether the search can end in it; few
 * can. The second round counts the buckets of both kinds value by value, and walks again, now exactly. (float64: to
 * 2^-32 of a value.) */
#include "threshold-li.h"

#include <math.h>

#include "common/exact-sum.h"
#include "common/mem.h"
#include "learn.h"
#include "selected.h"
#include "value-keys.h"

enum {
    BUCKET_BITS = 17,
    BUCKETS = 1 << BUCKET_BITS,
    PART_BITS = 15, /* parts of a bucket: of float32 each is one value */
    PARTS = 1 << PART_BITS,
    STEPS = 8, /* the last ones */
    ENDS = 8,  /* buckets in which the search can end, those next to where it seems to */
    CHOSEN = STEPS + ENDS,
    CLOSE_UPS = 16, /* buckets that are looked at value by value */
    WALK_MAX = 1000,
    FIT_STEPS = 3, /* where those are in the fit */
    RUN = 256
};

enum { SEVERAL = UINT32_MAX };

typedef struct li_bucket {
    uint64_t count, rest; /* pixels; sum of what is left of their keys */
    uint32_t seen;        /* 1 + what is left of the only key there is, or SEVERAL */
    uint32_t slot;        /* in the second round: 1 + the number of its close-up */
} li_bucket;

typedef struct li_counts {
    uint64_t low, high;     /* keys of the smallest and largest finite pixel */
    double lowest, highest; /* those pixels */
    uint64_t pixels, nan, infinite[2];
    li_bucket bucket[BUCKETS];
    uint64_t parts[][PARTS]; /* in the second round */
} li_counts;

static const wsi_global_params *params_of(const wsi_fit_call *call)
{
    return (const wsi_global_params *)call->params;
}

static int shift_of(wsi_dtype type)
{
    return wsi_key_bits(type) - BUCKET_BITS;
}

/* Smallest and largest keys of finite values. */
static void finite_keys(wsi_dtype type, uint64_t *low, uint64_t *high)
{
    *low = type == WSI_F32 ? wsi_key_f32(-HUGE_VALF) + 1 : wsi_key_f64(-HUGE_VAL) + 1;
    *high = type == WSI_F32 ? wsi_key_f32(HUGE_VALF) - 1 : wsi_key_f64(HUGE_VAL) - 1;
}

int wsi_li_fields(const wsi_fit_call *call, wsi_fit_field fields[WSI_FIT_FIELDS_MAX])
{
    const int n = wsi_global_fields(call, fields);
    fields[n] = (wsi_fit_field){"steps", CHOSEN};
    return n + 1;
}

size_t wsi_li_size(const wsi_fit_call *call)
{
    return sizeof(li_counts) + (call->round ? CLOSE_UPS * PARTS * sizeof(uint64_t) : 0);
}

static void look_closer(li_counts *c, int *slots, uint64_t bucket)
{
    if (bucket >= BUCKETS || c->bucket[bucket].slot || *slots == CLOSE_UPS) return;
    c->bucket[bucket].slot = (uint32_t)++ * slots;
}

/* The buckets that were chosen; then those that a step may fall into as well. */
static void choose_buckets(li_counts *c, wsi_dtype type, const double *steps)
{
    const int shift = shift_of(type);
    const uint64_t width = UINT64_C(1) << shift, margin = width / 8;
    int slots = 0;
    for (int i = CHOSEN - 1; i >= 0; i--) look_closer(c, &slots, wsi_key_of(type, steps[i]) >> shift);
    for (int i = STEPS - 1; i >= 0; i--) {
        const uint64_t key = wsi_key_of(type, steps[i]), rest = key & (width - 1);
        if (rest < margin) look_closer(c, &slots, (key >> shift) - 1);
        if (rest > width - margin) look_closer(c, &slots, (key >> shift) + 1);
    }
}

void wsi_li_init(const wsi_fit_call *call, void *acc)
{
    li_counts *c = (li_counts *)acc;
    c->low = UINT64_MAX;
    c->lowest = HUGE_VAL;
    c->highest = -HUGE_VAL;
    if (call->round) choose_buckets(c, call->in[0].type, call->fit + FIT_STEPS);
}

typedef struct counter {
    li_counts *c;
    uint64_t low, high;
    int shift, closer;
} counter;

static void count_special(li_counts *c, double v)
{
    if (isnan(v))
        c->nan++;
    else
        c->infinite[v > 0]++;
}

static inline void count_key(const counter *u, uint64_t key)
{
    li_counts *c = u->c;
    li_bucket *b = &c->bucket[key >> u->shift];
    const uint64_t rest = key & ((UINT64_C(1) << u->shift) - 1);
    b->count++;
    b->rest += rest;
    if (b->seen != (uint32_t)rest + 1) b->seen = b->seen ? SEVERAL : (uint32_t)rest + 1;
    if (u->closer && b->slot) c->parts[b->slot - 1][rest >> (u->shift - PART_BITS)]++;
}

/* One pixel at a time. */
static void count_value(const counter *u, uint64_t key, double value)
{
    li_counts *c = u->c;
    if (key < u->low || key > u->high) {
        count_special(c, value);
        return;
    }
    c->low = key < c->low ? key : c->low;
    c->high = key > c->high ? key : c->high;
    c->lowest = value < c->lowest ? value : c->lowest;
    c->highest = value > c->highest ? value : c->highest;
    count_key(u, key);
}

static void count_f64(void *user, const void *samples, int64_t n)
{
    const counter *u = (const counter *)user;
    const double *v = (const double *)samples;
    for (int64_t i = 0; i < n; i++) count_value(u, wsi_key_f64(v[i]), v[i]);
    u->c->pixels += (uint64_t)n;
}

/* 1 when all keys of a run are those of finite values, of which the extremes are then noted. */
static int all_finite(const counter *u, int32_t low, int32_t high)
{
    li_counts *c = u->c;
    const uint64_t first = (uint32_t)low ^ (UINT32_C(1) << 31), last = (uint32_t)high ^ (UINT32_C(1) << 31);
    if (first < u->low || last > u->high) return 0;
    c->low = first < c->low ? first : c->low;
    c->high = last > c->high ? last : c->high;
    c->lowest = fmin(c->lowest, wsi_key_value(WSI_F32, first));
    c->highest = fmax(c->highest, wsi_key_value(WSI_F32, last));
    return 1;
}

static void count_f32(void *user, const void *samples, int64_t n)
{
    const counter *u = (const counter *)user;
    const wsi_learn_kernel *kernel = wsi_learn_kernel_for(wsi_cpu_best());
    for (int64_t from = 0; from < n; from += RUN) {
        const float *v = (const float *)samples + from;
        const int64_t run = n - from < RUN ? n - from : RUN;
        uint32_t key[RUN];
        int32_t low = INT32_MAX, high = INT32_MIN;
        kernel->keys_f32(v, run, 0, key, &low, &high);
        if (all_finite(u, low, high))
            for (int64_t i = 0; i < run; i++) count_key(u, key[i]);
        else
            for (int64_t i = 0; i < run; i++) count_value(u, key[i], (double)v[i]);
    }
    u->c->pixels += (uint64_t)n;
}

void wsi_li_accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    const wsi_dtype type = call->in[0].type;
    counter u = {.c = (li_counts *)acc, .shift = shift_of(type), .closer = call->round > 0};
    (void)x, (void)y;
    finite_keys(type, &u.low, &u.high);
    wsi_each_selected(&im[0], wsi_global_mask(call, im), type == WSI_F32 ? count_f32 : count_f64, &u);
}

static void add(uint64_t *to, const uint64_t *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] += from[i];
}

static void merge_bucket(li_bucket *b, const li_bucket *o)
{
    if (!o->count) return;
    b->count += o->count;
    b->rest += o->rest;
    b->seen = !b->seen || b->seen == o->seen ? o->seen : SEVERAL;
}

void wsi_li_merge(const wsi_fit_call *call, void *acc, const void *other)
{
    li_counts *c = (li_counts *)acc;
    const li_counts *o = (const li_counts *)other;
    c->low = o->low < c->low ? o->low : c->low;
    c->high = o->high > c->high ? o->high : c->high;
    c->lowest = o->lowest < c->lowest ? o->lowest : c->lowest;
    c->highest = o->highest > c->highest ? o->highest : c->highest;
    c->pixels += o->pixels;
    c->nan += o->nan;
    add(c->infinite, o->infinite, 2);
    for (int i = 0; i < BUCKETS; i++) merge_bucket(&c->bucket[i], &o->bucket[i]);
    for (int i = 0; i < CLOSE_UPS && call->round; i++) add(c->parts[i], o->parts[i], PARTS);
}

/* The counts as a whole image: pixels and their sum before each bucket. */
typedef struct walk {
    const li_counts *c;
    wsi_dtype type;
    int shift, closer;
    uint64_t first;         /* bucket */
    double *pixels, *sum;   /* before bucket first + i, and in all */
    double n, total;        /* of all */
    double lowest, highest; /* pixel */
    double none;            /* as good as 0 */
    double steps[CHOSEN];   /* the last ones; then a value of each bucket in which the search can end */
} walk;

/* The bucket's smallest value, and how far its keys are apart. */
static double bucket_value(const walk *w, uint64_t bucket, double *apart)
{
    const uint64_t key = bucket << w->shift;
    const double value = wsi_key_value(w->type, key);
    *apart = wsi_key_value(w->type, key + 1) - value;
    return value;
}

static int walk_make(walk *w, const li_counts *c, wsi_dtype type, int closer)
{
    *w = (walk){.c = c, .type = type, .shift = shift_of(type), .closer = closer};
    w->first = c->low >> w->shift;
    const uint64_t buckets = (c->high >> w->shift) - w->first + 1;
    w->lowest = c->lowest;
    w->highest = c->highest;
    w->none = fmax(fabs(c->lowest), fabs(c->highest)) * (type == WSI_F32 ? 0x1p-50 : 0x1p-31);
    w->pixels = (double *)wsi_calloc(2 * (buckets + 1), sizeof *w->pixels);
    if (!w->pixels) return 0;
    w->sum = w->pixels + buckets + 1;
    wsi_exact_sum sum = {0};
    for (uint64_t i = 0; i < buckets; i++) {
        const uint64_t b = w->first + i;
        double apart;
        const double value = bucket_value(w, b, &apart);
        w->pixels[i] = w->n;
        w->sum[i] = w->total;
        if (!c->bucket[b].count) continue;
        wsi_exact_add(&sum, (double)c->bucket[b].count * value);
        wsi_exact_add(&sum, (double)c->bucket[b].rest * apart);
        w->n += (double)c->bucket[b].count;
        w->total = wsi_exact_value(&sum);
    }
    w->pixels[buckets] = w->n;
    w->sum[buckets] = w->total;
    return 1;
}

/* The last key whose value is not above t. */
static uint64_t key_up_to(const walk *w, double t)
{
    const uint64_t key = wsi_key_of(w->type, t);
    return wsi_key_value(w->type, key) > t ? key - 1 : key;
}

/* Those of a bucket that was counted value by value, up to what is left of a key. */
static void inside(const walk *w, const li_bucket *b, uint64_t rest, double *pixels, double *moment)
{
    const uint64_t *part = w->c->parts[b->slot - 1];
    const int drop = w->shift - PART_BITS;
    const double middle = ((double)(UINT64_C(1) << drop) - 1) / 2;
    for (uint64_t i = 0; i <= rest >> drop; i++) {
        *pixels += (double)part[i];
        *moment += (double)part[i] * ((double)(i << drop) + middle);
    }
}

/* Pixels up to t and their sum. */
static void below(const walk *w, double t, double *pixels, double *sum)
{
    const uint64_t key = key_up_to(w, t), bucket = key >> w->shift, rest = key & ((UINT64_C(1) << w->shift) - 1);
    const li_bucket *b = &w->c->bucket[bucket];
    double apart, more = 0, moment = 0;
    const double value = bucket_value(w, bucket, &apart);
    if (w->closer && b->slot) {
        inside(w, b, rest, &more, &moment);
    } else if (b->seen != SEVERAL) {
        more = b->count && b->seen - 1 <= rest ? (double)b->count : 0;
        moment = more > 0 ? (double)b->rest : 0;
    } else {
        const double share = ((double)rest + 1) / (double)(UINT64_C(1) << w->shift);
        more = share * (double)b->count;
        moment = share * share * (double)b->rest;
    }
    *pixels = w->pixels[bucket - w->first] + more;
    *sum = w->sum[bucket - w->first] + more * value + moment * apart;
}

/* The smallest difference between two values that is seen; 0 where float64 values are too near one another to see. */
static double close_gap(const walk *w, const li_bucket *b, double *last, double value, double apart, double gap)
{
    const uint64_t *part = w->c->parts[b->slot - 1];
    const int drop = w->shift - PART_BITS;
    for (uint64_t i = 0; i < PARTS; i++) {
        if (!part[i]) continue;
        const double v = value + (double)(i << drop) * apart;
        gap = fmin(gap, v - *last <= 2 * (double)((1 << drop) - 1) * apart ? 0 : v - *last);
        *last = v;
    }
    return gap;
}

static double smallest_gap(const walk *w)
{
    double gap = HUGE_VAL, last = -HUGE_VAL;
    for (uint64_t i = w->first; i <= w->c->high >> w->shift; i++) {
        const li_bucket *b = &w->c->bucket[i];
        double apart;
        const double value = bucket_value(w, i, &apart);
        if (!b->count) continue;
        if (b->seen != SEVERAL) {
            const double v = value + (double)(b->seen - 1) * apart;
            gap = fmin(gap, v - last);
            last = v;
        } else if (w->closer && b->slot) {
            gap = close_gap(w, b, &last, value, apart, gap);
        } else {
            last = -HUGE_VAL;
            if (!w->closer) return 0;
        }
    }
    return isinf(gap) ? 0 : gap;
}

/* Keeps the last steps that fell into another bucket than the one before. */
static void note(walk *w, int *noted, double t)
{
    const uint64_t bucket = wsi_key_of(w->type, t) >> w->shift;
    if (*noted && wsi_key_of(w->type, w->steps[STEPS - 1]) >> w->shift == bucket) return;
    for (int i = 1; i < STEPS; i++) w->steps[i - 1] = w->steps[i];
    w->steps[STEPS - 1] = t;
    for (int i = 0; i < STEPS && !*noted; i++) w->steps[i] = t;
    *noted = 1;
}

/* Values are counted from the smallest one on: their logarithms must exist. */
static double walk_through(walk *w, const wsi_threshold_how *how)
{
    const double least = fmax(smallest_gap(w) / 2, 0x1p-40 * (w->highest - w->lowest));
    const double tolerance = how->tolerance > 0 ? how->tolerance : least;
    double next = (how->guess ? *how->guess : w->total / w->n) - w->lowest, now = -2 * tolerance;
    int noted = 0;
    for (int i = 0; i < WALK_MAX && fabs(next - now) > tolerance; i++) {
        double pixels, sum;
        now = next;
        note(w, &noted, w->lowest + now);
        below(w, w->lowest + now, &pixels, &sum);
        const double back = sum / pixels - w->lowest, fore = (w->total - sum) / (w->n - pixels) - w->lowest;
        if (!(back > w->none) || !(fore > back)) break;
        next = (back - fore) / (log(back) - log(fore));
    }
    return next + w->lowest;
}

/* What the threshold before bucket first + i leads to. */
static double next_after(const walk *w, uint64_t i)
{
    const double back = w->sum[i] / w->pixels[i] - w->lowest;
    const double fore = (w->total - w->sum[i]) / (w->n - w->pixels[i]) - w->lowest;
    return back > w->none && fore > back ? (back - fore) / (log(back) - log(fore)) + w->lowest : w->lowest;
}

/* Keeps those ENDS values that are next to t. */
static void note_end(walk *w, double value, double t)
{
    int farthest = STEPS;
    for (int i = STEPS; i < CHOSEN; i++)
        if (fabs(w->steps[i] - t) > fabs(w->steps[farthest] - t)) farthest = i;
    if (fabs(value - t) < fabs(w->steps[farthest] - t)) w->steps[farthest] = value;
}

/* Buckets that hold what their ends lead to, in part: the search, which seems to end at t, can end there. */
static void note_ends(walk *w, double t)
{
    const uint64_t buckets = (w->c->high >> w->shift) - w->first + 1;
    for (int i = STEPS; i < CHOSEN; i++) w->steps[i] = HUGE_VAL;
    for (uint64_t i = 0; i < buckets; i++) {
        double apart;
        const double from = bucket_value(w, w->first + i, &apart), to = bucket_value(w, w->first + i + 1, &apart);
        const int low = i > 0 && next_after(w, i) > to, high = i + 1 < buckets && next_after(w, i + 1) < from;
        if (w->c->bucket[w->first + i].count && !low && !high) note_end(w, from, t);
    }
    for (int i = STEPS; i < CHOSEN; i++)
        if (isinf(w->steps[i])) w->steps[i] = w->steps[STEPS - 1];
}

/* NumPy's answers where no pixel is finite. */
static double of_none(const li_counts *c)
{
    if (!c->infinite[0] && !c->infinite[1]) return NAN;
    return !c->infinite[0] ? HUGE_VAL : !c->infinite[1] ? -HUGE_VAL : 0;
}

static wsi_status find(const wsi_fit_call *call, const li_counts *c, double *fit, wsi_error *err)
{
    const wsi_dtype type = call->in[0].type;
    const wsi_threshold_how how = wsi_global_how(params_of(call));
    walk w;
    WSI_RETURN_IF(!walk_make(&w, c, type, call->round > 0), WSI_ERR_NO_MEMORY, "out of memory for sums of values");
    const int within = !how.guess || (*how.guess > w.lowest && *how.guess < w.highest);
    fit[WSI_FIT_RANGE] = w.lowest;
    fit[WSI_FIT_RANGE + 1] = w.highest;
    if (within) {
        const double t = walk_through(&w, &how);
        note_ends(&w, t);
        fit[WSI_FIT_THRESHOLD] = type == WSI_F32 ? (double)(float)t : t;
        for (int i = 0; i < CHOSEN; i++) fit[FIT_STEPS + i] = w.steps[i];
    }
    wsi_free(w.pixels);
    WSI_RETURN_IF(!within, WSI_ERR_INPUT_UNSUPPORTED,
                  "parameter initial_guess: %g does not lie between the smallest and largest value, %g and %g",
                  *how.guess, w.lowest, w.highest);
    return WSI_OK;
}

wsi_status wsi_li_finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    const li_counts *c = (const li_counts *)acc;
    WSI_RETURN_IF(!c->pixels, WSI_ERR_INPUT_UNSUPPORTED,
                  "there is no pixel to learn from: the mask is zero everywhere");
    if (c->lowest < c->highest) return find(call, c, fit, err);
    const double value = c->lowest == c->highest ? c->lowest : of_none(c);
    fit[WSI_FIT_RANGE] = fit[WSI_FIT_RANGE + 1] = fit[WSI_FIT_THRESHOLD] = value;
    for (int i = 0; i < CHOSEN; i++) fit[FIT_STEPS + i] = value;
    return WSI_OK;
}
