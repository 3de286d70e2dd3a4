/* Canny's edges before they are linked: rows of the source, blurred rows and rows of derivatives pass through rings
 * that hold as many as the next stage looks at. The blur sums in SciPy's order, from the outermost pair of taps
 * inwards. */
#include "isa.h"

#include <string.h>

#include "doubles.h"
#include "kernels/canny.h"
#include "kernels/px/canny-px.h"

enum { BLOCK = 512 };

typedef struct derived {
    double *down, *right, *magnitude; /* index x - first column + 1 */
} derived;

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_canny_state *s;
    const wsi_image *src;
    int64_t ox, oy;
    int64_t from, to;                        /* source columns that are loaded */
    int64_t smooth_x0, smooth_x1;            /* columns of blurred rows */
    int64_t edge_x0, edge_x1;                /* columns of derivatives */
    int64_t loaded, smoothed, derived;       /* rows before these are there */
    double *ring, *smooth[WSI_CANNY_SMOOTH]; /* blurred rows: index x - smooth_x0 + 1, edge pixels repeated */
    derived edge[WSI_CANNY_SMOOTH];
    double *outside; /* a row of cval */
    double *line;    /* sums along y from smooth_x0 - radius on, extended */
    double *share, *along, *across;
    int64_t stride;
} job;

static double *ring_row(const job *j, int64_t y)
{
    return j->ring + y % (2 * j->s->radius + 1) * j->stride;
}

static void load_rows(job *j, int64_t end)
{
    const wsi_image *src = j->src;
    const size_t n = (size_t)(j->to - j->from), sample = wsi_dtype_size(src->fmt.type);
    for (; j->loaded < end; j->loaded++) {
        double *row = ring_row(j, j->loaded);
        const char *from = (const char *)wsi_image_row(src, j->loaded) + (size_t)j->from * sample;
        wsi_load_doubles(row, from, src->fmt.type, 0, n);
        for (size_t i = 0; i < n; i++) row[i] = wsi_px_canny_scaled(row[i], j->s->scale, j->s->is_signed);
    }
}

static const double *row_at(const job *j, int64_t y)
{
    const int64_t at = wsi_edge_map((wsi_edge)j->s->mode, y, j->src->h);
    return at < 0 ? j->outside : ring_row(j, at);
}

static inline void add_pair(double *restrict sum, const double *a, const double *b, double w, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] = sum[i] + (a[i] + b[i]) * w;
}

static inline void take_centre(double *restrict sum, const double *a, double w, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] = a[i] * w;
}

static inline void round_row(double *v, int64_t n, int single)
{
    if (!single) return;
    for (int64_t i = 0; i < n; i++) v[i] = (double)(float)v[i];
}

/* Sums along y of row y, and what lies beyond the edges left and right of them. */
static void blur_down(job *j, int64_t y)
{
    const wsi_canny_state *s = j->s;
    const int64_t first = j->smooth_x0 - s->radius, n = j->to - j->from;
    double *at = j->line + (j->from - first);
    for (int64_t i = 0; i < n; i += BLOCK) {
        const int64_t count = wsi_min64(BLOCK, n - i);
        take_centre(at + i, ring_row(j, y) + i, s->weight[0], count);
        for (int k = s->radius; k > 0; k--)
            add_pair(at + i, row_at(j, y - k) + i, row_at(j, y + k) + i, s->weight[k], count);
    }
    round_row(at, n, s->single);
    for (int64_t x = first; x < j->smooth_x1 + s->radius; x++) {
        if (x == j->from) x = j->to;
        if (x >= j->smooth_x1 + s->radius) break;
        const int64_t inside = wsi_edge_map((wsi_edge)s->mode, x, j->src->w);
        j->line[x - first] = inside < 0 ? s->cval : j->line[inside - first];
    }
}

/* What the blur makes of ones: along y in row y, */
static double share_down(const job *j, int64_t y)
{
    const wsi_canny_state *s = j->s;
    double sum = s->weight[0];
    for (int k = s->radius; k > 0; k--)
        sum = sum + ((y - k < 0 ? s->cval : 1.0) + (y + k < j->src->h ? 1.0 : s->cval)) * s->weight[k];
    return wsi_px_canny_round(sum, s->single);
}

