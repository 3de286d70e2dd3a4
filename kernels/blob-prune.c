/* As scikit-image 0.26 does it (feature/blob.py, _prune_blobs): it walks the set of all pairs of blobs that lie within
 * 2 sqrt(2) of the largest sigma, overlapping or not. Here points are sorted into cells of that size and each looks to
 * the cells after its own, once to count the pairs, on which their order depends, and once for the pairs themselves:
 * all of few, and of many those that overlap, whose order is then right up to places that several of the set wanted. */
#include "blob-prune.h"

#include <math.h>
#include <stdlib.h>

#include "common/mem.h"
#include "pair-order.h"

enum { GONE = -1 };

/* A point in its cell. */
typedef struct site {
    int32_t cell_y, cell_x, y, x;
    int64_t point;
} site;

typedef struct prune {
    wsi_points *points;
    const double *sigma;
    double overlap;
    int single;
    double reach; /* px between the two of a pair */
    site *sites;  /* by cell */
    int listing;  /* 0: pairs are counted */
    int few;
    uint64_t count, mask;
    wsi_pair *pairs;
    size_t listed, capacity, most;
} prune;

/* ---- how much two blobs overlap ---- */

static double in(const prune *p, double v)
{
    return p->single ? (double)(float)v : v;
}

static double square(const prune *p, double v)
{
    return in(p, v * v);
}

/* Part of the angle of radius r's disk that faces the other disk. */
static double facing(const prune *p, double d, double r, double other)
{
    const double sides = in(p, in(p, square(p, d) + square(p, r)) - square(p, other));
    return acos(fmin(fmax(in(p, sides / in(p, in(p, 2 * d) * r)), -1), 1));
}

/* Share of the smaller of two disks d apart, radii r and s, in the reference's order of operations. */
static double shared_area(const prune *p, double d, double r, double s)
{
    const double sectors = in(p, square(p, r) * facing(p, d, r, s)) + in(p, square(p, s) * facing(p, d, s, r));
    const double a = in(p, in(p, -d + s) + r), b = in(p, in(p, d - s) + r), c = in(p, in(p, d + s) - r);
    const double sum = in(p, in(p, d + s) + r);
    const double kite = 0.5 * sqrt(fabs(in(p, in(p, in(p, a * b) * c) * sum)));
    const double least = r < s ? r : s;
    return in(p, in(p, in(p, sectors) - in(p, kite)) / in(p, 3.14159265358979323846 * square(p, least)));
}

/* Distances are in units of the larger blob's radius. */
static double overlap_of(const prune *p, const wsi_point *a, const wsi_point *b)
{
    const double s = p->sigma[a->k], t = p->sigma[b->k], most = s > t ? s : t;
    const double r1 = s > t ? 1 : in(p, s / t), r2 = s > t ? in(p, t / s) : 1, unit = in(p, most * sqrt(2));
    const double dy = in(p, in(p, b->y / unit) - in(p, a->y / unit));
    const double dx = in(p, in(p, b->x / unit) - in(p, a->x / unit));
    const double d = in(p, sqrt(in(p, square(p, dy) + square(p, dx))));
    if (d > in(p, r1 + r2)) return 0;
    return d <= in(p, fabs(r1 - r2)) ? 1 : shared_area(p, d, r1, r2);
}

static int overlapping(const prune *p, int64_t i, int64_t j)
{
    return overlap_of(p, &p->points->at[i], &p->points->at[j]) > in(p, p->overlap);
}

/* ---- pairs ---- */

static wsi_status list_pair(prune *p, int64_t i, int64_t j, wsi_error *err)
{
    if (p->listed == p->capacity) {
        size_t capacity = p->few ? (size_t)p->count : p->capacity ? 2 * p->capacity : 4096;
        if (!p->few && capacity > p->most) capacity = p->most;
        WSI_RETURN_IF(capacity <= p->listed, WSI_ERR_NO_MEMORY,
                      "blobs: more than %zu pairs overlap, as many as the memory allows: raise the threshold", p->most);
        wsi_pair *pairs = (wsi_pair *)wsi_realloc_array(p->pairs, capacity, sizeof *pairs);
        WSI_RETURN_IF(!pairs, WSI_ERR_NO_MEMORY, "blobs: no memory for %zu pairs", capacity);
        p->pairs = pairs;
        p->capacity = capacity;
    }
    p->pairs[p->listed++] = (wsi_pair){p->few ? 0 : wsi_pair_wants(i, j, p->mask), i, j};
    return WSI_OK;
}

