/* The round of Vahadane's method that finds the stain vectors, from at most SAMPLE pixels of tissue. A pixel's chance
 * to be among them is in proportion to the square of its density, which is what it weighs in the factorisation, and
 * what stays then counts for as many pixels as the chance says: N. Duffield and others, "Priority sampling for
 * estimation of arbitrary subset sums", 2007. Chance is a hash of the pixel's place, so that it does not matter how the
 * image comes. */
#include "normalize-private.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "samples.h"

enum { SAMPLE = 200000, ROOM = 2 * SAMPLE, RUN = 512, COLOUR_BITS = 24 };

/* So that a density of 0 has a chance as well. */
static const double least_weight = 0.01;

/* The upper 40 bits of a priority, a positive double (smaller is better), above a colour of 24. */
typedef uint64_t item;

typedef struct sample_acc {
    wsi_stain_acc head;
    int64_t pixels, w;
    item limit;         /* this and above it cannot be among the smallest any more */
    double square[256]; /* of the density of each value */
    int n;
    item items[ROOM];
} sample_acc;

static void sample_init(const wsi_fit_call *call, wsi_stain_acc *acc)
{
    sample_acc *a = (sample_acc *)acc;
    a->w = call->w;
    a->limit = UINT64_MAX;
    for (int v = 0; v < 256; v++) {
        const double density = acc->method->density(acc->params, v);
        a->square[v] = density * density;
    }
}

static double weight_of(const sample_acc *a, int r, int g, int b)
{
    return ((a->square[r] + a->square[g]) + a->square[b]) + least_weight;
}

/* Its bits are in the order of its values. */
static item item_of(double priority, uint64_t colour)
{
    uint64_t bits;
    memcpy(&bits, &priority, sizeof bits);
    return bits >> COLOUR_BITS << COLOUR_BITS | colour;
}

static double priority_of(item i)
{
    const uint64_t bits = i >> COLOUR_BITS << COLOUR_BITS;
    double priority;
    memcpy(&priority, &bits, sizeof priority);
    return priority;
}

/* In 2^-53 .. 1, by the last steps of splitmix64. */
static double chance_of(uint64_t at)
{
    uint64_t z = (at + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)(((z ^ z >> 31) >> 11) + 1) * 0x1p-53;
}

static int compare(const void *a, const void *b)
{
    const item x = *(const item *)a, y = *(const item *)b;
    return (x > y) - (x < y);
}

/* Keeps the smallest. */
static void trim(sample_acc *a)
{
    qsort(a->items, (size_t)a->n, sizeof a->items[0], compare);
    if (a->n < SAMPLE) return;
    a->n = SAMPLE;
    a->limit = a->items[SAMPLE - 1];
}

static inline void push(sample_acc *a, item i)
{
    if (i >= a->limit) return;
    a->items[a->n++] = i;
    if (a->n == ROOM) trim(a);
}

/* at: number of the first pixel in the whole image; keep: those under the mask. */
static void take_run(sample_acc *a, const uint8_t *rgb, const uint8_t *keep, uint64_t at, int n)
{
    for (int i = 0; i < n; i++, rgb += 3) {
        if (!keep[i] || !wsi_rule_takes(&a->head.rule, rgb)) continue;
        const uint64_t colour = (uint64_t)rgb[0] << 16 | (uint64_t)rgb[1] << 8 | rgb[2];
        a->pixels++;
        push(a, item_of(chance_of(at + (uint64_t)i) / weight_of(a, rgb[0], rgb[1], rgb[2]), colour));
    }
}

static void sample_accumulate(const wsi_fit_call *call, const wsi_image *im, const wsi_image *mask, int64_t x,
                              int64_t y, wsi_stain_acc *acc)
{
    sample_acc *a = (sample_acc *)acc;
    uint8_t keep[RUN];
    (void)call;
    memset(keep, 1, sizeof keep);
    for (int64_t row = 0; row < im->h; row++)
        for (int64_t i = 0; i < im->w; i += RUN) {
            const int n = (int)wsi_min64(RUN, im->w - i);
            if (mask) {
                const wsi_image part = wsi_image_crop(mask, (wsi_rect){i, row, n, 1});
                wsi_samples_truth(&part, 0, keep);
            }
            const uint8_t *rgb = (const uint8_t *)wsi_image_row(im, row) + 3 * i;
            take_run(a, rgb, keep, (uint64_t)(y + row) * (uint64_t)a->w + (uint64_t)(x + i), n);
        }
}

static void sample_merge(wsi_stain_acc *acc, const wsi_stain_acc *other)
{
    sample_acc *a = (sample_acc *)acc;
    const sample_acc *b = (const sample_acc *)other;
    a->pixels += b->pixels;
    for (int i = 0; i < b->n; i++) push(a, b->items[i]);
}

/* Each colour of the sample once, with the number of pixels that it stands for. */
static int64_t colours(sample_acc *a, double (*density)[3], double *weight)
{
    const int all = a->pixels <= SAMPLE;
    const double last = priority_of(a->items[a->n - 1]);
    double table[256];
    int64_t n = 0;
    for (int v = 0; v < 256; v++) table[v] = a->head.method->density(a->head.params, v);
    for (int i = 0; i < a->n; i++) a->items[i] &= ((item)1 << COLOUR_BITS) - 1;
    qsort(a->items, (size_t)a->n, sizeof a->items[0], compare);
    for (int i = 0; i < a->n; i++) {
        const int rgb[3] = {(int)(a->items[i] >> 16), (int)(a->items[i] >> 8 & 255), (int)(a->items[i] & 255)};
        const double chance = last * weight_of(a, rgb[0], rgb[1], rgb[2]);
        if (i == 0 || a->items[i] != a->items[i - 1]) {
            for (int c = 0; c < 3; c++) density[n][c] = table[rgb[c]];
            n++;
        }
        weight[n - 1] += all || chance >= 1 ? 1 : 1 / chance;
    }
    return n;
}

static wsi_status sample_finalise(const wsi_fit_call *call, wsi_stain_acc *acc, wsi_stain_fit *fit, wsi_error *err)
{
    sample_acc *a = (sample_acc *)acc;
    wsi_px_pair pair;
    (void)call;
    WSI_RETURN_IF(a->pixels < 2, WSI_ERR_INPUT_UNSUPPORTED, "no tissue: %lld pixels are dark enough",
                  (long long)a->pixels);
    trim(a);
    double(*density)[3] = (double(*)[3])wsi_calloc((size_t)a->n, sizeof *density);
    double *weight = (double *)wsi_calloc((size_t)a->n, sizeof *weight);
    const int ok = density && weight;
    if (ok) wsi_stain_dictionary((const double(*)[3])density, weight, colours(a, density, weight), fit->stain);
    wsi_free(density);
    wsi_free(weight);
    WSI_RETURN_IF(!ok, WSI_ERR_NO_MEMORY, "no memory for a sample of %d pixels", a->n);
    fit->pixels = (double)a->pixels;
    return wsi_stain_pair((const double(*)[3])fit->stain, &pair, err);
}

const wsi_stain_round wsi_stain_sample = {sizeof(sample_acc), sample_init, sample_accumulate, sample_merge,
                                          sample_finalise};