/* and then along x in column x. */
static double share_across(const job *j, int64_t x, double down)
{
    const wsi_canny_state *s = j->s;
    double sum = down * s->weight[0];
    for (int k = s->radius; k > 0; k--)
        sum = sum + ((x - k < 0 ? s->cval : down) + (x + k < j->src->w ? down : s->cval)) * s->weight[k];
    return wsi_px_canny_round(wsi_px_canny_round(sum, s->single) + s->epsilon, s->single);
}

static void share_row(const job *j, int64_t y)
{
    const int64_t r = j->s->radius, w = j->src->w;
    const double down = share_down(j, y);
    const double inside = y >= r && y + r < j->src->h ? j->s->inside : share_across(j, wsi_max64(r, 0), down);
    for (int64_t x = j->smooth_x0; x < j->smooth_x1; x++)
        j->share[x - j->smooth_x0] = x >= r && x + r < w ? inside : share_across(j, x, down);
}

static inline void divide_row(double *restrict v, const double *restrict by, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = v[i] / by[i];
}

static void smooth_rows(job *j, int64_t end)
{
    const wsi_canny_state *s = j->s;
    const int64_t n = j->smooth_x1 - j->smooth_x0;
    for (; j->smoothed < end; j->smoothed++) {
        double *row = j->smooth[j->smoothed % WSI_CANNY_SMOOTH] + 1;
        load_rows(j, wsi_min64(j->smoothed + s->radius + 1, j->src->h));
        blur_down(j, j->smoothed);
        const double *centre = j->line + s->radius;
        for (int64_t i = 0; i < n; i += BLOCK) {
            const int64_t count = wsi_min64(BLOCK, n - i);
            take_centre(row + i, centre + i, s->weight[0], count);
            for (int k = s->radius; k > 0; k--) add_pair(row + i, centre + i - k, centre + i + k, s->weight[k], count);
        }
        round_row(row, n, s->single);
        if (s->share) {
            share_row(j, j->smoothed);
            divide_row(row, j->share, n);
            round_row(row, n, s->single);
        }
        row[-1] = row[0];
        row[n] = row[n - 1];
    }
}

/* Both derivatives and their magnitude; up, here, down: blurred rows at the first column. n columns. */
static inline void derive(const job *j, const derived *to, const double *up, const double *here, const double *down,
                          int64_t n, const int single)
{
    double *restrict along = j->along, *restrict across = j->across;
    for (int64_t i = 0; i < n + 2; i++) along[i] = wsi_px_canny_difference(up[i - 1], down[i - 1], single);
    for (int64_t i = 0; i < n; i++) {
        const double above = wsi_px_canny_difference(up[i - 1], up[i + 1], single);
        const double middle = wsi_px_canny_difference(here[i - 1], here[i + 1], single);
        const double below = wsi_px_canny_difference(down[i - 1], down[i + 1], single);
        across[i] = wsi_px_canny_across(above, middle, below, single);
    }
    for (int64_t i = 0; i < n; i++) {
        const double d = wsi_px_canny_across(along[i], along[i + 1], along[i + 2], single), r = across[i];
        to->down[i] = d;
        to->right[i] = r;
        to->magnitude[i] = wsi_px_canny_magnitude(d, r, single);
    }
}

static void derive_rows(job *j, int64_t end)
{
    const int64_t n = j->edge_x1 - j->edge_x0, last = j->src->h - 1, shift = j->edge_x0 - j->smooth_x0 + 1;
    for (; j->derived < end; j->derived++) {
        const int64_t y = j->derived;
        smooth_rows(j, wsi_min64(y + 2, j->src->h));
        const derived *ring = &j->edge[y % WSI_CANNY_SMOOTH];
        const int64_t at = j->edge_x0 - (j->ox - 1);
        const derived to = {ring->down + at, ring->right + at, ring->magnitude + at};
        const double *up = j->smooth[wsi_max64(y - 1, 0) % WSI_CANNY_SMOOTH] + shift;
        const double *here = j->smooth[y % WSI_CANNY_SMOOTH] + shift;
        const double *down = j->smooth[wsi_min64(y + 1, last) % WSI_CANNY_SMOOTH] + shift;
        if (j->s->single)
            derive(j, &to, up, here, down, n, 1);
        else
            derive(j, &to, up, here, down, n, 0);
    }
}