/* The sites from..end-1 beside a. */
static wsi_status look(prune *p, const site *a, size_t from, size_t end, wsi_error *err)
{
    for (size_t n = from; n < end; n++) {
        const site *b = &p->sites[n];
        const double dy = (double)b->y - a->y, dx = (double)b->x - a->x;
        if (dy * dy + dx * dx > p->reach * p->reach) continue;
        const int64_t i = a->point < b->point ? a->point : b->point, j = a->point < b->point ? b->point : a->point;
        if (!p->listing)
            p->count++;
        else if (p->few || overlapping(p, i, j))
            WSI_FORWARD(list_pair(p, i, j, err));
    }
    return WSI_OK;
}

static int by_cell(const void *a_, const void *b_)
{
    const site *a = (const site *)a_, *b = (const site *)b_;
    if (a->cell_y != b->cell_y) return a->cell_y < b->cell_y ? -1 : 1;
    if (a->cell_x != b->cell_x) return a->cell_x < b->cell_x ? -1 : 1;
    return 0;
}

/* The first site whose cell is not before that one. */
static size_t first_from(const prune *p, int32_t cell_y, int32_t cell_x)
{
    const site want = {.cell_y = cell_y, .cell_x = cell_x};
    size_t lo = 0, hi = p->points->count;
    while (lo < hi) {
        const size_t middle = lo + (hi - lo) / 2;
        if (by_cell(&p->sites[middle], &want) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* Each pair once: with the sites after a in its cell and the one to the right, and in three cells below. */
static wsi_status look_everywhere(prune *p, wsi_error *err)
{
    size_t right_end = 0, below = 0, below_end = 0;
    for (size_t n = 0; n < p->points->count; n++) {
        const site *a = &p->sites[n];
        if (n == 0 || by_cell(a, a - 1) != 0) {
            right_end = first_from(p, a->cell_y, a->cell_x + 2);
            below = first_from(p, a->cell_y + 1, a->cell_x - 1);
            below_end = first_from(p, a->cell_y + 1, a->cell_x + 2);
        }
        WSI_FORWARD(look(p, a, n + 1, right_end, err));
        WSI_FORWARD(look(p, a, below, below_end, err));
    }
    return WSI_OK;
}

static wsi_status make_sites(prune *p, wsi_error *err)
{
    const size_t n = p->points->count;
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, p->sigma[p->points->at[i].k]);
    p->reach = 2 * most * sqrt(2);
    p->sites = (site *)wsi_calloc(n, sizeof *p->sites);
    WSI_RETURN_IF(!p->sites, WSI_ERR_NO_MEMORY, "blobs: no memory for %zu points", n);
    for (size_t i = 0; i < n; i++) {
        const wsi_point *a = &p->points->at[i];
        p->sites[i] = (site){(int32_t)(a->y / p->reach), (int32_t)(a->x / p->reach), a->y, a->x, (int64_t)i};
    }
    qsort(p->sites, n, sizeof *p->sites, by_cell);
    return WSI_OK;
}

static wsi_status list_pairs(prune *p, wsi_error *err)
{
    WSI_FORWARD(make_sites(p, err));
    WSI_FORWARD(look_everywhere(p, err));
    p->few = p->count <= WSI_PAIRS_FEW;
    p->mask = wsi_pairs_mask(p->count);
    p->listing = 1;
    WSI_FORWARD(look_everywhere(p, err));
    if (p->few) return wsi_pairs_order(p->pairs, p->listed, err);
    wsi_pairs_sort(p->pairs, p->listed);
    return WSI_OK;
}

static void leave_out(prune *p)
{
    wsi_points *points = p->points;
    for (size_t n = 0; n < p->listed; n++) {
        wsi_point *a = &points->at[p->pairs[n].i], *b = &points->at[p->pairs[n].j];
        if (a->k == GONE || b->k == GONE) continue;
        if (p->few && !overlapping(p, p->pairs[n].i, p->pairs[n].j)) continue;
        (p->sigma[a->k] > p->sigma[b->k] ? b : a)->k = GONE;
    }
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++)
        if (points->at[i].k != GONE) points->at[kept++] = points->at[i];
    points->count = kept;
}

wsi_status wsi_blob_prune(wsi_points *points, const double *sigma, double overlap, int single, uint64_t memory,
                          wsi_error *err)
{
    if (!points->count) return WSI_OK;
    prune p = {.points = points, .sigma = sigma, .overlap = overlap, .single = single};
    p.most = (size_t)(memory / sizeof(wsi_pair));
    const wsi_status status = list_pairs(&p, err);
    if (status == WSI_OK) leave_out(&p);
    wsi_free(p.sites);
    wsi_free(p.pairs);
    return status;
}