/* Levels of n pixels, the first of which has index 1 in the rows. */
static inline void thin(const job *j, uint8_t *restrict out, const derived *at, const double *up, const double *below,
                        int64_t n, const int single)
{
    const double low = j->s->low, high = j->s->high, *m = at->magnitude;
    double *restrict level = j->along;
    for (int64_t i = 0; i < n; i++) {
        const wsi_canny_around around = {up[i],    up[i + 1], up[i + 2],    m[i],
                                         m[i + 2], below[i],  below[i + 1], below[i + 2]};
        level[i] = wsi_px_canny_level(m[i + 1], at->down[i + 1], at->right[i + 1], around, low, high, single);
    }
    for (int64_t i = 0; i < n; i++) out[i] = (uint8_t)level[i];
}

/* Row y of the result; the slide's outermost pixels are no edges. */
static void thin_row(job *j, int64_t y)
{
    const wsi_image *dst = &j->args->dst;
    const int64_t at = y + j->oy, w = dst->w;
    uint8_t *out = (uint8_t *)wsi_image_row(dst, y);
    if (at == 0 || at == j->src->h - 1) {
        memset(out, 0, (size_t)w);
        return;
    }
    derive_rows(j, at + 2);
    const derived *here = &j->edge[at % WSI_CANNY_SMOOTH];
    const double *up = j->edge[(at - 1) % WSI_CANNY_SMOOTH].magnitude;
    const double *below = j->edge[(at + 1) % WSI_CANNY_SMOOTH].magnitude;
    if (j->s->single)
        thin(j, out, here, up, below, w, 1);
    else
        thin(j, out, here, up, below, w, 0);
    if (j->ox == 0) out[0] = 0;
    if (j->ox + w == j->src->w) out[w - 1] = 0;
}

/* Row y of the magnitude itself. */
static void magnitude_row(job *j, int64_t y)
{
    const wsi_image *dst = &j->args->dst;
    const int64_t at = y + j->oy;
    derive_rows(j, at + 1);
    const double *m = j->edge[at % WSI_CANNY_SMOOTH].magnitude + 1;
    if (!j->s->single) {
        memcpy(wsi_image_row(dst, y), m, (size_t)dst->w * sizeof *m);
        return;
    }
    float *out = (float *)wsi_image_row(dst, y);
    for (int64_t i = 0; i < dst->w; i++) out[i] = (float)m[i];
}

static double *take(double **scratch, int64_t rows, int64_t stride)
{
    double *at = *scratch;
    *scratch += rows * stride;
    return at;
}

static job lay_out(const wsi_kernel_args *args)
{
    const wsi_canny_state *s = (const wsi_canny_state *)args->state;
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const int64_t r = s->radius, ox = args->ox[0], oy = args->oy[0], stride = wsi_canny_stride(r, dst->w);
    job j = {.args = args, .s = s, .src = src, .ox = ox, .oy = oy, .stride = stride};
    j.smooth_x0 = wsi_max64(ox - 2, 0);
    j.smooth_x1 = wsi_min64(ox + dst->w + 2, src->w);
    j.from = wsi_max64(j.smooth_x0 - r, 0);
    j.to = wsi_min64(j.smooth_x1 + r, src->w);
    j.edge_x0 = wsi_max64(ox - 1, 0);
    j.edge_x1 = wsi_min64(ox + dst->w + 1, src->w);
    j.derived = wsi_max64(oy - 1, 0);
    j.smoothed = wsi_max64(oy - 2, 0);
    j.loaded = wsi_max64(j.smoothed - r, 0);
    double *scratch = (double *)args->scratch;
    j.ring = take(&scratch, 2 * r + 1, stride);
    for (int i = 0; i < WSI_CANNY_SMOOTH; i++) {
        j.smooth[i] = take(&scratch, 1, stride);
        double *edges = take(&scratch, 3, stride);
        memset(edges, 0, (size_t)(3 * stride) * sizeof *edges);
        j.edge[i] = (derived){edges, edges + stride, edges + 2 * stride};
    }
    j.outside = take(&scratch, 1, stride);
    j.line = take(&scratch, 1, stride);
    j.share = take(&scratch, 1, stride);
    j.along = take(&scratch, 1, stride);
    j.across = take(&scratch, 1, stride);
    for (int64_t i = 0; i < stride; i++) j.outside[i] = s->cval;
    return j;
}

WSI_CPU_KERNEL(canny_levels)
{
    job j = lay_out(args);
    if (j.s->output == WSI_CANNY_MAGNITUDE) {
        for (int64_t y = 0; y < args->dst.h; y++) magnitude_row(&j, y);
    } else {
        for (int64_t y = 0; y < args->dst.h; y++) thin_row(&j, y);
    }
}
